"""NIST's .stm, which TED-LIUM has: a line a segment, its recording, channel, speaker and times."""

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from malgwi.annotation.annotation import (
    Annotated,
    Annotation,
    Link,
    Problem,
    Tier,
    check_size,
    seconds,
)
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles

_LINE = re.compile(
    r"(\S+)\s+(\S+)\s+(\S+)\s+(-?[\d.]+)\s+(-?[\d.]+)(?:\s+(<[^>\s]*>))?(?:\s+(.*))?"
)
_ALTERNATIVES = re.compile(r"\{([^{}/]*)(?:/[^{}]*)\}")
_LEVELS = 5
"""Of alternatives within each other."""
_NOT_SCORED = "ignore_time_segment_in_scoring"
_COUNTED = re.compile(r"(?<=\w)\(\d+\)")
"""TED-LIUM numbers the pronunciations of a word: read(2)."""
_APART = re.compile(r"(?<=\w) '(?=(?:s|t|d|m|re|ve|ll)(?!\w))", re.IGNORECASE)
"""TED-LIUM writes it 's and don 't; but 'cause begins a word, as do the Dutch 's and 't."""
_ENGLISH = "en"
_LABEL = "<o,f0,unknown>"


def read_stm(path: Path, files: TextFiles) -> list[Annotated]:
    """Read an .stm, one value for each recording in it.

    What isn't to be scored is no utterance; of alternatives { a / b } the first is taken. Lines
    that `stm` wrote hold words alone.

    Raises:
        MalgwiError: there is no segment in it.
    """
    check_size(path)
    found: dict[str, dict[str, list[Annotation]]] = defaultdict(lambda: defaultdict(list))
    problems: dict[str, list[Problem]] = defaultdict(list)
    name = ""
    for number, line in enumerate(files.read(path).split("\n"), 1):
        if not line.strip() or line.startswith(";;"):
            continue
        segment = _LINE.fullmatch(line.strip())
        times = [seconds(segment[place]) for place in (4, 5)] if segment else [None]
        if segment is None or times[0] is None or times[1] is None:
            problems[name].append(Problem(f"line {number}", f"no segment: {line.strip()[:60]!r}"))
            continue
        name, channel, speaker = segment[1], segment[2], segment[3]
        text = segment[7] or ""
        if (speaker, segment[6]) != (_speaker(name, channel), _LABEL):
            if text.strip().lower() == _NOT_SCORED:
                continue
            text = _said(text, files.language or _ENGLISH)
        found[name][channel].append(Annotation(times[0], times[1], text, speaker))
    if not found:
        raise MalgwiError(
            f"{path}: no segments; expected: recording channel speaker begin end text"
        )
    problems[next(iter(found))] += problems.pop("", [])
    return [
        Annotated(
            path,
            tuple(
                Tier(
                    "segments" if len(channels) == 1 else f"channel {channel}",
                    tuple(segments),
                    channel=_number(channel),
                )
                for channel, segments in channels.items()
            ),
            (Link((name,)),),
            tuple(problems[name]),
        )
        for name, channels in found.items()
    ]


def _said(text: str, language: str) -> str:
    """Return the words of a text in NIST's notation."""
    for _ in range(_LEVELS):
        text = _ALTERNATIVES.sub(r"\1", text)
    text = " ".join(_COUNTED.sub("", text).split())
    return _APART.sub("'", text) if language.partition("-")[0] == _ENGLISH else text


def _number(channel: str) -> int | None:
    """Return a channel counted from 0: 1 and A are the first. Other words name none."""
    if channel.isascii() and channel.isdigit() and 0 < int(channel) < 1024:
        return int(channel) - 1
    return {"A": 0, "B": 1}.get(channel.upper())


def stm(annotations: Iterable[Annotation], recording: str, channel: int) -> str:
    """Return the segments of a channel, counted from 1; who speaks and in what manner is unknown.

    So that recordings stay whole where speakers count, each has a speaker of its own.
    """
    name = "_".join(recording.split())
    return "".join(
        f"{name} {channel} {_speaker(name, channel)} {one.start:.3f} {one.end:.3f} {_LABEL} "
        f"{one.text}\n"
        for one in annotations
    )


def _speaker(name: str, channel: int | str) -> str:
    return f"{name}_{channel}"
