"""The journal of a recording: what some segments became, one entry a line → what stands now.

docs/studio-api.md has the rules. A journal is read by whoever prepares a data set and by Studio,
which alone appends to it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from malgwi.corpus.place import is_file
from malgwi.errors import MalgwiError
from malgwi.text_file import is_utf8

OPEN, WRITTEN, CHECKED, ASIDE = "open", "written", "checked", "aside"
STATES = (OPEN, WRITTEN, CHECKED, ASIDE)
IMPORT, MERGE, UNDO, REDO = "import", "merge", "undo", "redo"
OPS = ("text", "accept", "split", "join", "borders", "person", "aside", "back")
"""What people do to segments; besides, there is the import, what of changed annotations is merged
later, and turning an entry round."""
MOST_TEXT = 10_000
LARGEST = 1 << 30
"""Bytes of a journal."""

_ID = re.compile(r"[a-z0-9]{1,32}")
_ENTRY_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_SEGMENT_KEYS = {"id", "start", "end", "text", "person", "state"}
_ENTRY_KEYS = {"rev", "id", "op", "time", "before", "after"}


class ConflictError(Exception):
    """An entry doesn't begin with what stands; it was made of an older state."""

    def __init__(self, rev: int, standing: Sequence["Segment"]) -> None:
        """Keep what stands under the ids that were meant."""
        super().__init__(f"revision {rev} holds something else under these ids")
        self.rev = rev
        self.standing = tuple(standing)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a recording and what is said in it."""

    id: str
    start: int
    """The first sample at 16 kHz."""
    end: int
    """One past the last one."""
    text: str = ""
    """As it was written: with punctuation and capitals."""
    person: str | None = None
    """The code of who speaks; None: the recording's."""
    state: str = OPEN

    def to_json(self) -> dict[str, Any]:
        """Return the segment as the journal and the page have it."""
        return {
            "id": self.id,
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "person": self.person,
            "state": self.state,
        }


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: the segments `before` became those `after`."""

    rev: int
    id: str
    op: str
    time: str
    before: tuple[Segment, ...]
    after: tuple[Segment, ...]
    of: int | None = None
    """The entry that is turned round."""

    def to_line(self) -> bytes:
        """Return the line, its end included."""
        found: dict[str, Any] = {"rev": self.rev, "id": self.id, "op": self.op, "time": self.time}
        if self.of is not None:
            found["of"] = self.of
        found["before"] = [one.to_json() for one in self.before]
        found["after"] = [one.to_json() for one in self.after]
        return json.dumps(found, ensure_ascii=False).encode() + b"\n"


def is_code(text: object) -> bool:
    """Say whether something can be a person's code."""
    return isinstance(text, str) and _CODE.fullmatch(text) is not None


def is_id(text: object) -> bool:
    """Say whether something can be an entry's id."""
    return isinstance(text, str) and _ENTRY_ID.fullmatch(text) is not None


def read_segment(value: object) -> Segment:
    """Return a segment that came from outside.

    Raises:
        ValueError: it is none; what was found and what was expected.
    """
    if not isinstance(value, dict) or value.keys() != _SEGMENT_KEYS:
        found = ", ".join(map(str, value)) if isinstance(value, dict) else type(value).__name__
        raise ValueError(f"a segment has {', '.join(sorted(_SEGMENT_KEYS))}; found {found[:200]}")
    name, start, end, text, person, state = (
        value[key] for key in ("id", "start", "end", "text", "person", "state")
    )
    if not (isinstance(name, str) and _ID.fullmatch(name)):
        raise ValueError(f"id {name!r:.60}: expected 1 to 32 of a-z and 0-9")
    if not (type(start) is int and type(end) is int and 0 <= start < end):
        raise ValueError(f"{name}: from {start!r:.30} to {end!r:.30}; expected 0 <= start < end")
    if not isinstance(text, str) or len(text) > MOST_TEXT or "\0" in text or not is_utf8(text):
        what = f"{len(text):,} characters" if isinstance(text, str) else type(text).__name__
        raise ValueError(f"{name}: text of {what}; expected at most {MOST_TEXT:,} in UTF-8")
    if not (person is None or is_code(person)):
        raise ValueError(f"{name}: person {person!r:.60}; expected a code or null")
    if state not in STATES:
        raise ValueError(f"{name}: state {state!r:.30}; expected one of {', '.join(STATES)}")
    return Segment(name, start, end, text, person, state)


def read_segments(value: object) -> tuple[Segment, ...]:
    """Return a list of segments that came from outside, no two with one id.

    Raises:
        ValueError: one of them is none.
    """
    if not isinstance(value, list):
        raise ValueError(f"expected a list of segments, found {type(value).__name__}")  # noqa: TRY004
    found = tuple(map(read_segment, value))
    if len({one.id for one in found}) < len(found):
        raise ValueError("two segments of a list have one id")
    return found


def read_entry(line: bytes) -> Entry:
    """Return the entry that a line is.

    Raises:
        ValueError: it is none.
    """
    try:
        value = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict) or value.keys() - {"of"} != _ENTRY_KEYS:
        raise ValueError(f"expected an object with {', '.join(sorted(_ENTRY_KEYS))}")
    rev, op, of = value["rev"], value["op"], value.get("of")
    if type(rev) is not int or not is_id(value["id"]) or not isinstance(value["time"], str):
        raise ValueError("expected a whole number as rev, an id and a time")
    if op not in (IMPORT, MERGE, UNDO, REDO, *OPS) or (of is None) == (op in (UNDO, REDO)):
        raise ValueError(f"op {op!r:.30} with of {of!r:.30}")
    if of is not None and type(of) is not int:
        raise ValueError(f"of {of!r:.30}: expected a whole number")
    before, after = read_segments(value["before"]), read_segments(value["after"])
    return Entry(rev, value["id"], op, value["time"], before, after, of)


