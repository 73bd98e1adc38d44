"""Training on a GPU, in under eight minutes: is it right, and how fast beside the tutorial?

    python benchmarks/gpu.py demo/dataset [--minutes 8] [--output gpu.json]

Every part is a process of its own and ends with the time; what is known is printed and written as
it comes, so that a machine that is taken away leaves it. First what must be right, with a model of
base size and random weights: features computed together against each alone; losses in fp16, bf16
and fp32; a run that is resumed in its middle against one that isn't; the logits of validation clips
against those of the CPU. Then `train.py`: the Trainer with the tutorial's recipe and `malgwi
train`, the same clips. `--model tiny` shows on a CPU that the script works.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from train import SHAPES

STEPS = 20
CLIPS = 64
"""Of the checks."""


def main() -> None:
    """Parse the command line; be one part, or run them all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("dataset", type=Path, help="a folder that `malgwi prepare` wrote")
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--model", choices=tuple(SHAPES), default="base-random")
    parser.add_argument("--epochs", type=int, default=3, help="of the comparison")
    parser.add_argument("--output", type=Path, help="write the figures as JSON")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        print(json.dumps(PARTS[args.part](args)))
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda n, _: sys.exit(128 + n))  # so that parts are ended below
    until = time.monotonic() + 60 * args.minutes
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        args.folder = Path(place)
        for part in PARTS:
            figures[part] = _in_process(args, part, until - time.monotonic())
            print(f"{part}: {json.dumps(figures[part])}", flush=True)
            if args.output:
                args.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _in_process(args: argparse.Namespace, part: str, seconds_left: float) -> dict[str, Any]:
    """Run one part; what it says last is its figures, or why there are none.

    Nothing that it started outlives it, nor this: else it would keep the GPU's memory.
    """
    words = [sys.executable, __file__, str(args.dataset), "--part", part, "--model", args.model]
    words += ["--folder", str(args.folder), "--epochs", str(args.epochs)]
    if seconds_left < 1:
        return {"not_run": "no time was left"}
    begun = time.monotonic()
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, start_new_session=True, **pipes) as process:
        try:
            said, errors = process.communicate(timeout=seconds_left)
        except subprocess.TimeoutExpired:
            return {"not_run": f"not through after {seconds_left:.0f} s, all that was left"}
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        return {"failed": errors.strip().splitlines()[-1:]}
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found | {"wall_seconds": round(time.monotonic() - begun, 1)}


