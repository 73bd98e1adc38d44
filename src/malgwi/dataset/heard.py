"""Rows → rows that say which channel of their recording is heard, as the user asks for."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from malgwi.channel_names import EACH, MIX
from malgwi.corpus.place import is_file
from malgwi.corpus.row import Fault, Row
from malgwi.errors import MalgwiError
from malgwi.speech import audio


def by_channel(rows: Iterable[Row], asked: int | str | None) -> Iterator[Row]:
    """Yield the rows; where the corpus names no channel, with the one that is asked for.

    Only headers are looked at. A name says nothing of a recording of one channel; of one with
    several, a row with a name that is none of theirs could mean any, and is set aside.

    Args:
        rows: of the corpus.
        asked: a number, `MIX`, `EACH` for a row a channel, or None to choose by what they hold.
    """
    channels = cache(_channels)
    for row in rows:
        if row.fault or isinstance(row.channel, int) or row.channel == MIX:
            yield row
        elif row.channel is not None and channels(row.audio) > 1:
            if row.channel.isdecimal() and int(row.channel) < channels(row.audio):
                yield replace(row, channel=int(row.channel))
                continue
            detail = (
                f"{row.channel!r} names none of the {channels(row.audio)} channels of "
                f"{row.audio.name}; expected a number from 0, A, B, left, right or {MIX}"
            )
            yield replace(row, fault=Fault("damaged-row", detail))
        elif asked == EACH:
            yield from _each(row, channels(row.audio))
        else:
            yield replace(row, channel=asked)


def _each(row: Row, count: int) -> Iterator[Row]:
    if count == 1:
        yield replace(row, channel=None)
        return
    for channel in range(count):
        yield replace(row, id=f"{row.id}-{channel}", channel=channel)


def _channels(path: Path) -> int:
    """Return how many a recording has; one of what can't be read, which is told later."""
    try:
        return audio.info(path).channels if is_file(path) else 1
    except (MalgwiError, OSError):
        return 1
