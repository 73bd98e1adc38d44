"""Codes instead of speakers' names, in all that a data set says.

The names stand in a file of their own, for its owner alone: with it, whoever comes back gets the
code that they had. Texts stay as they are spoken, and so do the places of recordings.
"""

import json
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from malgwi.corpus.row import CONSENT, PARTICIPANT, SHARE, Fault, Row, one_name
from malgwi.dataset.checks import letters
from malgwi.errors import MalgwiError
from malgwi.publish import Place, claim_file, publish_file

ENDING = ".names.json"
"""Behind the data set's name, where no other file is asked for."""
_CODES = "codes"
_SHORT = 4
"""A name of fewer letters is looked for as a word: it may be a part of any other."""


class Pseudonyms:
    """The codes of people by name; without a file, everybody keeps their name."""

    def __init__(self, place: Place | None = None, codes: dict[str, str] | None = None) -> None:
        """Take the file, and who has a code already."""
        self._place = place
        self._codes = codes or {}
        self._names = _Spelt({})
        self._words = _Spelt({})

    def of(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows with codes for names; who is new gets the next ones, in their order."""
        if self._place is None:
            return list(rows)
        said = (name for row in rows for name in (row.speaker, row.columns.get(PARTICIPANT)))
        names = dict.fromkeys(name for name in said if name)
        taken = {*self._codes.values(), *self._codes, *names}
        fresh = (code for number in count(1) if (code := f"S{number:03d}") not in taken)
        for name in names:
            if name not in self._codes:
                self._codes[name] = next(fresh)
        self._names = _Spelt(self._codes)
        # In sentences, numbers are mostly something else.
        self._words = _Spelt({n: code for n, code in self._codes.items() if not n.isdecimal()})
        return [self._hidden(row) for row in rows]

    def _hidden(self, row: Row) -> Row:
        kept = {CONSENT, SHARE}
        return replace(
            row,
            id=self._names.replaced(row.id),
            speaker=self._codes[row.speaker] if row.speaker else None,
            columns={
                key: value if key in kept else self.in_column(value)
                for key, value in row.columns.items()
            },
        )

    def in_column(self, value: str) -> str:
        """Return what a row says in a column, such as its tier, as rows with codes say it."""
        return self._names.replaced(value)

    def hide(self, text: str) -> str:
        """Return a text with codes for all names in it."""
        return self._words.replaced(text)

    def hide_in(self, faults: Iterable[tuple[str, Fault]]) -> list[tuple[str, Fault]]:
        """Return faults that name nobody; what a damaged row holds may be any of its columns."""
        if self._place is None:
            return list(faults)
        unseen = "what it holds isn't shown beside pseudonyms"
        return [
            (
                self._names.replaced(row_id),
                Fault(
                    fault.finding,
                    unseen
                    if fault.finding in {"damaged-row", "not-utf8"}
                    else self.hide(fault.detail),
                ),
            )
            for row_id, fault in faults
        ]

    def notes(self, audio: Iterable[Path]) -> list[str]:
        """Return what can't be hidden."""
        if self._place is None:
            return []
        near = self._place.target.parent
        places = {os.path.relpath(path, near) for path in audio}
        told = sum(self._names.replaced(place) != place for place in places)
        if not told:
            return []
        return [
            f"Recordings with a speaker's name in their path, by which manifest.jsonl finds them: "
            f"{told:,}; rename them before you give it away"
        ]

    def write(self) -> None:
        """Write the names, for nobody else to read.

        Raises:
            MalgwiError: it can't be written.
        """
        if self._place is None:
            return
        about = "The names behind the codes of a data set. Give them to nobody."
        text = json.dumps({"about": about, _CODES: self._codes}, ensure_ascii=False, indent=2)
        with publish_file(self._place) as path:
            private = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(private, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(f"{text}\n")


def open_pseudonyms(path: Path | None, dataset: Path) -> Pseudonyms:
    """Return the codes that people have, none where the file isn't there yet.

    Raises:
        MalgwiError: the file is damaged, can't be written, or would lie in the data set.
    """
    if path is None:
        return Pseudonyms()
    if path.resolve().is_relative_to(dataset.resolve()):
        raise MalgwiError(
            f"--pseudonyms {path}: lies in the data set, which others get; give a place outside"
        )
    place = claim_file(path, replace=True)
    if not place.found:
        return Pseudonyms(place)
    try:
        return Pseudonyms(place, _codes(json.loads(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError, RecursionError) as error:
        raise MalgwiError(
            f"--pseudonyms {path}: no table of names and codes ({error}); name another file, or "
            "put the right one there: without it everyone gets a new code"
        ) from error


def _codes(content: object) -> dict[str, str]:
    codes = content.get(_CODES) if isinstance(content, dict) else None
    if not isinstance(codes, dict):
        raise ValueError(f"no {_CODES!r} in it")  # noqa: TRY004 - told as all that is wrong with it
    codes = {one_name(name): code for name, code in codes.items()}
    for name, code in codes.items():
        if not (isinstance(code, str) and re.fullmatch(r"S\d{3,9}", code)):
            raise ValueError(f"{name!r} has {code!r}, expected S and a number")
    if len(set(codes.values())) < len(codes):
        raise ValueError("two people have one code")
    return codes


class _Spelt:
    """Names as ids, paths and messages spell them, looked for in one pass over a text."""

    def __init__(self, codes: dict[str, str]) -> None:
        self._codes: dict[str, str] = {}
        for name, code in codes.items():
            for spelling in _spellings(name):
                self._codes.setdefault(spelling, code)
        self._by_beginning: dict[str, list[str]] = {}
        for spelling in sorted(self._codes, key=len, reverse=True):
            self._by_beginning.setdefault(spelling[:_SHORT], []).append(spelling)

    def replaced(self, text: str) -> str:
        """Return a text with codes for the longest names in it."""
        return "".join(self._parts(text)) if self._codes else text

    def _parts(self, text: str) -> Iterator[str]:
        at = 0
        while at < len(text):
            found = next((name for name in self._likely(text, at) if _is_at(name, text, at)), None)
            yield self._codes[found] if found else text[at]
            at += len(found) if found else 1

    def _likely(self, text: str, at: int) -> Iterator[str]:
        for length in range(_SHORT, 0, -1):
            yield from self._by_beginning.get(text[at : at + length], ())


def _is_at(name: str, text: str, at: int) -> bool:
    if not text.startswith(name, at):
        return False
    before, after = text[max(at - 1, 0) : at], text[at + len(name) :][:1]
    return letters(name) >= _SHORT or not (before.isalnum() or after.isalnum())


def _spellings(name: str) -> Iterator[str]:
    """Yield a name in each case and Unicode form, its words joined as names of files are."""
    for case in (name, name.lower(), name.upper(), name.title()):
        for form in ("NFC", "NFD"):
            for mark in (" ", "_", "-", ""):
                yield unicodedata.normalize(form, case).replace(" ", mark)
