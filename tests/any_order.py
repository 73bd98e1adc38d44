"""What does work elsewhere, for tests: last item first, and some die of it."""

from collections.abc import Iterable, Iterator

from malgwi.each import Advance, Each, Found, Item, Tool, Work
from malgwi.errors import MalgwiError

DIED = "its process died"


def backwards(tool: Tool, *deadly: str) -> Each[Tool]:
    """Return what begins with the last; who opens a file of a deadly name dies."""

    def each(
        work: Work[Tool, Item, Found],
        items: Iterable[tuple[int, Item]],
        advance: Advance = lambda _: None,
    ) -> Iterator[tuple[int, Found | MalgwiError]]:
        for n, item in reversed(list(items)):
            name = str(work.name(item))
            if name.endswith(deadly or ("\0",)):
                yield n, MalgwiError(f"{name}: {DIED}")
            else:
                yield n, work.do(tool, item, lambda _: None)
            advance(work.seconds(item))

    return each
