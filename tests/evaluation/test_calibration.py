"""Confidences of words: the map (confidence.py), its fit and its error (calibration.py)."""

import json
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import places
from bundles import level_bundle
from level_model import level_clip
from malgwi.decoding.confidence import ConfidenceMap, log_odds
from malgwi.decoding.decode import Word
from malgwi.decoding.search import Search
from malgwi.evaluation.calibration import Judged, calibration_error, fit, judge, reliability
from malgwi.recognition.inspection import inspect_file
from malgwi.recognition.recognise import open_recogniser, transcribe_file

GOLDEN = json.loads((places.GOLDEN / "calibration.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", [pytest.param(c, id=c["name"]) for c in GOLDEN["cases"]])
def test_golden_map(case: dict[str, Any]) -> None:
    mapped = ConfidenceMap(case["slope"], case["offset"])(case["confidence"])
    assert mapped == pytest.approx(case["expected"], rel=1e-9)


def _words(*chances: float) -> list[Word]:
    return [Word(f"w{n}", n, n + 1, chance) for n, chance in enumerate(chances)]


def test_words_are_judged_by_the_alignment() -> None:
    words = [Word("the", 0, 1, 0.9), Word("cut", 1, 2, 0.4), Word("sat", 2, 3, 0.8)]
    assert judge(words, "the cat") == [(0.9, True), (0.4, False), (0.8, False)]
    assert judge(words, "a the cat sat down") == [(0.9, True), (0.4, False), (0.8, True)]
    assert judge(words, "") == [(0.9, False), (0.4, False), (0.8, False)]
    assert judge([], "the cat") == []


def test_words_are_normalised_as_for_scoring() -> None:
    # "T-shirt" counts as two words and "–" as none, as in the word error rate.
    words = [Word("T-shirt", 0, 1, 0.9), Word("–", 1, 2, 0.1), Word("Ok.", 2, 3, 0.8)]
    assert judge(words, "t shirt ok") == [(0.9, True), (0.9, True), (0.8, True)]
    # Apostrophes around several words are quotation marks, which neither side has.
    quoted = [Word("'cause", 0, 1, 0.9), Word("–", 1, 2, 0.1), Word("boys'", 2, 3, 0.8)]
    assert judge(quoted, "cause boys") == [(0.9, True), (0.8, True)]
    assert judge(quoted[:2], "'cause") == [(0.9, True)]


def test_error_worked_out_by_hand() -> None:
    words = [Judged(0.95, True), Judged(0.93, False), Judged(0.2, False), Judged(1.0, True)]
    # 0.9 to 1: mean 0.96, 2 of 3 right; 0.2 to 0.3: mean 0.2, none right.
    low, high = reliability(words)
    assert list(low) == [1, pytest.approx(0.2), 0.0]
    assert list(high) == [3, pytest.approx(0.96), pytest.approx(2 / 3)]
    assert calibration_error(words) == pytest.approx((3 * (0.96 - 2 / 3) + 0.2) / 4)


def test_no_words() -> None:
    assert reliability([]) == []
    assert calibration_error([]) == 0.0
    assert fit([]) == ConfidenceMap(1.0, 0.0)


def test_the_fit_finds_the_map_that_made_the_words() -> None:
    truth = ConfidenceMap(0.7, -2.4)
    draw = np.random.default_rng(0)
    chances = 1 / (1 + np.exp(-draw.normal(3.0, 2.0, 20_000)))
    words = [Judged(c, bool(draw.random() < truth(c))) for c in chances]
    found = fit(words)
    assert found.slope == pytest.approx(0.7, abs=0.05)
    assert found.offset == pytest.approx(-2.4, abs=0.15)
    assert calibration_error(words) > 0.2
    assert calibration_error([Judged(found(c), right) for c, right in words]) < 0.015


@pytest.mark.parametrize(("right", "share"), [(True, 11 / 12), (False, 1 / 12)])
def test_all_right_or_all_wrong_stays_modest(right: bool, share: float) -> None:
    # Platt: ten of ten right is taken for 11 of 12.
    found = fit([Judged(0.7, right)] * 10)
    assert found(0.7) == pytest.approx(share, abs=1e-6)


def test_words_that_confidence_separates_give_a_map_within_bounds() -> None:
    words = [Judged(0.9, True)] * 500 + [Judged(0.8, False)] * 500
    found = fit(words)
    assert 0 <= found.slope <= 10
    assert abs(found.offset) <= 200
    assert found(0.9) > 0.98
    assert found(0.8) < 0.02


def test_confidence_that_misleads_keeps_the_order() -> None:
    words = [Judged(0.9, False)] * 30 + [Judged(0.1, True)] * 10
    found = fit(words)
    assert found.slope == 0.0
    assert found(0.9) == found(0.1) == pytest.approx(0.25, abs=0.03)


def test_certain_words_fit_too() -> None:
    found = fit([Judged(1.0, True)] * 50 + [Judged(1.0, False)] * 50)
    assert found(1.0) == pytest.approx(0.5, abs=0.01)
    assert log_odds(1.0) == pytest.approx(log(1e6), abs=1e-5)


def test_a_bundle_gives_the_confidence_that_its_map_says(tmp_path: Path) -> None:
    clip = level_clip(tmp_path / "clip.wav", "_ab|ba_")
    plain = open_recogniser(level_bundle(tmp_path / "plain.malgwi"))
    mapped = open_recogniser(
        level_bundle(tmp_path / "mapped.malgwi", confidence=ConfidenceMap(0.5, -1.0))
    )
    before, after = transcribe_file(plain, clip), transcribe_file(mapped, clip)
    assert after.text == before.text == "ab ba"
    for word, raw in zip(after.words, before.words, strict=True):
        assert word.confidence == ConfidenceMap(0.5, -1.0)(raw.confidence) < raw.confidence
        assert (word.start_frame, word.end_frame) == (raw.start_frame, raw.end_frame)
    assert inspect_file(mapped, clip).transcript == after
    grammar = tmp_path / "grammar.txt"
    grammar.write_text("ab ba")  # with it the words have the confidence that they were heard with
    commanded = transcribe_file(open_recogniser(mapped.name, search=Search(grammar=grammar)), clip)
    assert [w.confidence for w in commanded.words] == [
        pytest.approx(w.confidence) for w in before.words
    ]
