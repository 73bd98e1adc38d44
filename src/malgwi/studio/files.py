"""Small files of a project: written whole, read as far as they hold what is meant."""

import json
from pathlib import Path
from typing import Any

from malgwi.corpus.place import is_file
from malgwi.publish import publish_file

State = tuple[int, int, int]
"""What tells whether a file is as it was: its number, size and time."""


def state_of(path: Path) -> State:
    """Return what tells whether a file is as it was.

    Raises:
        OSError: it isn't there.
    """
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def write_json(
    path: Path, value: object, *, indent: int | None = None, private: bool = False
) -> None:
    """Write a file whole or not at all; a private one is the person's alone.

    Raises:
        MalgwiError: that failed.
    """
    with publish_file(path) as fresh:
        if private:
            fresh.touch(mode=0o600)
        text = json.dumps(value, ensure_ascii=False, indent=indent)
        fresh.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the object that a file holds; None where there is none that can be read."""
    try:
        found = json.loads(path.read_bytes()) if is_file(path) else None
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
