"""lm.bin: what is written is read, and nothing damaged gets a traceback."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import places
from malgwi.errors import MalgwiError
from malgwi.lm.lm_file import lm_bytes, open_lm, parse_lm, write_lm
from malgwi.lm.ngram import Weights
from malgwi.speech.text import Normalisation

GOLDEN = json.loads((places.GOLDEN / "ngram.json").read_text(encoding="utf-8"))
TRIGRAM = base64.b64decode(GOLDEN["models"]["trigram"]["bin"])


@pytest.mark.parametrize("case", GOLDEN["damaged"], ids=lambda case: case["name"])
def test_damage_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(MalgwiError):
        parse_lm(memoryview(base64.b64decode(case["bin"])), "x").sentence(["a", "b", "c"])


@given(st.integers(0, len(TRIGRAM) - 1), st.integers(0, 255))
def test_any_other_byte_gives_a_number_or_an_error(place: int, value: int) -> None:
    data = bytearray(TRIGRAM)
    data[place] = value
    try:
        found = parse_lm(memoryview(bytes(data)), "x").sentence(["b", "a", "x", "a", "b"])
    except MalgwiError:
        return
    assert found == found  # noqa: PLR0124 - not NaN


@given(st.integers(0, len(TRIGRAM)))
def test_any_shorter_file_is_refused(length: int) -> None:
    if length == len(TRIGRAM):
        return
    with pytest.raises(MalgwiError, match="damaged"):
        parse_lm(memoryview(TRIGRAM[:length]), "x")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    model = parse_lm(memoryview(TRIGRAM), "x").weighted(Weights(0.25, -1.5, 7.0))
    assert model.rules is None
    model = replace(model, rules=Normalisation("az", "ʼ"))
    path = tmp_path / "lm.bin"
    write_lm(model, path)
    found = open_lm(path)
    assert found.rules == Normalisation("az", "ʼ")
    assert found.weights == Weights(0.25, -1.5, 7.0)
    assert lm_bytes(found) == path.read_bytes()
    assert [found.word(i) for i in range(len(found))] == ["</s>", "<s>", "<unk>", "a", "b"]


def test_errors_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "lm.bin"
    path.write_bytes(TRIGRAM[:8] + b"\x01\0\0\0" + TRIGRAM[12:])
    with pytest.raises(MalgwiError, match=r"lm\.bin: .* version 1; expected .* version 2"):
        open_lm(path)
    with pytest.raises(MalgwiError, match=r"absent\.bin: can't be read"):
        open_lm(tmp_path / "absent.bin")
    with pytest.raises(MalgwiError, match="can't be read"):
        open_lm(tmp_path)
