"""A prepared folder, written and read back: manifest.py."""

import json
from pathlib import Path
from typing import Any

import pytest

from malgwi.dataset.manifest import Utterance, load_dataset, write_manifest
from malgwi.errors import MalgwiError
from malgwi.speech.vocab import Vocab

ROW = {"id": "a", "audio_filepath": "a.wav", "duration": 1.5, "text": "one", "split": "train"}


def folder(tmp_path: Path, *rows: Any, info: str = '{"unit": "jamo"}') -> Path:
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    (tmp_path / "manifest.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    (tmp_path / "vocab.json").write_text('{"a": 0, "|": 1, "[UNK]": 2, "[PAD]": 3}')
    (tmp_path / "dataset.json").write_text(info)
    return tmp_path


def test_there_and_back(tmp_path: Path) -> None:
    utterances = (
        Utterance("a", tmp_path / "a.wav", 1.5, "größe", "train", "ann", "Größe!", {"k": "v"}),
        Utterance("b", tmp_path.parent / "b.wav", 0.5, "한", "test", columns={"id": "not this"}),
    )
    write_manifest(folder(tmp_path) / "manifest.jsonl", utterances, base=tmp_path)
    first = json.loads((tmp_path / "manifest.jsonl").read_text("utf-8").splitlines()[0])
    assert first == {
        "k": "v",
        "id": "a",
        "audio_filepath": "a.wav",
        "duration": 1.5,
        "text": "größe",
        "split": "train",
        "speaker": "ann",
        "raw_text": "Größe!",
    }
    found = load_dataset(tmp_path)
    assert found.utterances[0] == utterances[0]
    assert found.utterances[1].id == "b"
    assert found.utterances[1].audio.resolve() == (tmp_path.parent / "b.wav").resolve()
    assert found.vocab == Vocab(("a", "|", "[UNK]", "[PAD]"), 3, 1, "jamo")
    assert [u.id for u in found.split("test")] == ["b"]


def test_a_tree_that_holds_both_can_be_moved(tmp_path: Path) -> None:
    (tmp_path / "old/audio").mkdir(parents=True)
    (tmp_path / "old/audio/a.wav").touch()
    (tmp_path / "old/dataset").mkdir()
    one = Utterance("a", tmp_path / "old/audio/a.wav", 1.0, "one", "train")
    target = folder(tmp_path / "old/dataset")
    write_manifest(target / "manifest.jsonl", [one], base=target)
    (tmp_path / "old").rename(tmp_path / "new")
    assert load_dataset(tmp_path / "new/dataset").utterances[0].audio.is_file()


def test_unknown_split_names_those_that_exist(tmp_path: Path) -> None:
    found = load_dataset(folder(tmp_path, ROW, {**ROW, "id": "b", "split": "valid"}))
    with pytest.raises(MalgwiError, match="no split 'test'; it has train, valid"):
        found.split("test")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (b"{", "JSONDecodeError"),
        (b"[]", "TypeError"),
        (b'"x"', "TypeError"),
        (b'{"id": "\xff"}', "UnicodeDecodeError"),
        ({"id": "b"}, "KeyError.*audio_filepath"),
        ({**ROW, "id": "b", "text": None}, "text is None, expected text"),
        ({**ROW, "id": "b", "duration": 0}, r"duration is 0\.0, expected seconds above 0"),
        ({**ROW, "id": "b", "duration": float("nan")}, "duration is nan"),
        ({**ROW, "id": "b", "duration": "long"}, "could not convert"),
        (ROW, "the id 'a' occurs twice"),
    ],
)
def test_damaged_rows_are_named_by_line(tmp_path: Path, row: Any, message: str) -> None:
    with pytest.raises(MalgwiError, match=rf"manifest\.jsonl line 2: damaged .*{message}"):
        load_dataset(folder(tmp_path, ROW, row))


@pytest.mark.parametrize("info", ["", "[]", "3"])
def test_damaged_dataset_json(tmp_path: Path, info: str) -> None:
    with pytest.raises(MalgwiError, match=r"damaged .*prepare it again"):
        load_dataset(folder(tmp_path, ROW, info=info))


def test_other_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MalgwiError, match=r"no manifest\.jsonl in it; give a folder written by"):
        load_dataset(tmp_path)
    with pytest.raises(MalgwiError, match=r"no manifest\.jsonl"):
        load_dataset(tmp_path / "nowhere")
