"""Work of which it is recorded what was found, so that a later run need not do it again.

What is found of an item is known by what it depends on, not by the item's place: so the run that
puts all together finds it, though other items may have been left out meanwhile.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic

from malgwi.each import Advance, Each, Found, Item, Tool, Work
from malgwi.errors import MalgwiError

_AT_ONCE, _PATIENCE_S = 64, 1.0
"""So many findings go into a line of the record, or those of so much time."""


@dataclass(frozen=True)
class Kept(Generic[Item, Found]):
    """How what is found of an item is recorded."""

    facts: Callable[[Item], Any]
    """All that it depends on, as plain values; its kind first."""
    plain: Callable[[Found], Any]
    """What is found, as plain values, but nothing that isn't among the facts of the item; None
    isn't kept."""
    found: Callable[[Item, Any], Found]
    """What `plain` made plain."""
    again: Callable[[Any], bool] = lambda _: False
    """Whether a later run should try again, by the plain values."""


class Recorded:
    """What earlier runs found, to which this one adds."""

    def __init__(
        self, known: Mapping[str, Any], add: Callable[[Mapping[str, Any]], object] | None
    ) -> None:
        """Go on with what is known; `add` lets some findings last. None: nothing is added."""
        self._known = known
        self._add = add
        self._waiting: dict[str, Any] = {}
        self._written = time.monotonic()

    def each(self, each: Each[Tool], kept: "Kept[Any, Any]") -> Each[Tool]:
        """Return what does a work as `each` does, where nothing is known of an item yet."""

        def recorded(
            work: Work[Tool, Item, Found],
            items: Iterable[tuple[int, Item]],
            advance: Advance = lambda _: None,
        ) -> Iterator[tuple[int, Found | MalgwiError]]:
            left: dict[int, Item] = {}
            for n, item in items:
                if (plain := self.known(kept, item)) is None:
                    left[n] = item
                    continue
                advance(work.seconds(item))
                found: Found = kept.found(item, plain)
                yield n, found
            for n, one in each(work, left.items(), advance):
                if not isinstance(one, MalgwiError):
                    self.keep(kept, left[n], one)
                yield n, one

        return recorded

    def each_of(self, each: Each[Tool], kept: "Kept[Any, Any]") -> Each[Tool]:
        """Return the same for a work on groups of items, of each of which something is found."""

        def recorded(
            work: Work[Tool, Item, Found],
            items: Iterable[tuple[int, Item]],
            advance: Advance = lambda _: None,
        ) -> Iterator[tuple[int, Found | MalgwiError]]:
            whole: dict[int, Any] = dict(items)
            before = {n: [self.known(kept, one) for one in group] for n, group in whole.items()}
            left: dict[int, Any] = {}
            for n, group in whole.items():
                left[n] = [one for one, p in zip(group, before[n], strict=True) if p is None]
            known: list[tuple[int, Any]] = [(n, []) for n in whole if not left[n]]
            todo = [(n, group) for n, group in left.items() if group]
            for n, found in chain(known, each(work, todo, advance)):
                if isinstance(found, MalgwiError):
                    yield n, found
                    continue
                every: Any = found
                for one, its in zip(left[n], every, strict=True):
                    self.keep(kept, one, its)
                new = iter(every)
                together: Any = [
                    next(new) if plain is None else kept.found(one, plain)
                    for one, plain in zip(whole[n], before[n], strict=True)
                ]
                yield n, together

        return recorded

    def known(self, kept: Kept[Item, Found], item: Item) -> Any:
        """Return what is known of an item, as plain values; None where it is to be found."""
        plain = self._known.get(_name(kept, item))
        return None if plain is None or (self._add and kept.again(plain)) else plain

    def keep(self, kept: Kept[Item, Found], item: Item, found: Found) -> None:
        """Record what was found of an item, soon.

        Raises:
            MalgwiError: it can't be written.
        """
        if (plain := kept.plain(found)) is not None:
            self._waiting[_name(kept, item)] = plain
        if len(self._waiting) >= _AT_ONCE or time.monotonic() - self._written >= _PATIENCE_S:
            self.write()

    def write(self) -> None:
        """Record what waits for it; to be called at the end.

        Raises:
            MalgwiError: it can't be written.
        """
        if self._waiting and self._add:
            self._add(self._waiting)
        self._waiting = {}
        self._written = time.monotonic()


def _name(kept: Kept[Item, Found], item: Item) -> str:
    facts = json.dumps(kept.facts(item), ensure_ascii=True)
    return hashlib.sha256(facts.encode()).hexdigest()[:24]
