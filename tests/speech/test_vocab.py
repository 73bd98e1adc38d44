"""Tokens and ids, there and back: vocab.py."""

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import places
from malgwi.errors import MalgwiError
from malgwi.speech.text import normalise
from malgwi.speech.vocab import Vocab, frames_needed

GOLDEN = json.loads((places.GOLDEN / "vocab.json").read_text("utf-8"))
CASES, SPELLING = GOLDEN["cases"], GOLDEN["spelling"]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_golden_decoding(case: dict[str, Any]) -> None:
    vocab = Vocab(tuple(case["tokens"]), case["blank"], case["delimiter"], case["unit"])
    assert vocab.decode(case["input"]) == case["expected"]


def test_from_texts_is_the_tutorials_vocabulary() -> None:
    vocab = Vocab.from_texts(["ba b", "c'a"])
    assert vocab.tokens == ("'", "a", "b", "c", "|", "[UNK]", "[PAD]")
    assert (vocab.blank, vocab.delimiter) == (6, 4)


def test_english_has_thirty_tokens() -> None:
    assert len(Vocab.from_texts(["abcdefghijklmnopqrstuvwxyz'"])) == 30


def test_jamo_vocabulary_has_letters_not_syllables() -> None:
    vocab = Vocab.from_texts(["한국 a"], "jamo")
    assert vocab.tokens == ("a", "ᄀ", "ᄒ", "ᅡ", "ᅮ", "ᆨ", "ᆫ", "|", "[UNK]", "[PAD]")


def test_unknown_characters_become_unk_and_are_named() -> None:
    vocab = Vocab.from_texts(["ab"])
    assert vocab.encode("a xb") == [0, 2, 3, 1]
    assert vocab.missing("a xbz") == ["x", "z"]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in SPELLING])
def test_golden_spelling(case: dict[str, Any]) -> None:
    vocab = Vocab(tuple(case["tokens"]), case["blank"], case["delimiter"], case["unit"])
    assert vocab.encode(case["letters"]) == case["ids"]
    assert "".join(vocab.missing(case["text"])) == case["missing"]


def test_what_no_capital_spells_is_unknown() -> None:
    # Many English checkpoints have capital letters only.
    vocab = Vocab(("<pad>", "<unk>", "|", "A", "B", "b", "'", "TH"), blank=0, delimiter=2)
    assert vocab.encode("ab a'") == [3, 5, 2, 3, 6]
    assert vocab.encode("c") == [1]


def test_unknown_character_without_unk_is_refused() -> None:
    vocab = Vocab(("a", "[PAD]"), blank=1, delimiter=None)
    with pytest.raises(MalgwiError, match="'b' is not in the vocabulary"):
        vocab.encode("b")


@pytest.mark.parametrize(
    ("labels", "frames"), [([], 0), ([1], 1), ([1, 2], 2), ([1, 1], 3), ([1, 1, 1, 2, 2], 8)]
)
def test_frames_needed_counts_repeats(labels: list[int], frames: int) -> None:
    assert frames_needed(labels) == frames


@given(st.text(), st.sampled_from(["character", "jamo"]))
def test_text_survives_the_shortest_alignment(text: str, unit: Any) -> None:
    """Emit each label once, with a blank between equal ones: the text comes back."""
    clean = normalise(text)
    vocab = Vocab.from_texts([clean], unit)
    labels = vocab.encode(clean)
    frames: list[int] = []
    for label in labels:
        frames += [vocab.blank, label] if frames and frames[-1] == label else [label]
    assert len(frames) == frames_needed(labels)
    assert vocab.decode(frames) == clean
    assert vocab.missing(clean) == []


@given(st.lists(st.integers(0, 6)), st.integers(1, 3))
def test_holding_a_frame_longer_changes_nothing(ids: list[int], times: int) -> None:
    vocab = Vocab(("a", "b", "'", "ä", "|", "[UNK]", "[PAD]"), blank=6, delimiter=4)
    assert vocab.decode([i for i in ids for _ in range(times)]) == vocab.decode(ids)
    collapsed = [vocab.tokens[i] for i, _ in groupby(ids) if i < 5]
    assert vocab.decode(ids) == " ".join("".join(collapsed).replace("|", " ").split())


def test_file_goes_there_and_back(tmp_path: Path) -> None:
    vocab = Vocab.from_texts(["ünï ba"])
    path = tmp_path / "vocab.json"
    path.write_text(json.dumps(vocab.to_ids()), encoding="utf-8")
    assert Vocab.read(path) == vocab


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "not a readable vocabulary"),
        ("{", "not a readable vocabulary"),
        ("\udcff", "not a readable vocabulary"),
        ("[1]", "expected a JSON object"),
        ('{"a": 0, "[PAD]": 2}', "must be 0 to 1"),
        ('{"a": 0, "[PAD]": 0}', "must be 0 to 1"),
        ('{"a": true, "[PAD]": 0}', "must be 0 to 1"),
        ('{"a": "0", "[PAD]": 1}', "must be 0 to 1"),
        ('{"a": 0, "|": 1}', r"blank token '\[PAD\]' is missing"),
    ],
)
def test_broken_files_are_refused(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "vocab.json"
    if content is not None:
        path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(MalgwiError, match=message):
        Vocab.read(path)


def test_wrong_ids_are_refused() -> None:
    with pytest.raises(MalgwiError, match="'a' occurs twice"):
        Vocab(("a", "a"), blank=0, delimiter=None)
    with pytest.raises(MalgwiError, match=r"blank id 2 is not in 0\.\.1"):
        Vocab(("a", "b"), blank=2, delimiter=None)
    with pytest.raises(MalgwiError, match=r"delimiter id -1"):
        Vocab(("a", "b"), blank=0, delimiter=-1)
