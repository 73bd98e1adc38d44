"""Progress of long work: share done, speed against real time, time left; the one way for all.

People see it on stderr: a bar on a terminal, elsewhere a line every half minute. Other programs
read it as JSON lines (docs/progress.md). Whom it reaches is set around the work, by `write_to` and
`limited`, so that the work itself only says how far it is.
"""

import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache
from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from malgwi.errors import MalgwiError

if TYPE_CHECKING:
    from rich.console import Console

_LINE_EVERY_S = 30.0
_JSON_EVERY_S = 0.5
_SHOWN_AS = {"loss": "loss", "wer": "WER", "cer": "CER"}
"""The facts that people see, and what they are called."""


@dataclass(frozen=True)
class Status:
    """How far a stage of work is."""

    stage: str
    done: float
    total: float
    unit: str
    seconds_elapsed: float = 0.0
    seconds_left: float | None = None
    """None before anything is done."""
    x_real_time: float | None = None
    """Seconds of audio worked on per second."""
    facts: Mapping[str, float | None] = field(default_factory=dict)
    """What else is known of the work, such as its loss."""

    def to_text(self) -> str:
        """Return the status for people, without the stage's name."""
        parts = [f"{self.done:.0f} of {self.total:.0f} {self.unit}"]
        if self.x_real_time is not None:
            parts.append(f"{self.x_real_time:.1f} x real time")
        for name, shown in _SHOWN_AS.items():
            if (value := self.facts.get(name)) is not None:
                parts.append(f"{shown} {value:.3f}")
        if self.seconds_left is not None:
            parts.append(f"{clock(self.seconds_left)} left")
        return ", ".join(parts)

    def to_json(self, *, ended: bool = False) -> dict[str, Any]:
        """Return the status as plain values; what isn't a finite number is None."""
        values = {
            "stage": self.stage,
            "done": round(self.done, 3),
            "total": round(self.total, 3),
            "unit": self.unit,
            "seconds_elapsed": _rounded(self.seconds_elapsed),
            "seconds_left": _rounded(self.seconds_left),
            "x_real_time": _rounded(self.x_real_time),
        }
        facts = {n: _finite(v) if isinstance(v, float) else v for n, v in self.facts.items()}
        return values | facts | {"ended": ended}


class Update(Protocol):
    """Tells of all that is done of a stage so far."""

    def __call__(
        self, done: float, x_real_time: float | None = None, /, **facts: float | None
    ) -> None:
        """Tell it."""


_Show = Callable[[Status], None]


class _JsonLines:
    """A file for other programs. If it fails, it is given up, but not the work."""

    def __init__(self, path: Path, file: RawIOBase) -> None:
        self._path = path
        self._file: RawIOBase | None = file

    def write(self, line: Mapping[str, Any]) -> None:
        """Append a line at once."""
        if self._file is None:
            return
        try:
            self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        except OSError as error:
            self._file = None
            say(f"--progress {self._path}: no longer written ({error.strerror})")


@dataclass(frozen=True)
class _Audience:
    """Whom progress reaches."""

    screen: bool = True
    file: _JsonLines | None = None


_AUDIENCE: ContextVar[_Audience] = ContextVar("audience", default=_Audience())  # noqa: B039 - frozen


@contextmanager
def write_to(path: Path | None) -> Iterator[None]:
    """Append the progress of the block to a file as JSON lines, too, where there is a path.

    Raises:
        MalgwiError: the file can't be written.
    """
    if path is None:
        yield
        return
    try:
        file = path.open("ab", buffering=0)
    except OSError as error:
        raise MalgwiError(
            f"--progress {path}: can't be written ({error.strerror}); give another file"
        ) from error
    with file, _reaching(replace(_AUDIENCE.get(), file=_JsonLines(path, file))):
        yield


