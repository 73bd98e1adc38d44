"""A person leaves: what holds the voice is named first, then deleted.

A recording holds it where the person speaks in any part of it, a round where its data set has such
a part, and so does every round that was trained from that one.
"""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from malgwi.corpus.edits import replayed
from malgwi.corpus.studio import EDITS, RECORDINGS, Source, file_of, is_id, read_source
from malgwi.errors import MalgwiError
from malgwi.studio.files import read_json
from malgwi.studio.jobs import ENDED, JOB, LOCK
from malgwi.studio.project import MEDIA, REMOVED, Project
from malgwi.studio.round_removal import bundles, come_from, empty, places, voices
from malgwi.studio.rounds import is_deleted
from malgwi.studio.takes import TAKES

_CACHE = "cache"
_JOB = frozenset({JOB, ENDED, LOCK})
"""What stays of a job, so that its number does."""


@dataclass(frozen=True)
class Removal:
    """What goes when a person leaves; paths are within the project."""

    code: str
    recordings: tuple[Path, ...]
    media: tuple[Path, ...]
    """With the annotations that came with them, which have the words and perhaps the name."""
    outside: tuple[str, ...]
    """What of it lies elsewhere, which stays where it is."""
    rounds: tuple[Path, ...]
    traces: tuple[Path, ...]
    """What is left of rounds that were deleted before, and had the voice."""
    bundles: tuple[str, ...]
    """Models that hold the voice; copies on phones and elsewhere have the same names."""

    def to_json(self) -> dict[str, Any]:
        """Return what the page says of it."""
        return {
            "removed": {
                "recordings": [path.name for path in self.recordings],
                "media": [path.name for path in self.media],
                "rounds": [path.name for path in self.rounds],
            },
            "outside": list(self.outside),
            "bundles": list(self.bundles),
        }


def removal(project: Project, code: str) -> Removal:
    """Return what would go with a person.

    Raises:
        MalgwiError: a recording can't be read, so that nobody knows who speaks in it.
    """
    folder = project.folder
    found: list[Path] = []
    media: list[Path] = []
    outside: list[str] = []
    for place in (folder / RECORDINGS, folder / REMOVED):
        for path in sorted(place.iterdir()) if place.is_dir() else ():
            if not is_id(path.name) or not (path / EDITS).is_file():
                continue
            source = _source(folder, path)
            if code not in _speakers(path, source):
                continue
            found.append(path)
            for one in filter(None, (source.media, source.annotations)):
                file, is_within = file_of(folder, one.path)
                if is_within:
                    media.append(file)
                else:
                    outside.append(one.path)
    heard = _rounds(folder, code, {path.name for path in found})
    traces = [path for path in heard if is_deleted(path)]
    rounds = [path for path in heard if path not in traces]
    models = [f"rounds/{path.name}/{name}" for path in heard for name in bundles(path)]
    return Removal(
        code,
        tuple(found),
        tuple(dict.fromkeys(media)),
        tuple(dict.fromkeys(outside)),
        tuple(rounds),
        tuple(traces),
        tuple(models),
    )


def remove_person(project: Project, code: str) -> Removal:
    """Delete what holds a person's voice, and their name; return what that was.

    Caches go as a whole, and so does what jobs said and wrote, since they hold the voices and words
    of all. Nothing may run meanwhile.

    Raises:
        MalgwiError: something couldn't be deleted, or read; then it can be asked again.
    """
    found = removal(project, code)
    folder = project.folder
    try:
        for path in (*found.rounds, *found.traces):
            shutil.rmtree(path)
        empty(folder / _CACHE)
        for job in sorted((folder / "jobs").glob("[0-9]*")):
            empty(job, keep=_JOB)
        for take in sorted((folder / TAKES).glob("*.json")):
            if (read_json(take) or {}).get("person") == code:
                take.with_suffix(".s16").unlink(missing_ok=True)
                take.unlink()
        for path in found.media:
            path.unlink(missing_ok=True)
            _drop_empty(path.parent, folder / MEDIA)
        for path in found.recordings:
            shutil.rmtree(path)
            # An empty folder keeps the number from being used again.
            (folder / REMOVED / path.name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MalgwiError(
            f"{error.filename}: not deleted ({error.strerror}). Not all is gone yet: mend that, "
            "and delete the person again"
        ) from error
    project.drop_person(code)
    return found


def remove_recording(project: Project, name: str) -> None:
    """Take a recording out of the project; it lies in `removed/` then.

    Raises:
        Refused: there is none.
        MalgwiError: it can't be moved.
    """
    place = project.recording(name).folder
    target = project.folder / REMOVED / name
    try:
        target.parent.mkdir(exist_ok=True)
        place.rename(target)
    except OSError as error:
        raise MalgwiError(f"{place}: can't be moved ({error.strerror}) to {target}") from error


def _drop_empty(place: Path, media: Path) -> None:
    """Remove folders in `media` that nothing is in any more; their names may tell of a person."""
    with suppress(OSError):  # something is in it
        while media in place.parents:
            place.rmdir()
            place = place.parent


def _source(folder: Path, place: Path) -> Source:
    return read_source(folder, place.name, place.parent.name)


def _speakers(place: Path, source: Source) -> set[str | None]:
    replay, _ = replayed(place / EDITS, source.samples)
    return {one.person or source.person for one in replay.segments()} | {source.person}


def _rounds(folder: Path, code: str, recordings: set[str]) -> list[Path]:
    """Return the rounds that heard a person, and those that go on from them."""
    found = places(folder)
    heard = {n for n, path in found.items() if _heard(path, code, recordings)}
    return [found[number] for number in sorted(heard | come_from(found, heard))]


def _heard(place: Path, code: str, recordings: set[str]) -> bool:
    """Say whether a round's data set has the person; one that can't be read may have."""
    heard = voices(place)
    return heard is None or any(who == code or where in recordings for who, where in heard)
