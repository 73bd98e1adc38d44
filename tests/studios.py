"""Projects of Studio, made in a test's folder, and their routes asked without a server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from starlette.testclient import TestClient

from annotation_files import simple_eaf
from malgwi.studio.adding import add
from malgwi.studio.desk_api import routes
from malgwi.studio.jobs import Jobs
from malgwi.studio.project import Project, open_project
from malgwi.studio.server import application

RATE = 16_000
ONE = "/api/recordings/0001"
SAID = {"A": [(0, 1500, "Eins, zwei."), (2000, 3000, "drei <&>")], "B": [(1000, 2500, "ja!")]}


@contextmanager
def opened(folder: Path) -> Iterator[tuple[TestClient, Project]]:
    """Yield what asks a project, as its server would answer but without its guard."""
    with open_project(folder) as project:
        jobs = Jobs(folder)
        yield TestClient(application(routes(project, jobs))), project


def bursts(path: Path, *spoken: tuple[float, float], seconds: float, rate: int = RATE) -> Path:
    """Write a recording with a tone between each two seconds, and silence else."""
    samples = np.zeros(round(seconds * rate), np.float32)
    for start, end in spoken:
        first, last = round(start * rate), round(end * rate)
        samples[first:last] = 0.3 * np.sin(2 * np.pi * 440 * np.arange(last - first) / rate)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate)
    return path


def added(
    folder: Path, *paths: Path, tiers: tuple[str, ...] = (), person: str | None = None
) -> None:
    """Add files to a project as a job does."""
    add(folder, [str(path) for path in paths], tiers, person)


def round_of(folder: Path, number: int, start: object, *speakers: str) -> Path:
    """A round as rounds.py writes it, as far as deleting looks at it."""
    place = folder / f"rounds/{number:04}"
    (place / "dataset").mkdir(parents=True)
    rows = [{"id": f"x/{who}", "speaker": who, "recording": "0009"} for who in speakers]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (place / "dataset/manifest.jsonl").write_text(lines)
    (place / "round.json").write_text(json.dumps({"number": number, "start": start}))
    (place / "talk.malgwi").touch()
    return place


def segment(client: TestClient, recording: str, at: int = 0) -> dict[str, Any]:
    """Return a segment that stands."""
    found: dict[str, Any] = client.get(f"/api/recordings/{recording}/segments").json()
    return dict(found["segments"][at])


def edited(client: TestClient, recording: str, op: str, one: dict[str, Any], **changes: Any) -> Any:
    """Change a segment, and return the answer."""
    body = {"id": f"{op}-{one['id']}-{len(str(changes))}", "op": op, "before": [one]}
    content = json.dumps({**body, "after": [{**one, **changes}]})
    return client.post(f"/api/recordings/{recording}/edits", content=content)


def talk(tmp_path: Path, tiers: tuple[str, ...] = ("A", "B")) -> Path:
    """A project of one recording of 3 s with three segments."""
    bursts(tmp_path / "talk.wav", (0.1, 1.4), seconds=3)
    eaf = simple_eaf(tmp_path / "talk.eaf", SAID)
    with opened(tmp_path / "project") as (_, project):
        added(project.folder, eaf, tiers=tiers)
    return tmp_path / "project"
