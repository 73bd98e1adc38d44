"""Where a path of outside data leads."""

import os
from collections.abc import Sequence
from pathlib import Path


def inside(path: Path, root: Path) -> Path | None:
    """Return `path` relative to `root`, links followed, or None where it leads outside."""
    try:
        Path(os.path.realpath(path)).relative_to(os.path.realpath(root))
        return Path(os.path.normpath(path)).relative_to(os.path.normpath(root))
    except ValueError:
        return None


def is_file(path: Path) -> bool:
    """Say whether a file is there; also of what no disk could name."""
    return os.path.isfile(path)  # noqa: PTH113 - `Path.is_file` raises for names that are too long


def first_there(written: str, bases: Sequence[Path]) -> Path:
    """Return the file that a relative path means from the first of `bases` where there is one."""
    tried = [base / written for base in bases]
    return next((path for path in tried if is_file(path)), tried[0])
