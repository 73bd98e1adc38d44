"""Normalisation, jamo and their golden cases: text.py."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgwi.errors import MalgwiError
from malgwi.speech.characters import characters
from malgwi.speech.text import (
    PLAIN,
    VERSION,
    Normalisation,
    changes,
    digits,
    join_units,
    normalise,
    spelt,
    split_units,
)
from places import GOLDEN


def cases(name: str) -> Any:
    found = json.loads((GOLDEN / name).read_text(encoding="utf-8"))["cases"]
    return [pytest.param(case, id=case["name"]) for case in found]


@pytest.mark.parametrize("case", cases("text.json"))
def test_golden_normalisation(case: dict[str, str]) -> None:
    rules = Normalisation(case.get("language", "und"), case.get("keep_letters", ""))
    assert normalise(case["input"], rules) == case["expected"]
    assert normalise(case["expected"], rules) == case["expected"]


@pytest.mark.parametrize("case", cases("jamo.json"))
def test_golden_jamo(case: dict[str, Any]) -> None:
    assert split_units(case["input"], "jamo") == case["expected"]
    assert join_units(case["expected"]) == case["input"]


_ODD = st.sampled_from(
    "aIİiıΣς'’ʼ.,/!-_·:\u0307\u0301\u0323\u200b\u200c\u200d\ufe0f\u0640ک中あक्।가\u1100\u1161 "
)


@given(
    st.text() | st.text(_ODD),
    st.sampled_from([PLAIN, Normalisation("tr"), Normalisation("en", "ʼ_'", keep_digits=True)]),
)
def test_normalising_twice_changes_nothing(text: str, rules: Normalisation) -> None:
    once = normalise(text, rules)
    assert normalise(once, rules) == once
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


def test_changes_are_named_in_order() -> None:
    found = changes("Don’t, well-known! 5 €\u200b a/b R&B ‘so’")
    assert found.dropped == (",", "!", "€", "&", "'", "'")
    assert found.replaced == (
        ("’", "'"),
        ("-", " "),
        ("\u200b", " "),
        ("/", " "),
        ("‘", "'"),
        ("’", "'"),
    )
    assert found.joined == ("&",)


def test_a_token_keeps_what_may_stand_within_a_word() -> None:
    assert [spelt(token) for token in ("'", "’", "\u200c", "A", "I", " ", "")] == [
        "'",
        "'",
        "\u200c",
        "a",
        "i",
        "",
        "",
    ]
    assert spelt("I", Normalisation("tr")) == "ı"


def test_the_table_is_what_the_platform_says_as_far_as_it_goes() -> None:
    """Unicode promises that composition never changes; Python knows a part of the table."""
    table = characters()
    for code in range(0x110000):
        char = chr(code)
        if unicodedata.category(char) not in {"Cn", "Cs"}:
            assert table.composed(char) == unicodedata.normalize("NFC", char), hex(code)
            assert table.small.get(char, char) == char.lower()[0], hex(code)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cn", "Cs"])))
def test_composition_is_the_platforms(text: str) -> None:
    apart = unicodedata.normalize("NFD", text)
    assert characters().composed(text) == unicodedata.normalize("NFC", text)
    assert characters().composed(apart) == unicodedata.normalize("NFC", text)


def test_rules_travel_as_json() -> None:
    rules = Normalisation("tr", "ʼʻʼ ", keep_digits=True)
    assert rules.to_json() == {
        "version": VERSION,
        "language": "tr",
        "keep_letters": "ʻʼ",
        "keep_digits": True,
    }
    assert Normalisation.from_json(rules.to_json(), "x", "Do.") == rules
    for other in (None, 1, {"version": 1}, {"version": 3}, {"version": True}, {}):
        with pytest.raises(
            MalgwiError, match=r"dataset: its texts .* expected version 2.* Again\."
        ):
            Normalisation.from_json(other, "dataset", "Again.")
    for broken in ({"language": 1}, {"keep_letters": None}, {"keep_digits": "no"}):
        with pytest.raises(MalgwiError, match=r"dataset: .*Again\."):
            Normalisation.from_json({"version": 2, **broken}, "dataset", "Again.")


def test_languages_that_spell_alike_go_together() -> None:
    assert Normalisation("en").differs(Normalisation("de")) is None
    assert Normalisation("tr").differs(Normalisation("az-Latn")) is None
    assert Normalisation("tr").differs(PLAIN) == "--language tr; --language und"
    kept = Normalisation(keep_letters="ʼ", keep_digits=True)
    assert PLAIN.differs(kept) == "--language und; --language und --keep-letters 'ʼ' --keep-digits"


def test_digits_of_every_kind() -> None:
    assert digits("room 20, ½ Ⅳ ٣ x² one") == "20½Ⅳ٣²"


def test_lone_surrogates_never_reach_a_file() -> None:
    assert normalise("a\ud800b").encode() == b"ab"
