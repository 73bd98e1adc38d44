"""Fine-tuning, side by side: the Hugging Face Trainer as in the tutorial, and `malgwi train`.

    python benchmarks/train.py DATASET --model starter --clips 360 --epochs 3 --output speed.json

Both get the same clips, checkpoint, epochs, learning rate and warm-up, one after the other, each
in a process of its own. The Trainer runs as the tutorial has it: batches of 32 grouped by length,
padded, gradient checkpointing, fp32 on a CPU and fp16 on a GPU; its clips are decoded before the
clock starts. Malgwi's clock includes filling its cache. Then an ablation of Malgwi's parts at
equal batches, without evaluations.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

BATCH = 32
SHAPES: dict[str, dict[str, Any]] = {
    "base-random": {},
    "tiny": {
        "conv_dim": (8,) * 7,
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "num_conv_pos_embeddings": 16,
        "num_conv_pos_embedding_groups": 2,
    },
}
"""Models with random weights, by what differs from transformers' defaults."""


def main() -> None:
    """Parse the command line; run one part, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path, help="a folder that `malgwi prepare` wrote")
    parser.add_argument("--model", choices=("starter", *SHAPES), default="starter")
    parser.add_argument("--clips", type=int, help="take only so many training clips")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--steps", type=int, default=20, help="of each part of the ablation")
    parser.add_argument("--skip-trainer", action="store_true", help="only Malgwi")
    parser.add_argument("--skip-ablation", action="store_true")
    parser.add_argument("--output", type=Path, help="write the figures as JSON")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        part = json.loads(args.part)
        found = _trainer(args) if part["kind"] == "trainer" else _malgwi(args, part)
        found["peak_memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
        print(json.dumps(found))
        return
    with tempfile.TemporaryDirectory() as folder:
        args.folder = Path(folder)
        figures = _all(args)
    _show(figures)
    if args.output:
        args.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _all(args: argparse.Namespace) -> dict[str, Any]:
    _take_clips(args)
    _make_checkpoint(args)
    figures: dict[str, Any] = {"about": _about(args), "runs": {}, "ablation": {}}
    if not args.skip_trainer:
        figures["runs"]["Trainer, tutorial recipe"] = _in_process(args, {"kind": "trainer"})
    figures["runs"]["malgwi train"] = _in_process(args, {"kind": "malgwi", "changes": {}})
    _time_to_trainers_wer(figures["runs"])
    if not args.skip_ablation:
        for name, changes in ABLATION.items():
            part = {"kind": "ablation", "changes": changes}
            figures["ablation"][name] = _in_process(args, part)
    return figures


ABLATION: dict[str, dict[str, Any]] = {
    "all parts, batches of 32 clips": {},
    "features computed in every step": {"cache_gb": 0.0},
    "gradient checkpointing": {"gradient_checkpointing": True},
    "eager attention": {"attention": "eager"},
    "sdpa attention": {"attention": "sdpa"},
    "fp32": {"precision": "fp32"},
    "padding to any length": {"pad_frames_to": 1},
    "none of these": {
        "cache_gb": 0.0,
        "gradient_checkpointing": True,
        "precision": "fp32",
        "pad_frames_to": 1,
    },
    "all parts, batches by seconds": {"batch_clips": None},
}


def _take_clips(args: argparse.Namespace) -> None:
    """Write a copy of the data set's folder with the first training clips only, without cache."""
    from malgwi.dataset.manifest import DATASET, MANIFEST, VOCAB, load_dataset, write_manifest

    data = load_dataset(args.dataset)
    copy = args.folder / "dataset"
    copy.mkdir()
    chosen = [*data.split("train")[: args.clips], *data.split("valid")]
    write_manifest(copy / MANIFEST, chosen, copy)
    for name in (DATASET, VOCAB):
        (copy / name).write_bytes((args.dataset / name).read_bytes())


