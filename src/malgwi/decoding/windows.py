"""Recordings of any length: windows of one size, whose frames join into one stretch of logits.

Window k starts at sample k * step, and its place depends on nothing else, so a live recogniser
that doesn't know the end yet cuts the same windows. A window's frames in the left and right
context were computed with little around them and are dropped; the neighbours own them. The model
normalises each window by itself. The Java core obeys the same rules (`tests/golden/windows.json`).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from malgwi.decoding.decode import Logits
from malgwi.errors import MalgwiError
from malgwi.speech.audio import Samples
from malgwi.speech.frames import FrameGrid
from malgwi.speech.vocab import Vocab


@dataclass(frozen=True)
class WindowPlan:
    """How long recordings are cut; the four keys stand in `bundle.json` under these names."""

    window_samples: int = 160_000
    """Size of a window (10 s); a recording no longer than this is one window. `docs/evaluate.md`
    has the measurements behind these numbers."""
    left_samples: int = 16_000
    """Context before the frames that a window keeps (1 s)."""
    right_samples: int = 16_000
    """Context after them (1 s)."""
    silence_dbfs: float = -70.0
    """A window whose loudest 20 ms lie under this level (0 is a full-scale square wave) is all
    blanks without being run."""

    @property
    def step_samples(self) -> int:
        """Samples from the start of one window to the start of the next."""
        return self.window_samples - self.left_samples - self.right_samples

    def check(self, grid: FrameGrid) -> None:
        """Refuse a plan that can't be followed with these convolutions.

        Raises:
            MalgwiError: names the key, its value and what it must be.
        """
        for name, least in (("left_samples", 0), ("right_samples", grid.receptive_field)):
            value = getattr(self, name)
            if value < least or value % grid.hop:
                raise MalgwiError(
                    f"{name} is {value}; it must be a multiple of the hop, {grid.hop} samples, "
                    f"and at least {least}"
                )
        if self.step_samples < grid.hop or self.step_samples % grid.hop:
            raise MalgwiError(
                f"window_samples is {self.window_samples}; it must be a multiple of the hop, "
                f"{grid.hop} samples, above left_samples + right_samples, "
                f"{self.left_samples + self.right_samples}"
            )


class Span(NamedTuple):
    """One window: samples `start` up to `end`, and the frames of the whole recording it keeps."""

    start: int
    end: int
    first_frame: int
    end_frame: int


def place(index: int, plan: WindowPlan, grid: FrameGrid, samples: int | None = None) -> Span:
    """Return window `index` (0, 1, ...); give `samples`, the recording's length, for the last."""
    start = index * plan.step_samples
    first = (start + plan.left_samples) // grid.hop if index else 0
    if samples is not None:
        return Span(start, samples, first, grid.count(samples))
    last = (start + plan.window_samples - plan.right_samples) // grid.hop
    return Span(start, start + plan.window_samples, first, last)


def spans(samples: int, plan: WindowPlan, grid: FrameGrid) -> list[Span]:
    """Return the windows of a recording; none when it is too short for a single frame.

    The frames kept follow each other without gap and number `grid.count(samples)`.
    """
    if not grid.count(samples):
        return []
    last = max(0, -(-(samples - plan.window_samples) // plan.step_samples))
    return [*(place(k, plan, grid) for k in range(last)), place(last, plan, grid, samples)]


def is_silent(samples: Samples, plan: WindowPlan, grid: FrameGrid) -> bool:
    """Say whether the loudest stretch of one hop, by its mean square, is under `silence_dbfs`."""
    energy = np.square(samples, dtype=np.float64)
    limit = 10.0 ** (plan.silence_dbfs / 10.0)
    whole = len(energy) // grid.hop * grid.hop
    loudest = energy[:whole].reshape(-1, grid.hop).mean(axis=1).max(initial=0.0)
    rest = energy[whole:].mean() if whole < len(energy) else 0.0
    return bool(max(loudest, rest) < limit)


def cut(
    blocks: Iterable[Samples], plan: WindowPlan, grid: FrameGrid
) -> Iterator[tuple[Span, Samples]]:
    """Cut a recording that arrives in blocks of any sizes; holds one window and one block."""
    held = np.zeros(0, dtype=np.float32)
    index = 0
    for block in blocks:
        held = np.concatenate([held, block])
        while len(held) > plan.window_samples:  # so this window isn't the last
            yield place(index, plan, grid), held[: plan.window_samples]
            held = held[plan.step_samples :]
            index += 1
    samples = index * plan.step_samples + len(held)
    if grid.count(samples):
        yield place(index, plan, grid, samples), held


def stitch(
    blocks: Iterable[Samples],
    plan: WindowPlan,
    grid: FrameGrid,
    vocab: Vocab,
    model: Callable[[Samples], Logits],
) -> Iterator[Logits]:
    """Yield the logits of a recording, window by window; together `grid.count(samples)` frames.

    `model` maps samples to (frames, vocabulary) logits. Silent windows give frames that are
    certainly blank (logits 0 for the blank, -100 for the rest).
    """
    for span, samples in cut(blocks, plan, grid):
        keep = span.end_frame - span.first_frame
        if is_silent(samples, plan, grid):
            yield blank_logits(keep, vocab)
            continue
        logits = model(samples)
        offset = span.first_frame - span.start // grid.hop
        yield logits[offset : offset + keep]


def whole_logits(
    blocks: Iterable[Samples],
    plan: WindowPlan,
    grid: FrameGrid,
    vocab: Vocab,
    model: Callable[[Samples], Logits],
) -> Logits:
    """Return the logits of a recording of any length, (frames, vocabulary), windows stitched."""
    parts = stitch(blocks, plan, grid, vocab, model)
    return np.concatenate([np.zeros((0, len(vocab)), np.float32), *parts])


def blank_logits(frames: int, vocab: Vocab) -> Logits:
    """Return logits of frames that are certainly blank."""
    logits = np.full((frames, len(vocab)), -100.0, dtype=np.float32)
    logits[:, vocab.blank] = 0.0
    return logits
