"""An untimed text → the pieces that are looked for in a recording, each by itself.

A piece ends where a sentence or a line does. What is longer than some ten seconds of speech is cut
at the commas and words nearest to its middle.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from malgwi.speech.notation import read
from malgwi.speech.vocab import Vocab
from malgwi.text_file import lines_of

LONGEST = 120
"""Letters of a piece, spaces included."""
_SENTENCE = re.compile(r"(?<=[.!?…։؟।॥۔])[\"'»”’)\]]*\s+|(?<=[。！？])[」』”’）]*\s*")
_CLAUSE = re.compile(r"(?<=[,;:、，；،–—])\s*")
_WORD = re.compile(r"\s+")


class Piece(NamedTuple):
    """A sentence, or a part of one."""

    written: str
    """As the text has it, but with single spaces."""
    spoken: str
    """Normalised, and not empty."""
    line: int
    """The line of the text that it stands in, from 1 on."""
    ends: bool
    """Whether a sentence or a line ends with it."""


def pieces(text: str, vocab: Vocab) -> list[Piece]:
    """Return the pieces of a text in order; what isn't spoken goes with the piece before it."""
    found: list[Piece] = []
    for number, line in enumerate(lines_of(text), 1):
        # A new page is no new line where people look it up, but a sentence ends there.
        sentences = (one for part in line.splitlines() for one in _cut(_SENTENCE, part))
        for sentence in sentences:
            parts = list(_shortened(sentence))
            for part in parts:
                written = " ".join(part.split())
                spoken = vocab.normalise(read(written).text)
                if spoken:
                    found.append(Piece(written, spoken, number, part is parts[-1]))
                elif found and found[-1].line == number:
                    last = found.pop()
                    found.append(last._replace(written=f"{last.written} {written}", ends=True))
    return found


def _cut(border: re.Pattern[str], text: str) -> Iterator[str]:
    """Yield the parts of a text between borders, which belong to the part before."""
    start = 0
    for match in border.finditer(text):
        if text[start : match.end()].strip():
            yield text[start : match.end()].strip()
            start = match.end()
    if text[start:].strip():
        yield text[start:].strip()


def _shortened(text: str) -> Iterator[str]:
    """Yield a sentence in parts that aren't longer than `LONGEST`, where it can be cut."""
    if len(text) <= LONGEST:
        yield text
        return
    for border in (_CLAUSE, _WORD):
        places = [m.end() for m in border.finditer(text) if 0 < m.end() < len(text)]
        inner = [place for place in places if len(text) <= 5 * min(place, len(text) - place)]
        if inner:
            middle = min(inner, key=lambda place: abs(2 * place - len(text)))
            yield from _shortened(text[:middle].strip())
            yield from _shortened(text[middle:].strip())
            return
    yield text
