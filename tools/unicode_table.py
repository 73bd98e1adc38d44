"""Write the table of characters that Python and Java normalise text by.

    python tools/unicode_table.py

Needs unicodedata2 18.0.0 and regex 2026.11.19, which know Unicode 18.0.0: whatever a platform
carries, a text is normalised by one version. Python and Java read the one file.

Lines, all numbers hexadecimal:

    unicode 18.0.0
    dotless az crh ...   languages whose I is small ı, and whose İ is small i
    class FIRST LENGTH C runs of characters of one class, ascending; others are dropped
    lower UPPER COUNT STEP BY    COUNT characters, each STEPth from UPPER, are BY further in small
    mark FIRST LENGTH CCC        combining classes other than 0
    pair CHARACTER A [B]         canonical decompositions, one step; `single`: never composed

The classes: `L` letter, `A` letter of a script whose letters join (a joiner is spelling there),
`C` letter of Chinese or Japanese, which write no spaces, `M` mark, `V` virama (a joiner after it
is spelling), `N` number, `S` white space, dash or another sign that is a space whatever stands
around it, `P` punctuation that ends something, `Q` what people type for an apostrophe, `J` joiner,
`I` what is invisible, or only stretches a word.
"""

import unicodedata
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import regex
import unicodedata2 as unicode

TOP = Path(__file__).resolve().parent.parent
TABLE = TOP / "src/malgwi/data/tables/unicode.txt"
VERSION = "18.0.0"
DOTLESS = "az crh gag kk-Latn tr tt-Latn zza"
APOSTROPHES = "'’ʼ‘ʻ`´ʹ′＇ʾʿ‛"
# Blanks by their looks, minus as a dash, and the signs that scripts put between words.
BLANKS = "\u200b\u2800\u3164\uffa0\u2212"
BLANKS += "\u0f0b\u0f0c\u1361\u16eb\u16ec\u16ed\u2e31\U00010100\U00010101\U0001039f"
BLANKS += "\U000103d0\U0001091f\U00012470"
# `:` stands within words of Finnish and Swedish; without it they stay whole.
INNER = ":："
ENDING = "/／…‥․¡¿⸘"
STRETCHING = "\u0640\u07fa\u180a"
JOINING = "Arabic Syriac Nko Mandaic Mongolian Adlam Hanifi_Rohingya Phags_Pa Manichaean Sogdian"
SPACE_CONTROLS = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85"
_ALL = [chr(code) for code in range(0x110000)]


def main() -> None:
    """Write the table."""
    assert unicode.unidata_version == VERSION, unicode.unidata_version  # noqa: S101
    text = "\n".join([f"unicode {VERSION}", f"dotless {DOTLESS}", *lines()]) + "\n"
    TABLE.write_text(text, encoding="ascii", newline="\n")


def lines() -> Iterator[str]:
    """Yield the lines of the table."""
    yield from (f"class {a:x} {n:x} {c}" for a, n, c in _runs(_class_of()))
    yield from _lower()
    yield from (f"mark {a:x} {n:x} {c:x}" for a, n, c in _runs(unicode.combining) if c)
    for char in _ALL:
        steps = unicode.decomposition(char)
        hangul = "\uac00" <= char <= "\ud7a3"  # by arithmetic, as the standard has it
        if steps and not hangul and not steps.startswith("<"):
            single = unicode.normalize("NFC", char) != char
            parts = " ".join(f"{int(part, 16):x}" for part in steps.split())
            yield f"{'single' if single else 'pair'} {ord(char):x} {parts}"


def _class_of() -> Callable[[str], str]:
    ignorable = regex.compile(r"\p{Default_Ignorable_Code_Point}")
    ends = regex.compile(r"\p{Terminal_Punctuation}")
    joins = regex.compile("|".join(rf"\p{{Script={name}}}" for name in JOINING.split()))
    unspaced = regex.compile(r"\p{Han}|\p{Hiragana}|\p{Katakana}|\p{Bopomofo}|[ー々〆〻]")

    def class_of(char: str) -> str:
        category = unicode.category(char)
        space = char in BLANKS or char in SPACE_CONTROLS or category in {"Pd", "Zs", "Zl", "Zp"}
        rules = (
            ("Q", char in APOSTROPHES),
            ("J", char in "\u200c\u200d"),
            ("S", space),
            ("I", char in STRETCHING or ignorable.match(char)),
            ("P", char in ENDING or (ends.match(char) and char not in INNER)),
            ("", category[0] in "PSC"),
            ("A", category[0] == "L" and joins.match(char)),
            ("C", category[0] == "L" and unspaced.match(char)),
            ("V", category[0] == "M" and unicode.combining(char) == 9),
            (category[0], True),
        )
        return next(kind for kind, holds in rules if holds)

    return class_of


def _runs(value: Callable[[str], Any]) -> Iterator[tuple[int, int, Any]]:
    """Yield (first code, how many, value) of the characters that have one."""
    for found, run in groupby(_ALL, key=value):
        if found:
            codes = list(map(ord, run))
            yield codes[0], len(codes), found


def _lower() -> Iterator[str]:
    """Yield UnicodeData's simple mappings as runs."""
    by = {ord(c): small - ord(c) for c in _ALL if (small := ord(_small(c))) != ord(c)}
    while by:
        first = min(by)
        runs = [[first], [first]]
        for step, run in enumerate(runs, 1):
            while by.get(run[-1] + step) == by[first]:
                run.append(run[-1] + step)
        run = max(runs, key=len)
        yield f"lower {first:x} {len(run):x} {1 + (run is runs[1])} {by[first]:x}"
        for code in run:
            del by[code]


def _small(char: str) -> str:
    """Return the small letter; of the two that only İ has, the first.

    Python knows those that are as old as itself; the names of the younger ones say it.
    """
    if unicodedata.category(char) != "Cn":
        return char.lower()[0]
    name = unicode.name(char, "")
    if unicode.category(char) != "Lu":
        return char
    return str(unicode.lookup(name.replace(" CAPITAL ", " SMALL ")))


if __name__ == "__main__":
    main()