def _make_checkpoint(args: argparse.Namespace) -> None:
    """Write the starter, or a model with random weights, for both to load."""
    import torch
    from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

    from malgwi.dataset.manifest import load_dataset
    from malgwi.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
    from malgwi.model.head import with_vocab
    from malgwi.speech.frames import WAV2VEC2

    vocab = load_dataset(args.folder / "dataset").vocab
    if args.model == "starter":
        checkpoint, _ = with_vocab(load_checkpoint("starter"), vocab)
    else:
        torch.manual_seed(0)
        sizes: dict[str, Any] = {"vocab_size": len(vocab), "pad_token_id": vocab.blank}
        model = Wav2Vec2ForCTC(Wav2Vec2Config(**sizes, **SHAPES[args.model]))
        checkpoint, _ = with_vocab(Checkpoint(model, vocab, WAV2VEC2, do_normalize=True), vocab)
    (args.folder / "checkpoint").mkdir()
    save_checkpoint(args.folder / "checkpoint", checkpoint)


def _about(args: argparse.Namespace) -> dict[str, Any]:
    import torch
    import transformers

    from malgwi.dataset.manifest import load_dataset

    data = load_dataset(args.folder / "dataset")
    cuda = torch.cuda.is_available()
    return {
        "model": args.model,
        "dataset": str(data.info.get("name") or args.dataset.name),
        "train_clips": len(data.split("train")),
        "train_seconds": round(sum(u.duration for u in data.split("train")), 1),
        "valid_clips": len(data.split("valid")),
        "epochs": args.epochs,
        "learning_rate": args.learning_rate,
        "device": torch.cuda.get_device_name() if cuda else _processor(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }


def _processor() -> str:
    """Return the processor's name where Linux tells it, with its 16-bit instructions."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "CPU"
    facts = dict(line.split(":", 1) for line in lines if ":" in line)
    named = {key.strip(): value for key, value in facts.items()}
    fast = [f for f in ("avx512_bf16", "amx_bf16") if f in named.get("flags", "").split()]
    return f"{named.get('model name', 'CPU').strip()} ({', '.join(fast) or 'no bf16'})"


def _in_process(args: argparse.Namespace, part: dict[str, Any]) -> dict[str, Any]:
    words = [sys.executable, __file__, str(args.dataset), "--folder", str(args.folder)]
    words += ["--epochs", str(args.epochs), "--learning-rate", str(args.learning_rate)]
    words += ["--steps", str(args.steps), "--part", json.dumps(part)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _malgwi(args: argparse.Namespace, part: dict[str, Any]) -> dict[str, Any]:
    from malgwi.training.config import TrainConfig
    from malgwi.training.log import METRICS, read_metrics
    from malgwi.training.train import train

    config = TrainConfig(epochs=args.epochs, learning_rate=args.learning_rate)
    ablation = part["kind"] == "ablation"
    if ablation:
        steps = args.steps
        config = replace(config, batch_clips=BATCH, max_steps=steps, eval_every=steps)
    config = replace(config, **part["changes"])
    with tempfile.TemporaryDirectory(dir=args.folder) as place:
        run = Path(place) / "run"
        data = args.folder / "dataset"
        result = train(data, run, config, checkpoint=str(args.folder / "checkpoint"))
        rows = read_metrics(run / METRICS)
    spent = result.train_seconds + (0.0 if ablation else result.cache_seconds)
    return {
        "x_real_time": round(result.audio_seconds / spent, 2),
        "cache_seconds": round(result.cache_seconds, 2),
        "train_seconds": round(result.train_seconds, 2),
        "wall_seconds": round(result.seconds, 2),
        "wer": [row["wer"] for row in rows if "wer" in row][-1],
        "best_wer": result.best_wer,
        "wer_after_seconds": [[row["seconds"], row["wer"]] for row in rows if "wer" in row],
    }


def _trainer(args: argparse.Namespace) -> dict[str, Any]:
    """Train as the tutorial does, then score each validation clip by itself, without padding."""
    import datasets
    import torch
    from transformers import Trainer, TrainingArguments, Wav2Vec2ForCTC, Wav2Vec2Processor

    from malgwi.dataset.manifest import load_dataset
    from malgwi.speech import audio, score

    data = load_dataset(args.folder / "dataset")
    processor = Wav2Vec2Processor.from_pretrained(args.folder / "checkpoint")

    def features(samples: Any) -> Any:
        return processor.feature_extractor(samples, sampling_rate=16_000).input_values[0]

    clips = [
        {
            "input_values": features(audio.read(u.audio)),
            "length": round(u.duration * 16_000),
            "labels": data.vocab.encode(u.text),
        }
        for u in data.split("train")
    ]
    table = datasets.Dataset.from_list(clips)

    def collate(batch: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        inputs = processor.feature_extractor.pad(
            [{"input_values": clip["input_values"]} for clip in batch], return_tensors="pt"
        )
        longest = max(len(clip["labels"]) for clip in batch)
        labels = [clip["labels"] + [-100] * (longest - len(clip["labels"])) for clip in batch]
        return {**inputs, "labels": torch.tensor(labels)}

    model: Any = Wav2Vec2ForCTC.from_pretrained(args.folder / "checkpoint")
    model.freeze_feature_encoder()
    cuda = torch.cuda.is_available()
    begun = time.monotonic()
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=str(args.folder / "trainer"),
            per_device_train_batch_size=BATCH,
            train_sampling_strategy="group_by_length",
            length_column_name="length",
            num_train_epochs=args.epochs,
            learning_rate=args.learning_rate,
            weight_decay=0.005,
            warmup_steps=0.1,  # a share, where below 1
            fp16=cuda,
            use_cpu=not cuda,
            gradient_checkpointing=True,
            save_strategy="no",
            eval_strategy="no",
            report_to=[],
            remove_unused_columns=False,
            disable_tqdm=True,
        ),
        train_dataset=table,
        data_collator=collate,
    )
    trainer.train()
    spent = time.monotonic() - begun
    model.eval()
    hypotheses = []
    for utterance in data.split("valid"):
        samples = torch.tensor(features(audio.read(utterance.audio)))[None].to(model.device)
        with torch.inference_mode():
            ids = model(samples).logits[0].argmax(-1)
        hypotheses.append(data.vocab.decode(ids.tolist()))
    seconds = sum(u.duration for u in data.split("train")) * args.epochs
    return {
        "x_real_time": round(seconds / spent, 2),
        "train_seconds": round(spent, 2),
        "wall_seconds": round(spent, 2),
        "wer": score.wer([u.text for u in data.split("valid")], hypotheses),
    }


def _time_to_trainers_wer(runs: dict[str, Any]) -> None:
    """Add when Malgwi was as good as the Trainer was in the end; None if it never was."""
    trainer = runs.get("Trainer, tutorial recipe")
    if trainer is None:
        return
    ours = runs["malgwi train"]
    reached = [s for s, wer in ours["wer_after_seconds"] if wer <= trainer["wer"]]
    ours["seconds_to_trainers_wer"] = reached[0] if reached else None
    ours["times_as_fast"] = round(ours["x_real_time"] / trainer["x_real_time"], 2)


def _show(figures: dict[str, Any]) -> None:
    console = Console()
    console.print(figures["about"])
    runs = Table("", "x real time", "wall s", "WER", "s to Trainer's WER", "peak MB")
    for name, run in figures["runs"].items():
        reached = run.get("seconds_to_trainers_wer", run["wall_seconds"])
        runs.add_row(
            name,
            f"{run['x_real_time']:.1f}",
            f"{run['wall_seconds']:.0f}",
            f"{run['wer']:.3f}",
            "never" if reached is None else f"{reached:.0f}",
            str(run["peak_memory_mb"]),
        )
    console.print(runs)
    if figures["ablation"]:
        parts = Table("ablation, steps only", "x real time", "peak MB")
        for name, run in figures["ablation"].items():
            parts.add_row(name, f"{run['x_real_time']:.1f}", str(run["peak_memory_mb"]))
        console.print(parts)


if __name__ == "__main__":
    main()
