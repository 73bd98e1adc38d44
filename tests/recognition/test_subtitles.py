import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import places
from malgwi.decoding.decode import TimedWord
from malgwi.recognition.subtitles import cues, srt, vtt

GOLDEN = places.GOLDEN / "subtitles.json"
CASES = json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_golden(case: dict[str, Any]) -> None:
    words = [TimedWord(w["text"], w["start_ms"], w["end_ms"], 1.0) for w in case["words"]]
    assert srt(words) == case["srt"]
    assert vtt(words) == case["vtt"]


_lengths = st.tuples(st.integers(0, 900), st.integers(20, 2_000), st.integers(1, 30))


@given(st.lists(_lengths, max_size=40))
def test_every_word_stands_once_within_the_limits(steps: list[tuple[int, int, int]]) -> None:
    words, now = [], 0
    for gap, length, characters in steps:
        words.append(TimedWord("x" * characters, now + gap, now + gap + length, 1.0))
        now += gap + length
    made = cues(words)
    assert " ".join(line for cue in made for line in cue.lines).split() == [w.text for w in words]
    assert all(len(cue.lines) <= 2 for cue in made)
    assert all(len(line) <= 42 for cue in made for line in cue.lines)
    assert all(cue.end_ms - cue.start_ms <= 6_000 for cue in made)
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(made))
    ends = [0, *(cue.end_ms for cue in made)]
    starts = [*(cue.start_ms for cue in made[1:]), ends[-1] + 700]
    for cue, free, taken in zip(made, ends, starts, strict=False):
        assert cue.end_ms - cue.start_ms >= min(700, taken - free)
