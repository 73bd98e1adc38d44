"""SubRip (.srt) and WebVTT (.vtt): what is said in each cue, without notes, styles and tags."""

import html
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from malgwi.annotation.annotation import Annotated, Annotation, Problem, Tier, check_size
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles

TIER = "subtitles"
ENDINGS = (".srt", ".vtt")

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s+([^<>]*)>")
_NOT_SAID = re.compile(r"<rt(?:\.[^>]*)?>.*?(?:</rt>|$)", re.DOTALL)
_ASIDE = re.compile("\ufeff?WEBVTT|NOTE|STYLE|REGION")
_WORD_TIME = re.compile(r"<\d+:\d\d[:.][\d.:]*><c")
_BREAK = re.compile(r"<br\s*/?>|\\[Nn]", re.IGNORECASE)
r"""Where a line ends without one: HTML's, and \N of the .ass that many .srt were."""
_APART = re.compile(r"</?v(?:[.\s][^<>]*)?>|\\h")
r"""Voices, which begin words wherever they begin; \h is a blank."""
_UNSPACED = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u312f\u31a0-\u31ff\u3400-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003fffd"
)
"""Letters of Chinese and Japanese, between which the end of a line is no blank."""
_WITHIN = re.compile(rf"([{_UNSPACED}][^\w\s]*)\n(?=[^\w\s]*[{_UNSPACED}])")
_TAG = re.compile(r"</?(?:[a-zA-Z][^<>]*|[\d:.]+)?>|\{\\[^{}]*\}")


class _Cue(NamedTuple):
    """What stands in a file between two times."""

    start: float
    end: float
    lines: list[str]


def read_subtitles(path: Path, files: TextFiles) -> Annotated:
    """Read .srt or .vtt: blocks apart by empty lines, those with times are cues.

    Raises:
        MalgwiError: there is no cue in it.
    """
    check_size(path)
    vtt = path.suffix.lower() == ".vtt"
    lines = files.read(path).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    cues: list[_Cue] = []
    problems: list[Problem] = []
    for block in _blocks(lines, vtt=vtt):
        taken = _cue(block)
        if isinstance(taken, Problem):
            problems.append(taken)
        elif taken:
            cues.append(taken)
    if not any("-->" in line for line in lines):
        raise MalgwiError(
            f"{path}: no subtitles in it; expected lines such as 00:00:01,000 --> 00:00:02,500"
        )
    said, notes = _once(cues)
    tier = Tier(TIER, tuple(map(_annotation, said)))
    return Annotated(path, (tier,), problems=tuple(problems), notes=notes)


def _blocks(lines: list[str], *, vtt: bool) -> Iterator[list[tuple[int, str]]]:
    """Yield the lines between empty ones, with their numbers; of cues without one between, each."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() and not (line and vtt):  # in WebVTT, blanks don't end a cue
            yield block
            block = []
            continue
        if _TIMES.fullmatch(line) and any(_TIMES.fullmatch(before) for _, before in block):
            begin = len(block) - block[-1][1].strip().isdecimal()  # the number of the next cue
            yield block[:begin]
            block = block[begin:]
        block.append((number, line))
    yield block


def _cue(block: list[tuple[int, str]]) -> _Cue | Problem | None:
    """Return the cue of a block, whose first or second line has its times; None for notes."""
    aside = bool(block and _ASIDE.match(block[0][1]))
    for place, (number, line) in enumerate(block):
        times = _TIMES.fullmatch(line)
        if times and (place < 2 or aside):  # a file's head and notes end where a cue begins
            start, end = _seconds(*times.groups()[:4]), _seconds(*times.groups()[4:])
            return _Cue(start, end, [line for _, line in block[place + 1 :] if line.strip()])
        if "-->" in line and place < 2:
            return Problem(f"line {number}", f"no times: {line.strip()[:60]!r}")
    said = [(number, line.strip()) for number, line in block if line.strip()]
    if said and said[0][1].isdecimal():  # the number of a cue
        said = said[1:]
    if aside or not said:
        return None
    number, first = said[0]
    return Problem(f"line {number}", f"no times: {first[:60]!r}")


def _once(cues: list[_Cue]) -> tuple[list[_Cue], tuple[str, ...]]:
    """Return cues without what each repeats of the one before, where a file rolls.

    Captions that YouTube makes by itself show each line twice: below as it is spoken, word by word
    with times, then above the next one, and alone for a hundredth of a second between.
    """
    repeated = [
        bool(before.lines and cue.lines) and _said(cue.lines[0]) == _said(before.lines[-1])
        for before, cue in pairwise(cues)
    ]
    timed = any(_WORD_TIME.search(line) for cue in cues for line in cue.lines)
    if not timed or 2 * sum(repeated) < len(repeated):
        return cues, ()
    found = []
    last = ""
    for cue in cues:
        lines = cue.lines[1:] if cue.lines and _said(cue.lines[0]) == last else cue.lines
        last = _said(lines[-1]) if lines else last
        if lines:
            found.append(cue._replace(lines=lines))
    return found, ("captions that roll: each line is taken once",)


def _annotation(cue: _Cue) -> Annotation:
    written = "\n".join(cue.lines)
    voices = {html.unescape(voice).strip() for voice in _VOICE.findall(written)}
    speaker = voices.pop() if len(voices) == 1 else None
    return Annotation(cue.start, cue.end, _said(written), speaker or None)


def _said(written: str) -> str:
    """Return what is spoken: no tags, no reading aids above letters, entities as characters."""
    text = _APART.sub(" ", _BREAK.sub("\n", _NOT_SAID.sub("", written)))
    lines = (" ".join(line.split()) for line in html.unescape(_TAG.sub("", text)).split("\n"))
    return _WITHIN.sub(r"\1", "\n".join(line for line in lines if line)).replace("\n", " ")


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return (whole * 1000 + int(fraction.ljust(3, "0"))) / 1000
