"""A project's folder: what is taken for one, what moved, was damaged, or leads elsewhere."""

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from malgwi.corpus.studio import Person
from malgwi.errors import MalgwiError
from malgwi.studio.link import running
from malgwi.studio.project import open_project
from studios import ONE, added, bursts, opened, talk


def test_a_recording_that_is_renamed_keeps_its_one_journal(tmp_path: Path) -> None:
    with opened(talk(tmp_path)) as (client, project):
        before = project.recording("0001")
        assert client.post(ONE, json={"name": "Talk of Ana"}).json()["name"] == "Talk of Ana"
        after = project.recording("0001")
        assert after is not before
        assert after.journal is before.journal
        assert client.post(ONE, json={"person": "A09"}).status_code == 400


def test_a_file_that_moved_is_found_again(tmp_path: Path) -> None:
    with opened(talk(tmp_path)) as (client, project):
        moved = tmp_path / "archive.wav"
        (tmp_path / "talk.wav").rename(moved)
        assert client.get(ONE).json()["missing"] is True
        assert client.get(f"{ONE}/audio?from=0&to=9").status_code == 200, "its decode is there"
        shutil.rmtree(project.folder / "recordings/0001/derived")
        gone = client.get(f"{ONE}/audio?from=0&to=9")
        assert (gone.status_code, gone.json()["code"]) == (409, "missing")
        other = bursts(tmp_path / "other.wav", (0, 1), seconds=3)
        assert client.post(f"{ONE}/media", json={"path": str(other)}).status_code == 400
        found = client.post(f"{ONE}/media", json={"path": str(moved)}).json()
        assert (found["missing"], found["media"]) == (False, str(moved))
        assert client.get(f"{ONE}/audio?from=0&to=9").status_code == 200


def test_a_file_that_is_found_in_the_project_moves_and_goes_with_it(tmp_path: Path) -> None:
    folder = talk(tmp_path)
    copied = folder / "media" / "copy.wav"
    (tmp_path / "talk.wav").rename(copied)
    with opened(folder) as (client, _):
        assert client.post(f"{ONE}/media", json={"path": str(copied)}).json()["media"] == (
            "media/copy.wav"
        )
    folder = folder.rename(tmp_path / "moved")
    with opened(folder) as (client, project):
        found = client.get(ONE).json()
        assert (found["outside"], found["missing"]) == (False, False)
        assert project.media("0001") == folder / "media" / "copy.wav"
        code = project.put_person(None, "Ana", Person())
        assert client.post(ONE, json={"person": code}).status_code == 200
        gone = client.get(f"/api/people/{code}/removal").json()
        assert gone["removed"]["media"] == ["copy.wav"]


def test_a_project_from_elsewhere_reads_nothing_that_wasnt_chosen_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = talk(tmp_path)
    shutil.rmtree(folder / "recordings/0001/derived")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another-machine"))
    with opened(folder) as (client, project):
        found = client.get(ONE).json()
        assert (found["outside"], found["missing"]) == (True, False)
        refused = client.get(f"{ONE}/audio?from=0&to=9")
        assert (refused.status_code, refused.json()["code"]) == (409, "outside")
        assert client.get(f"{ONE}/peaks/0/0").status_code == 409
        with pytest.raises(MalgwiError, match="nobody chose that on this machine"):
            project.check_media()
        client.post(f"{ONE}/media", json={"path": str(tmp_path / "talk.wav")})
        assert client.get(f"{ONE}/peaks/0/0").status_code == 200
        project.check_media()
        source = folder / "recordings/0001/source.json"
        source.write_text(source.read_text().replace(str(tmp_path / "talk.wav"), "../talk.wav"))
        assert client.get(ONE).json()["outside"] is True


def test_links_that_lead_out_are_refused(tmp_path: Path) -> None:
    folder = talk(tmp_path)
    journal = folder / "recordings/0001/edits.jsonl"
    (tmp_path / "elsewhere").write_bytes(journal.read_bytes())
    journal.unlink()
    journal.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MalgwiError, match="leads out of the project"), opened(folder):
        pass


@pytest.mark.parametrize("content", ['{"format": 2, "name": "x"}', '{"name": "x"}', "[]", "{", ""])
def test_another_format_is_refused_by_name(tmp_path: Path, content: str) -> None:
    folder = talk(tmp_path)
    (folder / "studio.json").write_text(content)
    with pytest.raises(MalgwiError, match=r"studio\.json"), opened(folder):
        pass


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    bursts(tmp_path / "mine/talk.wav", (0.1, 1.4), seconds=3)
    with pytest.raises(MalgwiError, match="holds other things"), opened(tmp_path / "mine"):
        pass
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["talk.wav"]


def test_a_recording_is_no_project(tmp_path: Path) -> None:
    recording = bursts(tmp_path / "talk.wav", (0.1, 1.4), seconds=3)
    assert running(recording) is None
    with pytest.raises(MalgwiError, match=r"talk\.wav: a file; expected"), opened(recording):
        pass


def test_one_server_a_project(tmp_path: Path) -> None:
    with open_project(tmp_path / "project"):
        code = (
            "import sys; from pathlib import Path\n"
            "from malgwi.studio.project import open_project\n"
            "from malgwi.errors import MalgwiError\n"
            "try:\n    open_project(Path(sys.argv[1])).__enter__()\n"
            "except MalgwiError as error:\n    print(error)\n"
        )
        words = [sys.executable, "-c", code, str(tmp_path / "project")]
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        assert said.startswith(f"{tmp_path / 'project'}: is open in another Malgwi Studio already")
    with open_project(tmp_path / "project"):
        pass


@pytest.mark.parametrize("name", ["source.json", "edits.jsonl"])
def test_a_damaged_recording_doesnt_hide_the_others(tmp_path: Path, name: str) -> None:
    folder = talk(tmp_path)
    with opened(folder) as (client, _):
        added(folder, bursts(tmp_path / "more.wav", (0.1, 1.0), seconds=2))
        (folder / "recordings/0001" / name).write_text("{}\n{}\n")
        assert [one["id"] for one in client.get("/api/recordings").json()] == ["0002"]
        assert client.get(f"{ONE}/segments").status_code == 400
        found = client.get("/api/project").json()
        assert (found["recordings"], list(found["damaged"])) == (1, ["0001"])
        assert name in found["damaged"]["0001"]
        assert list(client.get("/api/changes").json()["recordings"]) == ["0002"]


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    folder = talk(tmp_path)
    (folder / "media/whole.wav").write_bytes(b"x")
    for name in (".half.wav.part", "half.wav", ".whole.wav.part"):
        (folder / "media" / name).touch()
    with opened(folder):
        assert [path.name for path in (folder / "media").iterdir()] == ["whole.wav"]


def test_a_recording_is_taken_out_and_its_number_stays(tmp_path: Path) -> None:
    folder = talk(tmp_path)
    with opened(folder) as (client, _):
        assert client.request("DELETE", ONE).status_code == 200
        assert client.get("/api/recordings").json() == []
        assert (folder / "removed/0001/edits.jsonl").is_file()
        assert (tmp_path / "talk.wav").is_file()
        added(folder, tmp_path / "talk.wav")
        assert [one["id"] for one in client.get("/api/recordings").json()] == ["0002"]


def test_names_of_people_are_for_the_owner_alone(tmp_path: Path) -> None:
    with opened(tmp_path / "project") as (client, project):
        client.post("/api/people", json={"name": "Ana"})
        assert stat.S_IMODE((project.folder / "names.json").stat().st_mode) == 0o600
        assert "Ana" not in (project.folder / "studio.json").read_text()
