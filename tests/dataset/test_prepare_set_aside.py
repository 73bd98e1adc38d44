"""What is set aside by name while the rest goes on, and when nothing is left: prepare.py."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from corpora import (
    TIMIT,
    audiofolder,
    found,
    nothing_left,
    splits,
    write_clip,
    write_csv,
    write_jsonl,
)
from malgwi.dataset.manifest import load_dataset
from malgwi.dataset.prepare import prepare
from malgwi.errors import MalgwiError


def test_everything_bad_is_set_aside_by_name_and_the_rest_goes_on(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=20)
    lines = (source / "metadata.csv").read_text().splitlines()

    def add(name: str, text: str = "some words", make: Any = None) -> None:
        if make is not None:
            soundfile.write(source / name, make, 16_000, subtype="FLOAT")
        lines.append(f"{name},{text},s1")

    noise = np.random.default_rng(0).normal(0, 0.1, 16_000 * 61).astype(np.float32)
    add("missing.wav")
    (source / "text.wav").write_text("no audio")
    add("text.wav")
    (source / "raw.raw").write_bytes(bytes(32_000))
    add("raw.raw")
    add("empty.wav", make=noise[:0])
    add("short.wav", make=noise[:399])
    add("silent.wav", make=0 * noise[:16_000])
    add("long.wav", make=noise)
    add("nan.wav", make=np.where(np.arange(16_000) == 9, np.nan, noise[:16_000]))
    add("cut.wav", make=noise[:32_000])
    (source / "cut.wav").write_bytes((source / "cut.wav").read_bytes()[:40_000])
    add("quick.wav", "far too many words for this", make=noise[100:4_000])
    add("digits.wav", "room 20", make=noise[:16_001])
    add("symbols.wav", "...!", make=noise[:16_002])
    add("untold.wav", "", make=noise[:16_003])
    add("../in/clips/000.wav")
    add("../secret.wav")
    add("/etc/hostname")
    lines.append("clips/001.wav,again,s1")
    lines.append("lonely.wav")
    (source / "metadata.csv").write_text("\n".join(lines) + "\n")
    result = prepare(source, tmp_path / "out")
    names = {f.name: list(f.details) for f in result.report.findings if f.severity == "error"}
    assert names == {
        "no-recording": ["missing"],
        "unreadable": ["text", "raw", "nan"],
        "truncated": ["cut"],
        "no-samples": ["empty"],
        "too-short": ["short"],
        "silent": ["silent"],
        "too-long": ["long"],
        "frames-below-labels": ["quick"],
        "digits": ["digits"],
        "unspeakable": ["symbols"],
        "no-text": ["untold"],
        "damaged-row": ["metadata.csv:39"],
        "outside": ["metadata.csv:36", "metadata.csv:37"],
        "duplicate-id": ["clips/000 (row 2 of it)", "clips/001 (row 2 of it)"],
    }
    assert result.report.set_aside == 18
    assert len(load_dataset(tmp_path / "out").utterances) == 20
    assert "nan.wav: a sample at 0.001 s is NaN" in found(result, "unreadable")["nan"]


def test_nothing_usable_says_why(tmp_path: Path) -> None:
    source = audiofolder(tmp_path / "in", clips=3)
    write_csv(
        source / "metadata.csv",
        [{"file_name": f"{i}.wav", "text": "..." if i else "one"} for i in range(3)],
    )
    with pytest.raises(
        MalgwiError,
        match=r"nothing usable is left of the corpus \(3 rows in all\); set aside: unspeakable 2, "
        r"no-recording 1\. First: 1: '\.\.\.'\. To do: transcribe it",
    ):
        prepare(source, tmp_path / "out")
    assert nothing_left(tmp_path / "out")
    rows = [{"file_name": f"gone{i}.wav", "text": "[laughs] one"} for i in range(3)]
    write_csv(source / "metadata.csv", rows)
    with pytest.raises(MalgwiError, match=r"set aside: no-recording 3\. First: gone0: .*missing"):
        prepare(source, tmp_path / "out")


def test_recordings_that_are_not_there_are_counted_in_every_layout(tmp_path: Path) -> None:
    """Of TIMIT, LibriSpeech, Common Voice, and tables: named by id, with the place looked at."""
    timit = tmp_path / "timit"
    shutil.copytree(TIMIT, timit)
    gone = timit / "TRAIN/DR1/FSLT0/SX1.WAV"
    gone.unlink()
    (timit / "TRAIN/DR1/FSLT0/SX2.WAV").unlink()
    (timit / "TRAIN/DR1/FSLT0/SX2.WAV").mkdir()
    result = prepare(timit, tmp_path / "out1")
    assert found(result, "no-recording") == {
        "train/DR1/FSLT0/SX1": f"{gone} is missing",
        "train/DR1/FSLT0/SX2": f"{gone.with_name('SX2.WAV')} is not a file",
    }
    assert result.report.set_aside == 2
    chapter = tmp_path / "libri/train-clean/1/2"
    for number in range(4):
        write_clip(chapter / f"1-2-{number}.flac", hz=300 + number)
    lines = [f"1-2-{number} A B{'C' * number}\n" for number in range(5)]
    (chapter / "1-2.trans.txt").write_text("".join(lines))
    missing = found(prepare(tmp_path / "libri", tmp_path / "out2"), "no-recording")
    assert missing == {"train-clean/1/2/1-2-4": f"{chapter / '1-2-4.flac'} is missing"}
    voice = tmp_path / "voice"
    for number in range(4):
        write_clip(voice / f"clips/{number}.wav", hz=300 + number)
    names = ["0.wav", "1.wav", "2.wav", "3.wav", "gone", ".", "x" * 300 + ".wav"]
    rows = [{"path": name, "sentence": "a b"} for name in names]
    write_csv(voice / "train.tsv", rows, "\t")
    result = prepare(voice, tmp_path / "out3")
    assert list(found(result, "no-recording")) == ["clips/gone", "clips/" + "x" * 300]
    assert list(found(result, "damaged-row")) == ["train.tsv:7"]


def test_ids_that_name_sentences_set_nothing_aside(tmp_path: Path) -> None:
    for name in "abcdef":
        write_clip(tmp_path / f"in/{name}.wav", hz=300 + 50 * ord(name))
    rows = [{"id": str(n % 2), "path": f"{c}.wav", "text": "a b"} for n, c in enumerate("abcdef")]
    write_csv(tmp_path / "in/train.csv", rows)
    result = prepare(tmp_path / "in", tmp_path / "out")
    assert sorted(u.id for u in load_dataset(tmp_path / "out").utterances) == list("abcdef")
    assert result.report.set_aside == 0
    assert result.report.notes[0].startswith("The tables' ids don't name single recordings (0 is")


def test_times_that_cannot_be_are_set_aside(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    soundfile.write(source / "a.wav", np.random.default_rng(0).normal(0, 0.1, 640_000), 16_000)
    good: list[dict[str, float]] = [{"start": i, "end": i + 0.9} for i in range(30)]
    bad: list[dict[str, float]] = [
        {"start": 5, "end": 4},
        {"start": -1, "end": 4},
        {"start": 39, "end": 41},
        {"start": 50, "end": 51},
        {"start": 3, "end": 3.01},
        {"start": 10.5, "end": 11.5},
        {"start": 5, "end": 5.9},
    ]
    rows = [{**times, "audio_filepath": "a.wav", "text": "one two"} for times in good + bad]
    result = prepare(write_jsonl(source / "manifest.jsonl", rows), tmp_path / "out")
    assert found(result, "bad-times") == {
        "a-5000-4000": "from 5 s to 4 s",
        "a--1000-4000": "from -1 s to 4 s",
    }
    assert found(result, "past-end") == {
        "a-39000-41000": "goes up to 41.000 s, the recording to 40.000 s",
        "a-50000-51000": "goes up to 51.000 s, the recording to 40.000 s",
    }
    assert found(result, "too-short") == {"a-3000-3010": "160 samples"}
    assert found(result, "overlap") == {
        "a-10500-11500": "with a-10000-10900",
        "a-11000-11900": "with a-10500-11500",
    }
    assert found(result, "duplicate-id") == {"a-5000-5900 (row 2 of it)": "a.wav"}
    assert set(splits(tmp_path / "out")) == {"train", "valid", "test"}