class Replay:
    """What stands after some entries, and what can be undone and redone."""

    def __init__(self, samples: int) -> None:
        """Begin with nothing in a recording of so many samples."""
        self.samples = samples
        self.entries: list[Entry] = []
        self._standing: dict[str, Segment] = {}
        self._by_id: dict[str, Entry] = {}
        self._used: set[str] = set()
        self._undo: list[Entry] = []
        self._redo: list[Entry] = []

    @property
    def rev(self) -> int:
        """How many entries there are."""
        return len(self.entries)

    def segments(self) -> list[Segment]:
        """Return what stands, in the order of time."""
        return sorted(self._standing.values(), key=lambda one: (one.start, one.end, one.id))

    def came(self) -> dict[str, Segment]:
        """Return what came with the recording, by id: the import, and what was merged since."""
        found: dict[str, Segment] = {}
        for entry in self.entries:
            if entry.op in {IMPORT, MERGE}:
                for one in entry.before:
                    found.pop(one.id, None)
                found |= {one.id: one for one in entry.after}
        return found

    def known(self, entry_id: str) -> Entry | None:
        """Return the entry of an id, if there is one."""
        return self._by_id.get(entry_id)

    def turned_round(self, op: str) -> Entry | None:
        """Return the entry that an undo or redo is of; None where there is nothing."""
        left = self._undo if op == UNDO else self._redo
        return left[-1] if left else None

    def check(self, before: Sequence[Segment], after: Sequence[Segment]) -> None:
        """Refuse what can't become of what stands.

        Raises:
            ConflictError: something else stands.
            ValueError: it doesn't fit the recording, or takes an id again.
        """
        ids = {one.id for one in before}
        if any(self._standing.get(one.id) != one for one in before) or any(
            one.id in self._standing and one.id not in ids for one in after
        ):
            meant = dict.fromkeys(one.id for one in (*before, *after))
            raise ConflictError(
                self.rev, [self._standing[name] for name in meant if name in self._standing]
            )
        for one in after:
            if one.end > self.samples:
                raise ValueError(
                    f"{one.id}: ends at sample {one.end:,}, the recording at {self.samples:,}"
                )

    def apply(self, entry: Entry) -> None:
        """Take the next entry.

        Raises:
            ConflictError: it doesn't begin with what stands.
            ValueError: it isn't the next one, or can't be.
        """
        if entry.rev != self.rev + 1:
            raise ValueError(f"rev {entry.rev}, expected {self.rev + 1}")
        if entry.id in self._by_id:
            raise ValueError(f"the id {entry.id} of revision {self._by_id[entry.id].rev} again")
        if (entry.op == IMPORT) != (not self.entries):
            raise ValueError("the first entry is the import, and no other")
        turned = self.turned_round(entry.op) if entry.of is not None else None
        if entry.of is not None and (
            turned is None
            or (entry.of, entry.before, entry.after) != (turned.rev, turned.after, turned.before)
        ):
            raise ValueError(f"{entry.op} of {entry.of}, which isn't what comes next")
        self.check(entry.before, entry.after)
        if entry.of is None:
            self.check_new(entry.before, entry.after)
        for one in entry.before:
            del self._standing[one.id]
        self._standing |= {one.id: one for one in entry.after}
        self._used |= {one.id for one in entry.after}
        self.entries.append(entry)
        self._by_id[entry.id] = entry
        match entry.op:
            case "import":
                pass
            case "undo":
                self._undo.pop()
                self._redo.append(entry)
            case "redo":
                self._redo.pop()
                self._undo.append(entry)
            case _:
                self._undo.append(entry)
                self._redo.clear()

    def check_new(self, before: Sequence[Segment], after: Sequence[Segment]) -> None:
        """Refuse ids that stood for something that is gone.

        Raises:
            ValueError: naming one.
        """
        ids = {one.id for one in before}
        for one in after:
            if one.id in self._used and one.id not in ids:
                raise ValueError(f"the id {one.id} was another segment's; take a new one")


def replayed(path: Path, samples: int) -> tuple[Replay, int]:
    """Return what a journal's entries make of a recording, and the bytes that they take.

    What follows them is a last line that was never answered.

    Raises:
        MalgwiError: it can't be read, or is damaged; with the line.
    """
    replay, good = Replay(samples), 0
    try:
        if not is_file(path):
            raise MalgwiError(f"{path}: missing, or no file; put a copy from before in its place")
        if path.stat().st_size > LARGEST:
            raise MalgwiError(f"{path}: over {LARGEST:,} bytes, which no journal has; remove it")
        with path.open("rb") as file:
            for number, (line, is_last) in enumerate(_with_last(file), 1):
                if is_last and (not line.endswith(b"\n") or not _is_json(line)):
                    break
                try:
                    replay.apply(read_entry(line))
                except (ValueError, ConflictError) as error:
                    raise MalgwiError(
                        f"{path}: line {number} is damaged ({error}). It was left as it is; put a "
                        "copy from before in its place"
                    ) from error
                good += len(line)
    except OSError as error:
        raise MalgwiError(f"{path}: not readable ({error.strerror})") from error
    if not replay.entries:
        raise MalgwiError(f"{path}: holds no entry; expected the import in its first line")
    return replay, good


def _with_last(lines: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each line, and whether it is the last one."""
    held: bytes | None = None
    for line in lines:
        if held is not None:
            yield held, False
        held = line
    if held is not None:
        yield held, True


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
