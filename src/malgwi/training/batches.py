"""Which clips go into which step: batches by seconds, resumable, one share a process.

Every process computes the whole plan from (seed, epoch), so no message is needed to agree, the
number of steps is the same everywhere, and a run resumes at a batch's number.
"""

import math
from collections.abc import Sequence

import numpy as np

BUCKET = 25
"""Frames: clips of like length in steps of half a second share a batch."""


def plan_epoch(
    frames: Sequence[int],
    *,
    seed: int,
    epoch: int,
    batch_frames: int | None = None,
    batch_clips: int | None = None,
    multiple: int = BUCKET,
) -> list[list[int]]:
    """Return the batches of one epoch as lists of indices into `frames`, each index once.

    Clips are shuffled and put into buckets by length rounded up to `multiple`; a bucket is cut
    into batches of one size: `batch_clips` clips, or as many as fit into `batch_frames` with
    their padding (at least one). What is left over goes into the next longer bucket. So there
    are few different shapes of batch, each of which costs the processor's library a planning
    step. The batches are shuffled. The same arguments give the same plan on any machine.
    """
    rng = np.random.default_rng([seed, epoch])
    widths = [round_up(max(int(n), 1), multiple) for n in frames]
    buckets: dict[int, list[int]] = {}
    for index in rng.permutation(len(widths)).tolist():
        buckets.setdefault(widths[index], []).append(index)
    batches: list[list[int]] = []
    left: list[int] = []
    for width, bucket in sorted(buckets.items()):
        clips = batch_clips or max((batch_frames or 0) // width, 1)
        ready = left + bucket
        whole = len(ready) // clips * clips
        batches += [ready[start : start + clips] for start in range(0, whole, clips)]
        left = ready[whole:]
    batches += [left] if left else []
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
