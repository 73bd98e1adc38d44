#!/usr/bin/env python3
"""Train a starter on, by the clock: warm-up, cosine to 0 at the end of the minutes given.

usage: tools/starter/train.py FOLDER[:SPLIT][=SHARE] ... --minutes M --work FOLDER --output FOLDER

A folder holds metadata.csv as `synthesise.py` writes it; its share is that of the clips drawn from
it, whatever its size. `--work` keeps the state: after a kill the same command goes on, and the
minutes count only while it runs. Folders that still grow are read again after each round. CUDA
with bf16 where there is one, else the CPU in what `malgwi train` would take.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from draw import PAD, ROUND, Batch, Drawing, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


from malgwi.model.checkpoint import WEIGHTS, load_checkpoint, save_weights, starter_folder
from malgwi.model.ctc_model import CtcModel
from malgwi.publish import publish_file
from malgwi.speech.audio import SAMPLE_RATE
from malgwi.training.config import TrainConfig
from malgwi.training.optimise import Average, adamw, precision

WARMUP = 0.04
"""Share of the time in which the learning rate rises."""
LARGEST_NORM = 1.0
"""Of the gradients."""
LOGGED = 20
"""Losses that a line of the log is the mean of."""
KEPT_EVERY = 120.0
"""Seconds between two states that are kept."""
EMPTY_FRAMES = 8
"""The loss of a clip without labels is divided by a label for so many frames, as others' are."""


def rate_at(share: float, peak: float) -> float:
    """Return the learning rate when `share` (0 to 1) of the time is over."""
    if share < WARMUP:
        return peak * max(share / WARMUP, 0.02)
    return peak * 0.5 * (1 + math.cos(math.pi * min((share - WARMUP) / (1 - WARMUP), 1.0)))


def loss_of(ctc: CtcModel, batch: Batch, device: torch.device) -> torch.Tensor:
    """Return the mean loss of a batch, a clip without labels counted as others are."""
    lengths = batch.label_lengths.to(device)
    output = ctc(
        None,
        None,
        batch.labels.to(device),
        lengths,
        waveforms=[wave.to(device, non_blocking=True) for wave in batch.waveforms],
        time_mask=batch.time_mask.to(device),
        pad_frames_to=PAD,
    )
    assert output.losses is not None  # noqa: S101 - labels were given
    labels = (output.frame_lengths.to(device) / EMPTY_FRAMES).clamp(min=1)
    return torch.where(lengths == 0, output.losses / labels, output.losses).mean()


def write(folder: Path, start: Path, ctc: CtcModel, provenance: dict[str, object]) -> None:
    """Write a checkpoint: the start's files, these weights in fp16, and where they are from."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in start.iterdir():
        if file.suffix == ".json" and file.name != "provenance.json":
            shutil.copyfile(file, folder / file.name)
    ctc.model.half()
    try:
        save_weights(folder, ctc.model)
    finally:
        ctc.model.float()
    (folder / "provenance.json").write_text(json.dumps(provenance, indent=1) + "\n", "utf-8")


def earlier(start: Path) -> list[dict[str, object]]:
    """Return what the start learnt from, and what that began with, as far as files say."""
    place = start / "provenance.json"
    if not place.exists():
        return []
    learnt = json.loads(place.read_text("utf-8"))
    return [*learnt["trained_on"], *learnt.get("earlier", [])]


class Trainer:
    """The model, what changes it, and how far it is; the state lies in a folder."""

    def __init__(
        self,
        ctc: CtcModel,
        config: TrainConfig,
        *,
        device: torch.device,
        average: float,
        work: Path,
    ) -> None:
        """Begin, or go on from the state in `work`."""
        self.ctc, self.device, self.work = ctc, device, work
        self.optimizer = adamw(ctc, config, device)
        self.average = Average(ctc, average)
        self.minutes, self.steps, self.rounds, self.hours = 0.0, 0, 0, 0.0
        self._losses: list[float] = []
        work.mkdir(parents=True, exist_ok=True)
        if self.state.exists():
            saved = torch.load(self.state, map_location=device, weights_only=True)
            ctc.load_state_dict(saved["model"])
            self.optimizer.load_state_dict(saved["optimizer"])
            self.average.load(saved["average"])
            self.minutes, self.steps, self.rounds, self.hours = saved["done"]

    @property
    def state(self) -> Path:
        """Where it is kept."""
        return self.work / "state.pt"

    def save(self) -> None:
        """Keep the state, whole or not at all."""
        tensors = {
            "model": self.ctc.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.average,
            "done": (self.minutes, self.steps, self.rounds, self.hours),
        }
        with publish_file(self.state) as fresh:
            torch.save(tensors, fresh)

    def step(self, batch: Batch, rate: float) -> None:
        """Learn from one batch."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["scale"]
        loss = loss_of(self.ctc, batch, self.device)
        torch.autograd.backward(loss)
        norm = torch.nn.utils.clip_grad_norm_(self.ctc.parameters(), LARGEST_NORM)
        # On an accelerator, asking for a number waits for it: now and then is enough.
        if self.device.type == "cpu" or self.steps % 20 == 0:
            self._losses.append(float(loss.detach()))
        if torch.isfinite(norm):
            self.optimizer.step()
            self.average.update(self.steps)
        self.optimizer.zero_grad(set_to_none=True)
        self.steps += 1
        self.hours += sum(len(wave) for wave in batch.waveforms) / SAMPLE_RATE / 3600
        if len(self._losses) >= LOGGED:
            facts = f"{self.minutes:.2f},{self.steps},{rate:.2e},{np.mean(self._losses):.4f}"
            with (self.work / "log.csv").open("a", encoding="utf-8") as log:
                log.write(f"{facts},{self.hours:.3f}\n")
            self._losses.clear()

    def run(
        self,
        minutes: float,
        peak: float,
        batches: Callable[[int], Iterator[Batch]],
        between: Callable[[], object],
    ) -> None:
        """Train until `minutes` are over, those of runs before included.

        Args:
            minutes: of training.
            peak: learning rate.
            batches: gives those of a round.
            between: called after each round.
        """
        began, kept = time.monotonic() - self.minutes * 60, time.monotonic()
        self.ctc.train()
        while self.minutes < minutes:
            for batch in batches(self.rounds):
                self.step(batch, rate_at(self.minutes / minutes, peak))
                self.minutes = (time.monotonic() - began) / 60
                if self.minutes >= minutes:
                    break
            self.rounds += 1
            if time.monotonic() - kept > KEPT_EVERY:
                self.save()
                kept = time.monotonic()
            between()
        self.save()


