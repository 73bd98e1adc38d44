"""What every reader of annotations gives: tiers of texts with times, and what was wrong.

Times are seconds in the file's own time line. Where a recording begins elsewhere in it, as ELAN can
say, its link has the difference. What can't be used stands among the problems, never nowhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from malgwi.errors import MalgwiError

LARGEST = 256 << 20
"""Bytes. An hour of words, each with its times, takes a few megabytes in the wordiest format."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A text at its time; a point in time begins and ends at once."""

    start: float
    end: float
    text: str
    speaker: str | None = None
    """Who says it, where the format knows that of each annotation."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Annotations of one kind, in the file's order."""

    name: str
    annotations: tuple[Annotation, ...]
    type: str | None = None
    parent: str | None = None
    participant: str | None = None
    """Whose words or doings they are, where the format knows that of the tier."""
    language: str | None = None
    channel: int | None = None
    """Of the recording, counted from 0, where the format knows it."""


@dataclass(frozen=True, slots=True)
class Link:
    """A recording as the file names it."""

    places: tuple[str, ...]
    """Paths and URLs, the likeliest first."""
    origin: float = 0.0
    """Seconds: an annotation's position in the recording is its time plus this."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An annotation that can't be used, and why."""

    where: str
    detail: str
    tier: str | None = None
    """Its tier's name; None where it may concern any."""


@dataclass(frozen=True)
class Annotated:
    """All that a file says of one recording."""

    path: Path
    tiers: tuple[Tier, ...]
    links: tuple[Link, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """What is odd, but costs no annotation."""
    length: float | None = None
    """Seconds that the recording has, where the file says so."""


def check_size(path: Path) -> None:
    """Refuse what is too large to be annotations, and archives under another name.

    Raises:
        MalgwiError: naming what was found.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(b"PK\3\4"):
        raise MalgwiError(f"{path}: a ZIP archive, not annotations; unpack it")
    if (size := path.stat().st_size) > LARGEST:
        raise MalgwiError(
            f"{path}: {size:,} bytes, expected at most {LARGEST:,}; divide it in the program that "
            "wrote it"
        )


def seconds(written: str) -> float | None:
    """Return a time in seconds; None for what no clock shows."""
    try:
        number = float(written)
    except ValueError:
        return None
    return number if abs(number) < 1e9 else None


def milliseconds(written: str) -> int | None:
    """Return a time in whole milliseconds; None for what no clock shows."""
    digits = written.strip().removeprefix("-")
    return int(written) if digits.isascii() and digits.isdigit() and len(digits) < 13 else None


def same_names(tiers: Iterable[Tier]) -> list[str]:
    """Return a sentence for each name that several tiers have."""
    counts: dict[str, int] = {}
    for tier in tiers:
        counts[tier.name] = counts.get(tier.name, 0) + 1
    return [f"{n} tiers are called {name!r}" for name, n in counts.items() if n > 1]
