"""A project of Studio as a corpus: a row for each segment with a text, by who may teach."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from corpora import faults, write_clip
from malgwi.corpus.layouts import detect, read_corpus, recordings_without_row
from malgwi.corpus.row import Row
from malgwi.dataset.manifest import load_dataset
from malgwi.dataset.prepare import prepare
from malgwi.errors import MalgwiError
from malgwi.export.golden_clips import shared

PEOPLE = {
    "A01": {"train": True, "share": True, "held_out": False},
    "A02": {"train": None, "share": None, "held_out": True},
    "A03": {"train": False, "share": False, "held_out": False},
}


def one(name: str, start: int, end: int, text: str, person: str | None = None, **more: str) -> Any:
    found = {"id": name, "start": start, "end": end, "text": text, "person": person}
    return {**found, "state": "checked", **more}


def project(folder: Path, people: Any = PEOPLE) -> Path:
    folder.mkdir(exist_ok=True)
    about = {"format": 1, "name": "tales", "language": "de", "people": people}
    (folder / "studio.json").write_text(json.dumps(about))
    return folder


def write_noise(path: Path, seed: int) -> Path:
    """Write 10 s in which no two stretches are equal."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.random.default_rng(seed).normal(0, 0.1, 160_000).clip(-1, 1)
    soundfile.write(path, samples, 16_000)
    return path


def recording(
    folder: Path, number: int, segments: list[Any], media: Path | None = None, **more: Any
) -> Path:
    """Write a recording of 10 s by hand, as docs/studio-api.md says it."""
    place = folder / f"recordings/{number:04}"
    place.mkdir(parents=True)
    path = media or write_noise(folder / f"media/{number}.wav", number)
    source = {
        "name": f"talk {number}",
        "media": str(path) if media else f"media/{number}.wav",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "samples": 160_000,
        "channel": None,
        "annotations": None,
        "person": "A01",
        "added": "2026-11-28",
        **more,
    }
    (place / "source.json").write_text(json.dumps(source))
    entry = {"rev": 1, "id": "i", "op": "import", "time": "t", "before": [], "after": segments}
    (place / "edits.jsonl").write_text(json.dumps(entry) + "\n")
    return place


def rows(folder: Path, **how: Any) -> list[Row]:
    assert detect(str(folder)) == "studio"
    return list(read_corpus(str(folder), "studio", folder / "unused", **how))


def test_each_segment_with_a_text_is_a_row(tmp_path: Path) -> None:
    folder = project(tmp_path / "p")
    recording(
        folder,
        1,
        [
            one("b", 16_001, 32_003, "Zwei, drei!", "A02", state="written"),
            one("a", 0, 16_001, "eins"),
            one("c", 40_000, 50_000, "left out", state="aside"),
            one("d", 50_000, 60_000, "  "),
            one("e", 60_000, 70_000, "no consent", "A03"),
            one("f", 70_000, 80_000, "", "A03", state="aside"),
        ],
    )
    first, second, *refused = rows(folder)
    assert first == Row(
        id="0001/a",
        audio=folder / "media/1.wav",
        text="eins",
        split=None,
        speaker="A01",
        columns={
            "recording": "0001",
            "segment": "a",
            "state": "checked",
            "consent": "yes",
            "share": "yes",
        },
        channel="mix",
        start=0.0,
        end=16_001 / 16_000,
    )
    assert (second.id, second.split, second.speaker) == ("0001/b", "test", "A02")
    assert second.columns["share"] == "no"
    assert "consent" not in second.columns
    assert (second.start, second.end) == (16_001 / 16_000, 32_003 / 16_000)
    assert [(row.id, row.columns["consent"]) for row in refused] == [
        ("0001/e", "no"),
        ("0001/f", "no"),
    ]
    assert recordings_without_row(str(folder), "studio", [first]) == []


def test_prepare_takes_a_project_to_the_sample(tmp_path: Path) -> None:
    folder = project(tmp_path / "p")
    words = ["Red!", "green,", "blue", "black", "white", "brown"]
    for number in range(1, 6):
        segments = [
            one(f"s{at}", 7 * number + 16_000 * at, 7 * number + 16_000 * at + 15_999, word)
            for at, word in enumerate(words)
        ]
        segments[-1]["person"] = "A02"
        recording(folder, number, segments, person=f"B0{number}")
    prepare(folder, tmp_path / "dataset")
    found = {one.id: one for one in load_dataset(tmp_path / "dataset").utterances}
    assert len(found) == 30
    assert {i for i, u in found.items() if u.split == "test"} == {f"000{i}/s5" for i in range(1, 6)}
    assert {u.speaker for u in found.values() if u.split == "test"} == {"A02"}
    assert {u.split for u in found.values()} == {"train", "valid", "test"}
    for number in range(1, 6):
        for at in range(6):
            stretch = found[f"{number:04}/s{at}"].stretch
            assert (stretch.first, stretch.samples) == (7 * number + 16_000 * at, 15_999)
    assert found["0001/s0"].columns["segment"] == "s0"
    assert (found["0001/s0"].raw_text, found["0001/s0"].text) == ("Red!", "red")


