"""Which stretch of a longer recording a row of a table means, by columns of seconds."""

import re
from collections.abc import Mapping
from typing import NamedTuple

BOUNDS = (
    ("start", "end"),
    ("start_time", "end_time"),
    ("begin", "end"),
    ("begin_time", "end_time"),
    ("start", "stop"),
    ("onset", "offset"),
    ("tmin", "tmax"),
    ("xmin", "xmax"),
    ("start_s", "end_s"),
    ("start_sec", "end_sec"),
)
"""Columns that say where a stretch begins and where it ends; tmin and xmin are Praat's."""
BOUNDS_MS = ("start_ms", "end_ms")
"""The same in milliseconds."""
OFFSET, DURATION = "offset", "duration"
"""NeMo's; without an offset, the duration is that of the whole clip. Others call an offset as their
beginnings are called. Beside an onset, an offset is where the stretch ends."""

_COMMA = re.compile(r"-?\d+,\d+")


class Times(NamedTuple):
    """Where a stretch begins and ends, in seconds; None and None is the whole recording."""

    start: float | None
    end: float | None
    columns: tuple[str, ...]
    """Those that said it."""


def read_times(record: Mapping[str, str]) -> Times:
    """Return the stretch that a row means, not looked at yet: it may be reversed or empty.

    Raises:
        ValueError: a column that counts isn't a number.
    """
    pair = next((p for p in (*BOUNDS, BOUNDS_MS) if all(name in record for name in p)), None)
    if pair is not None:
        start, end = (_seconds(record, name) for name in pair)
        return Times(start, end, pair)
    begin = OFFSET
    if OFFSET not in record and DURATION in record:
        begin = next((name for name, _ in BOUNDS if name in record), OFFSET)
    offset, duration = _seconds(record, begin), None
    if offset is not None:
        duration = _seconds(record, DURATION)
    if not offset and duration is None:
        return Times(None, None, (begin, DURATION))
    end = None if duration is None else (offset or 0.0) + duration
    return Times(offset, end, (begin, DURATION))


def place_in_ms(start: float | None, end: float | None) -> str:
    """Return what tells a stretch from others of its recording, such as `1500-3250`."""
    return f"{(start or 0) * 1000:.0f}-{'end' if end is None else f'{end * 1000:.0f}'}"


def _seconds(record: Mapping[str, str], name: str) -> float | None:
    value = record.get(name, "").strip()
    try:
        return float(value) / (1000 if name in BOUNDS_MS else 1) if value else None
    except ValueError:
        unit = "milliseconds" if name in BOUNDS_MS else "seconds"
        remedy = "; write a point for the comma" if _COMMA.fullmatch(value) else ""
        raise ValueError(f"{name}={value[:40]!r} is no number of {unit}{remedy}") from None
