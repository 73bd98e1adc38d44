"""Which clips go into which step: batches by seconds, resumable, one share a process.

Every process computes the whole plan from (seed, epoch), so no message is needed to agree, the
number of steps is the same everywhere, and a run resumes at a batch's number.
"""

import math
from collections.abc import Sequence

import numpy as np

POOL = 50
"""Batches that are shuffled together before clips of like length are put side by side."""

JITTER = 0.1
"""How far lengths are blurred before sorting, so that clips meet different neighbours."""


def plan_epoch(
    frames: Sequence[int],
    *,
    seed: int,
    epoch: int,
    batch_frames: int | None = None,
    batch_clips: int | None = None,
) -> list[list[int]]:
    """Return the batches of one epoch as lists of indices into `frames`, each index once.

    A batch holds at most `batch_clips` clips, and its longest clip times its number of clips is
    at most `batch_frames` (padding included); a clip longer than that is a batch of its own.
    Clips are shuffled, sorted by length within pools, cut into batches, and the batches
    shuffled. The same arguments give the same plan on any machine.
    """
    rng = np.random.default_rng([seed, epoch])
    lengths = np.maximum(np.asarray(frames, dtype=np.int64), 1)
    order = rng.permutation(len(lengths))
    blurred = lengths * rng.uniform(1 - JITTER, 1 + JITTER, size=len(lengths))
    by_frames = int(batch_frames // max(lengths.mean(), 1)) if batch_frames else 0
    clips = batch_clips or max(by_frames, 1)
    batches: list[list[int]] = []
    for start in range(0, len(order), POOL * clips):
        pool = order[start : start + POOL * clips]
        pool = pool[np.argsort(blurred[pool], kind="stable")]
        batches += _cut(pool.tolist(), lengths, batch_frames, batch_clips)
    return [batches[i] for i in rng.permutation(len(batches))]


def _cut(
    pool: list[int], lengths: np.ndarray, batch_frames: int | None, batch_clips: int | None
) -> list[list[int]]:
    batches: list[list[int]] = []
    batch: list[int] = []
    longest = 0
    for index in pool:
        widest = max(longest, int(lengths[index]))
        over = batch_frames is not None and widest * (len(batch) + 1) > batch_frames
        if batch and (over or len(batch) == batch_clips):
            batches.append(batch)
            batch, widest = [], int(lengths[index])
        batch.append(index)
        longest = widest
    return [*batches, batch] if batch else batches


def in_order(frames: Sequence[int], batch_frames: int) -> list[list[int]]:
    """Return batches by frames in order of length, longest first: for scoring.

    The longest come first so that a shortage of memory shows at once.
    """
    lengths = np.asarray(frames, dtype=np.int64)
    order = np.argsort(-lengths, kind="stable").tolist()
    return _cut(order, lengths, batch_frames, None)


def share(batch: Sequence[int], process: int, processes: int) -> list[int]:
    """Return the clips of `batch` that one of `processes` processes handles; may be empty."""
    return list(batch[process::processes])


def default_seconds(total_seconds: float, accelerator: bool) -> float:
    """Return the seconds of audio in a step: a hundredth of the data, within bounds.

    16 at least; 40 at most on a CPU, 640 on an accelerator (where it measured fastest).
    """
    return min(max(total_seconds / 100, 16.0), 640.0 if accelerator else 40.0)


def round_up(frames: int, multiple: int) -> int:
    """Return `frames` rounded up to a multiple of `multiple`."""
    return math.ceil(frames / multiple) * multiple
