"""A project's folder: made, opened and locked; its recordings, its people, what comes next."""

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from malgwi.corpus.edits import is_code
from malgwi.corpus.place import inside, is_file
from malgwi.corpus.studio import (
    RECORDINGS,
    SOURCE,
    STUDIO,
    Person,
    Source,
    Studio,
    file_of,
    is_id,
    is_studio,
    read_studio,
    recordings,
)
from malgwi.errors import MalgwiError
from malgwi.studio.chosen import is_chosen
from malgwi.studio.files import state_of, write_json
from malgwi.studio.recording import Recording
from malgwi.studio.refused import Refused
from malgwi.unfinished import alone, sweep

NAMES, LOCK, MEDIA, REMOVED, DERIVED = "names.json", "lock", "media", "removed", "derived"
_FEW_S = 60.0
"""Of writing, below which there is too little to train on."""


class Project:
    """An opened project."""

    def __init__(self, folder: Path) -> None:
        """Take a folder that is a project.

        Raises:
            MalgwiError: it isn't one of this format.
        """
        self.folder = folder
        self._recordings: dict[str, Recording] = {}
        self._lock = threading.Lock()
        read_studio(folder)

    @property
    def studio(self) -> Studio:
        """What the project is, as it is on the disk now."""
        return read_studio(self.folder)

    def change(self, change: Callable[[Studio], Studio]) -> Studio:
        """Change what the project is.

        Raises:
            MalgwiError: it can't be written.
        """
        with self._changing():
            changed = change(self.studio)
            _write(self.folder / STUDIO, changed.to_json())
        return changed

    def names(self) -> dict[str, str]:
        """Return the names of people by their codes.

        Raises:
            MalgwiError: the file is damaged.
        """
        path = self.folder / NAMES
        if not is_file(path):
            return {}
        try:
            found = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            raise MalgwiError(f"{path}: not readable ({error}); remove it") from error
        if not isinstance(found, dict):
            raise MalgwiError(f"{path}: expected an object of names; remove it")
        return {code: name for code, name in found.items() if isinstance(name, str)}

    def put_person(self, code: str | None, name: str, person: Person) -> str:
        """Add a person or change one; return the code.

        Raises:
            MalgwiError: the code can't be one, or nothing can be written.
        """
        if code is not None and not is_code(code):
            raise MalgwiError(f"code {code!r:.60}: expected letters and digits, such as A01")
        with self._changing():
            studio, names = self.studio, self.names()
            code = code or _next_code({*studio.people, *names})
            names[code] = name
            _write(self.folder / NAMES, names, private=True)
            _write(self.folder / STUDIO, _with(studio, code, person).to_json())
        return code

    def drop_person(self, code: str) -> None:
        """Forget a person's name and what they agreed to."""
        with self._changing():
            names = self.names()
            names.pop(code, None)
            _write(self.folder / NAMES, names, private=True)
            people = {other: one for other, one in self.studio.people.items() if other != code}
            _write(self.folder / STUDIO, replace(self.studio, people=people).to_json())

    def recordings(self) -> list[Recording]:
        """Return the recordings that can be read, in order."""
        return self._sorted_out()[0]

    def damaged(self) -> dict[str, str]:
        """Return the ids of recordings that can't be read, and why."""
        return self._sorted_out()[1]

    def _sorted_out(self) -> tuple[list[Recording], dict[str, str]]:
        good: list[Recording] = []
        damaged: dict[str, str] = {}
        for name in recordings(self.folder):
            try:
                one = self.recording(name)
                one.journal.segments()
                good.append(one)
            except MalgwiError as error:
                damaged[name] = str(error)
        return good, damaged

    def recording(self, name: str) -> Recording:
        """Return one recording.

        Raises:
            Refused: there is none of this id.
            MalgwiError: it is damaged.
        """
        place = self.folder / RECORDINGS / name
        if not is_id(name) or not is_file(place / SOURCE):
            raise Refused(f"there is no recording {name[:20]!r}", 404, "absent")
        with self._lock:
            found = self._recordings.get(name)
            if found is None or found.state != state_of(place / SOURCE):
                found = self._recordings[name] = Recording(self.folder, name, found)
            return found

    def put_source(self, name: str, source: Source) -> None:
        """Change where a recording comes from, or who speaks in it."""
        _write(self.folder / RECORDINGS / name / SOURCE, source.to_json())

    def check_media(self) -> None:
        """Refuse a project of which a recording lies outside and wasn't chosen on this machine.

        Raises:
            Refused: naming the first.
        """
        for one in self.recordings():
            if self.chosen(one.source.media.path) is None:
                self.media(one.id)

    def media(self, name: str) -> Path:
        """Return a recording's file.

        Raises:
            Refused: it is missing, or lies outside and wasn't chosen on this machine.
        """
        recording = self.recording(name)
        path = self.chosen(recording.source.media.path)
        if path is None:
            raise Refused(
                f"recording {recording.id} lies at {recording.source.media.path}, outside of the "
                "project, and nobody chose that on this machine; choose the file yourself",
                409,
                "outside",
                {"recording": recording.id, "path": recording.source.media.path},
            )
        if not is_file(path):
            raise Refused(
                f"recording {recording.id} isn't at {path} any more; put it back, or choose it "
                "where it is now",
                409,
                "missing",
                {"recording": recording.id, "path": str(path)},
            )
        return path

    def chosen(self, path: str) -> Path | None:
        """Return a file of the project, or one outside that the person chose here; else None."""
        whole, is_within = file_of(self.folder, path)
        return whole if is_within or (Path(path).is_absolute() and is_chosen(whole)) else None

    def as_written(self, path: Path) -> str:
        """Return a path as `source.json` has it: within the project, or absolute."""
        within = inside(path, self.folder)
        return str(path.absolute()) if within is None else within.as_posix()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Keep others out, among them the process that adds recordings and people."""
        with self._lock, alone(self.folder / RECORDINGS):
            yield


@contextmanager
def open_project(folder: Path) -> Iterator[Project]:
    """Open a project for a server, which nobody else does meanwhile; make it where there is none.

    Raises:
        MalgwiError: the folder holds other things, is of another format, is open already, or has
            links that lead out of it.
    """
    folder = folder.absolute()
    try:
        if not is_studio(folder):
            _make(folder)
        read_studio(folder)
        _refuse_links(folder)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise MalgwiError(
            f"{error.filename or folder}: can't be opened ({error.strerror}); give another folder"
        ) from error
    try:
        _lock(descriptor, folder)
        _sweep(folder)
        yield Project(folder)
    finally:
        os.close(descriptor)


def what_next(
    project: Project, rounds: Sequence[Mapping[str, Any]]
) -> dict[str, str | dict[str, Any]]:
    """Return what to do next: a key that the page has words for, and their values.

    Args:
        project: the project.
        rounds: its rounds, as `GET /api/rounds` has them.
    """
    found = project.recordings()
    counts = [one.counts() for one in found]
    written, left = sum(one.written for one in counts), sum(one.left for one in counts)
    first = next((one.id for one, count in zip(found, counts, strict=True) if count.left), None)
    done = [one for one in rounds if one.get("state") == "done"]
    if not found:
        return {"key": "add", "values": {}}
    if written < _FEW_S:
        return {"key": "write", "values": {"seconds": _FEW_S - written, "recording": first}}
    if not done:
        return {"key": "train", "values": {"seconds": written}}
    number = done[-1].get("number")
    if written > 1.25 * float(done[-1].get("seconds") or 0.0):
        return {"key": "train", "values": {"seconds": written, "round": number}}
    if left:
        values = {"seconds": left, "round": number, "recording": first}
        return {"key": "check", "values": values}
    return {"key": "use", "values": {"round": number}}


def _make(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise MalgwiError(
            f"{folder}: a file; expected the folder of a project. Give a new folder, and add the "
            "file on the page"
        )
    if folder.exists() and any(folder.iterdir()):
        raise MalgwiError(
            f"{folder}: holds other things and no {STUDIO}; give a new folder, and add recordings "
            "from where they are"
        )
    for name in (RECORDINGS, MEDIA, "rounds", "jobs"):
        (folder / name).mkdir(parents=True)
    _write(folder / STUDIO, Studio(folder.name).to_json())


def _lock(descriptor: int, folder: Path) -> None:
    """Lock a project until its file is closed.

    Raises:
        MalgwiError: another process has it open.
    """
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise MalgwiError(
            f"{folder}: is open in another Malgwi Studio already; use its window, or end it first"
        ) from None
    except (ImportError, OSError):  # Windows; some shared disks
        return


def _sweep(folder: Path) -> None:
    """Remove what was half written when a process was killed: recordings, and dropped files."""
    sweep(folder / RECORDINGS)
    for part in (folder / MEDIA).rglob(".*.part"):
        place = part.with_name(part.name[1 : -len(".part")])
        for path in (part, place):
            with suppress(OSError):
                if path == part or not path.stat().st_size:
                    path.unlink()


def _refuse_links(folder: Path) -> None:
    """Refuse a project that writes or reads elsewhere than in its folder."""
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            if path.is_symlink() and inside(path, folder) is None:
                raise MalgwiError(
                    f"{path}: a link that leads out of the project; remove it, or put what it "
                    "leads to in its place"
                )


def _write(path: Path, value: object, *, private: bool = False) -> None:
    write_json(path, value, indent=2, private=private)


def _with(studio: Studio, code: str, person: Person) -> Studio:
    return replace(studio, people={**studio.people, code: person})


def _next_code(taken: set[str]) -> str:
    codes = (f"{letter}{number:02}" for letter in ascii_uppercase for number in range(1, 100))
    return next(code for code in codes if code not in taken)
