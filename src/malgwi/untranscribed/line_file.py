"""Results that are written one by one, of which a killed process leaves what was done."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from malgwi.errors import MalgwiError


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the JSON lines of a file that a killed process may have been writing.

    What is left of a line that isn't whole is cut off, so that others can be appended.
    """
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        with path.open("rb+") as file:
            file.truncate(len(whole))
    try:
        return [json.loads(line) for line in whole.splitlines()]
    except ValueError as error:
        raise MalgwiError(
            f"{path}: damaged ({error}); remove its folder, and begin anew"
        ) from error


def append_line(path: Path, row: Mapping[str, Any]) -> None:
    """Append a JSON line at once."""
    with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
