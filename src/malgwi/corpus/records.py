"""The file of a table to its records: CSV, TSV, JSON lines and arrays."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from malgwi.corpus.columns import AUDIO, KNOWN, TEXT, as_known
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles

_SEPARATOR = re.compile(r"sep=([,;|\t])?", re.IGNORECASE)
"""What spreadsheets write above a header, where its tab is lost to `strip`."""
_BLANK = re.compile(r"[ \t\r\n,]*")
"""What may stand between JSON values, where people join them."""
_NO_OBJECT = "not a JSON object"

Record = tuple[int, Mapping[str, str] | str]
"""A line number (of JSON arrays, the place of the object) and its columns, or what is wrong."""


def read_csv(path: Path, files: TextFiles, *, tabs: bool) -> Iterator[Record]:
    """Yield the records of a table with a header line; with `tabs`, quotes mean nothing.

    A record that can't be read, or that took in further rows since nothing closes its quotation
    mark, costs its first line only.
    """
    with files.open(path, newline="") as file:
        lines = list(file)
    at, delimiter = _header(lines, "\t" if tabs else ",")
    header: Sequence[str] = ()
    while at < len(lines):
        reader = _reader((lines[n] for n in range(at, len(lines))), delimiter)
        first = at
        try:
            for fields in reader:
                end = at + reader.line_num
                if not header:
                    header = as_known(fields)
                    _check_columns(path, header)
                elif fields and len(fields) != len(header):
                    yield first + 1, f"more or fewer columns than the header's {len(header)}"
                    if end > first + 1:
                        break
                elif _takes_in_rows(fields, lines[first + 1 : end], header, delimiter):
                    yield (
                        first + 1,
                        f"no end of a quotation before the next row: {lines[first][:60]!r}",
                    )
                    break
                elif fields:
                    yield first + 1, dict(zip(header, fields, strict=True))
                first = end
        except csv.Error as error:
            if not header:
                raise MalgwiError(
                    f"{path} line {first + 1}: not a readable table ({error}). "
                    "Check the quotes there"
                ) from error
            yield first + 1, f"quotation marks that don't fit ({error}): {lines[first][:60]!r}"
        else:
            if first >= len(lines):
                return
        at = first + 1
    if not header:
        _check_columns(path, ())


def header_of(path: Path, files: TextFiles, *, tabs: bool) -> list[str]:
    """Return what a table calls its columns; nothing where its first line is damaged."""
    with files.open(path, newline="") as file:
        lines = list(islice((line for line in file if line.strip()), 2))
    at, delimiter = _header(lines, "\t" if tabs else ",")
    try:
        names = next(_reader(lines[at:], delimiter), ())
    except csv.Error:
        return []
    return as_known([name.strip('" ') for name in names])


def _header(lines: Sequence[str], usual: str) -> tuple[int, str]:
    """Return where the header is and what parts its columns, which may be said above it."""
    filled = (n for n, line in enumerate(lines) if line.strip())
    at = next(filled, len(lines))
    said = _SEPARATOR.fullmatch(lines[at].strip()) if at < len(lines) else None
    if said:
        return next(filled, len(lines)), said[1] or "\t"
    return at, _delimiter(lines[at], usual) if at < len(lines) else usual


def _reader(lines: Iterable[str], delimiter: str) -> Any:
    if delimiter in {"\t", "|"}:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)


def _delimiter(line: str, usual: str) -> str:
    """Return what parts the columns of a header: its ending's, or what gives known names."""
    for delimiter in (usual, ",", ";", "\t", "|"):
        try:
            found = set(as_known(next(_reader([line], delimiter), ())))
        except csv.Error:
            continue
        if found.intersection(AUDIO) and found.intersection(TEXT):
            return delimiter
    return usual


def _takes_in_rows(
    fields: Sequence[str], further: Sequence[str], header: Sequence[str], delimiter: str
) -> bool:
    """Say whether the lines of a record past its first are rows themselves, not lines of a text.

    Such a line names a recording where the record does, with the same ending.
    """
    column = header.index(next(name for name in AUDIO if name in header))
    ending = Path(fields[column]).suffix.lower() if further else ""
    for line in further:
        found = next(csv.reader([line], delimiter=delimiter), ())
        like = len(found) > column if ending else len(found) == len(header)
        if like and Path(found[column]).suffix.lower() == ending:
            return True
    return False


def _check_columns(path: Path, found: Sequence[str]) -> None:
    for name in found:
        if name in KNOWN and found.count(name) > 1:
            raise MalgwiError(
                f"{path}: {found.count(name)} columns are called {name!r}; expected one. Call "
                "those that aren't meant otherwise, in the first line"
            )
    for role, choices in (("audio", AUDIO), ("text", TEXT)):
        if not set(choices) & set(found):
            raise MalgwiError(
                f"{path}: no column for the {role}; the first line says {', '.join(found)[:200]!r};"
                f" expected one of {', '.join(choices)}. Name the columns so, in the first line"
            )


def read_json(path: Path, files: TextFiles) -> Iterator[Record]:
    """Yield the records of JSON lines; of an array of objects too, and of objects in several lines.

    Raises:
        MalgwiError: one object that isn't a row.
    """
    with files.open(path) as file:
        first = next((line for line in file if line.strip()), "")
        values = _json_values(first) if first.lstrip().startswith("{") else []
        if not values:
            values = _json_values(first + file.read())
        elif _is_row(values[0]) or file.read().strip():
            values = []  # JSON lines
        if len(values) == 1 and isinstance(values[0], dict) and not _is_row(values[0]):
            raise MalgwiError(
                f"{path}: one JSON object with the keys {', '.join(values[0])[:200]!r}; expected "
                f"an object for each recording, its path under one of {', '.join(AUDIO)}. Write "
                "one such object a line, or all of them into an array"
            )
        yield from ((number, _record(value)) for number, value in enumerate(values, 1))
        if values:
            return
        file.seek(0)
        for number, found in json_lines(file):
            yield number, found if isinstance(found, str) else _record(found)


def json_lines(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield each line that isn't empty by number: its object, or what is wrong with it."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, f"not JSON ({error})"[:120]
        else:
            yield number, value if isinstance(value, dict) else _NO_OBJECT


def _json_values(text: str) -> list[Any]:
    """Return the values that stand one after the other in a text, those of arrays singly.

    None at all where one of them is damaged.
    """
    decoder, values, at = json.JSONDecoder(), list[Any](), 0
    try:
        while blank := _BLANK.match(text, at):
            if blank.end() == len(text):
                return values
            value, at = decoder.raw_decode(text, blank.end())
            values += value if isinstance(value, list) else [value]
    except (ValueError, RecursionError):
        pass
    return []


def _is_row(value: Mapping[str, object]) -> bool:
    return any(isinstance(found, str) for name, found in _named(value) if name in AUDIO)


def _record(value: object) -> Mapping[str, str] | str:
    if not isinstance(value, dict):
        return _NO_OBJECT
    return {name: _text(found) for name, found in _named(value) if found is not None}


def _named(value: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Return what an object holds, by the names of columns."""
    return zip(_names(tuple(value)), value.values(), strict=True)


_names = lru_cache(maxsize=1024)(as_known)
"""Of thousands of objects with the same keys."""


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
