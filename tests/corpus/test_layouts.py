"""TIMIT, LibriSpeech and the hub: corpus/{timit,librispeech,hub}.py."""

import builtins
from pathlib import Path
from typing import Any

import pytest

from corpora import TIMIT, faults, rows, write_clip
from malgwi.corpus.layouts import detect, read_corpus
from malgwi.corpus.row import Fault, Row
from malgwi.corpus.timit import CORE_TEST
from malgwi.errors import MalgwiError
from malgwi.speech import audio


def sentence(folder: Path, name: str, text: str = "0 16000 She had.") -> None:
    write_clip(folder / f"{name}.WAV")
    (folder / f"{name}.TXT").write_text(text + "\n")


def test_timit_as_distributed() -> None:
    assert detect(str(TIMIT)) == "timit"
    found = rows(TIMIT)
    assert len(found) == 24
    assert [r.split for r in found].count("train") == 16
    first = found[0]
    assert first == Row(
        id="train/DR1/FSLT0/SX1",
        audio=TIMIT / "TRAIN/DR1/FSLT0/SX1.WAV",
        text="The small boat drifted under the old stone bridge.",
        split="train",
        speaker="FSLT0",
        columns={"dialect": "DR1", "sentence_type": "SX"},
    )
    assert audio.info(first.audio).sample_rate == 16_000
    assert {r.speaker for r in found if r.split == "test"} == {"MKED0"}


def test_timit_in_lower_case_with_riff_twins_below_other_folders(tmp_path: Path) -> None:
    speaker = tmp_path / "timit/data/train/dr2/fabc0"
    sentence(speaker, "sa1", "0 46797 She had your dark suit.")
    (speaker / "sa1.WAV").rename(speaker / "sa1.wav")
    (speaker / "sa1.TXT").rename(speaker / "sa1.txt")
    write_clip(speaker / "sa1.WAV.wav")
    write_clip(speaker / "notes.wav")
    write_clip(speaker / "si9.WAV.wav")
    (speaker / "si9.txt").write_text("0 16000 Only the twin.\n")
    found = rows(tmp_path)
    assert [(r.id, r.audio.name, r.text) for r in found] == [
        ("train/DR2/FABC0/SA1", "sa1.wav", "She had your dark suit."),
        ("train/DR2/FABC0/SI9", "si9.WAV.wav", "Only the twin."),
    ]
    assert found[0].columns == {"dialect": "DR2", "sentence_type": "SA"}


def test_timit_faults_are_named(tmp_path: Path) -> None:
    speaker = tmp_path / "TRAIN/DR1/FABC0"
    sentence(speaker, "SX1", "no numbers here")
    sentence(speaker, "SX2", "0 16000")
    sentence(speaker, "SX3")
    (speaker / "SX3.TXT").write_bytes(b"0 16000 gr\xfcn")
    write_clip(speaker / "SX4.WAV")
    (speaker / "sx5.txt").write_text("0 16000 Nobody says it.\n")
    (speaker / "SX6.PHN").touch()
    write_clip(speaker / "SX7.WAV")
    (speaker / "SX7.TXT").mkdir()
    (tmp_path / "TEST/DR1").mkdir(parents=True)
    found = {r.id[-3:]: r for r in rows(tmp_path)}
    assert {k: r.fault.finding if r.fault else None for k, r in found.items()} == {
        "SX1": "damaged-row",
        "SX2": None,
        "SX3": "damaged-row",
        "SX4": "no-transcript",
        "SX5": "no-recording",
        "SX6": "no-recording",
        "SX7": "damaged-row",
    }
    assert found["SX5"].fault == Fault("no-recording", f"{speaker / 'SX5.WAV'} is missing")
    assert found["SX2"].text == ""


def test_core_test_set() -> None:
    assert len(CORE_TEST) == 24
    assert sum(speaker.startswith("F") for speaker in CORE_TEST) == 8


def test_librispeech(tmp_path: Path) -> None:
    for subset, name in (("train-clean-100", "103-1240"), ("dev-other", "116-288")):
        speaker, chapter = name.split("-")
        folder = tmp_path / "LibriSpeech" / subset / speaker / chapter
        folder.mkdir(parents=True)
        lines = f"{name}-0000 CHAPTER ONE\n{name}-0001 IT'S SO\n"
        (folder / f"{name}.trans.txt").write_text(lines)
    assert detect(str(tmp_path)) == "librispeech"
    found = rows(tmp_path)
    assert len(found) == 4
    assert found[3] == Row(
        id="LibriSpeech/train-clean-100/103/1240/103-1240-0001",
        audio=tmp_path / "LibriSpeech/train-clean-100/103/1240/103-1240-0001.flac",
        text="IT'S SO",
        split="train",
        speaker="103",
        columns={"chapter": "1240"},
    )
    assert found[0].split == "valid"
    assert {r.split for r in rows(tmp_path / "LibriSpeech/dev-other")} == {"valid"}


