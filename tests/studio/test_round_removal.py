"""Rounds are deleted: not while they are used, and not unknowingly; what they heard stays known."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from malgwi.corpus.studio import Person
from malgwi.studio import round_api
from malgwi.studio.jobs import Jobs, claim_number
from malgwi.studio.project import open_project
from malgwi.studio.round_removal import finish_removals
from malgwi.studio.rounds import ROUND
from malgwi.studio.server import application, project_routes
from studios import added, bursts, round_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "project"


@pytest.fixture
def page(folder: Path) -> Iterator[TestClient]:
    """A project with a recording of A02, and three rounds: 1 ─▶ 2, and 3 by itself."""
    with open_project(folder) as project:
        for name in ("Ana", "Ben"):
            project.put_person(None, name, Person(train=True))
        added(folder, bursts(folder / "media/ben.wav", (0.1, 1.1), seconds=2), person="A02")
        round_of(folder, 1, "starter", "A01", "A02")
        round_of(folder, 2, 1, "A02")
        round_of(folder, 3, "starter", "A02")
        yield TestClient(application(project_routes(project)))


def deleted(page: TestClient, number: int, **body: object) -> tuple[int, dict[str, object]]:
    answer = page.request("DELETE", f"/api/rounds/{number}", json={"confirm": number, **body})
    return answer.status_code, answer.json()


def numbers(page: TestClient) -> list[int]:
    return [one["number"] for one in page.get("/api/rounds").json()]


def test_a_round_goes_and_its_number_journals_and_followers_stay(
    page: TestClient, folder: Path
) -> None:
    journal = folder / "recordings/0001/edits.jsonl"
    before = journal.read_bytes()
    (folder / "rounds/0001/run").mkdir()
    (folder / "rounds/0001/run/weights.bin").write_bytes(b"1234567890")
    would = page.get("/api/rounds/1/removal").json()
    size = sum(one.stat().st_size for one in (folder / "rounds/0001").rglob("*") if one.is_file())
    assert would == {"bundle": "talk.malgwi", "bytes": size, "newest": 3, "stay": [2]}
    assert deleted(page, 1) == (200, would)
    assert [path.name for path in (folder / "rounds/0001").iterdir()] == [ROUND]
    assert numbers(page) == [2, 3]
    assert page.get("/api/rounds/1/mistakes").status_code == 404
    assert page.get("/api/rounds/1/removal").json()["error"] == "round 1: was deleted"
    assert deleted(page, 1)[0] == 404
    assert journal.read_bytes() == before
    assert deleted(page, 3, knowingly=True)[0] == 200
    assert claim_number(folder / "rounds") == "0004"


def test_the_newest_model_and_what_it_comes_from_go_knowingly_only(
    page: TestClient, folder: Path
) -> None:
    (folder / "rounds/0003/talk.malgwi").unlink()  # it was stopped: the newest model is round 2
    for number in (1, 2):
        status, answer = deleted(page, number)
        assert (status, answer["code"], answer["values"]) == (409, "newest", {"newest": 2})
    assert numbers(page) == [1, 2, 3]
    assert deleted(page, 3)[0] == 200
    assert deleted(page, 1, knowingly=True)[0] == 200
    assert numbers(page) == [2]


def test_no_round_goes_that_is_used_or_not_confirmed(
    page: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wrong in (None, 2, "1", True):
        assert deleted(page, 1, confirm=wrong)[0] == 400
    monkeypatch.setattr(round_api, "address_for_phones", lambda: "127.0.0.1")
    assert page.post("/api/share", json={"round": 1}).status_code == 200
    assert deleted(page, 1)[1]["code"] == "shared"
    page.delete("/api/share")
    with monkeypatch.context() as running:
        running.setattr(Jobs, "states", lambda _: {"0007": "running"})
        assert deleted(page, 1)[1]["code"] == "busy"
    assert numbers(page) == [1, 2, 3]
    assert (folder / "rounds/0001/talk.malgwi").is_file()


def test_who_leaves_takes_along_what_comes_from_a_deleted_round(
    page: TestClient, folder: Path
) -> None:
    assert deleted(page, 1)[0] == 200
    gone = page.request("DELETE", "/api/people/A01", json={"confirm": "A01"}).json()
    assert gone["removed"]["rounds"] == ["0002"]
    assert gone["bundles"] == ["rounds/0001/talk.malgwi", "rounds/0002/talk.malgwi"]
    assert [path.name for path in (folder / "rounds").iterdir()] == ["0003"]


def test_what_a_killed_server_left_of_a_deleted_round_goes(page: TestClient, folder: Path) -> None:
    assert deleted(page, 1)[0] == 200
    (folder / "rounds/0001/run").mkdir()
    (folder / "rounds/0001/run/weights.bin").touch()
    finish_removals(folder)
    assert [path.name for path in (folder / "rounds/0001").iterdir()] == [ROUND]
    assert (folder / "rounds/0002/talk.malgwi").is_file()
    about = json.loads((folder / "rounds/0001" / ROUND).read_text())
    assert about["heard"] == [["A01", "0009"], ["A02", "0009"]]
