"""Recordings of any length: segments, whose frames join into one stretch of logits.

Frames between segments are certainly blank, and nothing is run for them. The last frame of a
segment that a pause ended is certainly a delimiter, so that words end there.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from malgwi.decoding.decode import Logits
from malgwi.decoding.segments import SegmentPlan, Segments, Span, energies, limited
from malgwi.speech.audio import Samples
from malgwi.speech.frames import FrameGrid
from malgwi.speech.vocab import Vocab


def anything(span: Span, samples: Samples) -> bool:
    """Take whatever is not quiet for speech."""
    return True


def cut(
    blocks: Iterable[Samples], plan: SegmentPlan, grid: FrameGrid
) -> Iterator[tuple[Span, Samples]]:
    """Cut a recording that arrives in blocks of any sizes; holds one window and one block."""
    segments = Segments(plan, grid)
    held = np.zeros(0, dtype=np.float32)
    start = looked = 0
    for block in blocks:
        held = np.concatenate([held, block])
        fresh = held[looked - start :]
        sums = energies(fresh, grid.hop)
        looked += len(sums) * grid.hop
        for span in segments.feed(sums):
            yield span, held[span.start - start : span.end - start]
        needed = min(segments.needed_from, looked)
        held, start = held[needed - start :], needed
    span = segments.finish(start + len(held))
    if span is not None:
        yield span, held[span.start - start :]


def stitch(
    blocks: Iterable[Samples],
    plan: SegmentPlan,
    grid: FrameGrid,
    vocab: Vocab,
    model: Callable[[Samples], Logits],
    is_speech: Callable[[Span, Samples], bool] = anything,
) -> Iterator[Logits]:
    """Yield the logits of a recording, segment by segment; together `grid.count(samples)` frames.

    `model` maps samples to (frames, vocabulary) logits; it isn't asked for those of a span that
    `is_speech` says holds none. Frames in which nothing is said have
    logits 0 for the blank and -100 for the rest.
    """
    samples = frames = 0

    def counted() -> Iterator[Samples]:
        nonlocal samples
        for block in blocks:
            samples += len(block)
            yield block

    for span, heard in cut(counted(), plan, grid):
        yield certain(span.first_frame - frames, vocab, vocab.blank)
        frames = span.end_frame
        yield span_logits(span, heard, plan, grid, vocab, model, is_speech)
    yield certain(grid.count(samples) - frames, vocab, vocab.blank)


def whole_logits(
    blocks: Iterable[Samples],
    plan: SegmentPlan,
    grid: FrameGrid,
    vocab: Vocab,
    model: Callable[[Samples], Logits],
    is_speech: Callable[[Span, Samples], bool] = anything,
) -> Logits:
    """Return the logits of a recording of any length, (frames, vocabulary)."""
    parts = stitch(blocks, plan, grid, vocab, model, is_speech)
    return np.concatenate([np.zeros((0, len(vocab)), np.float32), *parts])


def span_logits(
    span: Span,
    samples: Samples,
    plan: SegmentPlan,
    grid: FrameGrid,
    vocab: Vocab,
    model: Callable[[Samples], Logits],
    is_speech: Callable[[Span, Samples], bool],
) -> Logits:
    """Return the logits of the frames that a span gives."""
    wanted = span.end_frame - span.first_frame
    if grid.count(len(samples)) and is_speech(span, samples):
        logits = model(limited(samples, plan, grid))
        logits = logits[span.first_frame - span.start // grid.hop :][:wanted]
    else:
        logits = certain(0, vocab, vocab.blank)
    # A segment ends with a whole hop; the model sees a little more than that in its last frame.
    missing = certain(wanted - len(logits), vocab, vocab.blank)
    logits = np.concatenate([logits, missing])
    if span.closed and vocab.delimiter is not None:
        logits[-1] = certain(1, vocab, vocab.delimiter)
    return logits


def certain(frames: int, vocab: Vocab, token: int) -> Logits:
    """Return logits of frames that are certainly one token."""
    logits = np.full((frames, len(vocab)), -100.0, dtype=np.float32)
    logits[:, token] = 0.0
    return logits