def test_zeroth_korean(tmp_path: Path) -> None:
    for part, speaker in (("train_data_01", "101"), ("test_data_01", "103")):
        folder = tmp_path / part / "003" / speaker
        folder.mkdir(parents=True)
        (folder / f"{speaker}_003.trans.txt").write_text(f"{speaker}_003_0000 안녕\n", "utf-8")
    assert detect(str(tmp_path)) == "librispeech"
    assert [(r.speaker, r.split, r.text) for r in rows(tmp_path)] == [
        ("103", "test", "안녕"),
        ("101", "train", "안녕"),
    ]


def test_librispeech_through_links_is_read_as_written(tmp_path: Path) -> None:
    for name in ("train-clean", "1/2"):
        (tmp_path / "data" / name).mkdir(parents=True)
    (tmp_path / "data/1/2/1-2.trans.txt").write_text("1-2-0000 A\n")
    root = tmp_path / "LibriSpeech"
    root.mkdir()
    (root / "dev-clean").symlink_to(tmp_path / "data")
    found = rows(root, allow_outside=True)
    assert [(r.id, r.split) for r in found] == [("dev-clean/1/2/1-2-0000", "valid")]
    assert [r.split for r in rows(root / "dev-clean")] == ["valid"]


def test_links_out_of_the_corpus_are_not_followed(tmp_path: Path) -> None:
    """Neither to recordings nor to texts, be it the file or a folder that is a link."""
    away = tmp_path / "away"
    sentence(away, "SX1")
    (away / "9-8.trans.txt").write_text("9-8-0000 C\n")
    (away / "x.flac").touch()
    speaker = tmp_path / "timit/TRAIN/DR1/FAAA0"
    sentence(speaker, "SX2")
    (speaker / "SX1.WAV").symlink_to(away / "SX1.WAV")
    (speaker / "SX1.TXT").write_text("0 1 One.\n")
    write_clip(speaker / "SX3.WAV")
    (speaker / "SX3.TXT").symlink_to(away / "SX1.TXT")
    (tmp_path / "timit/TRAIN/DR1/FBBB0").symlink_to(away)
    chapter = tmp_path / "libri/7/8"
    chapter.mkdir(parents=True)
    (chapter / "7-8.trans.txt").write_text("7-8-0000 A\n7-8-0001 B\n")
    (chapter / "7-8-0001.flac").symlink_to(away / "x.flac")
    (tmp_path / "libri/9").mkdir()
    (tmp_path / "libri/9/8").symlink_to(away)
    for corpus, kept, outside in (
        ("timit", ["train/DR1/FAAA0/SX2"], ["train/DR1/FAAA0/SX1", "train/DR1/FAAA0/SX3",
                                            "train/DR1/FBBB0/SX1"]),
        ("libri", ["7/8/7-8-0000"], ["7/8/7-8-0001", "9/8/9-8.trans.txt"]),
    ):  # fmt: skip
        found = rows(tmp_path / corpus)
        assert [row.id for row in found if not row.fault] == kept
        assert [(row.id, row.fault.finding) for row in found if row.fault] == [
            (name, "outside") for name in outside
        ]
        allowed = rows(tmp_path / corpus, allow_outside=True)
        assert len([row for row in allowed if not row.fault]) == len(kept) + len(outside)


def test_librispeech_damaged_line(tmp_path: Path) -> None:
    (tmp_path / "1-2.trans.txt").write_bytes(b"1-2-0000 A\n../../x B\n1-2-0001 \xff\n")
    assert [r.fault.finding if r.fault else None for r in rows(tmp_path)] == [
        None,
        "damaged-row",
        "damaged-row",
    ]


