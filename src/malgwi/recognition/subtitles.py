"""Words with times to subtitles: SubRip (SRT) and WebVTT.

A new cue starts after a gap of 0.6 s, when the cue would last over 6 s, or when its text would
not fit two lines of 42 characters. Lines end in LF; a word longer than a line stands whole on
a line of its own. The Java core obeys the same rules (`tests/golden/subtitles.json`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from malgwi.decoding.decode import TimedWord

GAP_MS = 600
LONGEST_MS = 6_000
LINES = 2
LINE_CHARACTERS = 42
"""Unicode code points."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle: when, and the lines of text to show."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def cues(words: Iterable[TimedWord]) -> list[Cue]:
    """Group words, given in the order of their times, into cues."""
    groups: list[list[TimedWord]] = []
    for word in words:
        if groups and _fits(groups[-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    return [Cue(group[0].start_ms, group[-1].end_ms, tuple(_wrap(group))) for group in groups]


def _fits(group: list[TimedWord], word: TimedWord) -> bool:
    return (
        word.start_ms - group[-1].end_ms < GAP_MS
        and word.end_ms - group[0].start_ms <= LONGEST_MS
        and len(_wrap([*group, word])) <= LINES
    )


def _wrap(words: Iterable[TimedWord]) -> list[str]:
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word.text) <= LINE_CHARACTERS:
            lines[-1] += " " + word.text
        else:
            lines.append(word.text)
    return lines


def srt(words: Iterable[TimedWord]) -> str:
    """Return a SubRip file; empty when there are no words."""
    return "\n".join(
        f"{number}\n{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}\n"
        + "".join(f"{line}\n" for line in cue.lines)
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
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(ms: int, point: str) -> str:
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{ms:03}"
