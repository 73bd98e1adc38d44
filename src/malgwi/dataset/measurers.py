"""Recordings measured by processes of their own, here or elsewhere.

A decoder that crashes on a broken file, or never comes back, must cost that file only. Several
processes share a recording of hours where it can be read from any place on.
"""

import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import NamedTuple

from malgwi.dataset.measure import Recording
from malgwi.dataset.slices import ALL, WHOLE, Cut, Part, Slice, slices
from malgwi.each import Advance, Each, Found, Item, Work
from malgwi.errors import MalgwiError
from malgwi.recorded import Kept
from malgwi.speech.audio import SAMPLE_RATE

_IN_FLIGHT = 64  # slices handed out before the oldest one's facts are in
_QUIET_S = 300.0
"""Without a sign of life a process hangs: it gives one for every 10 s of sound, which take it some
milliseconds, so that a busy machine or a slow disk isn't mistaken for a file that is broken."""
_LOOK_S = 1.0
_BYTES_S = 2 * SAMPLE_RATE
"""Of a second of WAV, by which files are compared before they are opened."""


class _Task(NamedTuple):
    """Parts of a recording that lie in a slice of it."""

    path: Path
    parts: Sequence[Part]
    of: Slice = ALL

    @property
    def seconds(self) -> float:
        """About how much sound it has, as if it were WAV."""
        if self.of.end is not None:
            return (self.of.end - self.of.first) / SAMPLE_RATE
        try:
            whole = self.path.stat().st_size / _BYTES_S
        except OSError:  # which is told when it is measured
            return 0.0
        return max(0.0, whole - self.of.first / SAMPLE_RATE)


@dataclass
class _Recording:
    """A recording on its way, and the facts of its slices by their numbers."""

    path: Path
    parts: Sequence[Part]
    cut: Cut
    answers: dict[int, list[Recording]] = field(default_factory=dict)


def measure_all(
    recordings: Iterable[tuple[Path, Sequence[Part]]],
    workers: int = 2,
    each: "Each[Measurer] | None" = None,
) -> Iterator[list[Recording]]:
    """Yield the facts of each recording's parts, in order.

    `each` says where they are measured; None is by `workers` processes of this machine.

    A recording on which the decoder crashes or hangs gets a `problem`; the rest goes on. What is
    written doesn't depend on how a recording is cut into slices: where one of them isn't as it
    should be, all of it is decoded once more.
    """
    with nullcontext(each) if each else processes(workers) as measuring:
        yield from _in_order(recordings, measuring)


def _in_order(
    recordings: Iterable[tuple[Path, Sequence[Part]]], each: "Each[Measurer]"
) -> Iterator[list[Recording]]:
    coming: deque[_Recording] = deque()
    whose: dict[int, tuple[_Recording, int]] = {}
    numbers = count()

    def items() -> Iterator[tuple[int, _Task]]:
        for path, parts in recordings:
            one = _Recording(path, parts, slices(path, parts))
            coming.append(one)
            for number, (of, inside) in enumerate(one.cut):
                task = next(numbers)
                whose[task] = one, number
                yield task, _Task(path, [parts[i] for i in inside], of)

    for task, found in each(_WORK, items()):
        one, number = whose.pop(task)
        one.answers[number] = _facts(found, len(one.cut[number][1]))
        while coming and len(coming[0].answers) == len(coming[0].cut):
            first = coming.popleft()
            answers = [first.answers[number] for number in range(len(first.cut))]
            whole = _joined(first.parts, first.cut, answers)
            if whole is None:
                [(_, again)] = each(_WORK, [(0, _Task(first.path, first.parts))])
                whole = _facts(again, len(first.parts))
            yield whole


def _facts(found: list[Recording] | MalgwiError, parts: int) -> list[Recording]:
    if isinstance(found, MalgwiError):  # not the decoder died, but who asks it
        return [Recording(problem=str(found))] * parts
    return found


def _measured(measurer: "Measurer", task: _Task, _: Advance) -> list[Recording]:
    return measurer.measure(*task)


_WORK = Work(_measured, seconds=lambda task: task.seconds, name=lambda task: task.path)


def _facts_of(task: _Task) -> list[object]:
    try:
        size = task.path.stat().st_size
    except OSError:
        size = -1
    return ["measured", os.fspath(task.path), size, task.parts, task.of]


