"""Recordings of any length: segments, whose frames join into one stretch of logits.

Frames between segments are certainly blank, and nothing is run for them. The last frame of a
segment that a pause ended is certainly a delimiter, so that words end there.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from malgwi.decoding.decode import Logits
from malgwi.decoding.segments import SegmentPlan, Segments, Span, energies, limited
from malgwi.errors import MalgwiError
from malgwi.speech.audio import Samples, wrong_sample
from malgwi.speech.frames import FrameGrid
from malgwi.speech.vocab import Vocab

_EXPECTED = "expected floats from -1 to 1: 16-bit samples divided by 32,768"


def anything(_: Samples) -> bool:
    """Take whatever is not quiet for speech."""
    return True


def _nobody(_: Span) -> None:
    """Tell nobody."""


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
    dropped: Callable[[Span], object] = _nobody
    """Told about what isn't run for that reason."""

    def whole_logits(self, blocks: Iterable[Samples]) -> Logits:
        """Return the logits of a recording that comes in blocks of any size.

        There are as many frames as one pass gives. Those in which nothing is said have logits 0 for
        the blank and -100 for the rest.
        """
        seam = Seam(self)
        parts = [logits for block in blocks for logits, _ in seam.feed(block)]
        return np.concatenate([*parts, *seam.finish()])

    def span_logits(self, span: Span, samples: Samples) -> Logits:
        """Return the logits of the frames that a span gives."""
        wanted = span.end_frame - span.first_frame
        logits = certain(0, self.vocab, self.vocab.blank)
        if not self.grid.count(len(samples)):
            pass  # too few to be run, and to be asked about
        elif self.is_speech(samples):
            logits = self.model(limited(samples, self.plan, self.grid))
            logits = logits[span.first_frame - span.start // self.grid.hop :][:wanted]
        else:
            self.dropped(span)
        # A segment ends with a whole hop; the last frames of the model would see more than that.
        missing = certain(wanted - len(logits), self.vocab, self.vocab.blank)
        logits = np.concatenate([logits, missing])
        if span.closed and self.vocab.delimiter is not None:
            logits[-1] = certain(1, self.vocab, self.vocab.delimiter)
        return logits


class Cutter:
    """Cuts a recording that arrives in blocks of any sizes; holds one window and one block."""

    def __init__(self, plan: SegmentPlan, grid: FrameGrid) -> None:
        """Begin a recording."""
        self.segments = Segments(plan, grid)
        self._hop = grid.hop
        self._held = np.zeros(0, dtype=np.float32)
        self._start = self._looked = 0

    @property
    def samples(self) -> int:
        """Samples fed so far."""
        return self._start + len(self._held)

    def feed(self, block: Samples) -> list[tuple[Span, Samples]]:
        """Take samples; return what they make ready to be run.

        Raises:
            MalgwiError: they are no floats, or one is NaN or far beyond full scale.
        """
        if block.dtype.kind != "f":
            raise MalgwiError(f"samples are {block.dtype}; {_EXPECTED}")
        if (wrong := wrong_sample(block)) is not None:
            raise MalgwiError(f"sample {self.samples + wrong:,} is {block[wrong]:g}; {_EXPECTED}")
        self._held = np.concatenate([self._held, block])
        sums = energies(self._held[self._looked - self._start :], self._hop)
        self._looked += len(sums) * self._hop
        found = [(span, self._of(span)) for span in self.segments.feed(sums)]
        needed = min(self.segments.needed_from, self._looked)
        self._held, self._start = self._held[needed - self._start :], needed
        return found

    def open(self) -> tuple[Span, Samples] | None:
        """Return what would be run last if the recording ended here."""
        span = self.segments.finish(self.samples)
        return span and (span, self._of(span))

    def _of(self, span: Span) -> Samples:
        return self._held[span.start - self._start : span.end - self._start]


class Seam:
    """Joins what the model gives for the segments of one recording as they come."""

    def __init__(self, form: LongForm) -> None:
        """Begin a recording."""
        self.cutter = Cutter(form.plan, form.grid)
        self._form = form
        self._frames = 0

    def feed(self, block: Samples) -> Iterator[tuple[Logits, bool]]:
        """Run what samples make ready; yield frames that follow the last, and whether words end."""
        for span, heard in self.cutter.feed(block):
            yield self._blanks(span.first_frame), False
            yield self._form.span_logits(span, heard), span.closed
            self._frames = span.end_frame

    def preview(self) -> Logits:
        """Return the frames that would be last if the recording ended here; nothing changes."""
        last = self.cutter.open()
        if last is None:
            return certain(0, self._form.vocab, self._form.vocab.blank)
        return replace(self._form, dropped=_nobody).span_logits(*last)

    def finish(self) -> Iterator[Logits]:
        """Yield the last frames."""
        last = self.cutter.open()
        if last is not None:
            yield self._blanks(last[0].first_frame)
            yield self._form.span_logits(*last)
            self._frames = last[0].end_frame
        yield self._blanks(self._form.grid.count(self.cutter.samples))

    def _blanks(self, end: int) -> Logits:
        return certain(end - self._frames, self._form.vocab, self._form.vocab.blank)


def cut(
    blocks: Iterable[Samples], plan: SegmentPlan, grid: FrameGrid
) -> Iterator[tuple[Span, Samples]]:
    """Yield all that is run of a recording."""
    cutter = Cutter(plan, grid)
    for block in blocks:
        yield from cutter.feed(block)
    last = cutter.open()
    if last:
        yield last


def certain(frames: int, vocab: Vocab, token: int) -> Logits:
    """Return logits of frames that are certainly one token."""
    logits = np.full((frames, len(vocab)), -100.0, dtype=np.float32)
    logits[:, token] = 0.0
    return logits
