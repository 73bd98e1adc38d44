"""Normalisation, jamo and their golden cases: text.py."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgwi.speech.text import digits, dropped_characters, join_units, normalise, split_units
from places import GOLDEN


def cases(name: str) -> Any:
    found = json.loads((GOLDEN / name).read_text(encoding="utf-8"))["cases"]
    return [pytest.param(case, id=case["name"]) for case in found]


@pytest.mark.parametrize("case", cases("text.json"))
def test_golden_normalisation(case: dict[str, str]) -> None:
    assert normalise(case["input"]) == case["expected"]


@pytest.mark.parametrize("case", cases("jamo.json"))
def test_golden_jamo(case: dict[str, Any]) -> None:
    assert split_units(case["input"], "jamo") == case["expected"]
    assert join_units(case["expected"]) == case["input"]


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once == once.strip()
    assert "  " not in once


@given(st.text(), st.sampled_from(["character", "jamo"]))
def test_units_join_to_the_text_again(text: str, unit: Any) -> None:
    assert join_units(split_units(normalise(text), unit)) == normalise(text)


def test_all_korean_syllables_go_there_and_back() -> None:
    syllables = [chr(code) for code in range(0xAC00, 0xD7A4)]
    assert len(syllables) == 11_172
    split = [tuple(split_units(syllable, "jamo")) for syllable in syllables]
    assert [join_units(list(letters)) for letters in split] == syllables
    assert len(set(split)) == 11_172
    assert {len(letters) for letters in split} == {2, 3}
    text = "".join(syllables)
    assert join_units(split_units(text, "jamo")) == text


def test_characters_are_units_by_default() -> None:
    assert split_units("한 ä", "character") == ["한", " ", "ä"]


def test_dropped_characters_are_named_in_order() -> None:
    assert dropped_characters("Don’t, well-known! 5 €\u200b") == [",", "!", "€", "\u200b"]


def test_digits_of_every_kind() -> None:
    assert digits("room 20, ½ Ⅳ ٣ x² one") == "20½Ⅳ٣²"


def test_lone_surrogates_never_reach_a_file() -> None:
    assert normalise("a\ud800b").encode() == b"ab"
