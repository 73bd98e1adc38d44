"""Stretches that are run elsewhere, in any order, give the transcript of one machine."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from level_model import VOCAB, level_recogniser, level_samples
from malgwi.cluster.ahead import AHEAD, Run, run, transcribe_ahead
from malgwi.decoding.search import Search
from malgwi.recognition.recognise import Recogniser, transcribe_blocks
from malgwi.speech.audio import Samples

PAUSE = "_" * 10
SPELLING = PAUSE.join(["ab|ba", "a", "b|a|b", "ab" * 90, *["ab"] * 12, "b"]) + 3 * PAUSE


def _short_is_noise(samples: Samples) -> bool:
    return len(samples) > 8_000


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r,
        lambda r: replace(r, is_speech=_short_is_noise),
        lambda r: replace(r, search=Search(width=4, nbest=2).over(VOCAB, None), nbest=2),
    ],
    ids=["greedy", "detector", "beam"],
)
@pytest.mark.parametrize("size", [700, 50_000])
def test_the_transcript_is_that_of_one_machine(
    change: Callable[[Recogniser], Recogniser], size: int
) -> None:
    recogniser = change(level_recogniser())
    whole = level_samples(SPELLING)
    blocks = [whole[at : at + size] for at in range(0, len(whole), size)]
    waiting: dict[int, Run] = {}
    most = 0

    def begin(*stretch: object) -> int:
        nonlocal most
        number = len(waiting) + sum(done)
        waiting[number] = run(recogniser, *stretch, greedy=recogniser.search is None)  # type: ignore[arg-type]
        most = max(most, len(waiting))
        return number

    def end(number: int) -> Run:
        done.append(1)
        return waiting.pop(number)

    done: list[int] = []
    found = transcribe_ahead(recogniser, blocks, begin, end)
    assert found == transcribe_blocks(recogniser, blocks)
    assert found.text
    assert most == AHEAD + 1
    assert not waiting
    assert len(done) > AHEAD + 1


def test_too_little_to_run() -> None:
    def never(*_: object) -> Run:
        raise AssertionError

    found = transcribe_ahead(level_recogniser(), [np.zeros(10, np.float32)], never, never)
    assert (found.text, found.samples) == ("", 10)
