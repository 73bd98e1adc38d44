"""Releases of Common Voice, whole and one table of them: corpus/common_voice.py."""

from pathlib import Path

import pytest

from corpora import rows, write_clip, write_csv
from malgwi.corpus.common_voice import read_common_voice
from malgwi.corpus.layouts import detect, read_corpus, recordings_without_row
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles


def test_common_voice(tmp_path: Path) -> None:
    header = "client_id\tpath\tsentence\tage\n"
    (tmp_path / "clips").mkdir()
    for name in ("train", "dev", "test", "other", "validated"):
        (tmp_path / f"{name}.tsv").write_text(f"{header}ann\t{name}_1\tHello {name}.\ttwenties\n")
    assert detect(str(tmp_path)) == "common-voice"
    found = rows(tmp_path)
    assert [(r.id, r.split, r.speaker) for r in found] == [
        ("clips/train_1", "train", "ann"),
        ("clips/dev_1", "valid", "ann"),
        ("clips/test_1", "test", "ann"),
    ]
    assert found[0].audio == tmp_path / "clips/train_1.mp3"
    for name in ("train", "dev", "test"):
        (tmp_path / f"{name}.tsv").unlink()
    assert [(r.id, r.split) for r in rows(tmp_path)] == [("clips/validated_1", None)]


def test_common_voice_without_a_column_path(tmp_path: Path) -> None:
    """Another column names the recordings; without any, the table is refused."""
    (tmp_path / "clips").mkdir()
    write_csv(tmp_path / "train.tsv", [{"file_name": "a.mp3", "sentence": "x"}], "\t")
    (row,) = read_common_voice(tmp_path, TextFiles(), allow_outside=False)
    assert row.audio == tmp_path / "clips/a.mp3"
    write_csv(tmp_path / "train.tsv", [{"clip": "a.mp3", "sentence": "x"}], "\t")
    with pytest.raises(MalgwiError, match="no column for the audio"):
        list(read_common_voice(tmp_path, TextFiles(), allow_outside=False))
    write_csv(tmp_path / "train.tsv", [{"path": "", "sentence": "x"}], "\t")
    (row,) = read_common_voice(tmp_path, TextFiles(), allow_outside=False)
    assert row.fault is not None
    assert row.fault.finding == "damaged-row"


HEADER = "client_id\tpath\tsentence\n"


def release(root: Path, **tables: str) -> Path:
    """Write a Common Voice release; each letter of a table is a clip, said by its speaker."""
    for name, clips in tables.items():
        lines = [f"s{'ABCDEFGH'.index(c) % 4}\tcv_{c}\tsentence {c}\n" for c in clips]
        for clip in clips:
            write_clip(root / f"clips/cv_{clip}.mp3")
        (root / f"{name}.tsv").write_text(HEADER + "".join(lines))
    return root


def test_common_voice_says_which_validated_clips_are_unused(tmp_path: Path) -> None:
    release(tmp_path, train="AB", dev="C", test="D", validated="ABCDEFG", other="H")
    notes: list[str] = []
    found = list(read_corpus(str(tmp_path), "common-voice", tmp_path, notes=notes))
    assert len(found) == 4
    assert notes == [
        "validated.tsv has 7 clips, 3 of which train, dev, test don't hold (--validated trains on "
        "them, too)"
    ]
    assert recordings_without_row(str(tmp_path), "common-voice", found) == []
    write_clip(tmp_path / "clips/cv_new.mp3")
    assert recordings_without_row(str(tmp_path), "common-voice", found) == ["clips/cv_new.mp3"]


def test_validated_clips_without_speakers_of_the_other_splits(tmp_path: Path) -> None:
    """A and E are of s0, B and F of s1, C and G of s2, D and H of s3."""
    release(tmp_path, train="AB", dev="C", test="D", validated="ABCDEFGH")
    notes: list[str] = []
    found = list(read_corpus(str(tmp_path), "common-voice", tmp_path, validated=True, notes=notes))
    train = {row.id[-1] for row in found if row.split == "train" and row.fault is None}
    assert train == set("ABEF")
    assert {row.id[-1]: row.fault.finding for row in found if row.fault} == {
        "G": "left-out",
        "H": "left-out",
    }
    assert {row.id[-1]: row.split for row in found} | dict.fromkeys("ABEFGH", "") == {
        **dict.fromkeys("ABEFGH", ""),
        "C": "valid",
        "D": "test",
    }
    assert notes[0].endswith(
        "2 of these are added to train, 2 left out, since their speakers are in dev or test"
    )
    (tmp_path / "validated.tsv").unlink()
    with pytest.raises(MalgwiError, match=r"--validated: .*validated\.tsv isn't there"):
        list(read_corpus(str(tmp_path), "common-voice", tmp_path, validated=True))


@pytest.mark.parametrize(("name", "split"), [("train", "train"), ("validated", None)])
def test_a_table_of_a_release_finds_its_clips(tmp_path: Path, name: str, split: str | None) -> None:
    table = release(tmp_path, train="AB", validated="AB", dev="C") / f"{name}.tsv"
    for kind in (detect(str(table)), "tsv"):
        found = rows(table, kind)
        assert [(r.id, r.split, r.audio.is_file()) for r in found] == [
            ("clips/cv_A", split, True),
            ("clips/cv_B", split, True),
        ]
