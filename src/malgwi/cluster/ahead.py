"""A recording whose stretches are run elsewhere, several at a time, and searched here in order.

Cutting, running and searching are those of one machine, stretch by stretch: so is what is found.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from malgwi.decoding.decode import FrameTokens, Logits, Transcript, best_tokens
from malgwi.decoding.long_form import Cutter, certain
from malgwi.decoding.segments import Span
from malgwi.recognition.recognise import Recogniser, found
from malgwi.speech.audio import Samples

AHEAD = 8
"""Stretches of one recording that are run or wait for their turn; about ten seconds each."""


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
    begin: Callable[[Span, Samples], Any],
    end: Callable[[Any], Run],
) -> Transcript:
    """Return what `transcribe_blocks` does, though stretches are begun before others have ended.

    Args:
        recogniser: what the stretches are run with elsewhere; its model isn't asked here.
        blocks: samples at 16 kHz, of any size.
        begin: starts `run` on one stretch, and gives what `end` waits for.
        end: waits for it.
    """
    cutter = Cutter(recogniser.segments, recogniser.grid)
    search = None if recogniser.search is None else recogniser.search()
    frames: list[FrameTokens] = []
    dropped: list[Span] = []
    waiting: deque[tuple[Span, Any]] = deque()
    at = 0

    def take(heard: Logits | FrameTokens) -> None:
        if search is None:
            frames.append(heard if isinstance(heard, FrameTokens) else best_tokens(heard))
        elif not isinstance(heard, FrameTokens):
            search.advance(heard)

    def blanks(end_frame: int) -> Logits:
        return certain(end_frame - at, recogniser.vocab, recogniser.vocab.blank)

    def take_first() -> int:
        span, handle = waiting.popleft()
        heard = end(handle)
        if not heard.is_speech:
            dropped.append(span)
        take(blanks(span.first_frame))
        take(heard.frames)
        return span.end_frame

    for block in blocks:
        for span, samples in cutter.feed(block):
            waiting.append((span, begin(span, samples)))
            if len(waiting) > AHEAD:
                at = take_first()
    if last := cutter.open():
        waiting.append((last[0], begin(*last)))
    while waiting:
        at = take_first()
    take(blanks(recogniser.grid.count(cutter.samples)))
    return found(recogniser, frames if search is None else search, cutter.samples, dropped)