def test_librispeech_lines_end_at_their_ends_only(tmp_path: Path) -> None:
    """U+2028, which is pasted from elsewhere, and U+200C, which Persian has in words, are text."""
    text = "1-2-0000 A\u2028B\r\n\n  \r\n1-2-0001 می\u200cشود\n1-2-0002 A\rB\n1-2-0003 A\x85B\n"
    (tmp_path / "1-2.trans.txt").write_bytes(f"{text}1-2-0004".encode())
    found = rows(tmp_path)
    assert [(row.id, row.text) for row in found if not row.fault] == [
        ("1-2-0000", "A\u2028B"),
        ("1-2-0001", "می\u200cشود"),
        ("1-2-0004", ""),
    ]
    assert faults(found) == [
        ("1-2.trans.txt:5", "damaged-row", r"'1-2-0002 A\rB'"),
        ("1-2.trans.txt:6", "damaged-row", r"'1-2-0003 A\x85B'"),
    ]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a local repository of Parquet files, with the cache of `datasets` beside it."""
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    root = tmp_path / "owner-name"
    for split, texts in (("train", "abc"), ("test", "d")):
        clips = [write_clip(tmp_path / f"{text}.wav") for text in texts]
        sounds = [{"bytes": clip.read_bytes(), "path": clip.name} for clip in clips]
        columns = {
            "audio": sounds,
            "sentence": [f"Word {text}." for text in texts],
            "speaker_id": [ord(text) for text in texts],
        }
        table = datasets.Dataset.from_dict(columns)
        table = table.cast_column("audio", datasets.Audio(decode=False))
        table.to_parquet(root / "data" / f"{split}-00000-of-00001.parquet")
    return root


def test_hub_writes_the_stored_bytes(hub: Path, tmp_path: Path) -> None:
    source, clips = f"hub:{hub}", tmp_path / "clips"
    assert detect(source) == "hub"
    found = list(read_corpus(source, "hub", clips))
    assert [(r.id, r.split, r.speaker, r.text) for r in found] == [
        ("train/000000", "train", "97", "Word a."),
        ("train/000001", "train", "98", "Word b."),
        ("train/000002", "train", "99", "Word c."),
        ("test/000000", "test", "100", "Word d."),
    ]
    assert found[1].audio == clips / "train/000001.wav"
    assert found[1].audio.read_bytes() == (tmp_path / "b.wav").read_bytes()


@pytest.mark.parametrize("name", ["corpus", "test"])
def test_hub_with_one_split_of_any_name_keeps_its_rows(
    name: str, hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(str(hub))
    one = datasets.DatasetDict({name: loaded["train"]})
    monkeypatch.setattr(datasets, "load_dataset", lambda *_: one)
    found = list(read_corpus("hub:owner/name", "hub", tmp_path / "clips"))
    assert [(r.id, r.split, r.fault) for r in found] == [
        (f"{name}/{number:06}", None, None) for number in range(3)
    ]
    two = datasets.DatasetDict({name: loaded["train"], "other": loaded["test"]})
    monkeypatch.setattr(datasets, "load_dataset", lambda *_: two)
    found = list(read_corpus("hub:owner/name", "hub", tmp_path / "clips"))
    assert found[-1].fault == Fault("unknown-split", "other")


def test_hub_with_gaps_in_its_columns(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row without a recording costs itself; who isn't named isn't called None, nor nothing."""
    datasets = pytest.importorskip("datasets")
    stored = datasets.load_dataset(str(hub))["train"].cast_column(
        "audio", datasets.Audio(decode=False)
    )
    sounds = [None, stored[1]["audio"], stored[2]["audio"]]
    gaps = {"audio": sounds, "sentence": ["a", "b", None], "speaker_id": ["97", None, ""]}
    table = datasets.Dataset.from_dict(gaps).cast_column("audio", datasets.Audio(decode=False))
    one = datasets.DatasetDict({"train": table})
    monkeypatch.setattr(datasets, "load_dataset", lambda *_: one)
    found = list(read_corpus("hub:owner/name", "hub", tmp_path / "clips"))
    assert [(r.id, r.text, r.speaker, r.fault) for r in found] == [
        ("train/000000", "", "97", Fault("no-recording", "nothing in the column audio")),
        ("train/000001", "b", None, None),
        ("train/000002", "", None, None),
    ]


def test_hub_without_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    datasets.Dataset.from_dict({"text": ["a"]}).to_parquet(tmp_path / "x/train.parquet")
    with pytest.raises(MalgwiError, match=r"no column of audio or none of text; found text"):
        list(read_corpus(f"hub:{tmp_path / 'x'}", "hub", tmp_path))


def test_hub_of_loose_files_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets = pytest.importorskip("datasets")
    if datasets.config.TORCHCODEC_AVAILABLE:
        pytest.skip("torchcodec is here, so `datasets` reads loose files")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    write_clip(tmp_path / "x/train/a.wav")
    (tmp_path / "x/train/metadata.csv").write_text("file_name,text\na.wav,one\n")
    with pytest.raises(MalgwiError, match="hf download --repo-type dataset"):
        list(read_corpus(f"hub:{tmp_path / 'x'}", "hub", tmp_path))


def test_hub_that_can_not_be_loaded(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    with pytest.raises(MalgwiError, match=r"can't be loaded.*Check the name and the network"):
        list(read_corpus(f"hub:{tmp_path / 'nowhere'}", "hub", tmp_path))


def test_without_datasets_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "datasets":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(
        MalgwiError, match=r"in the checkout of Malgwi, type: pip install -e '\.\[hub\]'"
    ):
        list(read_corpus("hub:a/b", "hub", tmp_path))
