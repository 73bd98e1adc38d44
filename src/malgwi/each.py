"""Work on many items, and where it is done: one value that does it to each of them.

A command says what is to be done to an item (`Work`); what it is given says where (`Each`): `here`,
in processes of this machine, or on the machines of a cluster.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from malgwi.errors import MalgwiError

Tool = TypeVar("Tool")
"""What the work is done with, such as a recogniser; opened once in every process."""
Item = TypeVar("Item")
Found = TypeVar("Found")
Tool_co = TypeVar("Tool_co", covariant=True)
Tool_contra = TypeVar("Tool_contra", contravariant=True)
Item_contra = TypeVar("Item_contra", contravariant=True)
Found_co = TypeVar("Found_co", covariant=True)

Advance = Callable[[float], object]
"""Told of the seconds of sound that are done since it was last told."""


@dataclass(frozen=True)
class Work(Generic[Tool_contra, Item_contra, Found_co]):
    """What is done to an item."""

    do: Callable[[Tool_contra, Item_contra, Advance], Found_co]
    """A module's function, or a `partial` of one, since it may be sent elsewhere. It raises
    `MalgwiError` where nothing can be found of an item."""
    seconds: Callable[[Item_contra], float]
    """How much sound an item has, or 0."""
    name: Callable[[Item_contra], object]
    """What an item is called where the process that is at it dies."""


def _untold(_: float) -> None:
    return None


class Each(Protocol[Tool_co]):
    """Does some work to each item, somewhere."""

    def __call__(
        self,
        work: Work[Tool_co, Item, Found],
        items: Iterable[tuple[int, Item]],
        advance: Advance = _untold,
    ) -> Iterator[tuple[int, Found | MalgwiError]]:
        """Yield what is found of each item by its number, or why nothing is; in any order."""


def here(tool: Tool) -> Each[Tool]:
    """Return what works in this process, one item after the other."""

    def each(
        work: Work[Tool, Item, Found],
        items: Iterable[tuple[int, Item]],
        advance: Advance = _untold,
    ) -> Iterator[tuple[int, Found | MalgwiError]]:
        for n, item in items:
            found: Found | MalgwiError
            try:
                found = work.do(tool, item, advance)
            except MalgwiError as error:
                found = error
            yield n, found

    return each


def in_order(found: Iterable[tuple[int, Found]], numbers: Iterable[int]) -> Iterator[Found]:
    """Yield what comes in any order in that of the numbers; what is early waits."""
    early: dict[int, Found] = {}
    coming = iter(found)
    for number in numbers:
        while number not in early:
            n, one = next(coming)
            early[n] = one
        yield early.pop(number)


def each_of_groups(
    each: Each[Tool],
    work: Work[Tool, Sequence[Item], list[Found]],
    groups: Mapping[int, Sequence[Item]],
    advance: Advance = _untold,
) -> Iterator[tuple[int, list[Found | MalgwiError]]]:
    """Yield what is found of each item of a group, in their order, by the group's number.

    A group of which nothing is found, since a process died at it, is tried item by item: so those
    beside the one that kills it are found, and that one alone has an error in its place.
    """
    failed: list[int] = []
    for n, found in each(work, groups.items(), advance):
        if not isinstance(found, MalgwiError):
            yield n, [*found]
        elif len(groups[n]) > 1:
            failed.append(n)
        else:
            yield n, [found]
    alone: list[Sequence[Item]] = [[item] for n in failed for item in groups[n]]
    if not alone:
        return
    again = each(work, enumerate(alone))
    singly: Iterator[list[Found] | MalgwiError] = in_order(again, range(len(alone)))
    for n in failed:
        members: list[Found | MalgwiError] = []
        for _ in groups[n]:
            one = next(singly)
            members += [one] if isinstance(one, MalgwiError) else one
        yield n, members
