"""One normalisation of text, for labels and for scoring, and the units that a model spells with.

`normalise` turns a transcript as people write it into the text that a recogniser is asked for:
lower case, Unicode NFC, no punctuation, single spaces. The Java core obeys the same rules; both
are held to `tests/golden/text.json` and `tests/golden/jamo.json`.
"""

import unicodedata
from typing import Literal

NORMALISATION = 1
"""The version of `normalise`: data sets and models made under another one spell differently."""

Unit = Literal["character", "jamo"]
"""What one token stands for: a character, or for Korean the letters of a syllable."""

APOSTROPHES = "’ʼ‘ʻ`´ʹ′＇ʾʿ‛"
"""Characters that people type for an apostrophe (U+0027); all become one."""

_MINUS = "\u2212"

HANGUL_FIRST, HANGUL_LAST = 0xAC00, 0xD7A3
_LEAD, _VOWEL, _TRAIL = 0x1100, 0x1161, 0x11A7
_VOWELS, _TRAILS = 21, 28


def normalise(text: str) -> str:
    """Return `text` in lower case and NFC, without punctuation and symbols, single-spaced.

    In this order: NFC; apostrophe variants become U+0027, dashes (category Pd and U+2212) and
    white space (category Z*, U+0009 to 000D, 001C to 001F, 0085) become spaces; full lower case
    of no language (Unicode's SpecialCasing, final sigma included); every other character of the
    categories P*, S* and C* goes; NFC again; single spaces, none at the ends. Digits stay: they
    are for the caller to refuse (`digits`). Normalising twice changes nothing.
    """
    lowered = "".join(_replaced(char) for char in _composed(text)).lower()
    kept = "".join(char for char in lowered if not _dropped(char))
    return " ".join(_composed(kept).split())


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _replaced(char: str) -> str:
    if char.isspace() or char == _MINUS or unicodedata.category(char) == "Pd":
        return " "
    return "'" if char in APOSTROPHES else char


def _dropped(char: str) -> bool:
    return char not in "' " and unicodedata.category(char)[0] in "PSC"


def dropped_characters(text: str) -> list[str]:
    """Return the characters of `text` that `normalise` leaves out, in their order."""
    return [char for char in _composed(text) if _dropped(_replaced(char))]


def digits(text: str) -> str:
    """Return the digits and other number characters (category N*) of `text`, in their order.

    Nobody can tell from "20" whether it was spoken "twenty" or "two zero", so a clip whose text
    holds one can't be learnt from and is set aside.
    """
    return "".join(char for char in text if unicodedata.category(char)[0] == "N")


def split_units(text: str, unit: Unit) -> list[str]:
    """Split normalised text into the characters that the vocabulary is made of.

    With `jamo`, the syllables U+AC00 to U+D7A3 become their two or three letters (U+1100 block);
    everything else stays as it is. NFD would do the same to Hangul but would also split "ä".
    """
    if unit == "character":
        return list(text)
    return [part for char in text for part in _split_syllable(char)]


def _split_syllable(char: str) -> str:
    index = ord(char) - HANGUL_FIRST
    if not 0 <= index <= HANGUL_LAST - HANGUL_FIRST:
        return char
    trail = index % _TRAILS
    letters = chr(_LEAD + index // (_VOWELS * _TRAILS))
    letters += chr(_VOWEL + index // _TRAILS % _VOWELS)
    return letters + chr(_TRAIL + trail) if trail else letters


def join_units(tokens: list[str]) -> str:
    """Join tokens into text: NFC puts the letters of Korean syllables together again."""
    return _composed("".join(tokens))
