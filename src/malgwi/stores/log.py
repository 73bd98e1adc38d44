"""Logs that grow line by line, in a store, where nothing can be appended to and nothing locked.

A log is a prefix. Its first line is an object `head-DIGEST`. Further lines lie in objects
`DIGEST-NUMBER-TOKEN`, each put again with each of its lines until it has `LINES`: so a long log
isn't written again and again. A writer has a token of its own, which it puts into `owner` before it
begins and looks for before each line: if another one has begun since, the earlier one ends.
"""

import os
import platform
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256

from malgwi.errors import MalgwiError
from malgwi.stores.address import Address
from malgwi.stores.store import below, put, read, remove

LINES = 64
"""Lines of one object, at most."""
_HEAD = re.compile(r"head-([0-9a-f]{16})")
_LINES = re.compile(r"([0-9a-f]{16})-(\d{6,})-[0-9a-f]{16}")
_OWNER = "owner"


class StoredLogs:
    """The logs below an address."""

    def __init__(self, folder: Address) -> None:
        """Nothing is asked yet."""
        self._folder = folder

    def __str__(self) -> str:
        """Return where they are."""
        return str(self._folder)

    def names(self) -> list[str]:
        """Return the names of the logs that are there."""
        return sorted({name.split("/")[0] for name in below(self._folder)})

    def head(self, name: str) -> bytes:
        """Return the first line of a log, or nothing."""
        return self._head(name, list(below(self._folder / name)))

    def read(self, name: str) -> bytes:
        """Return all lines of a log."""
        objects = list(below(self._folder / name))
        first = self._head(name, objects)
        parts = [read(self._folder / name / one) for one in _of(first, objects)]
        return b"".join([first, *(part or b"" for part in parts)])

    @contextmanager
    def append(self, name: str, who: str) -> Iterator[tuple[bytes, Callable[[bytes], None]]]:
        """Give what a log says, and what adds a line to it; `who` is what adds, for errors.

        Raises:
            MalgwiError: by what adds a line, if another writer has begun since, or the log is gone.
        """
        token = secrets.token_hex(8)
        place = self._folder / name
        me = f"{token} {platform.node()}, process {os.getpid()}"
        put(place / _OWNER, me.encode())
        objects = list(below(place))
        there = self.read(name)
        first = self._head(name, objects)
        number = max((_number(one) for one in objects), default=0)
        lines: list[bytes] = []

        def add(line: bytes) -> None:
            nonlocal first, number
            owner = (read(place / _OWNER) or b"").decode(errors="replace")
            if owner != me:
                raise MalgwiError(_taken(place, who, owner))
            if not first:
                put(place / f"head-{_digest(line)}", line)
                first = line
                return
            if len(lines) % LINES == 0:
                lines.clear()
                number += 1
            lines.append(line)
            put(place / f"{_digest(first)}-{number:06}-{token}", b"".join(lines))

        yield there, add

    def remove(self, names: Sequence[str]) -> None:
        """Remove logs, their heads first: what is left of one half removed is no log."""
        for name in names:
            for one in sorted(below(self._folder / name), key=lambda one: not _HEAD.fullmatch(one)):
                remove(self._folder / name / one)

    def _head(self, name: str, objects: Sequence[str]) -> bytes:
        heads = [one for one in objects if _HEAD.fullmatch(one)]
        if len(heads) > 1:
            raise MalgwiError(
                f"{self._folder / name}: of two works that were begun at once; remove all below "
                "it, and run that part again"
            )
        return (read(self._folder / name / heads[0]) or b"") if heads else b""


def _of(first: bytes, objects: Sequence[str]) -> list[str]:
    """Return the objects with the lines that follow a first one, in their order."""
    digest = _digest(first)
    mine = [one for one in objects if (found := _LINES.fullmatch(one)) and found[1] == digest]
    return sorted(mine, key=lambda one: (_number(one), one))


def _number(name: str) -> int:
    found = _LINES.fullmatch(name)
    return int(found[2]) if found else 0


def _digest(line: bytes) -> str:
    return sha256(line).hexdigest()[:16]


def _taken(place: Address, who: str, owner: str) -> str:
    _, _, other = owner.partition(" ")
    if not other:
        return f"{place}: the record was removed meanwhile; run this again to begin anew"
    return (
        f"{place}: another process is at {who} since ({other}), and goes on with what is done; "
        "this one ends"
    )
