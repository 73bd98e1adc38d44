"""A prepared folder, written and read back: manifest.py."""

import json
from pathlib import Path
from typing import Any

import pytest

from corpora import ROW, manifest_folder
from malgwi.dataset.manifest import Stretch, Utterance, load_dataset, write_manifest
from malgwi.errors import MalgwiError
from malgwi.speech.vocab import Vocab

HASH = "ab" * 32


def test_there_and_back(tmp_path: Path) -> None:
    utterances = (
        Utterance(
            "a",
            tmp_path / "a.wav",
            Stretch(HASH, 24_001, 7),
            "größe",
            "train",
            "ann",
            "Größe!",
            {"k": "v"},
        ),
        Utterance(
            "b",
            tmp_path.parent / "b.wav",
            Stretch(HASH, 8_000),
            "한",
            "test",
            columns={"id": "not this"},
        ),
    )
    write_manifest(manifest_folder(tmp_path) / "manifest.jsonl", utterances, base=tmp_path)
    first = json.loads((tmp_path / "manifest.jsonl").read_text("utf-8").splitlines()[0])
    assert first == {
        "k": "v",
        "id": "a",
        "audio_filepath": "a.wav",
        "offset": 0.0004375,
        "duration": 1.5000625,
        "text": "größe",
        "split": "train",
        "speaker": "ann",
        "raw_text": "Größe!",
        "sha256": HASH,
        "channel": None,
        "first_sample": 7,
        "samples": 24_001,
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
    one = Utterance("a", tmp_path / "old/audio/a.wav", Stretch(HASH, 16_000), "one", "train")
    target = manifest_folder(tmp_path / "old/dataset")
    write_manifest(target / "manifest.jsonl", [one], base=target)
    (tmp_path / "old").rename(tmp_path / "new")
    assert load_dataset(tmp_path / "new/dataset").utterances[0].audio.is_file()


def test_unknown_split_names_those_that_exist(tmp_path: Path) -> None:
    found = load_dataset(manifest_folder(tmp_path, ROW, {**ROW, "id": "b", "split": "valid"}))
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
        ({**ROW, "id": "b", "duration": 1.0}, r"duration is 1\.0, but 24000 samples are 1\.5 s"),
        ({**ROW, "id": "b", "duration": float("nan")}, "duration is nan"),
        ({**ROW, "id": "b", "duration": "long"}, "duration is 'long'"),
        ({**ROW, "id": "b", "offset": 0.25}, r"offset is 0\.25, but 0 samples are 0\.0 s"),
        ({**ROW, "id": "b", "samples": 0}, "samples is 0, expected a whole number of at least 1"),
        ({**ROW, "id": "b", "samples": 24e3}, r"samples is 24000\.0, expected a whole number"),
        ({**ROW, "id": "b", "samples": True}, "samples is True"),
        ({**ROW, "id": "b", "first_sample": -1}, "first_sample is -1"),
        ({**ROW, "id": "b", "channel": -1}, "channel is -1, expected a number from 0, or null"),
        ({**ROW, "id": "b", "channel": True}, "channel is True"),
        ({**ROW, "id": "b", "sha256": "AB" * 32}, "sha256 is 'ABAB"),
        ({k: v for k, v in ROW.items() if k != "sha256"}, "written by an older Malgwi"),
        ({**ROW, "id": "b", "speaker": 5}, "speaker is 5, expected text"),
        ({**ROW, "id": "b", "raw_text": ["x"]}, r"raw_text is \['x'\], expected text"),
        (b"[" * 100_000, "RecursionError"),
        (ROW, "the id 'a' occurs twice"),
    ],
)
def test_damaged_rows_are_named_by_line(tmp_path: Path, row: Any, message: str) -> None:
    with pytest.raises(MalgwiError, match=rf"manifest\.jsonl line 2: damaged .*{message}"):
        load_dataset(manifest_folder(tmp_path, ROW, row))


@pytest.mark.parametrize("info", ["", "[]", "3"])
def test_damaged_dataset_json(tmp_path: Path, info: str) -> None:
    with pytest.raises(MalgwiError, match=r"damaged .*prepare it again"):
        load_dataset(manifest_folder(tmp_path, ROW, info=info))


def test_other_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MalgwiError, match=r"no manifest\.jsonl in it; give a folder written by"):
        load_dataset(tmp_path)
    with pytest.raises(MalgwiError, match=r"no manifest\.jsonl"):
        load_dataset(tmp_path / "nowhere")


def test_every_count_of_samples_comes_back_exactly(tmp_path: Path) -> None:
    """0.1 ms, as once was written, are 1.6 samples."""
    counts = [*range(1, 4_000), 2**40 + 1]
    utterances = [
        Utterance(str(n), tmp_path / "a.wav", Stretch(HASH, n, 3 * n), "a", "train") for n in counts
    ]
    write_manifest(manifest_folder(tmp_path) / "manifest.jsonl", utterances, base=tmp_path)
    found = load_dataset(tmp_path).utterances
    assert [(u.stretch.samples, u.stretch.first) for u in found] == [(n, 3 * n) for n in counts]


def test_stretches_overlap_by_their_samples() -> None:
    one = Stretch(HASH, samples=100, first=50)
    assert one.end == 150
    assert one.overlaps(one)
    assert one.overlaps(Stretch(HASH, 1, 149))
    assert not one.overlaps(Stretch(HASH, 1, 150))
    assert not one.overlaps(Stretch(HASH, 50, 0))
    assert one.overlaps(Stretch(HASH, 51, 0))
    assert not one.overlaps(Stretch("cd" * 32, 100, 50))
    left, right = Stretch(HASH, 100, 50, channel=0), Stretch(HASH, 100, 50, channel=1)
    assert not left.overlaps(right)
    assert left.overlaps(left)
    assert one.overlaps(left)
    assert right.overlaps(one)
    assert left.key == f"{HASH}:0:50+100"
    assert one.key == f"{HASH}:all:50+100"
