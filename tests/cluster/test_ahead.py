"""Stretches that are run elsewhere, in any order, give the transcript of one machine."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from level_model import VOCAB, level_recogniser, level_samples
from malgwi.cluster.ahead import AHEAD, TOGETHER, Run, Stretch, run, transcribe_ahead
from malgwi.decoding.search import Search
from malgwi.recognition.recognise import Recogniser, transcribe_blocks
from malgwi.speech.audio import Samples

PAUSE = "_" * 10
SPELLING = PAUSE.join(["ab|ba", "a", "b|a|b", "ab" * 90, *["ab"] * 33, "b"]) + 3 * PAUSE


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
    waiting: dict[int, list[Run]] = {}
    most = 0

    def begin(some: Sequence[Stretch]) -> int:
        nonlocal most
        number = len(waiting) + sum(done)
        greedy = recogniser.search is None
        waiting[number] = [run(recogniser, *stretch, greedy=greedy) for stretch in some]
        most = max(most, len(waiting))
        together.append(len(some))
        return number

    def end(number: int) -> list[Run]:
        done.append(1)
        return waiting.pop(number)

    done: list[int] = []
    together: list[int] = []
    found = transcribe_ahead(recogniser, blocks, begin, end)
    assert found == transcribe_blocks(recogniser, blocks)
    assert found.text
    assert most == AHEAD + 1
    assert not waiting
    assert len(done) > AHEAD + 1
    assert set(together[:-1]) == {TOGETHER}
    assert 1 <= together[-1] <= TOGETHER


def test_too_little_to_run() -> None:
    def never(*_: object) -> list[Run]:
        raise AssertionError

    found = transcribe_ahead(level_recogniser(), [np.zeros(10, np.float32)], never, never)
    assert (found.text, found.samples) == ("", 10)
