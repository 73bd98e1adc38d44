"""What is left to do of what pre-flight found in the last round's data set, segment by segment."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

from malgwi.corpus.studio import is_id
from malgwi.dataset.manifest import PREFLIGHT
from malgwi.errors import MalgwiError
from malgwi.recognition.suspects import SHOWN, SUSPECTS
from malgwi.studio.files import read_json
from malgwi.studio.project import Project
from malgwi.studio.rounds import DATASET, ROUND

SUSPECT = "suspect"
"""The finding of a text that fits its recording badly, by a model that listened."""


def findings(project: Project) -> list[dict[str, Any]]:
    """Return the findings of the last round that has any data set; none before the first.

    What concerns a segment goes when somebody changes it, or sets it aside, after that round began.
    """
    for place in sorted((project.folder / "rounds").glob("[0-9]*"), reverse=True):
        if (found := read_json(place / DATASET / PREFLIGHT)) is None:
            continue
        told = [*_suspects(read_json(place / DATASET / SUSPECTS)), *_findings(found)]
        made = str((read_json(place / ROUND) or {}).get("made", ""))

        @cache
        def left(recording: str, made: str = made) -> frozenset[str]:
            with suppress(MalgwiError):
                return project.recording(recording).journal.untouched_since(made)
            return frozenset()

        return [
            one
            for one in told
            if one["segment"] is None or one["segment"] in left(one["recording"])
        ]
    return []


def _findings(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    with suppress(TypeError, KeyError, AttributeError):
        for finding in found["findings"]:
            for name in finding["ids"]:
                detail = finding["details"].get(name, "")
                yield from _told(finding["name"], finding["severity"], name, detail)


def _suspects(found: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    with suppress(TypeError, KeyError, AttributeError):
        for clip in found["clips"][:SHOWN] if found else ():
            said, heard = clip["said"], clip["heard"]
            detail = f"{said or 'nothing'!r}, heard {heard or 'nothing'!r}"
            values = {"said": said, "heard": heard}
            yield from _told(SUSPECT, "note", clip["id"], detail, values)


def _told(
    finding: str, severity: str, name: str, detail: str, values: object = None
) -> Iterator[dict[str, Any]]:
    recording, _, segment = name.partition("/")
    if is_id(recording):
        yield {
            "finding": finding,
            "severity": severity,
            "recording": recording,
            "segment": segment or None,
            "detail": detail,
            "values": values or {},
        }
