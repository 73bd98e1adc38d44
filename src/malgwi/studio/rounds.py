"""What a round made: read from what the commands wrote, nothing computed anew."""

import json
from pathlib import Path
from typing import Any

from malgwi.dataset.manifest import MANIFEST
from malgwi.evaluation.results import RESULTS, ROWS
from malgwi.studio.files import read_json
from malgwi.studio.jobs import FAILED, LOST, PROGRESS, RUNNING, STOPPED, Jobs
from malgwi.studio.refused import Refused
from malgwi.text_file import lines_of
from malgwi.training.config import TRAIN
from malgwi.training.log import METRICS, read_metrics

ROUND, DATASET, RUN, EVALUATION, PAGE, BUNDLE = (
    "round.json",
    "dataset",
    "run",
    "evaluation",
    "evaluation.html",
    ".malgwi",
)
DELETED = "deleted"
"""When a round was deleted, in its `round.json`, which is all that is left of it."""
STARTER = 0
"""The number of the model that comes with Malgwi, which is no round of the project."""
_STATES = {RUNNING: "training", STOPPED: "stopped", LOST: "stopped", FAILED: "failed"}
_MOST_MISTAKES = 500


def round_folder(project: Path, number: int) -> Path:
    """Return the folder of a round.

    Raises:
        Refused: there is none of that number.
    """
    folder = project / "rounds" / f"{number:04d}"
    if number < 1 or not (folder / ROUND).is_file():
        raise Refused(f"round {number}: there is none", 404, "absent")
    if is_deleted(folder):
        raise Refused(f"round {number}: was deleted", 404, "absent")
    return folder


def is_deleted(folder: Path) -> bool:
    """Say whether a round was deleted."""
    return DELETED in (read_json(folder / ROUND) or {})


def rounds(project: Path, jobs: Jobs) -> list[dict[str, Any]]:
    """Return what is known of each round, the first one first."""
    found = sorted((project / "rounds").glob(f"[0-9]*/{ROUND}"))
    return [_round(path.parent, jobs) for path in found if not is_deleted(path.parent)]


def model_of(project: Path, number: int) -> str:
    """Return what `malgwi transcribe` takes as the model of a round; 0 is the starter.

    Raises:
        Refused: the round hasn't learnt anything yet.
    """
    if number == STARTER:
        return "starter"
    folder = round_folder(project, number)
    made = bundle_of(folder) or folder / RUN
    if not made.exists():
        raise Refused(f"round {number}: has no model yet; train it to its end", 409, "no-model")
    return str(made)


def bundle_of(folder: Path) -> Path | None:
    """Return the bundle of a round, if there is one."""
    return next(iter(sorted(folder.glob(f"[!.]*{BUNDLE}"))), None)


def metrics(project: Path, number: int, jobs: Jobs) -> list[dict[str, Any]]:
    """Return the rows of a run's metrics; before the run is there, what its progress says."""
    folder = round_folder(project, number)
    rows = read_metrics(folder / RUN / METRICS)
    return [_finite(row) for row in rows or _from_progress(folder, jobs)]


def mistakes(project: Path, number: int) -> list[dict[str, Any]]:
    """Return the clips with errors, the worst first, and where they stand in which recording."""
    folder = round_folder(project, number)
    try:
        scored = json.loads((folder / EVALUATION / ROWS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    clips = _clips(folder)
    wrong = [row for row in scored if row["cer"] > 0]
    wrong.sort(key=lambda row: (-row["cer"], row["id"]))
    return [
        {
            "reference": row["reference"],
            "hypothesis": row["hypothesis"],
            "recording": clips.get(row["id"], {}).get("recording"),
            "segment": clips.get(row["id"], {}).get("segment"),
            "start": clips.get(row["id"], {}).get("first_sample"),
        }
        for row in wrong[:_MOST_MISTAKES]
    ]


def _round(folder: Path, jobs: Jobs) -> dict[str, Any]:
    about = read_json(folder / ROUND) or {}
    data = read_json(folder / DATASET / "dataset.json") or {}
    results = read_json(folder / EVALUATION / RESULTS) or {}
    trained = (read_json(folder / RUN / TRAIN) or {}).get("figures", {})
    bundle, splits = bundle_of(folder), data.get("splits", {}).values()
    return {
        "number": about.get("number", int(folder.name)),
        "state": _state(about, bundle, jobs),
        "job": about.get("job"),
        "made": about.get("made"),
        "start": about.get("start"),
        "minutes": about.get("minutes"),
        "clips": sum(part["clips"] for part in splits),
        "seconds": round(sum(part["seconds"] for part in splits), 3),
        "steps": trained.get("steps"),
        "split": results.get("split"),
        "wer": results.get("wer"),
        "cer": results.get("cer"),
        "measure": results.get("measure"),
        "bundle": bundle.name if bundle else None,
        "bytes": bundle.stat().st_size if bundle else None,
    }


def _state(about: dict[str, Any], bundle: Path | None, jobs: Jobs) -> str:
    if bundle:
        return "done"
    try:
        return _STATES.get(jobs.state(str(about.get("job"))), "failed")
    except Refused:  # its job was deleted
        return "stopped"


def _from_progress(folder: Path, jobs: Jobs) -> list[dict[str, Any]]:
    job = str((read_json(folder / ROUND) or {}).get("job"))
    path = jobs.folder(job) / PROGRESS
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8")
    rows = [json.loads(line) for line in lines_of(text[: text.rfind("\n") + 1])]
    steps = [row for row in rows if isinstance(row.get("step"), int)]
    return [{key: row.get(key) for key in ("step", "loss", "wer", "cer")} for row in steps]


def _finite(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row without numbers that JSON lacks."""
    broken = {"nan", "inf", "-inf"}
    return {k: None if isinstance(v, float) and str(v) in broken else v for k, v in row.items()}


def _clips(folder: Path) -> dict[str, dict[str, Any]]:
    with (folder / DATASET / MANIFEST).open(encoding="utf-8") as lines:
        return {row["id"]: row for row in map(json.loads, lines)}
