"""Tasks of several kinds that are under way on a Ray cluster at once.

Ray gives each kind its share of what is free, so that none waits until the others are through.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from malgwi.each import Found


@dataclass(frozen=True, eq=False)
class Kind(Generic[Found]):
    """Tasks of one kind."""

    begin: Callable[[], Any]
    """Begins the next one, and returns what Ray knows it by; None: there is none now."""
    end: Callable[[Any], Iterable[tuple[int, Found]]]
    """What one that has ended gives, by the numbers of items; more may be begun after it."""
    most: int
    """That are under way or wait for their turn, so that no machine waits for this one."""


def run(ray: Any, kinds: Sequence[Kind[Found]]) -> Iterator[tuple[int, Found]]:
    """Yield what all tasks give, as they end."""
    pending: dict[Any, Kind[Found]] = {}
    many = Counter[Kind[Found]]()
    while True:
        for kind in kinds:
            while many[kind] < kind.most and (task := kind.begin()) is not None:
                pending[task] = kind
                many[kind] += 1
        if not pending:
            return
        [ready], _ = ray.wait(list(pending), num_returns=1)
        kind = pending.pop(ready)
        many[kind] -= 1
        yield from kind.end(ready)
