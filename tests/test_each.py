"""Work that is done to each item of many, in any order."""

from collections.abc import Iterable, Iterator, Sequence

import pytest

from malgwi.each import Advance, Work, each_of_groups, here, in_order
from malgwi.errors import MalgwiError


def _lengths(tool: str, words: Sequence[str], advance: Advance) -> list[str]:
    if "deadly" in words:
        raise MalgwiError(f"{words[0]}: died")
    advance(len(words))
    return [f"{tool}{len(word)}" for word in words]


WORK = Work(_lengths, seconds=len, name=lambda words: words[0])


def test_here_goes_on_after_what_cannot_be_done() -> None:
    done: list[float] = []
    found = list(here("#")(WORK, [(7, ["a", "bc"]), (2, ["deadly"]), (3, ["def"])], done.append))
    assert found[0] == (7, ["#1", "#2"])
    assert found[1][0] == 2
    assert str(found[1][1]) == "deadly: died"
    assert found[2] == (3, ["#3"])
    assert done == [2, 1]


def test_what_is_early_waits() -> None:
    taken: list[int] = []

    def coming() -> Iterator[tuple[int, str]]:
        for n in (5, 2, 9):
            taken.append(n)
            yield n, "abcdefghij"[n]

    found = in_order(coming(), [2, 5, 9])
    assert next(found) == "c"
    assert taken == [5, 2]
    assert list(found) == ["f", "j"]


def test_beside_one_that_kills_a_process_the_others_are_found() -> None:
    asked: list[list[str]] = []

    def backwards(
        work: Work[str, Sequence[str], list[str]],
        items: Iterable[tuple[int, Sequence[str]]],
        advance: Advance = lambda _: None,
    ) -> Iterator[tuple[int, list[str] | MalgwiError]]:
        todo = list(items)[::-1]
        asked.extend(list(words) for _, words in todo)
        return here("#")(work, todo, advance)

    groups = {4: ["a", "deadly", "bc"], 5: ["deadly"], 6: ["def", "g"]}
    found = dict(each_of_groups(backwards, WORK, groups))  # type: ignore[arg-type]
    assert found[6] == ["#3", "#1"]
    first, second, third = found[4]
    assert (first, third) == ("#1", "#2")
    assert [str(error) for error in (second, *found[5])] == ["deadly: died", "deadly: died"]
    assert asked == [groups[6], ["deadly"], groups[4], ["bc"], ["deadly"], ["a"]]


def test_something_that_never_comes_is_no_result() -> None:
    with pytest.raises(RuntimeError):
        list(in_order(iter([(0, "a")]), [0, 1]))