def limited(*, screen: bool, file: bool) -> AbstractContextManager[None]:
    """Keep the progress of a block from the screen, or from the file, where one is False."""
    now = _AUDIENCE.get()
    return _reaching(_Audience(now.screen and screen, now.file if file else None))


@contextmanager
def _reaching(audience: _Audience) -> Iterator[None]:
    before = _AUDIENCE.set(audience)
    try:
        yield
    finally:
        _AUDIENCE.reset(before)


def say(text: str) -> None:
    """Print a line on stderr, above the bar if there is one."""
    if _AUDIENCE.get().screen:
        _console().print(text, markup=False, soft_wrap=True)


@contextmanager
def stage(name: str, total: float, unit: str, *, done: float = 0.0) -> Iterator[Update]:
    """Show a stage of `total` units of work, of which `done` are there already.

    The function yielded is told of all that is done so far, of the seconds of audio worked on per
    second and of any facts.
    """
    begun = time.monotonic()
    audience = _AUDIENCE.get()
    first = Status(name, done, total, unit)
    with ExitStack() as views:
        shows: list[_Show] = []
        if audience.screen:
            on_screen = _bar if sys.stderr.isatty() else _lines
            shows.append(views.enter_context(on_screen(first)))
        if audience.file is not None:
            shows.append(views.enter_context(_json(first, audience.file)))

        def update(now: float, x_real_time: float | None = None, /, **facts: float | None) -> None:
            elapsed = time.monotonic() - begun
            new = now - done
            left = max(0.0, total - now) * elapsed / new if new > 0 else None
            status = Status(name, now, total, unit, elapsed, left, x_real_time, facts)
            for show in shows:
                show(status)

        yield update


@contextmanager
def audio_progress(label: str, seconds: float) -> Iterator[Callable[[float], None]]:
    """Show a stage of `seconds` of audio; the function yielded is told of seconds done."""
    begun = time.monotonic()
    done = 0.0

    def advance(more: float) -> None:
        nonlocal done
        done += more
        update(done, done / max(time.monotonic() - begun, 1e-9))

    with stage(label, seconds, "s") as update:
        yield advance


@contextmanager
def clip_progress(label: str, clips: int) -> Iterator[Callable[[float], None]]:
    """Show a stage of `clips` of unknown length; what is yielded is told each one's seconds."""
    begun = time.monotonic()
    done, heard = 0, 0.0

    def advance(seconds: float) -> None:
        nonlocal done, heard
        done += 1
        heard += seconds
        update(done, heard / max(time.monotonic() - begun, 1e-9))

    with stage(label, clips, "clips") as update:
        yield advance


@contextmanager
def _bar(first: Status) -> Iterator[_Show]:
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[text]}", markup=False),
    )
    with Progress(*columns, console=_console(), transient=True) as progress:
        task = progress.add_task(first.stage, total=max(first.total, 1e-9), text=first.to_text())
        progress.update(task, completed=first.done)
        yield lambda status: progress.update(task, completed=status.done, text=status.to_text())


@contextmanager
def _lines(_first: Status) -> Iterator[_Show]:
    printed = 0.0

    def show(status: Status) -> None:
        nonlocal printed
        if status.seconds_elapsed - printed >= _LINE_EVERY_S:
            printed = status.seconds_elapsed
            say(f"{status.stage}: {status.to_text()}")

    yield show


@contextmanager
def _json(first: Status, file: _JsonLines) -> Iterator[_Show]:
    """Write a line at the start, some a second, and one when the stage ends by itself."""
    latest, written = first, 0.0
    file.write(first.to_json())

    def show(status: Status) -> None:
        nonlocal latest, written
        latest = status
        if status.seconds_elapsed - written >= _JSON_EVERY_S:
            written = status.seconds_elapsed
            file.write(status.to_json())

    yield show
    file.write(latest.to_json(ended=True))


@cache
def _console() -> "Console":
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def clock(seconds: float) -> str:
    """Return a time as h:mm:ss, or m:ss below an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
