"""One normalisation of text, for labels and for scoring, and the units that a model spells with.

`normalise` turns a transcript as people write it into the text that a recogniser is asked for:
small letters, composed, no punctuation, single spaces. The Java core obeys the same rules by the
same table; both are held to `tests/golden/text.json` and `tests/golden/jamo.json`.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal, NamedTuple

from malgwi.errors import MalgwiError
from malgwi.speech.characters import HANGUL_FIRST, HANGUL_LAST, characters, letters_of
from malgwi.speech.language import UNKNOWN

VERSION = 2
"""Of the rules: data sets and models made under other ones spell differently."""

Unit = Literal["character", "jamo"]
"""What one token stands for: a character, or for Korean the letters of a syllable."""

_LETTERS = frozenset("LAC")
_SPOKEN = frozenset("LACN")
_CAPITAL_SIGMA, _SIGMA, _FINAL_SIGMA = "Σσς"
_DOT_ABOVE = "\u0307"
_LONGEST_KEEP = 100


@dataclass(frozen=True)
class Normalisation:
    """What of normalising a corpus decides; it travels with its texts and models."""

    language: str = UNKNOWN
    """BCP 47 tag. In Turkish and its like I is small ı, İ is small i."""
    keep_letters: str = ""
    """Characters that are letters there although they look like punctuation, such as ʻ and ʼ."""
    keep_digits: bool = False
    """Whether digits are letters or tones; else nobody can tell how they were spoken."""

    def __post_init__(self) -> None:
        """Bring the letters into one order."""
        kept = sorted(set(characters().composed(self.keep_letters)) - {" "})
        object.__setattr__(self, "keep_letters", "".join(kept))

    @cached_property
    def dotless(self) -> bool:
        """Whether the small letter of I is ı."""
        tag = self.language
        return bool(characters().dotless & {tag.partition("-")[0], "-".join(tag.split("-")[:2])})

    def differs(self, other: "Normalisation") -> str | None:
        """Return by what both make different texts; None: languages may differ without that."""
        mine, others = ((n.dotless, n.keep_letters, n.keep_digits) for n in (self, other))
        return None if mine == others else f"{self}; {other}"

    def __str__(self) -> str:
        """Return the options of `malgwi prepare` that say it."""
        kept = f" --keep-letters {self.keep_letters!r}" if self.keep_letters else ""
        return f"--language {self.language}{kept}{' --keep-digits' if self.keep_digits else ''}"

    def to_json(self) -> dict[str, Any]:
        """Return what data sets, runs, language models and bundles hold of it."""
        return {"version": VERSION, **asdict(self)}

    @classmethod
    def from_json(cls, found: object, where: str, remedy: str) -> "Normalisation":
        """Take over what a file says; nothing means version 1, which spelt differently.

        Raises:
            MalgwiError: it is of another version, or damaged.
        """
        version = found.get("version") if isinstance(found, dict) else found
        if version is None:
            version = 1
        if version != VERSION or isinstance(version, bool) or not isinstance(found, dict):
            raise MalgwiError(
                f"{where}: its texts were normalised by version {version!r:.40} of the rules; "
                f"expected version {VERSION}, since the two spell differently. {remedy}"
            )
        language, kept = found.get("language", UNKNOWN), found.get("keep_letters", "")
        digits_kept = found.get("keep_digits", False)
        if not (isinstance(language, str) and isinstance(kept, str) and len(kept) <= _LONGEST_KEEP):
            raise MalgwiError(f"{where}: normalisation {found!r:.80} isn't readable. {remedy}")
        if not isinstance(digits_kept, bool):
            raise MalgwiError(f"{where}: keep_digits is {digits_kept!r:.40}, not a bool. {remedy}")
        return cls(language, kept, digits_kept)


PLAIN = Normalisation()
"""Of no particular language."""


class Changes(NamedTuple):
    """What normalising did to the characters of a text, beside small letters and composition."""

    dropped: tuple[str, ...]
    replaced: tuple[tuple[str, str], ...]
    joined: tuple[str, ...]
    """Of those dropped, what stood between two letters, which nothing keeps apart now."""


def normalise(text: str, rules: Normalisation = PLAIN) -> str:
    """Return `text` in small letters and NFC, without punctuation and symbols, single-spaced.

    The rules stand in `docs/data.md`. Digits stay: they are for the caller to refuse (`digits`).
    Normalising twice changes nothing.
    """
    words = " ".join(_scan(word, rules)[0] for word in text.split(" ")).split(" ")
    kept = [word for word in words if word]
    return " ".join(kept if "'" in rules.keep_letters else _unquoted(kept))


def spelt(token: str, rules: Normalisation = PLAIN) -> str:
    """Return what a token adds to normalised text.

    It may stand anywhere in a word, so an apostrophe or a joiner alone stays.
    """
    joiner = len(token) == 1 and characters().kind[token] == "J"
    return token if joiner else " ".join(_scan(part, rules)[0] for part in token.split())


def changes(text: str, rules: Normalisation = PLAIN) -> Changes:
    """Return what `normalise` drops and replaces, in the order of the text."""
    dropped: list[str] = []
    replaced: list[tuple[str, str]] = []
    joined: list[str] = []
    scanned = [_scan(word, rules) for word in text.split(" ")]
    for _, found in scanned:
        dropped += found.dropped
        replaced += found.replaced
        joined += found.joined
    quotes = sum(spelling.count("'") for spelling, _ in scanned)
    dropped += "'" * (quotes - normalise(text, rules).count("'"))
    return Changes(tuple(dropped), tuple(replaced), tuple(joined))


@lru_cache(maxsize=1 << 15)
def _scan(word: str, rules: Normalisation) -> tuple[str, Changes]:
    """Return what is spelt of a text that holds no space, and what became of its characters."""
    if word.isascii() and word.isalpha() and not (rules.dotless and "I" in word):
        return word.lower(), Changes((), (), ())
    spelling = _Spelling(rules)
    spelling.read(characters().composed(word))
    return spelling.text(), spelling.changes()


class _Spelling:
    """One text on its way to what is spelt of it."""

    def __init__(self, rules: Normalisation) -> None:
        self.rules, self.table = rules, characters()
        self.out: list[str] = []
        self.kinds: list[str] = []
        """The class of each character of `out`."""
        self.base = ""
        """The class of the last letter or number since a space."""
        self.spaced = False
        self.ends: list[str] = []
        """Punctuation since the last character that stayed."""
        self.between: list[str] = []
        """What went since then and is no space."""
        self.doubled = False
        """Whether the last that came were apostrophes in a row."""
        self.sigmas: list[int] = []
        self.dropped: list[str] = []
        self.replaced: list[tuple[str, str]] = []
        self.joined: list[str] = []

    def read(self, text: str) -> None:
        """Take in a composed text."""
        kinds = [self._kind(char) for char in text]
        for char, kind, after in zip(text, kinds, [*kinds, ""][1:], strict=True):
            if kind == "S":
                self.spaced, self.doubled, self.base = True, False, ""
                if char not in " \t\n\r":
                    self.replaced.append((char, " "))
            elif kind == "P":
                self.doubled = False
                self.ends.append(char)
            elif self._goes(char, kind, after):
                self.dropped.append(char)
            else:
                self._gap(kind)
                self._add(char, kind)
        self.dropped += self.ends

    def text(self) -> str:
        """Return what is spelt."""
        for place in self.sigmas:
            if self._ends_word(place):
                self.out[place] = _FINAL_SIGMA
        return self.table.composed("".join(self.out))

    def changes(self) -> Changes:
        """Return what became of the characters."""
        return Changes(tuple(self.dropped), tuple(self.replaced), tuple(self.joined))

    def _kind(self, char: str) -> str:
        return "L" if char in self.rules.keep_letters else self.table.kind[char]

    def _goes(self, char: str, kind: str, after: str) -> bool:
        if kind == "J":
            return not self.out or bool(self.ends) or self.spaced or not self._joins(after)
        if kind == "I" or (char == _DOT_ABOVE and self._is_dotted()):
            return True
        if not kind:
            self.between.append(char)
        return not kind

    def _gap(self, kind: str) -> None:
        """Put a space where one must stand before the next character."""
        unspaced = self.base == kind == "C"
        # A mark belongs to the letter before, whatever stood between.
        if self.ends and not self.spaced and self.out and kind not in "MV" and not unspaced:
            self.spaced = True
            self.replaced += ((end, " ") for end in self.ends)
        else:
            self.dropped += self.ends
        if self.spaced and self.out:
            self.out.append(" ")
            self.kinds.append(" ")
            self.doubled = False
        elif {self.base, kind} <= _LETTERS and self.kinds[-1] != "Q":
            self.joined += self.between
        self.ends, self.between, self.spaced = [], [], False

    def _add(self, char: str, kind: str) -> None:
        if kind in _SPOKEN:
            self.base = kind
        if char == _CAPITAL_SIGMA:
            self.sigmas.append(len(self.out))
        if kind == "Q" and self._is_doubled():
            self.dropped.append(char)
            return
        self.doubled = False
        if kind == "Q" and char != "'":
            self.replaced.append((char, "'"))
        self.out.append("'" if kind == "Q" else self._small(char))
        self.kinds.append(kind)

    def _is_doubled(self) -> bool:
        """Take back an apostrophe before this one: several in a row are a quotation mark."""
        if self.kinds and self.kinds[-1] == "Q":
            self.kinds.pop()
            self.dropped.append(self.out.pop())
            self.doubled = True
        return self.doubled

    def _small(self, char: str) -> str:
        return "ı" if self.rules.dotless and char == "I" else self.table.small.get(char, char)

    def _joins(self, after: str) -> bool:
        """Say whether a joiner is spelling: after a virama, or between letters that join."""
        last = next((kind for kind in reversed(self.kinds) if kind != "M"), "")
        return last == "V" or last == self.base == after == "A"

    def _is_dotted(self) -> bool:
        """Say whether the marks at the end belong to an i, which has a dot of its own."""
        if self.spaced:
            return False
        for char, kind in zip(reversed(self.out), reversed(self.kinds), strict=True):
            if kind not in "MV":
                return self.table.base(char) == "i"
        return False

    def _ends_word(self, place: int) -> bool:
        """Say whether a letter that others precede is the last of its word in what is spelt."""
        before = next((k for k in reversed(self.kinds[:place]) if k not in "MVQ"), " ")
        after = next((k for k in self.kinds[place + 1 :] if k not in "MVQJ"), " ")
        return before in _LETTERS and after not in _SPOKEN


def _unquoted(words: list[str]) -> list[str]:
    """Take off the apostrophes that are quotation marks: alone, or in pairs around words."""
    if not any("'" in word for word in words):
        return words
    words = [word for word in words if word != "'"]
    opened: list[int] = []
    for place, word in enumerate(words):
        if word[0] == "'":
            opened.append(place)
        if word[-1] == "'" and opened:
            at = opened.pop()
            words[place] = words[place][:-1]
            words[at] = words[at][1:]
    return words


def digits(text: str) -> str:
    """Return the digits and other number characters (category N*) of `text`, in their order.

    Nobody can tell from "20" whether it was spoken "twenty" or "two zero", so a clip whose text
    holds one can't be learnt from and is set aside, where digits aren't kept as letters.
    """
    if text.isascii():
        return "".join(filter(str.isdigit, text))
    return "".join(char for char in text if characters().kind[char] == "N")


def split_units(text: str, unit: Unit) -> list[str]:
    """Split normalised text into the characters that the vocabulary is made of.

    With `jamo`, the syllables U+AC00 to U+D7A3 become their two or three letters (U+1100 block);
    everything else stays as it is. NFD would do the same to Hangul but would also split "ä".
    """
    if unit == "character":
        return list(text)
    return [
        part
        for char in text
        for part in (letters_of(char) if HANGUL_FIRST <= ord(char) <= HANGUL_LAST else char)
    ]


def join_units(tokens: Iterable[str]) -> str:
    """Join tokens into text: NFC puts the letters of Korean syllables together again."""
    return characters().composed("".join(tokens))
