"""What is recorded isn't done again, and what comes of it is the same."""

import time
from collections.abc import Sequence
from typing import Any

import pytest

from malgwi.each import Advance, Work, each_of_groups, here
from malgwi.errors import MalgwiError
from malgwi.recorded import Kept, Recorded

LENGTHS: Kept[str, int] = Kept(
    lambda text: ["length", text], plain=lambda n: n, found=lambda _, n: n, again=lambda n: n == 0
)


class Counted:
    """What measures texts, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []


def _length(tool: Counted, text: str, advance: Advance) -> int:
    tool.asked.append(text)
    if text == "bad":
        raise MalgwiError("bad: can't be measured")
    advance(1.0)
    return len(text)


def _lengths(tool: Counted, texts: Sequence[str], advance: Advance) -> list[int]:
    return [_length(tool, text, advance) for text in texts]


ONE = Work(_length, seconds=lambda _: 1.0, name=str)
GROUP = Work(_lengths, seconds=lambda texts: 1.0 * len(texts), name=str)


def test_only_what_is_new_is_done() -> None:
    lines: list[Any] = []
    tool, told = Counted(), list[float]()
    items = list(enumerate(["a", "bad", "ccc", ""]))
    recorded = Recorded({}, lines.append)
    found = dict(recorded.each(here(tool), LENGTHS)(ONE, items, told.append))
    recorded.write()
    assert {n: one for n, one in found.items() if n != 1} == {0: 1, 2: 3, 3: 0}
    assert isinstance(found[1], MalgwiError)
    assert told == [1.0] * 3
    known = {name: value for line in lines for name, value in line.items()}
    assert sorted(known.values()) == [0, 1, 3]

    # Another order, one more, one left out: what can't be measured and what is odd is tried again.
    tool.asked.clear()
    items = list(enumerate(["ccc", "", "dd", "bad", "a"]))
    again = Recorded(known, lines.append).each(here(tool), LENGTHS)
    assert {n: one for n, one in again(ONE, items) if n != 3} == {0: 3, 1: 0, 2: 2, 4: 1}
    assert tool.asked == ["", "dd", "bad"]
    tool.asked.clear()
    last = Recorded(known, None).each(here(tool), LENGTHS)
    assert dict(last(ONE, [(7, ""), (8, "a")])) == {7: 0, 8: 1}
    assert tool.asked == []


def test_of_groups_those_that_are_new() -> None:
    lines: list[Any] = []
    tool = Counted()
    groups = {0: ["a", "bb"], 1: ["bad", "ccc"], 2: ["dddd"]}
    recorded = Recorded({}, lines.append)
    found = dict(each_of_groups(recorded.each_of(here(tool), LENGTHS), GROUP, groups))
    recorded.write()
    assert (found[0], found[2]) == ([1, 2], [4])
    assert isinstance(found[1][0], MalgwiError)
    assert found[1][1] == 3
    known = {name: value for line in lines for name, value in line.items()}
    tool.asked.clear()
    each = Recorded(known, None).each_of(here(tool), LENGTHS)
    known_groups = {5: ["bb", "new", "a"], 6: ["ccc"]}
    assert dict(each_of_groups(each, GROUP, known_groups)) == {5: [2, 3, 1], 6: [3]}
    assert tool.asked == ["new"]


def test_it_is_written_some_at_a_time_or_after_some_time(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[Any] = []
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    kept = Recorded({}, lines.append)
    for n in range(70):
        kept.keep(LENGTHS, str(n), n)
    assert [len(line) for line in lines] == [64]
    now[0] = 1.5
    kept.keep(LENGTHS, "one more", 8)
    assert [len(line) for line in lines] == [64, 7]
    kept.write()
    assert len(lines) == 2
