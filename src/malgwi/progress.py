"""Progress of work on recordings: share done, speed against real time, time left; on stderr."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LINE_EVERY_S = 30.0

_Advance = Callable[[float, float], None]
"""Told of work done, in the unit of the whole, and of the seconds of audio in it."""


@contextmanager
def audio_progress(label: str, seconds: float) -> Iterator[Callable[[float], None]]:
    """Show a bar for `seconds` of audio; the function yielded is told of seconds done.

    Where stderr is no terminal, a plain line every half minute takes the bar's place.
    """
    with _progress(label, seconds, "s") as advance:
        yield lambda more: advance(more, more)


@contextmanager
def clip_progress(label: str, clips: int) -> Iterator[Callable[[float], None]]:
    """Show a bar for `clips` of unknown length; the function yielded is told of each one's seconds.

    Where stderr is no terminal, a plain line every half minute takes the bar's place.
    """
    with _progress(label, clips, "clips") as advance:
        yield lambda seconds: advance(1, seconds)


@contextmanager
def _progress(label: str, total: float, unit: str) -> Iterator[_Advance]:
    if sys.stderr.isatty():
        with _bar(label, total) as advance:
            yield advance
        return
    started = printed = time.monotonic()
    done = heard = 0.0

    def advance_line(more: float, seconds: float) -> None:
        nonlocal done, heard, printed
        done += more
        heard += seconds
        now = time.monotonic()
        if now - printed >= _LINE_EVERY_S:
            printed = now
            elapsed = now - started
            left = max(0.0, total - done) * elapsed / max(done, 1e-9)
            sys.stderr.write(
                f"{label}: {done:.0f} of {total:.0f} {unit}, {heard / elapsed:.1f} x real time, "
                f"{left:.0f} s left\n"
            )
            sys.stderr.flush()

    yield advance_line


@contextmanager
def _bar(label: str, total: float) -> Iterator[_Advance]:
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
        task = progress.add_task(label, total=max(total, 1e-9), speed="")
        started = time.monotonic()
        heard = 0.0

        def advance(more: float, seconds: float) -> None:
            nonlocal heard
            heard += seconds
            elapsed = max(time.monotonic() - started, 1e-9)
            progress.update(task, advance=more, speed=f"{heard / elapsed:.1f} x real time")

        yield advance
