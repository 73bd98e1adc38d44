"""A recording whose stretches are run elsewhere, several at a time, and searched here in order.

Cutting, running and searching are those of one machine, stretch by stretch: so is what is found.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from malgwi.decoding.decode import FrameTokens, Logits, Transcript, best_tokens
from malgwi.decoding.long_form import Cutter, certain
from malgwi.decoding.segments import Span
from malgwi.recognition.recognise import Recogniser, found
from malgwi.speech.audio import Samples

AHEAD = 8
"""Tasks of one recording that are under way or wait for their turn."""
TOGETHER = 3
"""Stretches that a task runs, about ten seconds each: a task alone costs something."""

Stretch = tuple[Span, Samples]


class Run(NamedTuple):
    """What a model says of one stretch."""

    frames: Logits | FrameTokens
    """The best tokens alone where nothing is searched: 16 bytes a frame."""
    is_speech: bool


def run(recogniser: Recogniser, span: Span, samples: Samples, *, greedy: bool) -> Run:
    """Run one stretch.

    Raises:
        MalgwiError: the model's output is not a number.
    """
    dropped: list[Span] = []
    logits = replace(recogniser.long_form, dropped=dropped.append).span_logits(span, samples)
    return Run(best_tokens(logits) if greedy else logits, not dropped)


def transcribe_ahead(
    recogniser: Recogniser,
    blocks: Iterable[Samples],
    begin: Callable[[Sequence[Stretch]], Any],
    end: Callable[[Any], Sequence[Run]],
) -> Transcript:
    """Return what `transcribe_blocks` does, though stretches are begun before others have ended.

    Args:
        recogniser: what the stretches are run with elsewhere; its model isn't asked here.
        blocks: samples at 16 kHz, of any size.
        begin: starts `run` on some stretches, and gives what `end` waits for.
        end: waits for it; a `Run` a stretch.
    """
    cutter = Cutter(recogniser.segments, recogniser.grid)
    search = None if recogniser.search is None else recogniser.search()
    frames: list[FrameTokens] = []
    dropped: list[Span] = []
    waiting: deque[tuple[Sequence[Span], Any]] = deque()
    together: list[Stretch] = []
    at = 0

    def take(heard: Logits | FrameTokens) -> None:
        if search is None:
            frames.append(heard if isinstance(heard, FrameTokens) else best_tokens(heard))
        elif not isinstance(heard, FrameTokens):
            search.advance(heard)

    def blanks(end_frame: int) -> Logits:
        return certain(end_frame - at, recogniser.vocab, recogniser.vocab.blank)

    def begin_some() -> None:
        waiting.append(([span for span, _ in together], begin(tuple(together))))
        together.clear()

    def take_first() -> None:
        nonlocal at
        spans, handle = waiting.popleft()
        for span, heard in zip(spans, end(handle), strict=True):
            if not heard.is_speech:
                dropped.append(span)
            take(blanks(span.first_frame))
            take(heard.frames)
            at = span.end_frame

    for block in blocks:
        for stretch in cutter.feed(block):
            together.append(stretch)
            if len(together) == TOGETHER:
                begin_some()
            if len(waiting) > AHEAD:
                take_first()
    if last := cutter.open():
        together.append(last)
    if together:
        begin_some()
    while waiting:
        take_first()
    take(blanks(recogniser.grid.count(cutter.samples)))
    return found(recogniser, frames if search is None else search, cutter.samples, dropped)
