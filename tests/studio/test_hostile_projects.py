"""Whatever a project's files hold, and whatever is asked, is answered in a line and with no 5xx."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from annotation_files import simple_eaf
from malgwi.corpus.edits import replayed
from malgwi.corpus.studio import read_source, read_studio
from malgwi.errors import MalgwiError
from studios import added, bursts, opened

ODD = ["a", "A01", "../x", "/etc/passwd", "\ud800", "\0", "", "x" * 5000, -1, 0, 1 << 70, 0.5]
ONES = st.sampled_from([None, True, False, float("nan"), float("inf"), *ODD])
VALUES = st.one_of(
    ONES,
    st.lists(ONES, max_size=2),
    st.dictionaries(st.sampled_from(["A01", "a", "path", "train", "held_out"]), ONES, max_size=2),
    st.dictionaries(st.sampled_from(["A01"]), st.fixed_dictionaries({"train": ONES})),
)
SEGMENT = {"id": "a", "start": 0, "end": 9, "text": "x", "person": None, "state": "open"}
ENTRY = {"rev": 1, "id": "i", "op": "import", "time": "t", "before": [], "after": [SEGMENT]}
STUDIO = {"format": 1, "name": "x", "language": "ko", "people": {}, "demo": False}
SOURCE = {
    "name": "x",
    "media": "media/x.wav",
    "sha256": "0" * 64,
    "samples": 9,
    "channel": None,
    "annotations": {"path": "x", "sha256": "0" * 64, "tiers": []},
    "person": None,
    "added": "",
    "prompt": None,
}
SEVERAL = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def changed(value: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of which one key has another value."""
    return st.builds(lambda key, odd: {**value, key: odd}, st.sampled_from(list(value)), VALUES)


@SEVERAL
@given(
    st.one_of(
        changed(ENTRY),
        changed(SEGMENT).map(lambda one: {**ENTRY, "after": [one]}),
        VALUES,
    ),
    st.binary(max_size=20),
)
@example(value={**ENTRY, "op": []}, tail=b"")
def test_no_journal_does_more_than_fail_in_a_line(tmp_path: Path, value: Any, tail: bytes) -> None:
    path = tmp_path / "edits.jsonl"
    path.write_bytes(json.dumps(value).encode() + b"\n" + tail)
    with suppress(MalgwiError):
        replayed(path, 1000)


@SEVERAL
@given(st.one_of(changed(STUDIO), changed(SOURCE), VALUES))
def test_no_source_does_more_than_fail_in_a_line(tmp_path: Path, value: Any) -> None:
    for path in (tmp_path / "studio.json", tmp_path / "recordings/0001/source.json"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
    with suppress(MalgwiError):
        read_studio(tmp_path)
    with suppress(MalgwiError):
        json.dumps(read_source(tmp_path, "0001").to_json()).encode()


ONE = "/api/recordings/0001"
BODIES: dict[str, dict[str, Any]] = {
    "/api/project": {"name": "x", "language": "ko"},
    "/api/tiers": {"paths": []},
    "/api/people": {"code": "A01", "name": "x", "train": None, "share": None, "held_out": False},
    "/api/prompts": {"text": "one"},
    "/api/takes": {"prompt": "x", "person": None, "rate": 16_000},
    "/api/takes/0000000000000000/end": {"text": "x"},
    ONE: {"name": "x", "person": None},
    f"{ONE}/media": {"path": "/x"},
    f"{ONE}/annotations": {"id": "x", "sha256": "0" * 64, "take": []},
    f"{ONE}/edits": {"id": "x", "op": "split", "before": [], "after": [SEGMENT]},
    f"{ONE}/undo": {"id": "x"},
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A project with a recording, annotations, a person and a sentence, to be asked."""
    folder = tmp_path_factory.mktemp("hostile")
    bursts(folder / "talk.wav", (0.1, 1.4), seconds=3)
    eaf = simple_eaf(folder / "talk.eaf", {"A": [(0, 1000, "one")]})
    with opened(folder / "project") as (client, project):
        added(project.folder, eaf)
        client.post("/api/people", json={"name": "Ana"})
        client.post("/api/prompts", json={"text": "one"})
        yield client


@SEVERAL
@given(
    st.sampled_from(list(BODIES)).flatmap(
        lambda route: st.tuples(st.just(route), st.one_of(changed(BODIES[route]), VALUES))
    )
)
def test_no_body_is_answered_with_a_failure_of_ours(
    asked: TestClient, request_: tuple[str, Any]
) -> None:
    route, body = request_
    answer = asked.post(route, content=json.dumps(body))
    assert answer.status_code < 500, answer.text
    assert answer.status_code == 200 or answer.json()["error"]


@SEVERAL
@given(
    st.sampled_from(["segments", "audio", "draft", "export", "peaks/0/0", "peaks/9/9"]),
    st.sampled_from(["from", "to", "format"]),
    st.sampled_from(["", "-1", "0", "٣", "1e3", "9" * 30, "x", "eaf", "../eaf", "\0"]),
)
def test_no_address_is_answered_with_a_failure_of_ours(
    asked: TestClient, what: str, key: str, value: str
) -> None:
    assert asked.get(f"{ONE}/{what}", params={key: value}).status_code < 500
