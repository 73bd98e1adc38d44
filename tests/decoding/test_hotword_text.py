"""Hotwords as users write them: the golden cases that Java reads too, and files on a disk."""

import json
from pathlib import Path
from typing import Any

import pytest

import places
from malgwi.cli.options import read_search
from malgwi.cli.parse import parse_args
from malgwi.decoding.hotword_text import phrases_of_lines, phrases_of_words, read_hotwords
from malgwi.errors import MalgwiError

GOLDEN = json.loads((places.GOLDEN / "hotwords.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", GOLDEN["words"], ids=lambda case: case["name"])
def test_golden_words(case: dict[str, Any]) -> None:
    if "phrases" in case:
        assert phrases_of_words(case["words"]) == case["phrases"]
        return
    with pytest.raises(MalgwiError) as error:
        phrases_of_words(case["words"])
    assert [part for part in case["error"] if part not in str(error.value)] == []


@pytest.mark.parametrize("case", GOLDEN["lines"], ids=lambda case: case["name"])
def test_golden_lines(case: dict[str, Any]) -> None:
    if "phrases" in case:
        assert phrases_of_lines(case["text"]) == case["phrases"]
        return
    with pytest.raises(MalgwiError) as error:
        phrases_of_lines(case["text"])
    assert [part for part in case["error"] if part not in str(error.value)] == []


def test_words_and_files_together(tmp_path: Path) -> None:
    names = tmp_path / "names"
    names.write_bytes(b"\xef\xbb\xbfana\r\n\r\nbo b\rzoe\n")
    found = read_hotwords(["new york,cab", "bob"], [names])
    assert found == ["new york", "cab", "bob", "ana", "bo b", "zoe"]
    assert read_hotwords(["ab ba," * 60])[:2] == ["ab ba", "ab ba"]  # too long for a file's name


def test_the_name_of_what_is_there_is_no_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("kitchen").write_text("ana\n", encoding="utf-8")
    Path("rooms").mkdir()
    for name in ("kitchen", "rooms", "."):
        with pytest.raises(MalgwiError, match="a file or folder has this name") as error:
            read_hotwords([name])
        assert "--hotwords-file" in str(error.value)
        assert f"'{name},' for the word" in str(error.value)
    assert read_hotwords(["kitchen,", "rooms,"]) == ["kitchen", "rooms"]
    assert read_hotwords([], [Path("kitchen")]) == ["ana"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"names\.txt: can't be read \(No such file"),
        (b"", r"names\.txt: no word in it; write one word or phrase a line"),
        (b"zoe\nana,bob\n", r"names\.txt: line 2: 'ana,bob': ',' in it; write one"),
        (b"Z\xfcrich\n", r"names\.txt: not UTF-8 \(byte 1\)"),
        (b"an\0a\n", r"names\.txt: not UTF-8 text \(a zero in it\)"),
    ],
)
def test_files_that_hold_no_list_are_named(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "names.txt").write_bytes(content)
    with pytest.raises(MalgwiError, match=message):
        read_hotwords([], [tmp_path / "names.txt"])


def test_files_in_other_encodings_are_read_and_told(tmp_path: Path) -> None:
    told: list[str] = []
    for number, codec in enumerate(("utf-16", "utf-16-le", "cp949")):
        (tmp_path / f"{number}.txt").write_bytes("안녕하세요\n반갑습니다\n".encode(codec))
        found = read_hotwords([], [tmp_path / f"{number}.txt"], told.append)
        assert found == ["안녕하세요", "반갑습니다"]
        assert told[-1] == f"{number}.txt: read as {codec}, since not UTF-8"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(MalgwiError, match=r"can't be read \(Is a directory\); give a text file"):
        read_hotwords([], [tmp_path])


def test_both_options_reach_the_search(tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("ana\nbo b\n", encoding="utf-8")
    options = ["--hotwords", "zoe,cab", "--hotwords-file", str(names), "--hotwords", "new york"]
    search = read_search(parse_args(["transcribe", "model", "a.wav", *options]))
    assert search.hotwords == ("zoe", "cab", "new york", "ana", "bo b")
