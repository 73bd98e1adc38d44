"""Words with times to subtitles: SubRip (SRT) and WebVTT.

A new cue starts after a gap of 0.6 s, when the cue would last over 6 s, or when its text would
not fit two lines of 42 columns; a wide character (Chinese, Japanese, Korean) takes two. A cue
shorter than 0.7 s is shown longer where there is room, behind it first. Lines end in LF; a word
longer than a line stands whole on a line of its own, but in scripts that are written without
spaces it is broken between letters. The Java core obeys the same rules
(`tests/golden/subtitles.json`).
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from malgwi.decoding.decode import TimedWord

GAP_MS = 600
SHORTEST_MS = 700
LONGEST_MS = 6_000
LINES = 2
LINE_COLUMNS = 42

_WIDE = (
    (0x1100, 0x115F), (0x2E80, 0x303E), (0x3041, 0xA4CF), (0xA960, 0xA97F), (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF), (0xFE30, 0xFE6F), (0xFF01, 0xFF60), (0xFFE0, 0xFFE6), (0x20000, 0x3FFFD),
)  # fmt: skip
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x312F), (0x31A0, 0xA4CF), (0xF900, 0xFAFF), (0x20000, 0x3FFFD),  # Chinese, Japanese
)  # fmt: skip
_VOWELS_BEFORE = ((0x0E40, 0x0E44), (0x0EC0, 0x0EC4))
"""Of Thai and Lao; they stand before their consonant."""
_STAY_WITH_THE_LETTER_BEFORE = {"Mn", "Mc", "Me", "Po", "Pe", "Pf"}


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle: when, and the lines of text to show."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


class _Part(NamedTuple):
    """A word, or a letter of one that is broken."""

    text: str
    start_ms: int
    end_ms: int
    space: str = " "
    """What stands between it and the part before."""


def cues(words: Iterable[TimedWord]) -> list[Cue]:
    """Group words, given in the order of their times, into cues."""
    groups: list[list[_Part]] = []
    for word in words:
        for part in _parts(word):
            if groups and _fits(groups[-1], part):
                groups[-1].append(part)
            else:
                groups.append([part])
    spoken = [Cue(group[0].start_ms, group[-1].end_ms, tuple(_wrap(group))) for group in groups]
    return _readable(spoken)


def _readable(spoken: Sequence[Cue]) -> list[Cue]:
    """Return the cues shown as long as people need to read them, where there is room."""
    shown: list[Cue] = []
    for i, cue in enumerate(spoken):
        end, start = cue.end_ms, cue.start_ms
        wanted = start + SHORTEST_MS
        if end < wanted:
            end = wanted if i + 1 == len(spoken) else max(end, min(wanted, spoken[i + 1].start_ms))
        if end - start < SHORTEST_MS:
            start = min(start, max(shown[-1].end_ms if shown else 0, end - SHORTEST_MS))
        shown.append(replace(cue, start_ms=start, end_ms=end))
    return shown


def _parts(word: TimedWord) -> list[_Part]:
    """Return a word as it is, or as letters if it is too long and its script knows no spaces."""
    long = _columns(word.text) > LINE_COLUMNS or word.end_ms - word.start_ms > LONGEST_MS
    if not (long and any(_within(_UNSPACED, char) for char in word.text)):
        return [_Part(word.text, word.start_ms, word.end_ms)]
    letters: list[str] = []
    for char in word.text:
        if letters and (
            unicodedata.category(char) in _STAY_WITH_THE_LETTER_BEFORE
            or _within(_VOWELS_BEFORE, letters[-1][-1])
        ):
            letters[-1] += char
        else:
            letters.append(char)
    length = word.end_ms - word.start_ms
    times = [word.start_ms + length * i // len(letters) for i in range(len(letters) + 1)]
    return [
        _Part(letter, times[i], times[i + 1], "" if i else " ") for i, letter in enumerate(letters)
    ]


def _fits(group: list[_Part], part: _Part) -> bool:
    return (
        part.start_ms - group[-1].end_ms < GAP_MS
        and part.end_ms - group[0].start_ms <= LONGEST_MS
        and len(_wrap([*group, part])) <= LINES
    )


def _wrap(parts: Iterable[_Part]) -> list[str]:
    lines: list[str] = []
    for part in parts:
        if lines and _columns(lines[-1] + part.space + part.text) <= LINE_COLUMNS:
            lines[-1] += part.space + part.text
        else:
            lines.append(part.text)
    return lines


def _columns(text: str) -> int:
    return sum(2 if _within(_WIDE, char) else 1 for char in text)


def _within(ranges: Iterable[tuple[int, int]], char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in ranges)


def srt(words: Iterable[TimedWord]) -> str:
    """Return a SubRip file; empty when there are no words.

    The format has no escapes of its own, but players take `<...>` for markup and `&lt;` for `<`.
    """
    return "\n".join(
        f"{number}\n{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}\n"
        + "".join(f"{_without_tags(line)}\n" for line in cue.lines)
        for number, cue in enumerate(cues(words), 1)
    )


def vtt(words: Iterable[TimedWord]) -> str:
    """Return a WebVTT file; its text is escaped as the format asks (`&`, `<`, `>`)."""
    return "WEBVTT\n" + "".join(
        f"\n{_clock(cue.start_ms, '.')} --> {_clock(cue.end_ms, '.')}\n"
        + "".join(f"{_escape(line)}\n" for line in cue.lines)
        for cue in cues(words)
    )


def _escape(text: str) -> str:
    return _without_tags(text.replace("&", "&amp;"))


def _without_tags(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&gt;")


def _clock(ms: int, point: str) -> str:
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{ms:03}"
