"""Small corpora in every layout, made in a test's folder, and what was read of them."""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from malgwi.corpus.layouts import detect, read_corpus
from malgwi.corpus.row import Row
from malgwi.dataset.manifest import Stretch, load_dataset
from malgwi.dataset.prepare import PrepareResult
from places import TESTS

TIMIT = TESTS / "data/timit-layout"


def write_clip(path: Path, seconds: float = 1.0, hz: float = 0.0, rate: int = 16_000) -> Path:
    """Write a tone; its pitch comes from the path unless given, so that no two are equal."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pitch = hz or 200 + sum(path.as_posix().encode()) % 997
    samples = 0.3 * np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate)
    form = "NIST" if path.suffix == ".WAV" else None
    soundfile.write(path, samples, rate, format=form, subtype="PCM_16" if form else None)
    return path


def touch(path: Path) -> Path:
    """Make an empty file, for what only looks at names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def rows(source: Path, kind: str | None = None, *, allow_outside: bool = False) -> list[Row]:
    """Read a corpus, of the layout it is found to have where none is given."""
    found = detect(str(source)) if kind is None else kind
    return list(read_corpus(str(source), found, source, allow_outside=allow_outside))


def findings(found: Sequence[Row]) -> list[tuple[str, str]]:
    """Return what is wrong with rows, in short: ids, findings."""
    return [(row.id, row.fault.finding) for row in found if row.fault]


def faults(found: Sequence[Row]) -> list[tuple[str, str, str]]:
    """Return what is wrong with rows: ids, findings, details."""
    return [(row.id, row.fault.finding, row.fault.detail) for row in found if row.fault]


def write_csv(path: Path, rows: Sequence[Mapping[str, str]], delimiter: str = ",") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        table.writeheader()
        table.writerows(rows)
    return path


def write_jsonl(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


_WORDS = "red green blue black white brown one two three four five six seven eight nine ten"
WORDS = _WORDS.split()


def audiofolder(root: Path, clips: int = 20, speakers: int = 10, **columns: str) -> Path:
    """Write `clips` clips of one second and their metadata.csv; text and pitch differ."""
    rows = []
    for i in range(clips):
        name = f"clips/{i:03}.wav"
        write_clip(root / name, hz=200 + 7 * i)
        text = f"{WORDS[i % 16]} {WORDS[i // 16 % 16]} {WORDS[i // 4 % 16]}"
        speaker = f"s{i % speakers}" if speakers else ""
        rows.append({"file_name": name, "transcription": text, "speaker": speaker, **columns})
    write_csv(root / "metadata.csv", rows)
    return root


def found(result: PrepareResult, name: str) -> dict[str, str]:
    """Return what a report says under a finding: ids, details."""
    finding = result.report.finding(name)
    return dict(finding.details) if finding else {}


def splits(folder: Path) -> dict[str, list[str]]:
    """Return the ids of each split of a data set."""
    result: dict[str, list[str]] = {}
    for u in load_dataset(folder).utterances:
        result.setdefault(u.split, []).append(u.id)
    return result


def nothing_left(folder: Path) -> bool:
    """Whether no data set was written there, in part or under a passing name."""
    return not [p for p in folder.parent.iterdir() if p.name.startswith((folder.name, "."))]


def whole(path: Path) -> Stretch:
    """Return the stretch that is all of a mono WAV or Ogg file at 16 kHz."""
    with soundfile.SoundFile(path) as sound:
        assert (sound.samplerate, sound.channels) == (16_000, 1)
        return Stretch(hashlib.sha256(path.read_bytes()).hexdigest(), sound.frames)


ROW: dict[str, Any] = {
    "id": "a",
    "audio_filepath": "a.wav",
    "offset": 0.0,
    "duration": 1.5,
    "text": "one",
    "split": "train",
    "sha256": "0" * 64,
    "channel": None,
    "first_sample": 0,
    "samples": 24_000,
}
"""A row of a manifest."""


def manifest_folder(
    folder: Path, *rows: Any, info: str = '{"unit": "jamo", "normalisation": {"version": 2}}'
) -> Path:
    """Write a prepared folder with these rows, which may be damaged bytes."""
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    (folder / "manifest.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    (folder / "vocab.json").write_text('{"a": 0, "|": 1, "[UNK]": 2, "[PAD]": 3}')
    (folder / "dataset.json").write_text(info)
    return folder
