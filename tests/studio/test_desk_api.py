"""The desk's routes: projects, recordings, segments, drafts, exports, folders and dropped files."""

import json
import os
import struct
from pathlib import Path
from typing import Any

import pytest
import soundfile

from annotation_files import simple_eaf
from malgwi.annotation.elan import read_elan
from malgwi.annotation.formats import read_annotations
from malgwi.studio import places
from malgwi.studio.drafts import save
from malgwi.text_file import TextFiles
from studios import ONE, SAID, added, bursts, edited, opened, segment, talk


def test_a_new_project_says_what_to_do_first(tmp_path: Path) -> None:
    with opened(tmp_path / "new") as (client, _):
        found = client.get("/api/project").json()
        assert found["name"] == "new"
        assert found["next"] == {"key": "add", "values": {}}
        assert found["seconds"] == {"in": 0, "written": 0, "checked": 0}
        assert (found["demo"], found["recordings"], found["rounds"]) == (False, 0, [])
        changed = client.post("/api/project", json={"name": " Tales ", "language": "Korean"}).json()
        assert (changed["name"], changed["language"]) == ("Tales", "ko")
        assert client.post("/api/project", json={"language": ""}).json()["language"] is None
        assert client.post("/api/project", json={"name": "  "}).status_code == 400
        assert client.post("/api/project", json={"language": "Klingonese"}).status_code == 400
        assert client.post("/api/project", content=b"[1]").status_code == 400
    with opened(tmp_path / "new") as (client, _):
        assert client.get("/api/project").json()["name"] == "Tales"


def test_recordings_and_segments_are_listed(tmp_path: Path) -> None:
    with opened(talk(tmp_path)) as (client, _):
        (found,) = client.get("/api/recordings").json()
        assert found == client.get(ONE).json()
        expected = {
            "id": "0001",
            "name": "talk",
            "samples": 48_000,
            "person": None,
            "media": str(tmp_path / "talk.wav"),
            "outside": False,
            "missing": False,
            "changed": False,
            "rev": 1,
            "segments": 3,
            "states": {"open": 0, "written": 3, "checked": 0, "aside": 0},
            "seconds": {"in": 3.0, "written": 4.0, "checked": 0},
            "doubt": None,
        }
        assert found == expected
        all_of_it = client.get(f"{ONE}/segments").json()
        assert [one["text"] for one in all_of_it["segments"]] == ["Eins, zwei.", "ja!", "drei <&>"]
        part = client.get(f"{ONE}/segments?from=24000&to=32000").json()["segments"]
        assert [one["text"] for one in part] == ["ja!"]
        assert client.get(f"{ONE}/segments?from=-1").status_code == 400
        assert client.get("/api/recordings/0002").status_code == 404
        assert client.get("/api/recordings/..%2F0001").status_code == 404
        assert client.get("/api/project").json()["next"]["key"] == "write"
        assert client.get("/api/changes").json() == {
            "rev": 1,
            "recordings": {"0001": 1},
            "jobs": {},
        }


def test_edits_conflicts_and_undo(tmp_path: Path) -> None:
    with opened(talk(tmp_path)) as (client, project):
        one = segment(client, "0001")
        said = edited(client, "0001", "accept", one, text="Eins! Zwei!", state="checked")
        assert said.json() == {"rev": 2}
        again = edited(client, "0001", "accept", one, text="Eins! Zwei!", state="checked")
        assert again.json() == {"rev": 2}
        other_tab = edited(client, "0001", "text", one, text="Other.")
        assert other_tab.status_code == 409
        answer = other_tab.json()
        assert answer["code"] == "conflict"
        standing = {**one, "text": "Eins! Zwei!", "state": "checked"}
        assert answer["values"] == {"rev": 2, "segments": [standing]}
        assert client.get(ONE).json()["seconds"]["checked"] == 1.5
        undone = client.post(f"{ONE}/undo", json={"id": "u1"}).json()
        expected = {"rev": 3, "of": 2, "op": "undo", "before": [standing], "after": [one]}
        assert undone == expected
        assert client.post(f"{ONE}/undo", json={"id": "u1"}).json() == undone
        nothing = client.post(f"{ONE}/undo", json={"id": "u2"})
        assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing")
        assert client.post(f"{ONE}/redo", json={"id": "r1"}).json()["after"] == [standing]
        assert client.get("/api/changes").json()["recordings"] == {"0001": 4}
        assert project.recording("0001").journal.rev == 4


