"""The demo's project: what is written, what waits, whose voice is held out, and that it says so."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from malgwi.corpus.studio import read_project
from malgwi.errors import MalgwiError
from malgwi.speech.audio import read
from malgwi.studio import demo
from malgwi.studio.project import Project, open_project
from places import COMMANDS
from projects import add_recording, new_project


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Of a few clips of each voice and part, in recordings of three."""
    few: dict[tuple[str, str], int] = {}
    table = tmp_path_factory.mktemp("speech") / "commands"
    table.mkdir()
    for part in ("train", "dev", "test"):
        (table / part).symlink_to(COMMANDS / part)
    with (COMMANDS / "metadata.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    kept = []
    for row in rows:
        key = (row["speaker"], row["split"])
        few[key] = few.get(key, 0) + 1
        kept += [row] if few[key] <= 4 else []
    with (table / "metadata.csv").open("w", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(kept)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "SPEECH", table)
        patch.setattr(demo, "CLIPS", 3)
        with open_project(tmp_path_factory.mktemp("studio") / "demo") as project:
            demo.fill(project)
            yield project


def test_it_says_that_it_is_a_demo(filled: Project) -> None:
    studio = filled.studio
    assert (studio.name, studio.language, studio.demo) == ("Malgwi demo", "en", True)
    assert sorted(filled.names().values()) == [
        f"{voice} (synthetic)" for voice in ("emma", "lewis", "michael", "sarah")
    ]


def test_most_is_written_some_waits_and_two_voices_are_held_out(filled: Project) -> None:
    names = filled.names()
    found = {one.source.name: one for one in filled.recordings()}
    assert list(found) == [
        "emma 1", "emma 2", "michael 1", "michael 2",  # train: 4 clips are 3 and 1
        "lewis 1", "lewis 2", "sarah 1", "sarah 2",  # test
        "emma 3", "emma 4", "michael 3", "michael 4",  # dev
    ]  # fmt: skip
    for name, one in found.items():
        states = one.counts().states
        waits = name in ("emma 3", "emma 4", "michael 3", "michael 4")
        assert states["open"] > 0 if waits else states["written"] in (1, 3)
        assert (states["open"] == 0) is not waits
    held = {names[code] for code, one in filled.studio.people.items() if one.held_out}
    assert held == {"sarah (synthetic)", "lewis (synthetic)"}


def test_segments_are_where_their_sentences_are_said(filled: Project) -> None:
    with (COMMANDS / "metadata.csv").open(newline="") as lines:
        files = {row["transcription"]: row["file_name"] for row in csv.DictReader(lines)}
    one = filled.recordings()[0]
    sound = read(filled.media(one.id))
    _, segments = one.journal.segments()
    assert len(segments) == 3
    for segment in segments:
        clip = read(COMMANDS / files[segment.text])
        assert segment.end - segment.start == len(clip)
        assert np.abs(sound[segment.start : segment.end] - clip).max() < 2 / 32_768


def test_prepare_reads_it(filled: Project) -> None:
    rows = list(read_project(filled.folder, allow_outside=False))
    splits = {row.split for row in rows if row.speaker in ("A01", "A02")}
    assert len(rows) == 16
    assert {row.columns["share"] for row in rows} == {"yes"}
    assert splits == {None}
    assert {row.split for row in rows} == {None, "test"}


def test_once_more_it_stays_as_people_left_it(filled: Project) -> None:
    filled.change(lambda now: type(now)("mine", now.language, now.people, demo=True))
    demo.fill(filled)
    assert filled.studio.name == "mine"
    filled.change(lambda now: type(now)("Malgwi demo", now.language, now.people, demo=True))


def test_somebodys_own_project_is_left_alone(tmp_path: Path) -> None:
    folder = new_project(tmp_path / "own")
    add_recording(folder, 1, [(np.full(1600, 0.5, np.float32), "a")], "A01")
    with open_project(folder) as project, pytest.raises(MalgwiError, match="of your own"):
        demo.fill(project)
