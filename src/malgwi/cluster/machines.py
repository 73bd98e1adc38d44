"""Work on many items, done by the machines of a Ray cluster.

A task does a few items in a row, until they are worth its way; the longest begin first. Ray shares
the tasks out and begins those of a lost machine or process again, a few times; then their items are
tried one by one, and that at which its process dies again is named.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from malgwi.cluster.connection import connected
from malgwi.cluster.openings import Opening, opened
from malgwi.cluster.under_way import Kind, run
from malgwi.each import Advance, Each, Found, Item, Tool, Work
from malgwi.errors import MalgwiError

RETRIES = 2
"""Times that a task is begun again after the process or the machine under it died."""
_PATIENCE_S = 300.0
"""For all machines to say which versions they have; the first one loads libraries."""
_TOGETHER_S = 60.0
"""Sound of the items that a task does, at most; one that is longer goes alone."""
_TOGETHER = 64
"""Items that a task does, at most: their length needn't be known."""
_TURNS = 8
"""Tasks that there are for each processor, at least, where there are as many items."""


class Machines:
    """A cluster that is joined when there is something to do."""

    def __init__(self, address: str, stack: ExitStack) -> None:
        """Take its address, and what leaves it at the end."""
        self._address = address
        self._stack = stack
        self._ray: Any = None

    def each(self, opening: Opening[Tool], *, cpus: int = 1, gpus: float = 0.0) -> Each[Tool]:
        """Return what works on the machines, with what each process opens.

        `cpus` and `gpus` are what a task takes of a machine. Before the first item every machine is
        asked for its versions: `MalgwiError` where the cluster can't be joined, or one differs.
        """
        asked = False

        def each(
            work: Work[Tool, Item, Found],
            items: Iterable[tuple[int, Item]],
            advance: Advance = lambda _: None,
        ) -> Iterator[tuple[int, Found | MalgwiError]]:
            nonlocal asked
            todo = list(items)
            if not todo:
                return
            if self._ray is None:
                self._ray = self._stack.enter_context(connected(self._address))
            if not asked:
                check_room(self._ray, cpus=cpus, gpus=gpus)
                told = partial(_facts, _folder(), opening)
                check_machines(self._ray, told, _folder(), opening.facts())
                asked = True
            takes = {"num_cpus": cpus, "num_gpus": gpus}
            kind = shared_out(self._ray, opening, work, todo, advance=advance, takes=takes)
            yield from run(self._ray, [kind])

        return each


@contextmanager
def machines(address: str) -> Iterator[Machines]:
    """Yield a cluster (`local`, `auto` or HOST:PORT), which is left at the end of the block."""
    with ExitStack() as stack:
        yield Machines(address, stack)


def check_machines(
    ray: Any, facts: Callable[[], Mapping[str, str]], folder: str, expected: Mapping[str, str]
) -> None:
    """Find out that every machine has the same versions and the same model.

    `facts` is called on each of them, in a process that then works in `folder`.

    Raises:
        MalgwiError: names the machine and what differs.
    """
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    ask = ray.remote(num_cpus=0, max_retries=0)(_call)
    machines = [node for node in ray.nodes() if node["Alive"]]
    asked = [
        ask.options(
            scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        ).remote(facts)
        for node in machines
    ]
    for node, answer in zip(machines, asked, strict=True):
        machine = node["NodeManagerAddress"]
        try:
            found = ray.get(answer, timeout=_PATIENCE_S)
        except ray.exceptions.RayError as error:
            raise MalgwiError(
                f"machine {machine} of the cluster can't do it: {said(error)}; each needs this "
                f"version of Malgwi, the folder {folder}, and what is named in the command"
            ) from error
        for name, value in expected.items():
            if found.get(name) != value:
                raise MalgwiError(
                    f"machine {machine} of the cluster: {name} is {found.get(name)}, expected "
                    f"{value} as here; install the same there"
                )