@pytest.mark.parametrize(
    "change",
    [
        {"start": -1},
        {"end": 48_001},
        {"end": 0},
        {"text": "x" * 10_001},
        {"text": "\ud800"},
        {"state": "gone"},
        {"person": "../A"},
        {"person": "A09"},
        {"id": ""},
        {"more": 1},
    ],
)
def test_what_is_no_edit_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with opened(talk(tmp_path)) as (client, project):
        assert edited(client, "0001", "text", segment(client, "0001"), **change).status_code == 400
        assert project.recording("0001").journal.rev == 1
        for body in ({}, {"id": "x", "op": "import", "before": [], "after": []}, {"before": 1}):
            assert client.post(f"{ONE}/edits", json=body).status_code == 400


def test_drafts_are_told_by_the_middles_of_words(tmp_path: Path) -> None:
    with opened(talk(tmp_path)) as (client, project):
        assert client.get(f"{ONE}/draft").json() == {"model": None, "words": []}
        words = [("eins", 0, 600, 0.9), ("zwei", 700, 1500, 0.5), ("ja", 2900, 9999, 0.4)]
        keys = ("text", "start_ms", "end_ms", "confidence")
        line = {"words": [dict(zip(keys, word, strict=True)) for word in words]}
        save(project.folder, "0001", 3, line)
        found = client.get(f"{ONE}/draft").json()
        assert found["model"] == 3
        assert found["words"][1] == {
            "text": "zwei",
            "start": 11_200,
            "end": 24_000,
            "confidence": 0.5,
        }
        assert found["words"][2]["end"] == 48_000
        part = client.get(f"{ONE}/draft?from=4801&to=17601").json()["words"]
        assert [word["text"] for word in part] == ["zwei"]
        assert client.get(ONE).json()["doubt"] == pytest.approx(0.4)
        (project.folder / "recordings/0001/derived/draft.json").write_text('{"model": "x"}')
        assert client.get(f"{ONE}/draft").json()["model"] is None


def test_what_the_model_is_least_sure_of_is_next(tmp_path: Path) -> None:
    with opened(tmp_path / "project") as (client, project):
        spoken = [(1.0, 2.0), (4.0, 5.0), (7.0, 8.0), (10.0, 11.0)]
        added(project.folder, bursts(tmp_path / "talk.wav", *spoken, seconds=12))
        segments = client.get(f"{ONE}/segments").json()["segments"]
        assert len(segments) == 4
        words = [("sure", 1000, 0.9), ("so", 4000, 0.6), ("so", 4500, 0.2), ("un", 10_000, 0.3)]
        line = [
            {"text": text, "start_ms": at, "end_ms": at + 400, "confidence": confidence}
            for text, at, confidence in words
        ]
        save(project.folder, "0001", 0, {"words": line})
        found = client.get("/api/open").json()
        ids = [one["id"] for one in segments]
        assert [one["segment"] for one in found] == [ids[3], ids[1], ids[0], ids[2]]
        assert [one["doubt"] for one in found] == pytest.approx([0.7, 0.6, 0.1, None])
        edited(client, "0001", "accept", segments[3], text="un", state="checked")
        assert len(client.get("/api/open").json()) == 3


def test_findings_are_worked_off(tmp_path: Path) -> None:
    with opened(talk(tmp_path)) as (client, project):
        assert client.get("/api/findings").json() == []
        ids = [one["id"] for one in client.get(f"{ONE}/segments").json()["segments"]]
        for number in (1, 2, 3):
            (project.folder / f"rounds/{number:04}/dataset").mkdir(parents=True)
        place = project.folder / "rounds/0002"
        found = {
            "name": "digits",
            "severity": "error",
            "ids": [f"0001/{ids[0]}", f"0001/{ids[1]}", "0001", "Tier: 3", "0009/x"],
            "details": {f"0001/{ids[0]}": "'3' in it"},
        }
        (place / "dataset/preflight.json").write_text(json.dumps({"findings": [found]}))
        clip = {"id": f"0001/{ids[2]}", "said": "drei", "heard": ""}
        (place / "dataset/suspects.json").write_text(json.dumps({"clips": [clip]}))
        (place / "round.json").write_text('{"made": "2999-01-01T00:00:00Z"}')

        def told() -> list[tuple[str, str, str]]:
            keys = ("finding", "segment", "detail")
            found = client.get("/api/findings").json()
            return [tuple(one[key] for key in keys) for one in found]

        suspect = ("suspect", ids[2], "'drei', heard 'nothing'")
        first, second = ("digits", ids[0], "'3' in it"), ("digits", ids[1], "")
        assert told() == [suspect, first, second, ("digits", None, "")]
        values = [one["values"] for one in client.get("/api/findings").json()]
        assert values == [{"said": "drei", "heard": ""}, {}, {}, {}]
        edited(client, "0001", "aside", segment(client, "0001", 1), state="aside")
        assert told() == [suspect, first, ("digits", None, "")]
        (place / "round.json").write_text('{"made": "2026-01-01T00:00:00Z"}')
        journal = project.folder / "recordings/0001/edits.jsonl"
        lines = journal.read_text().splitlines()
        early = json.dumps({**json.loads(lines[0]), "time": "2025-12-31T23:59:59Z"})
        journal.write_text("\n".join([early, *lines[1:]]) + "\n")
        edited(client, "0001", "text", segment(client, "0001", 0), text="drei mal")
        assert told() == [suspect, ("digits", None, "")]


