"""Hotwords: the golden cases that Java reads too, lists of every kind, and what is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import places
from malgwi.decoding import hotwords as module
from malgwi.decoding.fusion import Fusion
from malgwi.decoding.hotwords import make_hotwords
from malgwi.errors import MalgwiError
from malgwi.speech.vocab import Vocab

GOLDEN = json.loads((places.GOLDEN / "hotwords.json").read_text(encoding="utf-8"))
VOCAB = Vocab.from_texts(["ab c"])


def _vocab(case: dict[str, Any]) -> Vocab:
    return Vocab(tuple(case["tokens"]), case["blank"], case["delimiter"], case["unit"])


def _credits(fusion: Fusion, prefix: list[int]) -> tuple[list[float], float]:
    """Return what the symbols are worth one after the other, and in the end."""
    said, found = fusion.start(), []
    for symbol in prefix:
        closing = symbol == fusion.vocab.delimiter
        said = fusion.separator(said) if closing else fusion.letter(said, symbol)
        found.append(said.worth)
    return found, fusion.final(said, closed=prefix[-1] == fusion.vocab.delimiter)


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_golden(case: dict[str, Any]) -> None:
    vocab = _vocab(case)
    fusion = Fusion(vocab, hotwords=make_hotwords(case["hotwords"], vocab, 2.0))
    credit, bonus = _credits(fusion, case["prefix"])
    assert [value / 2 for value in credit] == case["characters"]
    assert bonus / 2 == case["bonus"]


@pytest.mark.parametrize("case", GOLDEN["errors"], ids=lambda case: case["name"])
def test_letters_that_the_model_lacks_are_named(case: dict[str, Any]) -> None:
    with pytest.raises(MalgwiError) as error:
        make_hotwords(case["hotwords"], _vocab(case))
    assert repr(case["hotword"]) in str(error.value)
    assert f"no letter {', '.join(case['letters'])};" in str(error.value)


phrases = st.lists(st.text("ab ", min_size=1, max_size=5), min_size=1, max_size=4)


@given(phrases, st.lists(st.sampled_from([0, 1, 3]), min_size=1, max_size=10))
def test_the_bonus_is_every_place_of_every_hotword(hot: list[str], spelt: list[int]) -> None:
    """The prefix holds no two separators in a row and none at its start."""
    prefix = [s for i, s in enumerate(spelt) if s != 3 or (i and spelt[i - 1] != 3)]
    if not prefix or prefix[0] == 3:
        return
    hotwords = make_hotwords(hot, VOCAB)
    if hotwords is None:
        return
    _, bonus = _credits(Fusion(VOCAB, hotwords=hotwords), prefix)
    text = f" {''.join('abc '[s] for s in prefix).strip()} "
    expected = sum(
        len(phrase)
        for phrase in {" ".join(h.split()) for h in hot} - {""}
        for place in range(len(text))
        if text.startswith(f" {phrase} ", place)
    )
    assert bonus == expected


def test_an_empty_list_is_none() -> None:
    assert make_hotwords([], VOCAB) is None
    assert make_hotwords(["", "  ", "—"], VOCAB) is None


def test_as_many_as_in_java() -> None:
    assert GOLDEN["most"] == module.MOST


def test_ten_thousand_hotwords_are_held_and_followed() -> None:
    words = [f"{a}{b}{c}{d}" for a in "abc" for b in "abc" for c in "abc" for d in "abc" * 124]
    words = [f"{word} {'ab' * (i % 50)}" for i, word in enumerate(words)][:10_000]
    hotwords = make_hotwords(words, VOCAB)
    assert hotwords
    _credits(Fusion(VOCAB, hotwords=hotwords), [0, 1, 3, 2, 0] * 200)


def test_too_many_and_wrong_boosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    with pytest.raises(MalgwiError, match="4 hotwords; expected at most 3"):
        make_hotwords(["a", "b", "ab", "ba"], VOCAB)
    for boost in (-1.0, float("nan"), 101.0):
        with pytest.raises(MalgwiError, match="the boost is"):
            make_hotwords(["a"], VOCAB, boost)
