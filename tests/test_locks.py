"""Lock files say what is installed, and nothing of where it comes from."""

from pathlib import Path

import pytest

from places import TOP

LOCKS = sorted(
    path
    for pattern in ("requirements/*.lock", "tools/**/package-lock.json")
    for path in TOP.glob(pattern)
    if "node_modules" not in path.parts
)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.relative_to(TOP).as_posix())
def test_a_lock_names_no_place(lock: Path) -> None:
    assert "://" not in lock.read_text(encoding="utf-8")


def test_all_locks_are_looked_at() -> None:
    assert {path.parent.name for path in LOCKS} == {"requirements", "studio", "firefox"}
