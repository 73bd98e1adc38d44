"""Tasks of several kinds go side by side, each so many at a time."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from malgwi.cluster.under_way import Kind, run


def _kind(name: str, count: int, most: int, told: list[str]) -> Kind[str]:
    """Tasks that are strings, and give two results each."""
    left = [f"{name}{n}" for n in range(count)]

    def begin() -> str | None:
        if not left:
            return None
        told.append(f"begin {left[0]}")
        return left.pop(0)

    def end(task: Any) -> Iterator[tuple[int, str]]:
        told.append(f"end {task}")
        yield 0, task
        yield 1, task
        if task == "b0":  # whose items are tried again
            left.append("b9")

    return Kind(begin, end, most)


def test_no_kind_waits_for_another() -> None:
    told: list[str] = []
    ray = SimpleNamespace(wait=lambda tasks, num_returns: ([max(tasks)], []))
    kinds = [_kind("a", 3, 2, told), _kind("b", 2, 2, told)]
    assert list(run(ray, kinds)) == [
        (n, task) for task in ("b1", "b0", "b9", "a1", "a2", "a0") for n in (0, 1)
    ]
    assert told == [
        *("begin a0", "begin a1", "begin b0", "begin b1"),
        *("end b1", "end b0", "begin b9", "end b9"),
        *("end a1", "begin a2", "end a2", "end a0"),
    ]


def test_nothing_to_do() -> None:
    assert list(run(None, [])) == []
    assert list(run(None, [_kind("a", 0, 2, [])])) == []