def check_room(ray: Any, *, cpus: int, gpus: float) -> None:
    """Find out that some machine has what a task takes: Ray would wait for one that has.

    Raises:
        MalgwiError: none has.
    """
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if any(node.get("CPU", 0) >= cpus and node.get("GPU", 0) >= gpus for node in nodes):
        return
    there = ", ".join(f"{node.get('CPU', 0):g} and {node.get('GPU', 0):g}" for node in nodes[:5])
    raise MalgwiError(
        f"--worker-cpus {cpus} --worker-gpus {gpus:g}: no machine of the cluster has as many; they "
        f"have {there}{', …' if nodes[5:] else ''}"
    )


def said(error: Exception) -> str:
    """Return what went wrong in a task, without Ray's traceback."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, MalgwiError):
        return str(cause)
    if cause is None:
        return f"its process died or gave no answer, also when begun again ({type(error).__name__})"
    return f"{type(cause).__name__}: {str(cause).strip().partition(chr(10))[0]}"


def tasks(
    items: Sequence[tuple[int, Item]], seconds: Callable[[Item], float], processors: int
) -> list[list[tuple[int, Item]]]:
    """Share out items into tasks, the longest first, so that every processor has some turns."""
    lengths = {n: seconds(item) for n, item in items}
    most_s = min(_TOGETHER_S, sum(lengths.values()) / (_TURNS * processors))
    most = min(_TOGETHER, max(1, len(items) // (_TURNS * processors)))
    found: list[list[tuple[int, Item]]] = []
    held = 0.0
    for n, item in sorted(items, key=lambda each: -lengths[each[0]]):
        if not found or held + lengths[n] > most_s or len(found[-1]) >= most:
            found.append([])
            held = 0.0
        found[-1].append((n, item))
        held += lengths[n]
    return found


def shared_out(
    ray: Any,
    opening: Opening[Tool],
    work: Work[Tool, Item, Found],
    items: Sequence[tuple[int, Item]],
    *,
    advance: Advance,
    takes: Mapping[str, Any],
) -> Kind[Found | MalgwiError]:
    """Return the tasks of some items; so many at a time that no processor waits.

    Args:
        ray: connected.
        opening: what each process opens.
        work: what is done to an item.
        items: by their numbers.
        advance: told of the seconds of items that are done.
        takes: what a task takes of a machine, `num_cpus` among them.
    """
    processors = int(ray.cluster_resources().get("CPU", 1) // takes["num_cpus"]) or 1
    do = ray.remote(max_retries=RETRIES, **takes)(_do)
    queue = deque(tasks(items, work.seconds, processors))
    told = ray.put((_folder(), opening, work.do))
    pending: dict[Any, list[tuple[int, Item]]] = {}

    def begin() -> Any:
        if not queue:
            return None
        task = queue.popleft()
        ref = do.remote(told, [item for _, item in task])
        pending[ref] = task
        return ref

    def end(ref: Any) -> Iterator[tuple[int, Found | MalgwiError]]:
        task = pending.pop(ref)
        try:
            answers = ray.get(ref)
        except ray.exceptions.RayError as error:
            if len(task) > 1:
                queue.extend([one] for one in task)
                return
            answers = [MalgwiError(f"{work.name(task[0][1])}: {said(error)}")]
        for (n, item), found in zip(task, answers, strict=True):
            advance(work.seconds(item))
            yield n, found

    return Kind(begin, end, 2 * processors)


def _folder() -> str:
    """Return what the names of files are relative to."""
    return str(Path.cwd())


def _do(
    told: tuple[str, Opening[Tool], Callable[[Tool, Item, Advance], Found]], items: Sequence[Item]
) -> list[Found | MalgwiError]:
    """Do some items, on any machine."""
    folder, opening, do = told
    os.chdir(folder)
    tool = opened(opening)
    return [_found(do, tool, item) for item in items]


def _found(
    do: Callable[[Tool, Item, Advance], Found], tool: Tool, item: Item
) -> Found | MalgwiError:
    try:
        return do(tool, item, lambda _: None)
    except MalgwiError as error:
        return MalgwiError(str(error))


def _facts(folder: str, opening: Opening[Any]) -> dict[str, str]:
    """Return what a machine would do the work with, after opening it there."""
    os.chdir(folder)
    opened(opening)
    return opening.facts()


def _call(facts: Callable[[], Mapping[str, str]]) -> Mapping[str, str]:
    return facts()
