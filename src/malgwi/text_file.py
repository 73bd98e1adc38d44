"""Text files of users, in whatever encoding people's programs write.

The marks at a file's head decide, then strict UTF-8, then what is likely: UTF-16 without a mark,
Korean cp949, and what the language suggests. An encoding of one byte decodes anything, so it is
taken only where what comes out is text of that language; whoever reads is told which one it was.
"""

import codecs
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from malgwi.errors import MalgwiError

UTF8 = "utf-8-sig"

_MARKS = (  # the longer ones first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KOREAN = "cp949"
_SUGGESTED = {
    "cp1250": "bs cs hr hu pl ro sk sl sq",
    "cp1251": "be bg kk ky mk mn ru sr tg tt uk",
    "cp1252": "af ca da de en es et eu fi fo fr ga gl id is it ms nb nl nn no pt sv sw",
    "cp1253": "el",
    "cp1254": "az tr",
    "cp1255": "he yi",
    "cp1256": "ar fa ug ur",
    "cp1257": "et lt lv",
    "cp1258": "vi",
    "cp874": "th",
    "cp932": "ja",
    "euc_jp": "ja",
    "gb18030": "zh",
    "big5hkscs": "zh-Hant zh-HK zh-MO zh-TW yue",
}
_SCRIPTS: dict[
    str | tuple[str, ...], str
] = {  # how the names of a language's letters begin, in Unicode; others are Latin
    "HANGUL SYLLABLE": "ko",
    "CYRILLIC ": _SUGGESTED["cp1251"],
    "GREEK ": "el",
    "HEBREW ": "he yi",
    "ARABIC ": "ar fa ug ur",
    "THAI ": "th",
    "CJK ": "zh yue",
    ("HIRAGANA ", "KATAKANA ", "CJK "): "ja",
}
_HALVES = "malgwi-halves"
"""As `surrogateescape`, which gives up where a damaged character of UTF-16 has bytes of ASCII."""
_TYPOGRAPHIC = frozenset("‘’‚‛“”„«»‹›–—…·•¡¿§°´©®™€£\xa0\xad")
_MOSTLY = 0.9


class TextFiles:
    """A user's text files, of one language, and which of them weren't UTF-8."""

    def __init__(self, language: str | None = None) -> None:
        """Take the BCP 47 tag of what is in them, which suggests encodings."""
        self.language = language
        self.others: dict[str, list[str]] = {}
        """The names of files by their codec, where that isn't UTF-8."""

    def read(self, path: Path) -> str:
        """Return the text of a file.

        Raises:
            MalgwiError: it can't be read, or is in no encoding that fits.
        """
        with self.open(path, errors="strict") as file:
            try:
                text = file.read()
            except UnicodeDecodeError as error:
                or_say = f" that fits {self.language}" if self.language else ""
                raise MalgwiError(
                    f"{path}: not UTF-8 (byte {error.start}), nor another encoding{or_say}; say "
                    "its language where there is --language, or convert it from what its program "
                    "wrote, such as: iconv -f cp949 -t utf-8 OLD > NEW (cp949 is Korean)"
                ) from error
        if "\0" in text:
            raise MalgwiError(
                f"{path}: not UTF-8 text (a zero in it), nor UTF-16; give a text file"
            )
        return text

    def open(self, path: Path, errors: str = _HALVES, newline: str | None = None) -> TextIO:
        """Open a file for reading; what is no text in a damaged line becomes half surrogates.

        Raises:
            MalgwiError: it can't be read.
        """
        codec = self._codec(path)
        if codec != UTF8:
            self.others.setdefault(codec, []).append(path.name)
        return path.open(encoding=codec, errors=errors, newline=newline)

    def notes(self) -> list[str]:
        """Return what to say of the files that weren't UTF-8."""
        return [
            f"{names[0]}{f' and {len(names) - 1:,} more' if names[1:] else ''}: read as {codec}, "
            "since not UTF-8"
            for codec, names in self.others.items()
        ]

    def _codec(self, path: Path) -> str:
        """Return the encoding of a file as Python calls it; UTF-8 where none fits."""
        try:
            with path.open("rb") as file:
                head = file.read(4)
                for mark, codec in _MARKS:
                    if head.startswith(mark):
                        return codec
                file.seek(0)
                if _is_utf8(iter(lambda: file.read(1 << 20), b"")):
                    return UTF8
                file.seek(0)
                return _guess(file.read(), self.language or "")
        except OSError as error:
            raise MalgwiError(
                f"{path}: can't be read ({error.strerror}); give a text file"
            ) from error


def lines_of(text: str) -> list[str]:
    r"""Return the lines of a text, which end at a line feed alone, or with a return before it.

    `str.splitlines` ends one at U+2028, U+0085 and some more, too: JSON has these within a string,
    and a file's name may.
    """
    *whole, last = text.split("\n")
    return [line.removesuffix("\r") for line in (*whole, *([last] if last else []))]


def _as_halves(error: UnicodeError) -> tuple[str, int]:
    """Return a half surrogate for each byte that is no text, and where to go on."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_HALVES, _as_halves)


def _is_utf8(chunks: Iterable[bytes]) -> bool:
    """Say whether it is UTF-8 and holds no NUL, which no text does but UTF-16 without a mark."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks:
            decoder.decode(chunk)
            if b"\0" in chunk:
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _guess(raw: bytes, tag: str) -> str:
    if wide := _without_mark(raw):
        return wide
    lines = [line for line in raw.splitlines() if not line.isascii()]
    if 2 * sum(_decoded(line, "utf-8") is not None for line in lines) >= len(lines) > 1:
        return UTF8  # with damaged lines
    # Hangul is nearly never met by chance: half of its bytes mean Chinese characters elsewhere.
    for codec, whose in [(_KOREAN, "ko"), *((codec, tag) for codec in _suggested(tag))]:
        decoded = [text for line in lines if (text := _decoded(line, codec)) is not None]
        if len(decoded) >= _MOSTLY * len(lines) and _is_of(whose, "\n".join(decoded)):
            return codec
    return UTF8


def _suggested(tag: str) -> list[str]:
    for of in (tag, "-".join(tag.split("-")[:2]), tag.partition("-")[0]):
        found = [codec for codec, languages in _SUGGESTED.items() if of in languages.split()]
        if found:
            return found
    return []


def _without_mark(raw: bytes) -> str | None:
    """Return which UTF-16 it is: every second byte of its blanks and line ends is NUL."""
    even, odd = raw[::2].count(0), raw[1::2].count(0)
    if 5 * min(even, odd) > max(even, odd) or 40 * max(even, odd) < len(raw):
        return None
    codec = "utf-16-le" if odd > even else "utf-16-be"
    text = _decoded(raw, codec)
    # The bytes of line ends and blanks must be those of characters: a stray NUL in plain text
    # makes Chinese characters of its letters, and of its line ends.
    blank = text is not None and any(char in text for char in "\n\r ")
    return codec if _is_text(text) and (blank or not set(raw) & set(b"\n\r ")) else None


def _decoded(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError:
        return None


def _is_text(text: str | None) -> bool:
    """Say whether there is nothing in it that no text has: controls, unassigned characters."""
    if text is None:
        return False
    controls = {"Cc", "Cn", "Co"}
    return all(c in "\t\n\r\f" or unicodedata.category(c) not in controls for c in text)


def _is_of(tag: str, text: str) -> bool:
    """Say whether what isn't ASCII in a decoded text is what the language is written with."""
    other = [char for char in text if not char.isascii() and char not in _TYPOGRAPHIC]
    if not other or not _is_text(text):
        return not other
    language = tag.partition("-")[0]
    script = next((s for s, languages in _SCRIPTS.items() if language in languages.split()), "")
    fit = sum(unicodedata.name(char, "").startswith(script or "LATIN ") for char in other)
    if language == "ko":  # Japanese makes syllables too, but those that cp949 added to Korea's own
        fit = sum(min(char.encode(_KOREAN)) > 0xA0 for char in other if "가" <= char <= "힣")
    if fit < _MOSTLY * len(other):
        return False
    # Most letters of a text in Latin script are ASCII; garbage from another script has few.
    return bool(script) or 2 * len(other) < sum(char.isalpha() for char in text)


def is_utf8(text: str) -> bool:
    """Say whether a text has no half surrogates, which stand for bytes that are none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
