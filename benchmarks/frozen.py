"""What frozen layers save and what they cost: processor seconds a step, and WER.

    python benchmarks/frozen.py demo/dataset --frozen 4 6 --steps 110 --output frozen.json

Steps with 0 frozen layers and with each of the numbers given are made in turn in one process, on
one thread, on the same clips: what counts is the median of their processor seconds, so that other
work on the machine does less harm. Filling the cache is counted likewise. Then runs of --steps
steps each, and, for those with frozen layers, of as many steps as fit, cache and all, into the
processor seconds of the run without; each learning rate ends at zero. WER is of the last weights
on the validation split.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import torch

from malgwi.dataset.manifest import DATASET, MANIFEST, VOCAB, load_dataset, write_manifest
from malgwi.training.config import TrainConfig
from malgwi.training.optimise import learning_rate
from malgwi.training.setup import Setup, set_up, start_processes
from malgwi.training.state import Position
from malgwi.training.train import train
from malgwi.training.trained_weights import trained_weights

CONFIG = TrainConfig(learning_rate=5e-4, ema=0.98, precision="fp32")
"""The demo's numbers."""


def main() -> None:
    """Parse the command line, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path, help="a folder that `malgwi prepare` wrote")
    parser.add_argument("--checkpoint", default="starter")
    parser.add_argument("--clips", type=int, help="take only so many of either split")
    parser.add_argument("--frozen", type=int, nargs="+", default=[4, 6], metavar="N")
    parser.add_argument("--steps", type=int, default=110)
    parser.add_argument("--rounds", type=int, default=8, help="of steps made in turn")
    parser.add_argument("--output", type=Path, help="write the figures as JSON")
    args = parser.parse_args()
    numbers = [0, *args.frozen]
    torch.set_num_threads(1)  # two wait for each other where others want them, too
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        data = _some_clips(args.dataset, folder / "dataset", args.clips)
        costs = _costs(data, args.checkpoint, numbers, args.rounds, folder / "run")
        print(json.dumps(costs), flush=True)
        rows = _runs(data, args.checkpoint, costs, args.steps, folder)
    if args.output:
        about = {"torch": torch.__version__, "dataset": args.dataset.name}
        figures = {"about": about, "costs": costs, "runs": rows}
        args.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _some_clips(dataset: Path, copy: Path, clips: int | None) -> Path:
    """Write a copy of the data set's folder, with the first clips of both splits, without cache."""
    data = load_dataset(dataset)
    copy.mkdir()
    chosen = [*data.split("train")[:clips], *data.split("valid")[:clips]]
    write_manifest(copy / MANIFEST, chosen, copy)
    for name in (DATASET, VOCAB):
        (copy / name).write_bytes((dataset / name).read_bytes())
    return copy


def _costs(
    data: Path, checkpoint: str, numbers: Sequence[int], rounds: int, run: Path
) -> dict[int, dict[str, float]]:
    """Return processor seconds of a step and of filling the cache, by number of frozen layers."""
    setups: dict[int, Setup] = {}
    filling: dict[int, float] = {}
    _set_up(replace(CONFIG, cache_gb=0.0), data, checkpoint, run)  # gets libraries ready
    for number in numbers:
        config = replace(CONFIG, freeze_layers=number, max_steps=rounds + 1)
        begun = time.process_time()
        _set_up(config, data, checkpoint, run)
        filled = time.process_time()
        setups[number] = _set_up(config, data, checkpoint, run)  # finds the cache
        filling[number] = 2 * filled - begun - time.process_time()
    seconds: dict[int, list[float]] = {number: [] for number in numbers}
    every = (islice(setups[number].inputs.steps(0), rounds + 1) for number in numbers)
    for steps in zip(*every, strict=True):
        for number, step in zip(numbers, steps, strict=True):
            learner, inputs = setups[number].learner, setups[number].inputs
            begun = time.process_time()
            fed = inputs.inputs(step)
            output = learner.gradients(step, fed, trained="encoder")
            rate = learning_rate(step.number, inputs.total, CONFIG)
            learner.step(step, fed, output, rate=rate, largest=CONFIG.gradient_clip)
            seconds[number].append(time.process_time() - begun)
    return {
        number: {
            "step": median(seconds[number][1:]),  # the first one gets libraries ready
            "cache": filling[number],
            "trained": trained_weights(setups[number].learner.ctc),
        }
        for number in numbers
    }


def _set_up(config: TrainConfig, data: Path, checkpoint: str, run: Path) -> Setup:
    return set_up(
        config,
        load_dataset(data),
        checkpoint,
        start_processes(config),
        run=run,
        saved=None,
        position=Position(),
        begun=time.monotonic(),
    )


def _runs(
    data: Path, checkpoint: str, costs: dict[int, dict[str, float]], steps: int, folder: Path
) -> list[dict[str, Any]]:
    """Train for equal steps and for equal processor seconds, and print each run as it ends."""
    whole = costs[0]["cache"] + steps * costs[0]["step"]
    print("| frozen layers | steps | processor seconds | WER | CER |")
    print("| ---: | ---: | ---: | ---: | ---: |", flush=True)
    rows: list[dict[str, Any]] = []
    for number, cost in costs.items():
        as_long = max(int((whole - cost["cache"]) / cost["step"]), 1)
        for many in dict.fromkeys((steps, as_long if number else steps)):
            config = replace(CONFIG, freeze_layers=number, max_steps=many, eval_every=many)
            run = folder / f"run-{number}-{many}"
            found = train(data, run, config, checkpoint=checkpoint, quiet=True)
            spent = cost["cache"] + many * cost["step"]
            rows.append(
                {"frozen": number, "steps": many, "seconds": spent}
                | {"wer": found.best_wer, "cer": found.best_cer}
            )
            rates = f"{found.best_wer:.3f} | {found.best_cer:.3f}"
            print(f"| {number} | {many} | {spent:.0f} | {rates} |", flush=True)
    return rows


if __name__ == "__main__":
    main()