def main(arguments: list[str] | None = None) -> None:
    """Train until the minutes are over."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", type=Source.parse, nargs="+")
    parser.add_argument("--start", type=Path, default=starter_folder())
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument(
        "--rate", type=float, default=2e-4, help="the highest (default %(default)s)"
    )
    parser.add_argument("--batch-seconds", type=float, default=24.0)
    parser.add_argument("--average", type=float, default=0.98, help="decay of averaged weights")
    parser.add_argument("--train-cnn", action="store_true", help="the convolutions too")
    parser.add_argument("--threads", type=int, default=1, help="of the model, on a CPU")
    parser.add_argument("--workers", type=int, default=1, help="threads that prepare clips")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(arguments)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    config = TrainConfig(freeze_cnn=not args.train_cnn)
    checkpoint = load_checkpoint(args.start)
    vocab = checkpoint.vocab
    assert vocab is not None  # noqa: S101 - a starter has one
    ctc = CtcModel(checkpoint.model, blank=vocab.blank, precision=precision(config, device))
    ctc.trained = "all" if args.train_cnn else "encoder"
    ctc.cnn.requires_grad_(args.train_cnn)
    ctc.to(device)
    trainer = Trainer(ctc, config, device=device, average=args.average, work=args.work)
    drawing = Drawing(checkpoint.grid, checkpoint.epsilon, args.batch_seconds, args.seed)
    sources: list[Source] = args.sources
    workers, readers = ThreadPoolExecutor(args.workers), ThreadPoolExecutor(max(args.workers, 2))

    def read_new(limit: int | None) -> None:
        for source in sources:
            source.read_new(vocab, readers, limit)

    read_new(None)
    trainer.run(
        args.minutes,
        args.rate,
        lambda number: drawing.round(sources, number, workers, 2 * args.workers),
        lambda: read_new(ROUND),
    )
    provenance: dict[str, Any] = {
        "start": hashlib.sha256((args.start / WEIGHTS).read_bytes()).hexdigest()[:16],
        "trained_on": [source.provenance for source in sources],
        "earlier": earlier(args.start),
        "steps": trainer.steps,
        "heard_hours": round(trainer.hours, 2),
        "minutes": round(trainer.minutes, 1),
        "device": device.type,
        "rate": args.rate,
        "batch_seconds": args.batch_seconds,
        "convolutions_trained": args.train_cnn,
    }
    with trainer.average.applied():
        write(args.output, args.start, ctc, provenance)
    facts = {name: fact for name, fact in provenance.items() if isinstance(fact, int | float)}
    sys.stdout.write(f"{json.dumps(facts)}\n")


if __name__ == "__main__":
    main()
