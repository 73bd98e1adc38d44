"""What is chosen becomes recordings: with its annotations, or cut at its pauses."""

import os
from pathlib import Path

import pytest

from annotation_files import media, simple_eaf
from malgwi.corpus.edits import Segment
from malgwi.errors import MalgwiError
from malgwi.studio.adding import read_again
from malgwi.studio.chosen import is_chosen
from malgwi.studio.project import Project
from studios import added, bursts, opened

TWO = {
    "A": [(0, 1500, "Eins, zwei."), (1500, 1500, "a point"), (2000, 3050, "drei"), (50, 90, "")],
    "B": [(1000, 2500, "ja!"), (9000, 9500, "behind the end")],
}

ENDS = {"Ana": 1.0, "Ben": 1.5}
"""Until when two people speak, in recordings that have one name."""


def project(folder: Path) -> Project:
    with opened(folder) as (_, made):
        return made


def standing(found: Project, name: str = "0001") -> list[tuple[int, int, str, str | None, str]]:
    rev, segments = found.recording(name).journal.segments()
    assert rev == 1
    return [(s.start, s.end, s.text, s.person, s.state) for s in segments]


def test_an_elan_file_brings_its_segments_and_its_recording(tmp_path: Path) -> None:
    talk = bursts(tmp_path / "data/talk.wav", (0.1, 1.4), seconds=3)
    eaf = simple_eaf(tmp_path / "data/talk.eaf", TWO, [media("talk.wav")], PARTICIPANT="Ana")
    found = project(tmp_path / "project")
    added(found.folder, eaf, tiers=("A",))
    assert standing(found) == [
        (0, 24_000, "Eins, zwei.", None, "written"),
        (800, 1_440, "", None, "open"),
        (32_000, 48_000, "drei", None, "written"),
    ]
    source = found.recording("0001").source
    assert (source.name, source.samples, source.person) == ("talk", 48_000, "A01")
    assert source.media.path == str(talk)
    assert source.annotations
    assert source.annotations.path == str(eaf)
    assert found.names() == {"A01": "Ana"}
    assert is_chosen(talk)
    assert not is_chosen(tmp_path / "data/other.wav")


def test_each_speaker_gets_a_code_and_keeps_it(tmp_path: Path) -> None:
    bursts(tmp_path / "talk.wav", (0.1, 1.4), seconds=3)
    simple_eaf(tmp_path / "talk.eaf", {"A": [(0, 1000, "one")]}, PARTICIPANT="Ana")
    bursts(tmp_path / "both.wav", (0.2, 1.4), seconds=3)
    stm = "both A ana 0 1.5 hello\nboth A Ben 1.5 2 hi there\n"
    (tmp_path / "both.stm").write_text(stm)
    found = project(tmp_path / "project")
    added(found.folder, tmp_path / "talk.eaf")
    added(found.folder, tmp_path / "both.stm")
    assert found.names() == {"A01": "Ana", "A02": "Ben"}
    assert [one[3] for one in standing(found, "0002")] == ["A01", "A02"]
    assert found.recording("0002").source.person is None
    assert [one[2] for one in standing(found, "0002")] == ["hello", "hi there"]


def test_who_is_chosen_speaks_in_all_of_it(tmp_path: Path) -> None:
    bursts(tmp_path / "talk.wav", (0.1, 1.4), seconds=3)
    simple_eaf(tmp_path / "talk.eaf", {"A": [(0, 1000, "one")]}, PARTICIPANT="Ana")
    with opened(tmp_path / "project") as (client, found):
        asked = {"name": "Me", "train": True, "share": None, "held_out": False}
        assert client.post("/api/people", json=asked).json()["code"] == "A01"
        added(found.folder, tmp_path / "talk.eaf", person="A01")
        assert found.recording("0001").source.person == "A01"
        assert found.names() == {"A01": "Me"}
        with pytest.raises(MalgwiError, match="nobody in the project"):
            added(found.folder, tmp_path / "talk.eaf", person="B07")