def test_what_is_written_is_exported_without_what_is_aside(tmp_path: Path) -> None:
    with opened(talk(tmp_path)) as (client, _):
        edited(client, "0001", "aside", segment(client, "0001", 1), state="aside")
        answer = client.get(f"{ONE}/export?format=eaf")
        assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''talk.eaf"
        (tmp_path / "out.eaf").write_bytes(answer.content)
        (tier,) = read_elan(tmp_path / "out.eaf").tiers
        assert [(one.start, one.end, one.text) for one in tier.annotations] == [
            (0.0, 1.5, "Eins, zwei."),
            (2.0, 3.0, "drei <&>"),
        ]
        for form, ending in (("textgrid", "TextGrid"), ("srt", "srt"), ("vtt", "vtt")):
            path = tmp_path / f"out.{ending}"
            path.write_bytes(client.get(f"{ONE}/export?format={form}").content)
            (back,) = read_annotations(path, TextFiles())
            texts = " ".join(one.text for tier in back.tiers for one in tier.annotations)
            assert texts.split() == ["Eins,", "zwei.", "drei", "<&>"]
        assert client.get(f"{ONE}/export?format=text").text == "Eins, zwei.\ndrei <&>\n"
        stm = client.get(f"{ONE}/export?format=stm").text.splitlines()
        assert stm[1] == "talk 1 talk_1 2.000 3.000 <o,f0,unknown> drei <&>"
        assert client.get(f"{ONE}/export?format=exe").status_code == 400


def test_a_tier_for_each_person_and_no_overlap_for_praat(tmp_path: Path) -> None:
    with opened(talk(tmp_path)) as (client, _):
        for name in ("Ana", "Ben"):
            client.post("/api/people", json={"name": name})
        edited(client, "0001", "person", segment(client, "0001", 1), person="A02")
        assert client.post(ONE, json={"person": "A01"}).json()["person"] == "A01"
        path = tmp_path / "out.eaf"
        path.write_bytes(client.get(f"{ONE}/export?format=eaf").content)
        tiers = {tier.name: len(tier.annotations) for tier in read_elan(path).tiers}
        assert tiers == {"A01": 2, "A02": 1}
        edited(client, "0001", "person", segment(client, "0001", 1), person=None)
        path = tmp_path / "out.TextGrid"
        path.write_bytes(client.get(f"{ONE}/export?format=textgrid").content)
        (back,) = read_annotations(path, TextFiles())
        spans = [(one.start, one.end) for one in back.tiers[0].annotations]
        assert spans == [(0.0, 1.5), (1.5, 2.5), (2.5, 3.0)]


def test_annotations_that_were_changed_since_are_noticed(tmp_path: Path) -> None:
    with opened(talk(tmp_path)) as (client, _):
        assert client.get(ONE).json()["changed"] is False
        simple_eaf(tmp_path / "talk.eaf", {**SAID, "A": [(0, 1500, "changed in ELAN")]})
        assert client.get(ONE).json()["changed"] is True


def test_folders_are_listed_by_names(tmp_path: Path) -> None:
    for name in ("b.WAV", "a.mp3", "notes.txt", ".hidden.wav", "app.apk"):
        (tmp_path / "x" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "x" / name).write_text("no label")
    (tmp_path / "x/labels.txt").write_text("0.0\t1.5\tone\n")
    (tmp_path / "x/talk.eaf").touch()
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/x/\xff.wav")).touch()
    (tmp_path / "x/sub").mkdir()
    with opened(tmp_path / "project") as (client, _):
        found = client.get(f"/api/folders?path={tmp_path}/x").json()
        assert {".wav", ".eaf", ".mp4"} < set(found.pop("endings"))
        assert found == {
            "path": f"{tmp_path}/x",
            "parent": str(tmp_path),
            "folders": ["sub"],
            "recordings": ["a.mp3", "b.WAV"],
            "annotations": ["labels.txt", "talk.eaf"],
            "apps": ["app.apk"],
        }
        assert client.get("/api/folders").json()["path"] == str(Path.home())
        assert client.get("/api/folders?path=/").json()["parent"] is None
        for path in ("relative", f"{tmp_path}/none", f"{tmp_path}/x/talk.eaf"):
            assert client.get(f"/api/folders?path={path}").status_code == 400


