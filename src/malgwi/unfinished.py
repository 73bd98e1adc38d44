"""Results that are being written, in hidden folders beside their place, and what is left of such.

A writer holds a lock on the mark inside its part for as long as it lives, so that what a killed
process left can be told from what another one is writing.
"""

import os
import platform
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

MARK = ".malgwi"
"""The file by which a published folder is known as one that Malgwi wrote and may replace.

It holds what tells one result from another; until the result is whole, which machine writes it.
"""

_WRITING = "being written on "
_PART = re.compile(r"\.(.+)\.[0-9a-f]{8}\.part", re.DOTALL)
_LONGEST_NAME = 200
"""Bytes of a result's name that go into its part's, since names end at 255."""
_PATIENCE_S = 10.0
_STATES = {
    "alive": "another process is writing to the same place; of two results, the one that is ready "
    "last will be kept beside it",
    "unknown": "left unfinished, perhaps by another machine or before a restart; remove it unless "
    "something still writes there",
    "whole": "a whole result that didn't get to its place; move it to where you want it",
}
"""What is said of parts that aren't removed."""


def sweep(folder: Path, name: str | None = None, *, any_machine: bool = False) -> None:
    """Remove what killed processes left half-written in a folder, and say so.

    Only the parts that a process of this machine began since the machine started, and whose lock
    is free, are known to be left: locks needn't reach other machines that share the disk.

    Args:
        folder: where to look.
        name: of the result whose parts are meant, of which those that stay are named, too.
        any_machine: also those of other machines, where it is known that none writes there.
    """
    dead = {"left", "unknown"} if any_machine else {"left"}
    with suppress(OSError), alone(folder):
        for part in _parts(folder, name):
            state = _state_of(part)
            if state in dead:
                shutil.rmtree(part, ignore_errors=True)
                _say(f"{part}: removed; a process that was killed had left it unfinished")
            elif name is not None:
                _say(f"{part}: {_STATES[state]}")


def _parts(folder: Path, name: str | None = None) -> list[Path]:
    found = ((_PART.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted(p for match, p in found if match and (name is None or match[1] == short(name)))


def _state_of(part: Path) -> str:
    """Return whether a part is `alive`, `left` by a process that ended, `whole`, or `unknown`."""
    try:
        with (part / MARK).open("r+", encoding="ascii") as mark:
            said = mark.read(1000)
            if said and not lock(mark.fileno()):
                return "alive"
    except (OSError, ValueError):
        return "unknown"
    if said and not said.startswith(_WRITING):
        return "whole"
    return "left" if said == _WRITING + _machine() else "unknown"


def _machine() -> str:
    """Return what names the running kernel, whose locks end with the processes that hold them."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return platform.node()


def lock(descriptor: int) -> bool | None:
    """Lock an open file or folder until it is closed; say whether that could be done at once.

    None: no lock can be had there at all (Windows, some shared disks).
    """
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        return None
    return True


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other publications into a folder waiting, by a lock on the folder itself."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # not there; or Windows, where a folder can't be opened
        yield
        return
    try:
        end = time.monotonic() + _PATIENCE_S
        while lock(descriptor) is False and time.monotonic() < end:
            time.sleep(0.01)
        yield
    finally:
        os.close(descriptor)


def begin(part: Path) -> IO[str]:
    """Make a part, and return its mark, which is locked until it is closed."""
    part.mkdir()
    mark = (part / MARK).open("w", encoding="ascii")
    if lock(mark.fileno()):
        mark.write(_WRITING + _machine())
        mark.flush()
    else:  # Windows renames no folder in which a file is open
        mark.close()
    return mark


def finish(part: Path) -> None:
    """Mark a part as whole, and unlike any other."""
    (part / MARK).write_text(f"{secrets.token_hex(16)}\n", encoding="ascii")


def remove(folder: Path, place: Path) -> None:
    """Delete a folder of ours as a part of `place`, since one half deleted is no result."""
    part = beside(place)
    folder.rename(part)
    (part / MARK).write_text(_WRITING + _machine(), encoding="ascii")
    shutil.rmtree(part, ignore_errors=True)


def short(name: str) -> str:
    """Return a name of which a part's can be made."""
    whole = os.fsencode(name)
    return name if len(whole) <= _LONGEST_NAME else whole[:_LONGEST_NAME].decode(errors="ignore")


def beside(place: Path) -> Path:
    """Return a name for a part that is to become `place`."""
    return place.with_name(f".{short(place.name)}.{secrets.token_hex(4)}.part")


def _say(text: str) -> None:
    sys.stderr.write(f"malgwi: {text}\n")
