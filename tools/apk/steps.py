"""Steps of the build: tools that run with their output in a log, and what is said of them."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from malgwi.errors import MalgwiError


def run(command: list[str], log: Path, cwd: Path | None = None) -> None:
    """Run a tool; when it fails, show the end of its output and give up."""
    if not attempt(command, log, cwd):
        failed(log, f"{Path(command[0]).name} failed")


def attempt(command: list[str], log: Path, cwd: Path | None = None) -> bool:
    """Run a tool, its output in a log; return whether it went well."""
    with log.open("w", encoding="utf-8") as out:
        try:
            done = subprocess.run(  # noqa: S603 - our own words, no shell
                command, stdout=out, stderr=subprocess.STDOUT, cwd=cwd, check=False
            )
        except FileNotFoundError as error:
            raise MalgwiError(f"{command[0]} isn't installed; `make apk` installs it") from error
    return done.returncode == 0


def failed(log: Path, what: str) -> None:
    """Show the end of a log and give up."""
    print(log.read_text(encoding="utf-8", errors="replace")[-4_000:], file=sys.stderr)  # noqa: T201
    raise MalgwiError(f"{what}; all it said is in {log}")


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what was done and how long it took."""
    begun = time.monotonic()
    yield
    say(f"  {what}: {time.monotonic() - begun:.1f} s")


def say(text: str) -> None:
    """Print a line."""
    print(text, flush=True)  # noqa: T201
