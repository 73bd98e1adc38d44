"""Progress of work on recordings: share done, speed against real time, time left; on stderr."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LINE_EVERY_S = 30.0


@contextmanager
def audio_progress(label: str, seconds: float) -> Iterator[Callable[[float], None]]:
    """Show a bar for `seconds` of audio; the function yielded is told of seconds done.

    Where stderr is no terminal, a plain line every half minute takes the bar's place.
    """
    if sys.stderr.isatty():
        with _bar(label, seconds) as advance:
            yield advance
        return
    started = printed = time.monotonic()
    done = 0.0

    def advance_line(more: float) -> None:
        nonlocal done, printed
        done += more
        now = time.monotonic()
        if now - printed >= _LINE_EVERY_S:
            printed = now
            speed = done / (now - started)
            left = max(0.0, seconds - done) / speed
            sys.stderr.write(
                f"{label}: {done:.0f} of {seconds:.0f} s, {speed:.1f} x real time, "
                f"{left:.0f} s left\n"
            )
            sys.stderr.flush()

    yield advance_line


@contextmanager
def _bar(label: str, seconds: float) -> Iterator[Callable[[float], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=max(seconds, 1e-9), speed="")
        started = time.monotonic()

        def advance(more: float) -> None:
            progress.advance(task, more)
            done = progress.tasks[0].completed
            elapsed = max(time.monotonic() - started, 1e-9)
            progress.update(task, speed=f"{done / elapsed:.1f} x real time")

        yield advance