def test_dropped_files_are_kept_and_none_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path / "project") as (client, project):
        for expected in ("talk.wav", "talk-2.wav", "talk-3.wav"):
            kept = client.put("/api/media/talk.wav", content=expected.encode()).json()
            assert kept == {"path": f"media/{expected}", "bytes": len(expected)}
            assert (project.folder / "media" / expected).read_text() == expected
        for name in (
            "..",
            "%2e%2e%2fx",
            "a%2f%2e%2e%2fb",
            "a%2f",
            "%2fa",
            "talk.wav%2fb",
            ".x",
            "a%00",
            "x%0ay",
            "a%5cb",
            "x" * 250,
            "c:x",
        ):
            answer = client.put(f"/api/media/{name}", content=b"x")
            assert answer.status_code in {400, 404, 405}, name
        monkeypatch.setattr(places, "LARGEST", 10)
        large = client.put("/api/media/large.wav", content=b"x" * 11)
        assert (large.status_code, large.json()["code"]) == (413, "too-long")
        there = sorted(path.name for path in (project.folder / "media").iterdir())
        assert there == ["talk-2.wav", "talk-3.wav", "talk.wav"]


def test_a_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    with opened(talk(tmp_path)) as (client, project):
        size = (project.folder / "recordings/0001/edits.jsonl").stat().st_size
        one = segment(client, "0001")
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, limits[1]))
        try:
            full = edited(client, "0001", "text", one, text="Eins!")
            dropped = client.put("/api/media/large.wav", content=b"x" * (size + 11))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert (full.status_code, full.json()["code"]) == (507, "full")
        assert (dropped.status_code, dropped.json()["code"]) == (507, "full")
        assert not list((project.folder / "media").iterdir())
        assert edited(client, "0001", "text", one, text="Eins!").json() == {"rev": 2}


def test_three_hours_are_read_at_their_place(tmp_path: Path) -> None:
    """What is read of the derived files is counted: a tile and a slice, however long they are."""
    folder = talk(tmp_path)
    samples = 3 * 3600 * 16_000
    with opened(folder) as (client, project):
        place = folder / "recordings/0001"
        source = place / "source.json"
        source.write_text(source.read_text().replace('"samples": 48000', f'"samples": {samples}'))
        pairs = 675_000 + 168_750 + 42_188 + 10_547 + 2_637 + 660
        for name, size in (("samples.s16", 2 * samples), ("peaks.bin", 2 * pairs)):
            with (place / "derived" / name).open("r+b") as file:
                file.truncate(size)  # sparse: nothing is written
        before = read_bytes_of_this_process()
        assert len(client.get(f"{ONE}/peaks/0/600").content) == 2048
        wav = client.get(f"{ONE}/audio?from={samples - 16000}&to={samples}").content
        assert struct.unpack("<I", wav[40:44]) == (32_000,)
        assert client.get(f"{ONE}/peaks/5/0").status_code == 200
        assert read_bytes_of_this_process() - before < 4 << 20
        assert project.recording("0001").seconds == 10_800


def read_bytes_of_this_process() -> int:
    """Return how many bytes this process has asked the kernel for, from caches too."""
    io = Path("/proc/self/io")
    if not io.is_file() or not os.access(io, os.R_OK):
        pytest.skip("this system doesn't count what a process reads")
    return int(dict(line.split(": ") for line in io.read_text().splitlines())["rchar"])


@pytest.mark.parametrize(
    "name",
    [
        "studio.json",
        "names.json",
        "prompts.json",
        "recordings/0001/source.json",
        "recordings/0001/edits.jsonl",
        "recordings/0001/derived/draft.json",
        "recordings/0001/derived/samples.s16",
    ],
)
def test_a_pipe_in_the_place_of_a_file_isnt_waited_for(tmp_path: Path, name: str) -> None:
    with opened(talk(tmp_path)) as (client, project):
        path = project.folder / name
        path.unlink(missing_ok=True)
        os.mkfifo(path)
        for place in ("/api/project", ONE, f"{ONE}/draft", f"{ONE}/audio", "/api/prompts"):
            assert client.get(place).status_code in {200, 400, 404}
        assert client.get("/api/people").status_code in {200, 400}


def test_sound_is_told_as_wav(tmp_path: Path) -> None:
    with opened(talk(tmp_path)) as (client, _):
        answer = client.get(f"{ONE}/audio?from=1600&to=3200")
        assert answer.headers["content-type"] == "audio/wav"
        (tmp_path / "out.wav").write_bytes(answer.content)
        assert soundfile.info(tmp_path / "out.wav").frames == 1600
        for query in ("from=x", "from=0&to=0", "from=99999", "from=5&to=4", "from=-1"):
            assert client.get(f"{ONE}/audio?{query}").status_code == 400