def _inputs(args: argparse.Namespace) -> dict[str, Any]:
    """Write a data set of the first clips, and the checkpoint that all parts start from."""
    import torch
    from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

    from malgwi.dataset.manifest import DATASET, MANIFEST, VOCAB, load_dataset, write_manifest
    from malgwi.model.checkpoint import Checkpoint, save_checkpoint
    from malgwi.speech.frames import WAV2VEC2

    data = load_dataset(args.dataset)
    few = args.folder / "dataset"
    few.mkdir()
    chosen = [*data.split("train")[:CLIPS], *data.split("valid")[: CLIPS // 4]]
    write_manifest(few / MANIFEST, chosen, few)
    for name in (DATASET, VOCAB):
        (few / name).write_bytes((args.dataset / name).read_bytes())
    torch.manual_seed(0)
    sizes: dict[str, Any] = {"vocab_size": len(data.vocab), "pad_token_id": data.vocab.blank}
    model = Wav2Vec2ForCTC(Wav2Vec2Config(**sizes, **SHAPES[args.model]))
    (args.folder / "checkpoint").mkdir()
    save_checkpoint(
        args.folder / "checkpoint", Checkpoint(model, data.vocab, WAV2VEC2, do_normalize=True)
    )
    cuda = torch.cuda.is_available()
    return {
        "device": torch.cuda.get_device_name() if cuda else "CPU",
        "torch": torch.__version__,
        "weights": sum(p.numel() for p in model.parameters()),
        "train_seconds": round(sum(u.duration for u in chosen[:CLIPS]), 1),
    }


def _features(args: argparse.Namespace) -> dict[str, Any]:
    """Compute the features of all clips, each alone and together."""
    import numpy as np
    import torch

    from malgwi.dataset.manifest import load_dataset
    from malgwi.model.checkpoint import load_checkpoint
    from malgwi.model.ctc_model import CtcModel
    from malgwi.speech import audio
    from malgwi.training.features import Extractor

    checkpoint = load_checkpoint(str(args.folder / "checkpoint"))
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    ctc = CtcModel(checkpoint.model, blank=0).to(device).eval()
    extractor = Extractor(ctc.cnn, checkpoint.grid, checkpoint.epsilon)
    clips = [audio.read(u.audio) for u in load_dataset(args.folder / "dataset").split("train")]
    extractor.features_of(clips)  # libraries choose their algorithms
    begun = time.monotonic()
    alone = [extractor.features(clip) for clip in clips]
    between = time.monotonic()
    together = extractor.features_of(clips)
    ended = time.monotonic()
    seconds = sum(map(len, clips)) / audio.SAMPLE_RATE
    pairs = zip(alone, together, strict=True)
    return {
        "alone_x_real_time": round(seconds / (between - begun), 1),
        "together_x_real_time": round(seconds / (ended - between), 1),
        "largest_difference": max(
            float(np.abs(np.subtract(a, b, dtype=np.float32)).max()) for a, b in pairs
        ),
        "largest_value": max(float(np.abs(a).max()) for a in alone),
    }


def _precisions(args: argparse.Namespace) -> dict[str, Any]:
    """Train some steps in each precision; return the loss of the first and the last of them."""
    from malgwi.errors import GateError, MalgwiError

    found: dict[str, Any] = {}
    for precision in ("fp32", "bf16", "fp16"):
        try:
            rows = _trained(args, precision, precision=precision)
        except (MalgwiError, GateError) as error:
            found[precision] = str(error)
            continue
        losses = [row["loss"] for row in rows if "loss" in row]
        found[precision] = {"first": round(losses[0], 3), "last": round(losses[-1], 3)}
    return found


def _resume(args: argparse.Namespace) -> dict[str, Any]:
    """Go on from the middle of a run, and compare where that ends with where the run did.

    Whether the weights are the same to the bit is up to the algorithms of the GPU's libraries.
    """
    import torch

    _trained(args, "whole")
    middle, last = f"{STEPS // 2:08d}.pt", f"{STEPS:08d}.pt"
    resumed = args.folder / "resumed"
    shutil.copytree(args.folder / "whole", resumed)
    (resumed / "state" / last).unlink()
    _trained(args, "resumed", resume=True)
    begun, whole, again = (
        torch.load(args.folder / run / "state" / name, weights_only=True, map_location="cpu")
        for run, name in (("whole", middle), ("whole", last), ("resumed", last))
    )

    def farthest(one: Any, other: Any) -> float:
        return max(float((one["model"][n] - other["model"][n]).abs().max()) for n in one["model"])

    return {
        "largest_difference": farthest(whole, again),
        "largest_change_of_those_steps": farthest(begun, whole),
    }


def _same_as_cpu(args: argparse.Namespace) -> dict[str, Any]:
    """Compare the logits of validation clips with those of the CPU."""
    import torch

    from malgwi.dataset.manifest import load_dataset
    from malgwi.model.checkpoint import load_checkpoint
    from malgwi.model.ctc_model import CtcModel
    from malgwi.speech import audio
    from malgwi.training.features import Extractor, padded

    checkpoint = load_checkpoint(str(args.folder / "whole"))
    clips = [audio.read(u.audio) for u in load_dataset(args.folder / "dataset").split("valid")]
    ctc = CtcModel(checkpoint.model, blank=0).eval()
    logits = []
    for device in ("cpu", "cuda" if torch.cuda.is_available() else "cpu"):
        ctc.to(device)
        extractor = Extractor(ctc.cnn, checkpoint.grid, checkpoint.epsilon)
        features, lengths = padded(extractor.features_of(clips))
        with torch.inference_mode():
            found = ctc(features.to(device), lengths.to(device)).logits.cpu()
        logits.append([one[:n] for one, n in zip(found, lengths.tolist(), strict=True)])
    pairs = list(zip(*logits, strict=True))
    same = sum(int((a.argmax(-1) == b.argmax(-1)).sum()) for a, b in pairs)
    return {
        "largest_difference": max(float((a - b).abs().max()) for a, b in pairs),
        "frames_with_the_same_token": same / sum(len(a) for a, _ in pairs),
    }


def _speed(args: argparse.Namespace) -> dict[str, Any]:
    """Run the Trainer and `malgwi train` on the same clips, as `train.py` does."""
    found = args.folder / "speed.json"
    words = [sys.executable, str(Path(__file__).with_name("train.py")), str(args.dataset)]
    words += ["--model", args.model, "--skip-ablation", "--epochs", str(args.epochs)]
    subprocess.run([*words, "--output", str(found)], check=True, stdout=sys.stderr)
    runs: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))["runs"]
    kept = ("x_real_time", "wall_seconds", "cache_seconds", "times_as_fast", "peak_memory_mb")
    return {
        name: {key: value for key, value in run.items() if key in kept}
        for name, run in runs.items()
    }


def _trained(
    args: argparse.Namespace, run: str, *, resume: bool = False, **changes: Any
) -> Sequence[dict[str, Any]]:
    """Train `STEPS` steps and return the rows of metrics."""
    from malgwi.training.config import TrainConfig
    from malgwi.training.log import METRICS, read_metrics
    from malgwi.training.train import train

    config = TrainConfig(
        max_steps=STEPS, eval_every=STEPS // 2, batch_clips=16, learning_rate=3e-4, **changes
    )
    data, place = args.folder / "dataset", args.folder / run
    train(data, place, config, checkpoint=str(args.folder / "checkpoint"), resume=resume)
    return read_metrics(place / METRICS)


PARTS = {
    "inputs": _inputs,
    "features": _features,
    "precisions": _precisions,
    "resume": _resume,
    "same as the CPU": _same_as_cpu,
    "speed": _speed,
}

if __name__ == "__main__":
    main()
