"""Steady levels, which the voice detector takes for no speech and the model for letters."""

from pathlib import Path

import pytest

from level_model import level_dataset, level_recogniser
from malgwi.bundle.detector import DetectorPlan
from malgwi.dataset.manifest import load_dataset
from malgwi.export import left_out
from malgwi.export.left_out import LeftOut, find_left_out
from malgwi.speech.frames import WAV2VEC2


def _found(folder: Path, spelling: str, text: str, plan: DetectorPlan) -> LeftOut | None:
    level_dataset(folder / "data", [("x", "amy", spelling, text)])
    utterances = load_dataset(folder / "data").split("test")
    return find_left_out("levels", utterances, WAV2VEC2, plan)


@pytest.fixture(autouse=True)
def _levels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(left_out, "open_recogniser", lambda *_, **__: level_recogniser())


def test_a_word_where_no_speech_is_heard_is_named(tmp_path: Path) -> None:
    # Three frames a letter: "ab" is frames 3 to 8.
    assert _found(tmp_path, "_ab_", "ab", DetectorPlan()) == LeftOut("x", "ab", 60, 180)


def test_where_speech_is_heard_nothing_is_left_out(tmp_path: Path) -> None:
    hears_all = DetectorPlan(speech_frames=1, speech_probability=0.0)
    assert _found(tmp_path, "_ab_", "ab", hears_all) is None


@pytest.mark.parametrize("text", ["", "ac", "ab" * 20, "a" * 10])
def test_a_text_that_cannot_be_placed_says_nothing(tmp_path: Path, text: str) -> None:
    # No word; a letter that the model lacks; too long for 12 frames; as long with blanks between.
    assert _found(tmp_path, "_ab_", text, DetectorPlan()) is None


def test_a_word_that_the_model_does_not_hear_is_none(tmp_path: Path) -> None:
    assert _found(tmp_path, "_aa_", "bb", DetectorPlan()) is None