def test_without_annotations_it_is_cut_at_pauses_into_15_s_at_most(tmp_path: Path) -> None:
    talk = bursts(tmp_path / "talk.wav", (1, 3), (4, 5), (5.2, 6), (10, 35), seconds=40)
    found = project(tmp_path / "project")
    added(found.folder, talk)
    rows = standing(found)
    assert {row[2:] for row in rows} == {("", None, "open")}
    places = [(round(start / 16_000, 2), round(end / 16_000, 2)) for start, end, *_ in rows]
    assert places == [(0.7, 3.3), (3.7, 6.3), (9.7, 23.7), (23.7, 35.3)]
    assert max(end - start for start, end, *_ in rows) <= 15 * 16_000


@pytest.mark.parametrize("whole", [True, False], ids=["folders", "files"])
def test_what_is_dropped_with_the_names_of_others_keeps_its_own_texts(
    tmp_path: Path, whole: bool
) -> None:
    for who, end in ENDS.items():
        bursts(tmp_path / who / "talk.wav", (0.1, end), seconds=3)
        simple_eaf(tmp_path / who / "talk.eaf", {"A": [(100, 900, who)]}, [media("talk.wav")])
    with opened(tmp_path / "project") as (client, found):
        paths = []
        for name in ("talk.wav", "talk.eaf"):
            for who in ENDS:
                content = (tmp_path / who / name).read_bytes()
                kept = client.put(f"/api/media/{who}/day 1/{name}", content=content).json()
                assert kept["path"] == f"media/{who}/day 1/{name}"
                paths.append(found.folder / (f"media/{who}" if whole else kept["path"]))
        added(found.folder, *dict.fromkeys(paths))
    for number, who in enumerate(ENDS, 1):
        assert found.recording(f"000{number}").source.media.path == f"media/{who}/day 1/talk.wav"
        assert [one[2] for one in standing(found, f"000{number}")] == [who]


def test_annotations_mean_no_one_of_several_recordings_of_their_name(tmp_path: Path) -> None:
    wavs = [bursts(tmp_path / who / "talk.wav", (0.1, end), seconds=3) for who, end in ENDS.items()]
    eaf = simple_eaf(tmp_path / "apart/talk.eaf", {"A": [(100, 900, "whose?")]})
    found = project(tmp_path / "project")
    with pytest.raises(MalgwiError, match=r"not all could be added: talk\.eaf"):
        added(found.folder, *wavs, eaf)
    assert [one[2] for name in ("0001", "0002") for one in standing(found, name)] == ["", ""]


def test_a_folder_is_added_whole_and_nothing_twice(tmp_path: Path) -> None:
    for name in ("a", "b"):
        bursts(tmp_path / f"data/{name}.wav", (0.1, 1.0 + ord(name) / 200), seconds=2)
    simple_eaf(tmp_path / "data/a.eaf", {"A": [(0, 1000, "one")]})
    found = project(tmp_path / "project")
    added(found.folder, tmp_path / "data")
    assert [one.source.name for one in found.recordings()] == ["a", "b"]
    assert standing(found)[0][2] == "one"
    assert standing(found, "0002")[0][4] == "open"
    added(found.folder, tmp_path / "data")
    assert len(found.recordings()) == 2


def test_what_cant_be_read_stops_nothing_and_is_told(tmp_path: Path) -> None:
    good = bursts(tmp_path / "good.wav", (0.1, 1.0), seconds=2)
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"RIFF and no more")
    empty = bursts(tmp_path / "empty.wav", seconds=0)
    lost = simple_eaf(
        tmp_path / "lost.eaf", {"A": [(0, 1000, "one")]}, [media("http://x.org/y.wav")]
    )
    found = project(tmp_path / "project")
    with pytest.raises(MalgwiError, match=r"not all could be added: .*And 2 more"):
        added(found.folder, bad, empty, lost, good)
    assert [one.source.name for one in found.recordings()] == ["good"]
    assert sorted(path.name for path in (found.folder / "recordings").iterdir()) == ["0001"]


