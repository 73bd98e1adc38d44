"""What a model heard in a recording: words with their places and how sure it is of each."""

import json
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from malgwi.corpus.edits import OPEN
from malgwi.corpus.place import is_file
from malgwi.corpus.studio import SAMPLE_RATE
from malgwi.studio.files import State, state_of, write_json
from malgwi.studio.project import DERIVED, Project
from malgwi.studio.recording import Recording

DRAFT = "draft.json"
_PER_MS = SAMPLE_RATE // 1000
_LARGEST = 256 << 20


@dataclass(frozen=True)
class Draft:
    """The words of one recording, in the order of time."""

    model: int | None
    """The round whose model it was; 0 is the starter; None: there is no draft."""
    words: tuple[dict[str, Any], ...] = ()
    """Each with `text`, `start`, `end` (samples) and `confidence`."""

    @cached_property
    def doubt(self) -> float | None:
        """The mean of 1 - confidence; None without words."""
        return _doubt(self.words)

    def between(self, first: int, end: int) -> list[dict[str, Any]]:
        """Return the words whose middle lies between two samples."""
        start = bisect_left(self.words, first, key=_middle)
        stop = bisect_left(self.words, end, key=_middle)
        return list(self.words[start:stop])


def save(folder: Path, recording: str, number: int, transcript: dict[str, Any]) -> None:
    """Keep what `malgwi transcribe --format json` says of a recording, in place of what was.

    Args:
        folder: of the project.
        recording: its id.
        number: the round whose model listened.
        transcript: one line, read.

    Raises:
        MalgwiError: there is no such recording, or it can't be written.
    """
    found = Project(folder).recording(recording)
    length = found.source.samples
    words = [
        {
            "text": word["text"],
            "start": min(word["start_ms"] * _PER_MS, length),
            "end": min(word["end_ms"] * _PER_MS, length),
            "confidence": word["confidence"],
        }
        for word in transcript["words"]
    ]
    place = found.folder / DERIVED
    place.mkdir(exist_ok=True)
    write_json(place / DRAFT, {"model": number, "words": words})


class Drafts:
    """The drafts of a project, read once each until they change."""

    def __init__(self) -> None:
        """Begin with none read."""
        self._read: dict[str, tuple[State, Draft]] = {}

    def of(self, recording: Recording) -> Draft:
        """Return the draft of a recording; one that is damaged is as good as none."""
        path = recording.folder / DERIVED / DRAFT
        try:
            state = state_of(path)
        except OSError:
            return Draft(None)
        held = self._read.get(recording.id)
        if held is None or held[0] != state:
            held = self._read[recording.id] = state, _read(path)
        return held[1]


def doubtful(project: Project, drafts: Drafts, most: int) -> list[dict[str, Any]]:
    """Return the segments that nobody has written, those first of which the model is least sure.

    Where it heard no word nothing can be said of that; these come last, in their order.
    """
    found = [
        (recording.id, one, _doubt(drafts.of(recording).between(one.start, one.end)))
        for recording in project.recordings()
        for one in recording.journal.segments()[1]
        if one.state == OPEN and not one.text.strip()
    ]
    found.sort(key=lambda each: -1.0 if each[2] is None else each[2], reverse=True)
    return [
        {"recording": recording, "segment": one.id, "start": one.start, "doubt": doubt}
        for recording, one, doubt in found[:most]
    ]


def _doubt(words: Sequence[dict[str, Any]]) -> float | None:
    if not words:
        return None
    return sum(1 - float(word["confidence"]) for word in words) / len(words)


def _read(path: Path) -> Draft:
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        if not is_file(path) or path.stat().st_size > _LARGEST:
            return Draft(None)
        found = json.loads(path.read_bytes())
        words = [
            {
                "text": str(word["text"]),
                "start": int(word["start"]),
                "end": int(word["end"]),
                "confidence": float(word["confidence"]),
            }
            for word in found["words"]
        ]
        return Draft(int(found["model"]), tuple(sorted(words, key=_middle)))
    return Draft(None)


def _middle(word: dict[str, Any]) -> int:
    return int(word["start"] + word["end"]) // 2
