"""An ELAN file that was changed since it was added: what is different, and what is taken of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from annotation_files import simple_eaf
from malgwi.corpus.edits import Segment
from malgwi.studio.merging import Difference, compared
from studios import added, bursts, edited, opened, segment

A = Segment("a", 0, 100, "one", state="written")
B = Segment("b", 200, 300, "two", state="written")
C = Segment("c", 400, 500, "three", state="written")
PLACE = "/api/recordings/0001/annotations"


def read(one: Segment, **changes: object) -> Segment:
    """A segment as it is read again: under another id."""
    return replace(one, id=f"n{one.id}", **changes)  # type: ignore[arg-type]


def test_what_stays_is_no_difference_whatever_was_done_here() -> None:
    here = [replace(A, text="One!", state="checked"), C]
    assert compared([A, B, C], [read(A), read(B), read(C)], here) == []


def test_each_kind_of_change() -> None:
    new = Segment("n", 600, 700, "four", state="written")
    now = [read(A, text="One."), read(B, start=190), new]
    assert compared([A, B, C], now, [A, B, C]) == [
        Difference("text", (A,), (replace(A, text="One."),), touched=False),
        Difference("borders", (B,), (replace(B, start=190),), touched=False),
        Difference("gone", (C,), (), touched=False),
        Difference("new", (), (new,), touched=False),
    ]


def test_what_was_worked_on_here_is_touched() -> None:
    here = replace(A, text="Eins.", state="checked")
    (found,) = compared([A], [read(A, text="One.")], [here])
    assert found == Difference(
        "text", (here,), (replace(here, text="One.", state="written"),), touched=True
    )
    halves = [Segment("l", 0, 50, "o"), Segment("r", 50, 100, "ne")]
    (found,) = compared([A], [read(A, text="One.")], halves)
    assert (found.before, found.touched) == (tuple(halves), True)
    assert compared([A], [], [here])[0] == Difference("gone", (here,), (), touched=True)


def test_the_same_change_here_is_none() -> None:
    here = replace(A, text="One.", state="checked")
    assert compared([A], [read(A, text="One.")], [here]) == []
    assert compared([], [read(A)], [A]) == []
    assert compared([A], [], []) == []


def test_a_changed_file_is_shown_then_merged_as_chosen(tmp_path: Path) -> None:
    bursts(tmp_path / "talk.wav", (0.1, 1.4), seconds=4)
    said = [(0, 1000, "one"), (1000, 2000, "two"), (2000, 3000, "three")]
    eaf = simple_eaf(tmp_path / "talk.eaf", {"A": said, "B": [(0, 500, "not meant")]})
    with opened(tmp_path / "project") as (client, project):
        added(project.folder, eaf, tiers=("A",))
        assert client.get(PLACE).json()["differences"] == []
        edited(client, "0001", "text", segment(client, "0001", 1), text="Two!")
        changed = [(0, 1000, "One."), (1000, 2000, "zwei"), (3000, 3500, "four")]
        simple_eaf(eaf, {"A": changed, "B": [(0, 500, "not meant, changed")]})
        assert client.get("/api/recordings/0001").json()["changed"] is True
        shown = client.get(PLACE).json()
        kinds = [(one["kind"], one["touched"]) for one in shown["differences"]]
        assert kinds == [("text", False), ("text", True), ("gone", False), ("new", False)]
        assert shown["rev"] == 2
        body = {"id": "m1", "rev": 2, "sha256": shown["sha256"], "take": [0, 2, 3]}
        for wrong in ({"take": [4]}, {"take": [-1]}, {"take": "all"}, {"id": "?"}, {"rev": "2"}):
            assert client.post(PLACE, json={**body, **wrong}).status_code == 400
        assert client.post(PLACE, json={**body, "sha256": "0" * 64}).status_code == 409
        for _ in range(2):
            assert client.post(PLACE, json=body).json() == {"rev": 3}
        found = client.get("/api/recordings/0001/segments").json()["segments"]
        assert [one["text"] for one in found] == ["One.", "Two!", "four"]
        assert client.get("/api/recordings/0001").json()["changed"] is False
        # What wasn't taken is a difference still, once the file is looked at again.
        (left,) = client.get(PLACE).json()["differences"]
        assert left["after"][0]["text"] == "zwei"
        client.post("/api/recordings/0001/undo", json={"id": "u1"})
        found = client.get("/api/recordings/0001/segments").json()["segments"]
        assert [one["text"] for one in found] == ["one", "Two!", "three"]


def test_what_was_shown_before_an_edit_is_not_taken(tmp_path: Path) -> None:
    """The list is another one then: without its first difference, the second is the first."""
    bursts(tmp_path / "talk.wav", (0.1, 1.4), seconds=3)
    eaf = simple_eaf(tmp_path / "talk.eaf", {"A": [(0, 1000, "one"), (1000, 2000, "two")]})
    with opened(tmp_path / "project") as (client, project):
        added(project.folder, eaf)
        simple_eaf(eaf, {"A": [(0, 1000, "ONE"), (1000, 2000, "TWO")]})
        shown = client.get(PLACE).json()
        edited(client, "0001", "text", segment(client, "0001", 0), text="ONE")
        body = {"id": "m1", "rev": shown["rev"], "sha256": shown["sha256"], "take": [0]}
        answer = client.post(PLACE, json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert segment(client, "0001", 1)["text"] == "two"
        assert client.get("/api/recordings/0001").json()["changed"] is True
        anew = client.get(PLACE).json()
        assert [one["after"][0]["text"] for one in anew["differences"]] == ["TWO"]
        assert client.post(PLACE, json={**body, "rev": anew["rev"]}).status_code == 200
        assert segment(client, "0001", 1)["text"] == "TWO"


def test_without_annotations_there_is_nothing_to_merge(tmp_path: Path) -> None:
    with opened(tmp_path / "project") as (client, project):
        added(project.folder, bursts(tmp_path / "talk.wav", (0.1, 1.4), seconds=4))
        assert client.get(PLACE).status_code == 400


@pytest.mark.parametrize("gone", ["talk.eaf", "talk.wav"])
def test_what_isnt_there_any_more_is_named(tmp_path: Path, gone: str) -> None:
    bursts(tmp_path / "talk.wav", (0.1, 1.4), seconds=4)
    eaf = simple_eaf(tmp_path / "talk.eaf", {"A": [(0, 1000, "one")]})
    with opened(tmp_path / "project") as (client, project):
        added(project.folder, eaf)
        (tmp_path / gone).unlink()
        answer = client.get(PLACE)
        assert answer.status_code in {400, 409}
        assert gone in answer.json()["error"]
