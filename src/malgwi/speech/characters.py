"""Characters as one pinned version of Unicode has them: class, small letter, composition.

Platforms carry different versions (Python 3.11 has 14, Android 8 has 9), so a text would be
normalised otherwise where it is trained and where it is heard. Python and Java read one table
(`data/tables/unicode.txt`, made by `tools/unicode_table.py`, which describes it) instead.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import resources

HANGUL_FIRST, HANGUL_LAST = 0xAC00, 0xD7A3
LEAD, VOWEL, TRAIL = 0x1100, 0x1161, 0x11A7
VOWELS, TRAILS = 21, 28
_LEADS = 19


class _Kinds(dict[str, str]):
    """The class of each character that was asked for."""

    def __init__(self, runs: list[tuple[int, int, str]]) -> None:
        super().__init__()
        self._starts = [first for first, _, _ in runs]
        self._runs = runs

    def __missing__(self, char: str) -> str:
        code = ord(char)
        first, length, kind = self._runs[bisect_right(self._starts, code) - 1]
        self[char] = kind = kind if 0 <= code - first < length else ""
        return kind


class Characters:
    """The table."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Read its lines."""
        self.version = ""
        self.dotless: frozenset[str] = frozenset()
        """Tags of the languages whose I is small ı."""
        self.small: dict[str, str] = {}
        self._order: dict[str, int] = {}
        self._pairs: dict[str, str] = {}
        self._composed: dict[str, str] = {}
        runs = []
        for line in lines:
            what, *fields = line.split()
            if what == "class":
                runs.append((int(fields[0], 16), int(fields[1], 16), fields[2]))
            elif what == "lower":
                first, count, step, by = (int(field, 16) for field in fields)
                for code in range(first, first + count * step, step):
                    self.small[chr(code)] = chr(code + by)
            elif what == "mark":
                first, count, order = (int(field, 16) for field in fields)
                self._order |= {chr(code): order for code in range(first, first + count)}
            elif what in ("pair", "single"):
                char, *parts = (chr(int(field, 16)) for field in fields)
                self._pairs[char] = "".join(parts)
                if what == "pair":
                    self._composed["".join(parts)] = char
            elif what == "unicode":
                self.version = fields[0]
            elif what == "dotless":
                self.dotless = frozenset(fields)
        self.kind = _Kinds(runs)
        singles = set(self._pairs) - set(self._composed.values())
        seconds = {pair[1] for pair in self._composed}
        jamo = set(map(chr, [*range(VOWEL, VOWEL + VOWELS), *range(TRAIL + 1, TRAIL + TRAILS)]))
        active = _class_of({*singles, *seconds, *self._order, *jamo})
        self._unsettled = re.compile(f"[^{active}]?[{active}]+")

    def composed(self, text: str) -> str:
        """Return a text in NFC."""
        if text.isascii():
            return text
        # Only these characters and the one before them can change; such pieces repeat.
        return self._unsettled.sub(lambda match: self._compose(match[0]), text)

    def base(self, char: str) -> str:
        """Return a letter without its marks."""
        while char in self._pairs:
            char = self._pairs[char][0]
        return char

    @lru_cache(maxsize=1 << 14)  # noqa: B019 - there is one table
    def _compose(self, text: str) -> str:
        marks: list[str] = []
        apart: list[str] = []
        for char in (part for each in text for part in self._apart(each)):
            if char in self._order:
                marks.append(char)
            else:
                apart += [*sorted(marks, key=self._order.__getitem__), char]
                marks = []
        apart += sorted(marks, key=self._order.__getitem__)
        out: list[str] = []
        base, highest = -1, 0  # where the last starter is; the highest order since
        for char in apart:
            order = self._order.get(char, 0)
            whole = None
            if base >= 0 and (highest < order or (not order and base == len(out) - 1)):
                whole = self._whole(out[base], char)
            if whole:
                out[base] = whole
                continue
            out.append(char)
            if order:
                highest = order
            else:
                base, highest = len(out) - 1, 0
        return "".join(out)

    def _apart(self, char: str) -> Iterable[str]:
        if HANGUL_FIRST <= ord(char) <= HANGUL_LAST:
            return letters_of(char)
        pair = self._pairs.get(char)
        return [char] if pair is None else [c for part in pair for c in self._apart(part)]

    def _whole(self, first: str, second: str) -> str | None:
        lead, vowel = ord(first) - LEAD, ord(second) - VOWEL
        if 0 <= lead < _LEADS and 0 <= vowel < VOWELS:
            return chr(HANGUL_FIRST + (lead * VOWELS + vowel) * TRAILS)
        syllable, trail = ord(first) - HANGUL_FIRST, ord(second) - TRAIL
        open_syllable = 0 <= syllable <= HANGUL_LAST - HANGUL_FIRST and not syllable % TRAILS
        if open_syllable and 0 < trail < TRAILS:
            return chr(ord(first) + trail)
        return self._composed.get(first + second)


def letters_of(syllable: str) -> str:
    """Return the two or three letters of a Korean syllable, U+AC00 to U+D7A3."""
    index = ord(syllable) - HANGUL_FIRST
    trail = index % TRAILS
    letters = chr(LEAD + index // (VOWELS * TRAILS)) + chr(VOWEL + index // TRAILS % VOWELS)
    return letters + chr(TRAIL + trail) if trail else letters


def _class_of(chars: set[str]) -> str:
    """Return characters as the inside of a regular expression's brackets."""
    codes = sorted(map(ord, chars))
    starts = [c for c in codes if chr(c - 1) not in chars]
    ends = [c for c in codes if chr(c + 1) not in chars]
    return "".join(f"\\U{a:08x}-\\U{b:08x}" for a, b in zip(starts, ends, strict=True))


@cache
def characters() -> Characters:
    """Return the table, read when it is asked for first."""
    table = resources.files("malgwi") / "data" / "tables" / "unicode.txt"
    return Characters(table.read_text(encoding="ascii").splitlines())
