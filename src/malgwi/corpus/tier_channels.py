"""Which channel of a recording a tier is about, by what `malgwi transcribe` and NIST write.

    talk.0.TextGrid, talk.1.TextGrid       a file a channel, counted from 0
    malgwi utterances of channel 1         a tier of a channel, counted from 0
    talk B ben 0.20 1.50 <o> yes           a line of an STM file, A or 1 the first

All are names: what holds is told when the recording's header is read.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from malgwi.annotation.annotation import Tier
from malgwi.corpus.folder import name_key
from malgwi.corpus.pairing import Pair

if TYPE_CHECKING:
    from pathlib import Path

_OF_A_CHANNEL = re.compile(r".* of channel (\d{1,4})(?: \d+)?")


class TierChannels:
    """What the tiers of a project say of channels."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        """Look for what only all annotations of a recording together say."""
        self._by_file: set[Path] = set()
        self._named: set[Path] = set()
        for one in pairs:
            if one.recording:
                # Else `talk.2.srt` may be the second version.
                if _in_name(one) == "0":
                    self._by_file.add(one.recording)
                # Where all of it is on the first, that is how what has one channel is written, too.
                if any(tier.channel for tier in one.annotated.tiers):
                    self._named.add(one.recording)

    def of(self, one: Pair, tier: Tier) -> str | None:
        """Return the name of a tier's channel; None where nobody says that there are several."""
        if tier.channel is not None and one.recording in self._named:
            return str(tier.channel)
        if by_tier := _OF_A_CHANNEL.fullmatch(tier.name):
            return by_tier[1]
        return _in_name(one) if one.recording in self._by_file else None


def _in_name(one: Pair) -> str | None:
    """Return the number between a recording's name and the ending of its annotations' file."""
    stem = re.escape(name_key(one.recording.stem)) if one.recording else ""
    found = re.fullmatch(
        rf"{stem}\.(\d{{1,4}})(?:\.labels)?\.[^.]+", name_key(one.annotated.path.name)
    )
    return found[1] if found else None