def test_a_name_that_isnt_utf8_is_told(tmp_path: Path) -> None:
    found = project(tmp_path / "project")
    good = bursts(tmp_path / "data/good.wav", (0.1, 1.0), seconds=2)
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/data/\xff.wav"))
    odd.write_bytes(bursts(tmp_path / "x.wav", (0.1, 1.5), seconds=2).read_bytes())
    with pytest.raises(MalgwiError, match=r"udcff\.wav': its name isn't UTF-8"):
        added(found.folder, tmp_path / "data")
    assert [one.source.name for one in found.recordings()] == [good.stem]
    simple_eaf(tmp_path / "data/good.eaf", TWO)
    odd.with_suffix(".eaf").write_text("no XML")
    with opened(tmp_path / "other") as (client, _):
        said = client.post("/api/tiers", json={"paths": [str(tmp_path / "data")]})
        assert list(said.json()["unreadable"]) == ["\udcff.eaf"]


def test_which_tiers_are_meant_is_asked(tmp_path: Path) -> None:
    bursts(tmp_path / "talk.wav", (0.1, 1.4), seconds=3)
    simple_eaf(tmp_path / "talk.eaf", TWO)
    with opened(tmp_path / "project") as (client, found):
        with pytest.raises(MalgwiError, match="which tiers are to be learnt"):
            added(found.folder, tmp_path / "talk.eaf")
        said = client.post("/api/tiers", json={"paths": [str(tmp_path / "talk.eaf")]}).json()
        assert [(one["name"], one["usable"]) for one in said["tiers"]] == [("A", 2), ("B", 2)]
        assert said["pairs"][0]["recording"] == str(tmp_path / "talk.wav")
        assert client.post("/api/tiers", json={"paths": []}).json()["tiers"] == []


def test_which_of_two_languages_is_meant_is_asked_and_read_again(tmp_path: Path) -> None:
    """Of files that are chosen one by one, too; read again is the one whose words were taken."""
    talk = bursts(tmp_path / "data/talk.wav", (0.1, 1.4), seconds=3)
    files = [tmp_path / f"data/talk.{language}.vtt" for language in ("en", "es")]
    for path in files:
        path.write_text(f"WEBVTT\n\n00:00.000 --> 00:01.000\nin {path.stem[-2:]}\n")
    found = project(tmp_path / "project")
    for chosen in ([tmp_path / "data"], [*files, talk]):
        with pytest.raises(MalgwiError, match=r"'subtitles en' .*'subtitles es'"):
            added(found.folder, *chosen)
    added(found.folder, tmp_path / "data", tiers=("subtitles es",))
    assert standing(found) == [(0, 16_000, "in es", None, "written")]
    source = found.recording("0001").source
    assert source.annotations
    assert source.annotations.path == str(files[1])
    again = read_again(found, found.recording("0001"), add_people=False)
    assert [segment.text for segment in again] == ["in es"]


def test_a_link_that_leads_elsewhere_isnt_followed_but_what_was_chosen_with_it(
    tmp_path: Path,
) -> None:
    far = bursts(tmp_path / "far/talk.wav", (0.1, 1.0), seconds=2)
    eaf = simple_eaf(tmp_path / "near/talk.eaf", {"A": [(0, 1000, "one")]}, [media(far.as_uri())])
    found = project(tmp_path / "project")
    with pytest.raises(MalgwiError, match="not all could be added"):
        added(found.folder, eaf)
    added(found.folder, eaf, far)
    assert standing(found)[0][2] == "one"


def test_a_dropped_file_lies_in_the_project(tmp_path: Path) -> None:
    found = project(tmp_path / "project")
    added(found.folder, bursts(found.folder / "media/talk.wav", (0.1, 1.0), seconds=2))
    assert found.recording("0001").source.media.path == "media/talk.wav"
    assert found.recording("0001").journal.segments()[1][0] == Segment(
        standing_id(found), 0, 20_800
    )


def standing_id(found: Project) -> str:
    return found.recording("0001").journal.segments()[1][0].id
