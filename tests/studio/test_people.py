"""People, what they read aloud, and how they leave."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from annotation_files import simple_eaf
from malgwi.studio.jobs import Jobs
from malgwi.studio.takes import Prompt, rare_first, sentences
from studios import added, bursts, edited, opened, round_of, segment

ASKED = {"name": "Ana", "train": True, "share": None, "held_out": False}


def test_codes_are_made_and_consents_kept(tmp_path: Path) -> None:
    with opened(tmp_path / "project") as (client, _):
        first = client.post("/api/people", json=ASKED).json()
        assert first == {"code": "A01", **ASKED, "recordings": 0, "seconds": 0}
        assert client.post("/api/people", json={"name": ""}).json()["code"] == "A02"
        changed = {**ASKED, "code": "A01", "share": False, "held_out": True, "name": "Ana B."}
        assert client.post("/api/people", json=changed).json()["name"] == "Ana B."
        found = client.get("/api/people").json()
        assert [(one["code"], one["share"], one["held_out"]) for one in found] == [
            ("A01", False, True),
            ("A02", None, False),
        ]
        for wrong in ({"train": "yes"}, {"held_out": None}, {"code": "../x"}, {"name": None}):
            assert client.post("/api/people", json={**ASKED, **wrong}).status_code == 400
    studio = json.loads((tmp_path / "project/studio.json").read_text())
    assert studio["people"]["A01"] == {"train": True, "share": False, "held_out": True}


def test_lines_are_sentences_and_long_ones_are_divided() -> None:
    assert sentences(" one  two \n\n안녕하세요. 네!\n") == ["one two", "안녕하세요. 네!"]
    long = " ".join(f"This is sentence number {number}." for number in range(20))
    assert sentences(long)[1] == "This is sentence number 1."
    assert len(sentences(long)) == 20


def test_rare_letters_come_first() -> None:
    texts = ["aaa bb", "ab a", "quiz", "abc", "가나", "각"]
    found = rare_first([Prompt(id=str(i), text=text) for i, text in enumerate(texts)])
    # u, q, i, z are once there; 각 has one jamo more that is (ᆨ), 가나 two (ᄂ, and ᅡ shared).
    assert [one["text"] for one in found][:1] == ["quiz"]
    assert [one["text"] for one in found][-2:] == ["aaa bb", "ab a"]


def take(tmp_path: Path, seconds: float = 2.0, rate: int = 48_000) -> bytes:
    path = bursts(tmp_path / "spoken.wav", (0.2, seconds - 0.2), seconds=seconds, rate=rate)
    samples, _ = soundfile.read(path, dtype="int16")
    return bytes(samples.astype("<i2").tobytes())


def test_a_take_becomes_a_recording_and_twice_does_no_harm(tmp_path: Path) -> None:
    spoken = take(tmp_path)
    with opened(tmp_path / "project") as (client, project):
        client.post("/api/people", json=ASKED)
        prompts = client.post("/api/prompts", json={"text": "one two three\nsix\n"}).json()
        assert client.post("/api/prompts", json={"text": "six"}).json() == prompts
        prompt = next(one for one in prompts if one["text"] == "one two three")
        begin = {"prompt": prompt["id"], "person": "A01", "rate": 48_000}
        name = client.post("/api/takes", json=begin).json()["id"]
        place = f"/api/takes/{name}"
        second = 96_000
        assert client.post(f"{place}?at=0", content=spoken[:second]).json() == {"samples": 48_000}
        gap = client.post(f"{place}?at=50000", content=spoken[:10])
        assert (gap.status_code, gap.json()["values"]) == (409, {"samples": 48_000})
        for _ in range(2):
            answer = client.post(f"{place}?at=48000", content=spoken[second:])
            assert answer.json() == {"samples": 96_000}
        assert client.post(f"{place}?at=0", content=spoken[:second]).json() == {"samples": 96_000}
        assert client.post(f"{place}?at=0", content=b"odd").status_code == 400
        for _ in range(2):
            ended = client.post(f"{place}/end", json={"text": "one two tree"}).json()
            assert ended == {"recording": "0001"}
        (one,) = project.recording("0001").journal.segments()[1]
        assert (one.start, one.end, one.text, one.state) == (0, 32_000, "one two tree", "checked")
        source = project.recording("0001").source
        assert (source.person, source.prompt) == ("A01", prompt["id"])
        assert source.media.path == f"media/take-{name}.wav"
        kept, rate = soundfile.read(project.folder / source.media.path, dtype="int16")
        assert rate == 48_000
        assert np.array_equal(kept, np.frombuffer(spoken, "<i2"))
        done = {one["text"]: one["done"] for one in client.get("/api/prompts").json()}
        assert done == {"one two three": True, "six": False}


def test_two_takes_that_sound_the_same_are_two_recordings(tmp_path: Path) -> None:
    spoken = take(tmp_path)
    with opened(tmp_path / "project") as (client, project):
        prompts = client.post("/api/prompts", json={"text": "one\nsix"}).json()
        ended = []
        for prompt in prompts:
            begin = {"prompt": prompt["id"], "person": None, "rate": 48_000}
            name = client.post("/api/takes", json=begin).json()["id"]
            client.post(f"/api/takes/{name}?at=0", content=spoken)
            ended.append(client.post(f"/api/takes/{name}/end", json={}).json()["recording"])
        assert ended == ["0001", "0002"]
        texts = [project.recording(one).journal.segments()[1][0].text for one in ended]
        assert texts == [one["text"] for one in prompts]
        assert all(one["done"] for one in client.get("/api/prompts").json())


@pytest.mark.parametrize("made", [True, False], ids=["recording there", "only its sound"])
def test_a_take_whose_end_was_cut_off_is_ended_again(tmp_path: Path, made: bool) -> None:
    spoken = take(tmp_path)
    with opened(tmp_path / "project") as (client, project):
        (prompt,) = client.post("/api/prompts", json={"text": "one"}).json()
        begin = {"prompt": prompt["id"], "person": None, "rate": 48_000}
        name = client.post("/api/takes", json=begin).json()["id"]
        client.post(f"/api/takes/{name}?at=0", content=spoken)
        about = (project.folder / f"takes/{name}.json").read_bytes()
        client.post(f"/api/takes/{name}/end", json={})
        (project.folder / f"takes/{name}.json").write_bytes(about)
        (project.folder / f"takes/{name}.s16").write_bytes(spoken)
        if not made:
            shutil.rmtree(project.folder / "recordings/0001")
        again = client.post(f"/api/takes/{name}/end", json={})
        assert again.json() == {"recording": "0001"}, again.text
        (one,) = project.recordings()
        assert (one.source.prompt, one.journal.segments()[1][0].text) == (prompt["id"], "one")


def test_what_is_no_take_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "project") as (client, project):
        (prompt,) = client.post("/api/prompts", json={"text": "one"}).json()
        begin = {"prompt": prompt["id"], "person": None, "rate": 48_000}
        wrong = ({"prompt": "x"}, {"person": "A09"}, {"rate": 12}, {"rate": "48000"})
        for change in wrong:
            answer = client.post("/api/takes", json={**begin, **change})
            assert answer.status_code in {400, 404}
        name = client.post("/api/takes", json=begin).json()["id"]
        assert client.post("/api/takes/..x?at=0", content=b"xx").status_code == 404
        assert client.post(f"/api/takes/{'0' * 16}?at=0", content=b"xx").status_code == 404
        assert client.post(f"/api/takes/{name}/end", json={}).status_code == 400, "nothing in it"
        assert not list((project.folder / "media").iterdir())
        assert not list((project.folder / "recordings").iterdir())
        assert client.post("/api/prompts", json={"text": " \n"}).status_code == 400


def test_a_person_leaves_with_the_annotations_that_name_them(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    with opened(folder) as (client, _):
        wav = bursts(folder / "media/day 1/talk.wav", (0.1, 1.0), seconds=2)
        eaf = simple_eaf(wav.with_suffix(".eaf"), {"A": [(0, 900, "mine")]}, PARTICIPANT="Ana")
        added(folder, wav.parent)
        far = bursts(tmp_path / "far.wav", (0.1, 1.5), seconds=2)
        lab = simple_eaf(far.with_suffix(".eaf"), {"A": [(0, 900, "too")]}, PARTICIPANT="Ana")
        added(folder, lab)
        gone = client.request("DELETE", "/api/people/A01", json={"confirm": "A01"}).json()
        assert gone["removed"]["media"] == ["talk.wav", "talk.eaf"]
        assert gone["outside"] == [str(far), str(lab)]
        assert not eaf.parent.exists()
        assert not list((folder / "media").iterdir())
        assert lab.exists()


def test_a_person_leaves_with_all_that_holds_the_voice(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    with opened(folder) as (client, project):
        for name in ("Ana", "Ben"):
            client.post("/api/people", json={**ASKED, "name": name})
        for number, name in enumerate(("ana", "both", "ben")):
            path = bursts(folder / f"media/{name}.wav", (0.1, 1.0 + number / 10), seconds=2)
            added(folder, path, person="A01" if name == "ana" else "A02")
        far = bursts(tmp_path / "far.wav", (0.1, 1.5), seconds=2)
        added(folder, far, person="A01")
        edited(client, "0002", "person", segment(client, "0002"), person="A01")
        assert client.get("/api/people").json()[0]["recordings"] == 3
        client.request("DELETE", "/api/recordings/0004")
        round_of(folder, 1, "starter", "A02")
        round_of(folder, 2, "starter", "A01", "A02")
        round_of(folder, 3, 2, "A02")
        round_of(folder, 4, 1, "A02")
        (folder / "cache").mkdir()
        (folder / "cache/features.bin").write_bytes(b"x")
        (folder / "jobs/0001").mkdir()
        for name in ("job.json", "ended.json", "log.txt", "lock"):
            (folder / "jobs/0001" / name).write_text('{"state": "done"}')
        (prompt,) = client.post("/api/prompts", json={"text": "one"}).json()
        begin = {"prompt": prompt["id"], "person": "A01", "rate": 16_000}
        client.post("/api/takes", json=begin)

        expected = {
            "removed": {
                "recordings": ["0001", "0002", "0004"],
                "media": ["ana.wav", "both.wav"],
                "rounds": ["0002", "0003"],
            },
            "outside": [str(far)],
            "bundles": ["rounds/0002/talk.malgwi", "rounds/0003/talk.malgwi"],
        }
        assert client.get("/api/people/A01/removal").json() == expected
        assert (
            client.request("DELETE", "/api/people/A01", json={"confirm": "a01"}).status_code == 400
        )
        assert (
            client.request("DELETE", "/api/people/A09", json={"confirm": "A09"}).status_code == 404
        )
        assert len(client.get("/api/recordings").json()) == 3
        gone = client.request("DELETE", "/api/people/A01", json={"confirm": "A01"})
        assert gone.json() == expected

        assert [one["id"] for one in client.get("/api/recordings").json()] == ["0003"]
        assert [path.name for path in sorted((folder / "media").iterdir())] == ["ben.wav"]
        assert [path.name for path in sorted((folder / "rounds").iterdir())] == ["0001", "0004"]
        assert not list((folder / "cache").iterdir())
        assert not list((folder / "takes").iterdir())
        kept = sorted(path.name for path in (folder / "jobs/0001").iterdir())
        assert kept == ["ended.json", "job.json", "lock"]
        assert not [path for path in (folder / "removed").rglob("*") if path.is_file()]
        everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        assert b"Ana" not in everything
        assert b"A01" not in everything
        assert far.is_file()
        assert [one["code"] for one in client.get("/api/people").json()] == ["A02"]
        added(folder, bursts(tmp_path / "new.wav", (0.1, 1.9), seconds=2))
        assert project.recordings()[-1].id == "0005"


def test_nobody_leaves_while_a_job_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Jobs, "states", lambda _: {"0007": "running"})
    with opened(tmp_path / "project") as (client, _):
        client.post("/api/people", json=ASKED)
        busy = client.request("DELETE", "/api/people/A01", json={"confirm": "A01"})
        assert (busy.status_code, busy.json()["values"]) == (409, {"job": "0007"})
        assert len(client.get("/api/people").json()) == 1