def test_a_project_without_words_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MalgwiError, match=r"no rows in it; expected .* segments with a text"):
        prepare(project(tmp_path / "p"), tmp_path / "dataset")


def test_who_refused_is_not_heard_and_who_was_not_asked_does_not_travel(tmp_path: Path) -> None:
    """Also where nobody at all was asked to share; then nobody's voice may travel."""
    folder = project(tmp_path / "p", {"A02": PEOPLE["A02"], "A03": PEOPLE["A03"]})
    for number in range(1, 6):
        segments = [
            one("a", 0, 16_000, "red"),
            one("b", 16_000, 32_000, "green"),
            one("c", 30_000, 48_000, "never", "A03"),
            one("d", 47_999, 64_000, "black"),
            one("e", 64_000, 80_000, "", "A03"),
            one("f", 79_999, 96_000, "white"),
            one("g", 96_000, 112_000, "brown", "A02"),
        ]
        recording(folder, number, segments, person="B01")
    result = prepare(folder, tmp_path / "dataset")
    finding = result.report.finding("no-consent")
    assert finding is not None
    assert {i: why for i, why in finding.details.items() if i.startswith("0001")} == {
        "0001/b": "at the same time as 0001/c",
        "0001/c": "",
        "0001/d": "at the same time as 0001/c",
        "0001/e": "",
        "0001/f": "at the same time as 0001/e",
    }
    told = load_dataset(tmp_path / "dataset").utterances
    assert {u.id[-1] for u in told} == {"a", "g"}
    assert {u.split for u in told if u.id[-1] == "g"} == {"test"}
    assert shared(told, ()) == [False] * len(told)
    written = "".join(path.read_text("utf-8") for path in (tmp_path / "dataset").glob("*.json*"))
    assert "never" not in written


def test_a_path_that_leads_out_is_set_aside_unless_allowed(tmp_path: Path) -> None:
    folder = project(tmp_path / "p")
    outside = write_clip(tmp_path / "secret.wav", 10.0)
    recording(folder, 1, [one("a", 0, 16_000, "eins")], outside)
    recording(folder, 2, [one("a", 0, 16_000, "eins")], media=None)
    link = folder / "media/2.wav"
    link.unlink()
    link.symlink_to(outside)
    expected = [("0001", "outside", str(outside)), ("0002", "outside", "media/2.wav")]
    assert faults(rows(folder)) == expected
    assert [row.audio for row in rows(folder, allow_outside=True) if not row.fault] == [outside]


def test_what_is_damaged_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    folder = project(tmp_path / "p")
    for number in range(1, 7):
        recording(folder, number, [one("a", 0, 16_000, f"text {number}")])
    write_clip(folder / "media/1.wav", 9.0)
    (folder / "recordings/0002/edits.jsonl").write_text('{"rev": 1}\n{}\n')
    (folder / "recordings/0003/source.json").write_text('{"name": 3}')
    elsewhere = tmp_path / "edits"
    (folder / "recordings/0004/edits.jsonl").rename(elsewhere)
    (folder / "recordings/0004/edits.jsonl").symlink_to(elsewhere)
    source = folder / "recordings/0005/source.json"
    source.write_text(source.read_text().replace('"samples": 160000', '"samples": 100'))
    found = rows(folder)
    assert [(row, finding) for row, finding, _ in faults(found)] == [
        ("0001", "changed-recording"),
        ("0002", "damaged-annotation"),
        ("0003", "damaged-annotation"),
        ("0004", "damaged-annotation"),
        ("0005", "damaged-annotation"),
    ]
    assert [row.id for row in found if not row.fault] == ["0006/a"]


@pytest.mark.parametrize(
    "about",
    [
        {"format": 2, "name": "x"},
        {"format": "1", "name": "x"},
        {"format": 1, "name": None},
        {"format": 1, "name": "x", "people": {"A01": {"train": "yes"}}},
        {"format": 1, "name": "x", "people": {"../A": {}}},
        [],
    ],
)
def test_another_format_is_refused(tmp_path: Path, about: Any) -> None:
    (tmp_path / "studio.json").write_text(json.dumps(about))
    with pytest.raises(MalgwiError, match=r"studio\.json"):
        rows(tmp_path)
