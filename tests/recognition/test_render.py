import json
import re
from pathlib import Path
from typing import Any

import pytest

import places
from malgwi.annotation.elan import read_elan
from malgwi.annotation.textgrid import read_textgrid
from malgwi.decoding.decode import Alternative, Transcript, Word
from malgwi.recognition.render import render
from malgwi.text_file import TextFiles

GOLDEN = json.loads((places.GOLDEN / "tiers.json").read_text(encoding="utf-8"))
CASES = [pytest.param(case, id=case["name"]) for case in GOLDEN["cases"]]


def _transcript(case: dict[str, Any]) -> Transcript:
    """A transcript whose frames are milliseconds."""
    words = tuple(
        Word(w["text"], w["start_ms"], w["end_ms"], w["confidence"]) for w in case["words"]
    )
    text = " ".join(word.text for word in words)
    return Transcript(text, words, (), case["duration_ms"], hop=1, sample_rate=1000)


@pytest.mark.parametrize("case", CASES)
def test_tiers_are_the_golden_ones(case: dict[str, Any]) -> None:
    transcript, recording = _transcript(case), Path("/") / case["recording"]
    eaf = render(transcript, recording, "eaf", folder=Path("/"))
    assert re.sub(' DATE="[^"]+" ', f' DATE="{GOLDEN["date"]}" ', eaf, count=1) == case["eaf"]
    assert render(transcript, recording, "textgrid") == case["textgrid"]


@pytest.mark.parametrize("case", CASES)
def test_golden_tiers_are_read_with_all_words(case: dict[str, Any], tmp_path: Path) -> None:
    eaf, textgrid = tmp_path / "a.eaf", tmp_path / "a.TextGrid"
    eaf.write_text(case["eaf"], encoding="utf-8")
    textgrid.write_text(case["textgrid"], encoding="utf-8")
    times = [(w["start_ms"] / 1000, w["end_ms"] / 1000) for w in case["words"]]
    for read in (read_elan(eaf), read_textgrid(textgrid, TextFiles())):
        assert not read.problems
        (words,) = (tier for tier in read.tiers if tier.name == "words")
        found = [(one.start, one.end) for one in words.annotations]
        if read.path == textgrid and any(start == end for start, end in times):
            # Praat holds none of no length: their texts stand beside others'.
            assert " ".join(one.text for one in words.annotations) == _transcript(case).text
            assert all(start < end for start, end in found)
        else:
            assert found == times


def test_a_score_that_rounds_to_zero_has_no_sign() -> None:
    """As Java's command line prints it."""
    sure = Transcript(
        "a", (), (), 1, hop=1, sample_rate=1000, alternatives=(Alternative("a", -1e-9),)
    )
    assert render(sure, Path("a.wav"), "text") == "0.0000\ta\n"
    assert '"score": 0.0}' in render(sure, Path("a.wav"), "json")
