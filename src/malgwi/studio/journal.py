"""The journal of one recording: edits are appended, and answered when they are on the disk.

One server has a project open, so that nothing else appends; within it, one thread at a time does.
"""

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from malgwi.corpus.edits import (
    ASIDE,
    IMPORT,
    MERGE,
    OPS,
    REDO,
    UNDO,
    ConflictError,
    Entry,
    Replay,
    Segment,
    is_id,
    replayed,
)
from malgwi.errors import MalgwiError
from malgwi.studio.files import State, state_of
from malgwi.studio.refused import Refused

_EXACTLY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
"""No link is written through; Windows changes no line ends."""


def now() -> str:
    """Return the time as a project's files have it; of two, the later one is the greater text."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class Journal:
    """A recording's entries; what stands is kept in memory, and read again where others wrote."""

    def __init__(self, path: Path, samples: int) -> None:
        """Take a journal's path, and the samples of its recording."""
        self.path = path
        self._samples = samples
        self._lock = threading.Lock()
        self._replay: Replay | None = None
        self._good = 0
        """Bytes of the entries; what follows was never answered."""
        self._state: State | None = None
        self._listed: tuple[int, tuple[Segment, ...]] = (0, ())

    @property
    def rev(self) -> int:
        """How many entries there are."""
        with self._lock:
            return self._now().rev

    def segments(self) -> tuple[int, tuple[Segment, ...]]:
        """Return the revision, and what stands in the order of time.

        Raises:
            MalgwiError: the journal is damaged.
        """
        with self._lock:
            replay = self._now()
            if self._listed[0] != replay.rev:
                self._listed = replay.rev, tuple(replay.segments())
            return self._listed

    def came(self) -> dict[str, Segment]:
        """Return what came with the recording, by id: the import, and what was merged since."""
        with self._lock:
            return self._now().came()

    def untouched_since(self, time: str) -> frozenset[str]:
        """Return the ids of what stands, isn't set aside, and is in no entry after a time."""
        with self._lock:
            replay = self._now()
            later = (entry for entry in replay.entries if entry.time > time)
            touched = {one.id for entry in later for one in (*entry.before, *entry.after)}
            standing = {one.id for one in replay.segments() if one.state != ASIDE}
            return frozenset(standing - touched)

    def edit(
        self, entry_id: str, op: str, before: Sequence[Segment], after: Sequence[Segment]
    ) -> Entry:
        """Append what some segments become, or return the entry that has the id already.

        Raises:
            Refused: something else stands (409), or the disk is full (507).
            MalgwiError: it is no edit, or the journal is damaged.
        """
        if op not in {MERGE, *OPS}:
            raise MalgwiError(f"op {op!r:.30}: expected one of {', '.join(OPS)}")
        if not before and not after:
            raise MalgwiError("an edit of no segment; expected some before or after it")
        with self._lock:
            replay = self._now()
            if found := _answered(replay, entry_id):
                return found
            entry = Entry(replay.rev + 1, entry_id, op, now(), tuple(before), tuple(after))
            return self._append(replay, entry)

    def turn_round(self, entry_id: str, op: str) -> Entry:
        """Undo what was done last, or redo what was undone last.

        Raises:
            Refused: there is nothing (409), or the disk is full (507).
            MalgwiError: the journal is damaged.
        """
        with self._lock:
            replay = self._now()
            if found := _answered(replay, entry_id):
                return found
            of = replay.turned_round(op)
            if of is None:
                raise Refused(f"there is nothing to {op}", 409, "nothing", {"op": op})
            return self._append(
                replay, Entry(replay.rev + 1, entry_id, op, now(), of.after, of.before, of.rev)
            )

    def undo(self, entry_id: str) -> Entry:
        """Turn round the last edit that stands."""
        return self.turn_round(entry_id, UNDO)

    def redo(self, entry_id: str) -> Entry:
        """Turn round the last undo, until there is another edit."""
        return self.turn_round(entry_id, REDO)

    def _now(self) -> Replay:
        state = self._looked()
        if self._replay is None or state != self._state:
            self._replay, self._good = replayed(self.path, self._samples)
            self._state, self._listed = state, (0, ())
        return self._replay

    def _looked(self) -> State:
        try:
            return state_of(self.path)
        except OSError as error:
            raise Refused(
                f"{self.path}: not readable ({error.strerror})", 404, "missing"
            ) from error

    def _append(self, replay: Replay, entry: Entry) -> Entry:
        try:
            replay.check(entry.before, entry.after)
            if entry.of is None:
                replay.check_new(entry.before, entry.after)
        except ConflictError as error:
            standing = [one.to_json() for one in error.standing]
            raise Refused(
                "these segments were changed meanwhile, in another tab or before; look at what "
                "stands now",
                409,
                "conflict",
                {"rev": error.rev, "segments": standing},
            ) from error
        except ValueError as error:
            raise MalgwiError(str(error)) from error
        line = entry.to_line()
        try:
            append(self.path, line, self._good)
        except OSError as error:
            self._replay = None
            raise Refused(
                f"{self.path}: not written ({error.strerror}). Nothing was changed: make room on "
                "the disk, then repeat it",
                507,
                "full",
            ) from error
        replay.apply(entry)
        self._good += len(line)
        self._state = self._looked()
        return entry


def append(path: Path, line: bytes, at: int) -> None:
    """Put a line behind the first `at` bytes of a file, in place of whatever follows, to the disk.

    Raises:
        OSError: that failed; what was written of the line is cut again.
    """
    descriptor = os.open(path, os.O_WRONLY | _EXACTLY)
    try:
        os.ftruncate(descriptor, at)
        os.lseek(descriptor, at, os.SEEK_SET)
        try:
            left = memoryview(line)
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        except OSError:
            # Where even that fails, the next reader finds a line without an end.
            with suppress(OSError):
                os.ftruncate(descriptor, at)
                os.fsync(descriptor)
            raise
    finally:
        os.close(descriptor)


def begin(path: Path, segments: Sequence[Segment]) -> None:
    """Write a new journal with its import."""
    entry = Entry(1, str(uuid4()), IMPORT, now(), (), tuple(segments))
    with path.open("xb") as file:
        file.write(entry.to_line())
        file.flush()
        os.fsync(file.fileno())


def _answered(replay: Replay, entry_id: str) -> Entry | None:
    if not is_id(entry_id):
        raise MalgwiError(f"id {entry_id!r:.80}: expected 1 to 64 letters, digits and -")
    return replay.known(entry_id)
