"""Recordings of any length: segments, whose frames join into one stretch of logits.

Frames between segments are certainly blank, and nothing is run for them. The last frame of a
segment that a pause ended is certainly a delimiter, so that words end there.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from malgwi.decoding.decode import Logits
from malgwi.decoding.segments import SegmentPlan, Segments, Span, energies, limited
from malgwi.speech.audio import Samples
from malgwi.speech.frames import FrameGrid
from malgwi.speech.vocab import Vocab


def anything(_: Samples) -> bool:
    """Take whatever is not quiet for speech."""
    return True


@dataclass(frozen=True)
class LongForm:
    """A model that hears recordings of any length."""

    plan: SegmentPlan
    grid: FrameGrid
    vocab: Vocab
    model: Callable[[Samples], Logits]
    """Samples, at least the receptive field, to (frames, vocabulary) logits."""
    is_speech: Callable[[Samples], bool] = anything
    """Asked before the model is; what holds no speech isn't run."""
    dropped: Callable[[Span], object] = lambda _: None
    """Told about what isn't run for that reason."""

    def whole_logits(self, blocks: Iterable[Samples]) -> Logits:
        """Return the logits of a recording that comes in blocks of any size."""
        none = np.zeros((0, len(self.vocab)), np.float32)
        return np.concatenate([none, *self.stitch(blocks)])

    def stitch(self, blocks: Iterable[Samples]) -> Iterator[Logits]:
        """Yield the logits of a recording, segment by segment, as many frames as one pass gives.

        Frames in which nothing is said have logits 0 for the blank and -100 for the rest.
        """
        samples = frames = 0

        def counted() -> Iterator[Samples]:
            nonlocal samples
            for block in blocks:
                samples += len(block)
                yield block

        for span, heard in cut(counted(), self.plan, self.grid):
            yield certain(span.first_frame - frames, self.vocab, self.vocab.blank)
            frames = span.end_frame
            yield self._span_logits(span, heard)
        yield certain(self.grid.count(samples) - frames, self.vocab, self.vocab.blank)

    def _span_logits(self, span: Span, samples: Samples) -> Logits:
        wanted = span.end_frame - span.first_frame
        logits = certain(0, self.vocab, self.vocab.blank)
        if not self.is_speech(samples):
            self.dropped(span)
        elif self.grid.count(len(samples)):
            logits = self.model(limited(samples, self.plan, self.grid))
            logits = logits[span.first_frame - span.start // self.grid.hop :][:wanted]
        # A segment ends with a whole hop; the last frames of the model would see more than that.
        missing = certain(wanted - len(logits), self.vocab, self.vocab.blank)
        logits = np.concatenate([logits, missing])
        if span.closed and self.vocab.delimiter is not None:
            logits[-1] = certain(1, self.vocab, self.vocab.delimiter)
        return logits


def cut(
    blocks: Iterable[Samples], plan: SegmentPlan, grid: FrameGrid
) -> Iterator[tuple[Span, Samples]]:
    """Cut a recording that arrives in blocks of any sizes; holds one window and one block."""
    segments = Segments(plan, grid)
    held = np.zeros(0, dtype=np.float32)
    start = looked = 0
    for block in blocks:
        held = np.concatenate([held, block])
        sums = energies(held[looked - start :], grid.hop)
        looked += len(sums) * grid.hop
        for span in segments.feed(sums):
            yield span, held[span.start - start : span.end - start]
        needed = min(segments.needed_from, looked)
        held, start = held[needed - start :], needed
    last = segments.finish(start + len(held))
    if last is not None:
        yield last, held[last.start - start :]


def certain(frames: int, vocab: Vocab, token: int) -> Logits:
    """Return logits of frames that are certainly one token."""
    logits = np.full((frames, len(vocab)), -100.0, dtype=np.float32)
    logits[:, token] = 0.0
    return logits