MEASURED: Kept[_Task, list[Recording]] = Kept(
    _facts_of,
    plain=lambda found: [asdict(recording) for recording in found],
    found=lambda _, plain: [Recording(**facts) for facts in plain],
    again=lambda plain: any(facts["problem"] for facts in plain),
)
"""How the facts of a recording are recorded: a broken one is tried again."""


@contextmanager
def processes(workers: int = 2) -> "Iterator[Each[Measurer]]":
    """Yield what measures by processes of this machine, whose items may be without end."""
    local = threading.local()
    started: list[Measurer] = []
    threads = ThreadPoolExecutor(workers)

    def do(work: Work[Measurer, Item, Found], item: Item, advance: Advance) -> Found:
        if not hasattr(local, "measurer"):
            local.measurer = Measurer()
            started.append(local.measurer)
        return work.do(local.measurer, item, advance)

    def each(
        work: Work[Measurer, Item, Found],
        items: Iterable[tuple[int, Item]],
        advance: Advance = lambda _: None,
    ) -> Iterator[tuple[int, Found | MalgwiError]]:
        pending: deque[tuple[int, Future[Found]]] = deque()
        for n, item in items:
            pending.append((n, threads.submit(do, work, item, advance)))
            if len(pending) >= _IN_FLIGHT:
                first, future = pending.popleft()
                yield first, future.result()
        for first, future in pending:
            yield first, future.result()

    try:
        yield each
    finally:
        threads.shutdown(cancel_futures=True)
        for measurer in started:
            measurer.close()


def _joined(
    parts: Sequence[Part], cut: Cut, answers: Sequence[list[Recording]]
) -> list[Recording] | None:
    """Return the facts as one decode of the recording gives them; None where only that can tell."""
    if len(cut) == 1:
        return answers[0]
    for (of, _), found in zip(cut, answers, strict=True):
        said = any(r.problem or r.truncated or r.wrong_header for r in found)
        if said or (of.end is not None and found[0].length != of.end):
            return None
    last = answers[-1][0]
    by_place = {
        i: replace(facts, length=last.length, sha256=last.sha256)
        for (_, at), found in zip(cut, answers, strict=True)
        for i, facts in zip(at, found, strict=True)
    }
    return [by_place[i] for i in range(len(parts))]


class _Watch:
    """Ends a process that gives no sign of life for too long."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.hung = False
        self._process = process
        self._quiet = 0.0
        self._done = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def alive(self) -> None:
        self._quiet = 0.0

    def close(self) -> None:
        self._done.set()

    def _look(self) -> None:
        # Counted in looks, since a whole group of processes may be stopped for hours and go on.
        while not self._done.wait(_LOOK_S):
            self._quiet += _LOOK_S
            if self._quiet >= _QUIET_S:
                self.hung = True
                self._process.kill()
                return


class Measurer:
    """A process that measures one recording after the other; it is replaced when it dies."""

    def __init__(self) -> None:
        """Start none before it is needed."""
        self._process: subprocess.Popen[str] | None = None

    def measure(
        self, path: Path, parts: Sequence[Part] = (WHOLE,), of: Slice = ALL
    ) -> list[Recording]:
        """Return the facts of a recording's parts, as `malgwi.dataset.measure.measure` does."""
        process = self._process = self._process or _start()
        assert process.stdin is not None  # noqa: S101 - pipes, as started
        assert process.stdout is not None  # noqa: S101
        answer = ""
        with closing(_Watch(process)) as watch, suppress(BrokenPipeError):
            process.stdin.write(json.dumps([os.fspath(path), parts, of]) + "\n")
            process.stdin.flush()
            while (answer := process.stdout.readline()) == "\n":
                watch.alive()
        if answer.endswith("\n"):
            return [Recording(**facts) for facts in json.loads(answer)]
        self.close()
        found = f"hung for {_QUIET_S:.0f} s" if watch.hung else "crashed"
        problem = f"{path}: the decoder {found} on it; convert it again or leave it out"
        return [Recording(problem=problem)] * len(parts)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            with suppress(OSError):
                self._process.communicate()
            self._process = None


def _start() -> "subprocess.Popen[str]":
    places = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "malgwi.dataset.measure"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # decoders written in C talk there
        text=True,
        encoding="ascii",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places), "OPENBLAS_NUM_THREADS": "1"},
    )
