"""Hotwords as users write them: words on the command line, files with one a line.

Normalising makes one word of what punctuation holds together, so that `names.txt` would be listened
for as "namestxt". What looks like anything else than words is refused by name instead. The rules
are in `docs/language-model.md`; the Java core obeys the same (`words` and `lines` in
`tests/golden/hotwords.json`).
"""

import os
import re
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

from malgwi.errors import MalgwiError
from malgwi.speech.text import normalise
from malgwi.text_file import TextFiles

_FILE_NAME = re.compile(r"^@|[/\\]|\.\w{2,}\W*$")
"""A path, or a word with an ending."""
_BETWEEN = frozenset(";|\t\n\r，；、､｜،؛")
"""What lists of words are written with, but for the comma."""
_SHOWN = 40


def read_hotwords(
    words: Iterable[str],
    files: Iterable[Path] = (),
    warn: Callable[[str], object] = lambda _: None,
) -> list[str]:
    """Return the phrases that a command line names.

    Args:
        words: each a word or phrase, or several with commas between.
        files: text files with one a line.
        warn: told of a file that isn't UTF-8 how it was read.

    Raises:
        MalgwiError: words are the name of a file or look like one, a file can't be read, or as
            `phrases_of_words` and `phrases_of_lines`.
    """
    phrases: list[str] = []
    for value in words:
        # os.path's answer is no for a list too long to be a name, where Path raises.
        if os.path.exists(value):  # noqa: PTH110
            raise MalgwiError(
                f"--hotwords {value!r}: a file or folder has this name; give a file with "
                f"--hotwords-file, or write '{value},' for the word"
            )
        try:
            phrases += phrases_of_words(value)
        except MalgwiError as error:
            raise MalgwiError(f"--hotwords {error}") from error
    reader = TextFiles()
    for file in files:
        text = reader.read(file)
        try:
            phrases += phrases_of_lines(text)
        except MalgwiError as error:
            raise MalgwiError(f"{file}: {error}") from error
    for note in reader.notes():
        warn(note)
    return phrases


def phrases_of_words(value: str) -> list[str]:
    """Return the phrases between the commas; empty ones are left out.

    Raises:
        MalgwiError: there is none, or one isn't words.
    """
    phrases = [phrase for part in value.split(",") if (phrase := part.strip())]
    for phrase in phrases:
        if _FILE_NAME.search(phrase):
            raise MalgwiError(
                f"{_shown(phrase)}: looks like the name of a file; give a file with "
                "--hotwords-file, and words as they are spoken"
            )
        _check(phrase, _BETWEEN, "put commas between words")
    if not phrases:
        raise MalgwiError(f"{_shown(value)}: no word in it; give words with commas between")
    return phrases


def phrases_of_lines(text: str) -> list[str]:
    """Return the lines that aren't empty and don't begin with `#`.

    Raises:
        MalgwiError: there is none, or one isn't a word or phrase; names the line.
    """
    phrases = []
    for number, line in enumerate(text.split("\n"), 1):
        phrase = line.strip()
        if phrase and not phrase.startswith("#"):
            try:
                _check(phrase, _BETWEEN | {","}, "write one word or phrase a line")
            except MalgwiError as error:
                raise MalgwiError(f"line {number}: {error}") from error
            phrases.append(phrase)
    if not phrases:
        raise MalgwiError("no word in it; write one word or phrase a line")
    return phrases


def _check(phrase: str, between: frozenset[str], remedy: str) -> None:
    """Refuse what is no word or phrase.

    Raises:
        MalgwiError: it is several, has characters that are no text, or nothing that is spoken.
    """
    for char in phrase:
        if char in between:
            raise MalgwiError(f"{_shown(phrase)}: {char!r} in it; {remedy}")
        if char == "\ufffd" or unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp"):
            raise MalgwiError(
                f"{_shown(phrase)}: U+{ord(char):04X} in it, which is no text; write it in UTF-8"
            )
    if not normalise(phrase):
        raise MalgwiError(f"{_shown(phrase)}: nothing is spoken in it; remove it")


def _shown(phrase: str) -> str:
    return repr(phrase[:_SHOWN])
