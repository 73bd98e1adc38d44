"""Parts of one work, as the tasks of a job array do them: who does what, and all of them together.

The work is a row of items, known before anything is decoded. Part 3 of 50 that writes to `OUT`
keeps `OUT.parts/3-of-50.jsonl`: a line about the work, then one for each item that is done. By the
first it is known which parts belong together, by the others where one that died goes on. OUT may
be in an object store: then the lines are, too (`malgwi.stores.log`).
"""

import hashlib
import heapq
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from malgwi.errors import MalgwiError
from malgwi.stores.address import Address, Location
from malgwi.stores.log import StoredLogs
from malgwi.unfinished import lock

FILES = 20_000
_NUMBERS = re.compile(r"(\d{1,6})/(\d{1,6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """One of several parts of a work."""

    number: int
    """Counted from 1."""
    of: int

    def __str__(self) -> str:
        """Return it as it is asked for."""
        return f"{self.number}/{self.of}"

    @classmethod
    def read(cls, text: str) -> "Part":
        """Read `3/50`.

        Raises:
            MalgwiError: it is no part.
        """
        numbers = _NUMBERS.fullmatch(text)
        if not numbers:
            raise MalgwiError(
                f"--part {text}: expected a part and how many there are, such as 3/50"
            )
        number, of = map(int, numbers.groups())
        if not of:
            raise MalgwiError(f"--part {text}: expected 1 part or more, such as 3/50")
        if not 1 <= number <= of:
            raise MalgwiError(
                f"--part {text}: the {of} parts are counted from 1 to {of} (sbatch --array=1-{of})"
            )
        return cls(number, of)

    def items(self, weights: Sequence[int]) -> list[int]:
        """Return the places of this part's items, in their order.

        The heaviest item goes first, the earlier of equals; each goes to the part that weighs
        least so far, of equals to that with fewer items, then to the first.

        Raises:
            MalgwiError: there are more parts than items.
        """
        if self.of > len(weights):
            raise MalgwiError(
                f"--part {self}: there are {len(weights)} recordings, which make at most "
                f"{len(weights)} parts"
            )
        parts = [(0, 0, number) for number in range(1, self.of + 1)]
        mine = []
        for item in sorted(range(len(weights)), key=lambda item: -weights[item]):
            weight, count, number = parts[0]
            heapq.heapreplace(parts, (weight + weights[item], count + 1, number))
            if number == self.number:
                mine.append(item)
        return sorted(mine)


@dataclass(frozen=True)
class Work:
    """What all parts have in common."""

    facts: Mapping[str, str]
    """By which two parts are known to be of the same work, named as users know them."""
    items: int
    """Recordings of all parts together."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What else a result says."""
    files: Sequence[tuple[str, int]] = ()
    """Names and bytes of what is read, to tell which was changed; of more than `FILES` none."""

    def __post_init__(self) -> None:
        """Keep no more than a record should say."""
        if len(self.files) > FILES:
            object.__setattr__(self, "files", ())


@dataclass(frozen=True)
class _Task:
    """The first line of a part's record."""

    number: int
    of: int
    mine: Sequence[int]
    """The places of its items."""
    work: Work

    @property
    def name(self) -> str:
        """As it is asked for."""
        return f"part {self.number}/{self.of}"


class Record:
    """What a part has done, where it lasts; for one process."""

    def __init__(self, add: Callable[[bytes], None], done: "_Done") -> None:
        """Go on with a log that says that `done` is done; `add` adds a line to it."""
        self._add = add
        self.done = dict(done.items)
        """What was found of each item, by its place."""
        self.kept = dict(done.kept)
        """What was found on the way, by names of its own."""

    def add(self, item: int, found: Any) -> None:
        """Write what was found of an item, so that no crash of the machine takes it away.

        Raises:
            MalgwiError: it can't be written; or, in a store, another process is at the part now.
        """
        self._add(json.dumps([item, found]).encode() + b"\n")
        self.done[item] = found

    def keep(self, found: Mapping[str, Any]) -> None:
        """Write what was found on the way, from which items are made.

        Raises:
            MalgwiError: as `add`.
        """
        self._add(json.dumps([None, found]).encode() + b"\n")
        self.kept |= found


class _Done(NamedTuple):
    """What the lines of a record say but its first."""

    items: Mapping[int, Any]
    kept: Mapping[str, Any]


class _FolderLogs:
    """The logs in a folder: what `StoredLogs` is to a store."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __str__(self) -> str:
        return str(self._folder)

    def names(self) -> list[str]:
        return sorted(path.name for path in self._folder.glob("*.jsonl"))

    def head(self, name: str) -> bytes:
        with (self._folder / name).open("rb") as file:
            return file.readline()

    def read(self, name: str) -> bytes:
        return (self._folder / name).read_bytes()

    @contextmanager
    def append(self, name: str, who: str) -> Iterator[tuple[bytes, Callable[[bytes], None]]]:
        self._folder.mkdir(parents=True, exist_ok=True)
        place = self._folder / name
        with place.open("ab") as kept:
            if lock(kept.fileno()) is False:
                raise MalgwiError(f"{place}: another process is at {who}; wait for it, or end it")
            whole = self.read(name)
            whole = whole[: whole.rfind(b"\n") + 1]
            kept.truncate(len(whole))  # a process that was killed may have left half a line

            def add(line: bytes) -> None:
                kept.write(line)
                kept.flush()
                os.fsync(kept.fileno())

            yield whole, add

    def remove(self, names: Sequence[str]) -> None:
        for name in names:
            (self._folder / name).unlink()
        with suppress(OSError):  # somebody keeps other things there
            self._folder.rmdir()


@dataclass(frozen=True)
class Joined:
    """All parts of a work."""

    work: Work
    parts: int
    found: Sequence[Any]
    """What was found of each item, in their order."""
    by: Sequence[Part]
    """Who found it."""
    kept: Mapping[str, Any]
    """What all parts found on the way."""
    names: Sequence[str]
    logs: _FolderLogs | StoredLogs

    def remove(self) -> None:
        """Remove the records, whose result is written."""
        self.logs.remove(self.names)


@contextmanager
def record(output: Location, part: Part, mine: Sequence[int], work: Work) -> Iterator[Record]:
    """Begin a part of what goes to `output`, or go on with it.

    Raises:
        MalgwiError: another process is at it, or what is there is of another work.
    """
    logs = _logs(output)
    task = _Task(part.number, part.of, mine, work)
    for name in logs.names():
        path = f"{logs}/{name}"
        if there := _task(path, logs.head(name)):
            remedy = f"ask for the same, give another --output, or remove {logs} to begin anew"
            _check_same(path, there, task, remedy)
    name = f"{part.number}-of-{part.of}.jsonl"
    with logs.append(name, f"part {part}") as (content, add):
        _, done = _read(f"{logs}/{name}", content)
        if not content:
            add(json.dumps(asdict(task)).encode() + b"\n")
        yield Record(add, done)


def join(output: Location) -> Joined:
    """Return what all parts found that went to `output`.

    Raises:
        MalgwiError: a part is missing, there twice, not finished, or of another work.
    """
    logs = _logs(output)
    tasks: dict[int, tuple[str, _Task]] = {}
    found: dict[int, Any] = {}
    kept: dict[str, Any] = {}
    for name in logs.names():
        path = f"{logs}/{name}"
        task, done = _read(path, logs.read(name))
        if task is None:
            continue  # killed before it had written a line
        first = next(iter(tasks.values()), (path, task))[1]
        _check_same(path, task, first, "remove the file, and run that part again as the others")
        if task.number in tasks:
            other = f"{logs}/{tasks[task.number][0]}"
            raise MalgwiError(f"{path}: {task.name} is there twice, also as {other}; remove one")
        tasks[task.number] = name, task
        found |= done.items
        kept |= done.kept
    if not tasks:
        raise MalgwiError(
            f"{logs}: no parts there; give the --output of the commands with --part (those that "
            "are joined are gone)"
        )
    missing = [number for number in range(1, first.of + 1) if number not in tasks]
    begun = [n for n, (_, task) in sorted(tasks.items()) if not found.keys() >= set(task.mine)]
    if missing or begun:
        states = ((missing, "missing"), (begun, "begun and not finished"))
        said = " and ".join(f"{len(n)} {how} ({_numbers(n)})" for n, how in states if n)
        raise MalgwiError(
            f"{logs}: of {first.of} parts {said}; run them again, those that were begun go on: "
            f"--part {min(missing + begun)}/{first.of}"
        )
    by = {item: Part(number, first.of) for number, (_, task) in tasks.items() for item in task.mine}
    if len(by) != first.work.items or len(found) != len(by):
        raise MalgwiError(f"{logs}: damaged, the parts aren't the whole; remove it, and run them")
    return Joined(
        first.work,
        first.of,
        [found[item] for item in sorted(found)],
        [by[item] for item in sorted(by)],
        kept,
        [name for name, _ in tasks.values()],
        logs,
    )


def same_files(files: Sequence[tuple[str, int]]) -> str:
    """Return what tells files from others: how many, of how many bytes; names, sizes and order."""
    digest = hashlib.sha256(json.dumps([list(one) for one in files]).encode()).hexdigest()[:16]
    return f"{len(files):,} of {sum(size for _, size in files):,} bytes (SHA-256 {digest})"


def _logs(output: Location) -> _FolderLogs | StoredLogs:
    if isinstance(output, Address):
        return StoredLogs(Address(f"{output}.parts"))
    named = output if output.name not in {"", ".."} else output.resolve()
    return _FolderLogs(Path(f"{named}.parts"))


def _numbers(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers[:20])) + (" and more" if numbers[20:] else "")


def _read(path: str, content: bytes) -> tuple[_Task | None, _Done]:
    """Return a part's first line, if it is whole, and what is done.

    Raises:
        MalgwiError: it is damaged.
    """
    first, *lines = content[: content.rfind(b"\n") + 1].splitlines(keepends=True) or [b""]
    with _sound(path):
        rows = [(item, found) for item, found in map(json.loads, lines)]
        done = {int(item): found for item, found in rows if item is not None}
        kept = {name: one for item, found in rows if item is None for name, one in found.items()}
    return _task(path, first), _Done(done, kept)


def _task(path: str, line: bytes) -> _Task | None:
    """Return what a part's first line says; None where it isn't whole.

    Raises:
        MalgwiError: it is damaged.
    """
    if not line.endswith(b"\n"):
        return None
    with _sound(path):
        head = json.loads(line)
        task = _Task(**head | {"work": Work(**head["work"])})
        for number in (task.number, task.of, task.work.items, *task.mine):
            if not isinstance(number, int):
                raise TypeError(f"{number!r} for a number")
        return task


@contextmanager
def _sound(path: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise MalgwiError(
            f"{path}: damaged ({error!r}); remove it, and run that part again"
        ) from error


def _check_same(path: str, task: _Task, other: _Task, remedy: str) -> None:
    """Refuse a part that isn't of the same work as another.

    Raises:
        MalgwiError: naming the first fact that differs.
    """
    found, expected = ({"the number of parts": f"{t.of}", **t.work.facts} for t in (task, other))
    for name in found | expected:
        if found.get(name) != expected.get(name):
            raise MalgwiError(
                f"{path}: {task.name} is of another work: {name} is {found.get(name)}, expected "
                f"{expected.get(name)} as of {other.name}{_changed(task, other)}; {remedy}"
            )


def _changed(task: _Task, other: _Task) -> str:
    """Return which file was changed between two parts, as far as their records say."""
    before, now = dict(task.work.files), dict(other.work.files)
    changed = [name for name in before if now.get(name, before[name]) != before[name]]
    if not changed:
        return ""
    first, more = changed[0], f", and {len(changed) - 1} more changed" if changed[1:] else ""
    there = f"in {other.name}" if other.name != task.name else "now"
    sizes = f"{before[first]:,} bytes in {task.name} and {now[first]:,} {there}"
    return f" ({first}: {sizes}{more})"
