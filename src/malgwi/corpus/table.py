"""Corpora whose rows stand in a table: CSV, TSV, JSON lines, audiofolder; what a record means.

Tables are outside data: a path in one may not lead out of the corpus unless that is allowed,
and a damaged line costs that line, not the table.
"""

import ntpath
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path, PureWindowsPath
from typing import NamedTuple

from malgwi.channel_names import CALLED
from malgwi.corpus.columns import AUDIO, CHANNEL, ID, SPEAKER, SPLIT, TEXT
from malgwi.corpus.folder import Finder, files_in, is_hidden
from malgwi.corpus.records import Record, read_csv, read_json
from malgwi.corpus.row import Row, answer_of, broken, split_of
from malgwi.corpus.times import DURATION, OFFSET, place_in_ms, read_times
from malgwi.text_file import TextFiles, is_utf8

_OURS = {"raw_text", "sha256", "first_sample", "samples"}
_KNOWN = {*AUDIO, *TEXT, *SPEAKER, *SPLIT, *ID, *CHANNEL, DURATION, OFFSET, *_OURS}
_KINDS = {".csv": "csv", ".tsv": "tsv", ".json": "jsonl", ".jsonl": "jsonl", ".manifest": "jsonl"}


def read_table(
    path: Path, kind: str, root: Path, files: TextFiles, *, allow_outside: bool
) -> Iterator[Row]:
    """Yield the rows of one `csv`, `tsv` or `jsonl`, audio paths relative to the table's folder.

    Raises:
        MalgwiError: not readable, or a column is missing.
    """
    records = (
        read_json(path, files) if kind == "jsonl" else read_csv(path, files, tabs=kind == "tsv")
    )
    yield from rows_of(records, path, path.parent, root, allow_outside=allow_outside)


def kind_of(path: Path) -> str | None:
    """Return `csv`, `tsv` or `jsonl` by a file's ending, or None."""
    return None if is_hidden(path.name) else _KINDS.get(path.suffix.lower())


def metadata_files(root: Path) -> list[Path]:
    """Return the metadata files of a Hugging Face audiofolder, at any depth."""
    return sorted(p for p in files_in(root) if p.name in {"metadata.csv", "metadata.jsonl"})


def rows_of(
    records: Iterable[Record], table: Path, folder: Path, root: Path, *, allow_outside: bool
) -> Iterator[Row]:
    """Turn the records of `table` into rows, whose audio lies in `folder` within `root`."""
    # A recording may have thousands of rows, and asking the disk takes longest.
    find = cache(partial(_find, folder, root, Finder(), allow_outside=allow_outside))
    for number, record in records:
        where = f"{table.relative_to(root).as_posix()}:{number}"
        if isinstance(record, str):
            yield broken(where, "damaged-row", record)
            continue
        try:
            yield _row(record, table.stem, find)
        except _DamagedError as error:
            # A no counts all the same, and then nothing of the row is quoted.
            yield replace(
                broken(where, *error.args),
                audio=folder / error.audio,
                speaker=value_of(record, SPEAKER) or None,
                columns={k: v for k, v in record.items() if v and answer_of(k)},
            )


class _DamagedError(Exception):
    """A row that can't be used; the arguments are a finding's name and the detail."""

    def __init__(self, finding: str, detail: str, audio: str = "") -> None:
        """Take the recording's path, too, where the row names one."""
        super().__init__(finding, detail)
        self.audio = audio


class _Named(NamedTuple):
    """A recording that a row names."""

    name: str
    """As it is written, but with the separators of this system."""
    place: Path
    """As `_place` returns it."""
    audio: Path


def _find(folder: Path, root: Path, finder: Finder, written: str, *, allow_outside: bool) -> _Named:
    """Return the recording that a row calls `written`.

    Raises:
        _DamagedError: it can't be one of the corpus.
    """
    name = written
    if "\\" in name and not os.path.lexists(folder / name):  # Windows wrote it
        name = PureWindowsPath(name).as_posix()
    if not Path(os.path.normpath(name)).name.strip("."):
        raise _DamagedError("damaged-row", f"{written!r} names no file")
    place = _place(name, folder, root)
    audio = finder.find(folder / name)
    if not allow_outside:
        if os.path.isabs(name) or ntpath.isabs(written) or place.parts[0] == "..":  # noqa: PTH117
            raise _DamagedError("outside", written, name)
        real = os.path.realpath(audio)
        if not Path(real).is_relative_to(os.path.realpath(root)):
            raise _DamagedError("outside", f"{written} is a link to {real}", name)
    return _Named(name, place, audio)


def _row(record: Mapping[str, str], table: str, find: Callable[[str], _Named]) -> Row:
    name, text = value_of(record, AUDIO), value_of(record, TEXT)
    if not name or "\0" in name or text is None:
        found = ", ".join(f"{k}={v!r}" for k, v in record.items())[:120]
        raise _DamagedError("damaged-row", f"no audio path or no text: {found}")
    if not (is_utf8(name) and is_utf8(text)):
        shown = f"{name}: {text}".encode("utf-8", "backslashreplace").decode()
        shown = shown.replace("\\udc", "\\x")[:120]
        raise _DamagedError("not-utf8", shown, name if is_utf8(name) else "")
    try:
        times = read_times(record)
    except ValueError as error:
        raise _DamagedError("damaged-row", f"{name}: {error}", name) from error
    name, place, audio = find(name)
    channel = _channel(record)
    path_id = place.with_suffix("").as_posix()
    path_id = f"{path_id}-{channel}" if isinstance(channel, int) else path_id
    if (times.start, times.end) != (None, None):
        path_id += f"-{place_in_ms(times.start, times.end)}"
    known = {*_KNOWN, *times.columns}
    given = value_of(record, ID)
    return Row(
        id=given or path_id,
        audio=audio,
        text=text,
        split=_split(record, name),
        speaker=value_of(record, SPEAKER) or None,
        channel=channel,
        columns={
            k: v for k, v in record.items() if k not in known and v and (is_utf8(v) or answer_of(k))
        },
        start=times.start,
        end=times.end,
        path_id=path_id if given else None,
        folders=() if place.is_absolute() else tuple(p for p in place.parts[:-1] if p != ".."),
        table=table,
    )


def _channel(record: Mapping[str, str]) -> int | str | None:
    """Return the channel that a row names: a number from 0, as what else it is called, or its name.

    A name may say something else, such as where the microphone stood.
    """
    # A column with gaps has become one of fractions in pandas.
    named = (value_of(record, CHANNEL) or "").strip().removesuffix(".0")
    if named.isascii() and named.isdigit():
        return int(named)
    return CALLED.get(named.lower(), named or None)


def _split(record: Mapping[str, str], name: str) -> str | None:
    named = value_of(record, SPLIT)
    split = split_of(named) if named else None
    if named and split is None:
        raise _DamagedError("unknown-split", named, name)
    return split


def value_of(record: Mapping[str, str], choices: Iterable[str]) -> str | None:
    """Return the value of the first column of `choices` that the record has."""
    return next((record[name] for name in choices if name in record), None)


def _place(name: str, folder: Path, root: Path) -> Path:
    """Return where a recording lies within `root` as it is written, no link followed.

    What is written absolutely and lies elsewhere stays absolute.
    """
    if not os.path.isabs(name):  # noqa: PTH117
        return Path(os.path.relpath(folder / name, root))
    try:
        return Path(os.path.normpath(name)).relative_to(os.path.abspath(root))  # noqa: PTH100
    except ValueError:
        return Path(name)
