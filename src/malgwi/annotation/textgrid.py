"""Praat's .TextGrid, long or short: interval tiers and point tiers; written long.

Both are the same values in the same order; the long format only puts names before them. So what is
read is the values: numbers, quoted texts in which a quote is written twice, and flags.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from malgwi.annotation.annotation import Annotated, Annotation, Tier, check_size, same_names
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles

_VALUE = re.compile(r'"([^"]*(?:""[^"]*)*)"|<(\w+)>|!.*|([^\s"<!]+)')
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
INTERVALS, POINTS = "IntervalTier", "TextTier"
_MILLISECOND = 0.001
"""What times are written in, in seconds."""
_MOST = 10_000_000


class _DamagedError(Exception):
    """The values don't stand in the order that a TextGrid has."""


class _Values:
    """The values of a TextGrid one after the other."""

    def __init__(self, text: str) -> None:
        self._values = _values(text)

    def number(self) -> float:
        value = next(self._values, "the end of the file")
        if not isinstance(value, float) or abs(value) > _MOST:
            raise _DamagedError(f"expected a number, found {str(value)[:40]!r}")
        return value

    def count(self) -> int:
        number = self.number()
        if not 0 <= number <= _MOST or number != int(number):
            raise _DamagedError(f"expected how many follow, found {number:g}")
        return int(number)

    def text(self) -> str:
        value = next(self._values, None)
        if value is None or isinstance(value, float):
            raise _DamagedError(f"expected a text, found {value or 'the end of the file'}")
        return value


def _values(text: str) -> Iterator[str | float]:
    """Yield quoted texts, flags and free-standing numbers; names and comments are passed over."""
    for found in _VALUE.finditer(text):
        quoted, flag, word = found.groups()
        if quoted is not None:
            yield quoted.replace('""', '"')
        elif flag is not None:
            yield flag
        elif word is not None and _NUMBER.fullmatch(word):
            yield float(word)


def read_textgrid(path: Path, files: TextFiles) -> Annotated:
    """Read a .TextGrid. Empty intervals aren't annotations: Praat fills the time between with them.

    Raises:
        MalgwiError: it is none, or is cut off.
    """
    check_size(path)
    text = files.read(path)
    if "ooTextFile" not in text[:200]:
        what = "a collection or binary file" if "ooBinaryFile" in text[:200] else "no TextGrid"
        raise MalgwiError(f"{path}: {what}; save it from Praat as a text file")
    values = _Values(text)
    try:
        return _read(path, values)
    except _DamagedError as error:
        raise MalgwiError(
            f"{path}: damaged or cut off: {error}; save it again from Praat as a text file"
        ) from error


def _read(path: Path, values: _Values) -> Annotated:
    values.text()
    if (kind := values.text()) != "TextGrid":
        raise _DamagedError(f"expected a TextGrid, found {kind[:40]!r}")
    begin, end = values.number(), values.number()
    tiers: list[Tier] = []
    if values.text() != "exists":
        return Annotated(path, ())
    for _ in range(values.count()):
        kind, name = values.text(), values.text()
        if kind not in {INTERVALS, POINTS}:
            raise _DamagedError(f"expected {INTERVALS} or {POINTS}, found {kind[:40]!r}")
        values.number()
        values.number()
        found = []
        for _ in range(values.count()):
            first = values.number()
            last = values.number() if kind == INTERVALS else first
            if text := values.text().strip():
                found.append(Annotation(first, last, text))
        tiers.append(Tier(name, tuple(found), "intervals" if kind == INTERVALS else "points"))
    notes = same_names(tiers)
    if begin:
        notes.append(f"its time begins at {begin:g} s; the recording is taken to begin at 0")
    return Annotated(path, tuple(tiers), notes=tuple(notes), length=None if begin else end)


def textgrid(tiers: Sequence[Tier], length: float) -> str:
    """Return a .TextGrid of tiers of intervals that don't overlap, with empty ones between.

    Praat refuses a tier of no length, so there is a millisecond at least. Of an interval of no
    length it drops the next one in silence, so there is none: such a text stands in the next one
    that begins there, else for a millisecond, else in the one before.
    """
    length = max(round(length, 3), _MILLISECOND)
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {_seconds(length)}",
        "tiers? <exists>",
        f"size = {len(tiers)}",
        "item []:",
    ]
    for number, tier in enumerate(tiers, 1):
        filled = list(_filled(tier.annotations, length))
        lines += [
            f"    item [{number}]:",
            f'        class = "{INTERVALS}"',
            f"        name = {_quoted(tier.name)}",
            "        xmin = 0",
            f"        xmax = {_seconds(length)}",
            f"        intervals: size = {len(filled)}",
        ]
        for place, one in enumerate(filled, 1):
            lines += [
                f"        intervals [{place}]:",
                f"            xmin = {_seconds(one.start)}",
                f"            xmax = {_seconds(one.end)}",
                f"            text = {_quoted(one.text)}",
            ]
    return "\n".join(lines) + "\n"


def _with_length(annotations: Sequence[Annotation], length: float) -> list[Annotation]:
    """Return annotations in whole milliseconds, each of which has some length."""
    given: list[Annotation] = []
    waiting = ""
    for place, one in enumerate(annotations):
        start, end = round(one.start, 3), round(one.end, 3)
        text = f"{waiting} {one.text}".strip()
        waiting = ""
        if end <= start:
            if place + 1 < len(annotations) and round(annotations[place + 1].start, 3) <= start:
                waiting = text
                continue
            if start >= length and given and given[-1].end == start:
                given[-1] = Annotation(given[-1].start, start, f"{given[-1].text} {text}")
                continue
            start = min(start, round(length - _MILLISECOND, 3))
            end = round(start + _MILLISECOND, 3)
        given.append(Annotation(start, end, text))
    return given


def _filled(annotations: Sequence[Annotation], length: float) -> Iterator[Annotation]:
    at = 0.0
    for one in _with_length(annotations, length):
        if one.start > at:
            yield Annotation(at, one.start, "")
        yield one
        at = one.end
    if at < length:
        yield Annotation(at, length, "")


def _seconds(time: float) -> str:
    return f"{time:.3f}".rstrip("0").rstrip(".")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
