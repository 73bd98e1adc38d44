"""Corpora whose rows stand in a table: CSV, TSV, JSON lines, audiofolder, Common Voice.

Tables are outside data: a path in one may not lead out of the corpus unless that is allowed,
and a damaged line costs that line, not the table.
"""

import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from malgwi.corpus.row import Row, broken, split_of, split_of_path
from malgwi.corpus.times import DURATION, OFFSET, place_in_ms, read_times
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles

# The names under which published corpora keep these; the first one that is there is taken.
AUDIO = ("file_name", "audio_filepath", "path", "audio", "audio_path", "file", "filename", "wav")
TEXT = ("transcription", "text", "sentence", "transcript", "normalized_text")
SPEAKER = ("speaker", "speaker_id", "client_id", "spk", "spk_id")
SPLIT = ("split", "subset", "partition", "set")
ID = ("id", "utterance_id", "utt_id")
CHANNEL = ("channel_selector", "channel")
_OURS = {"raw_text", "sha256", "first_sample", "samples"}
_KNOWN = {*AUDIO, *TEXT, *SPEAKER, *SPLIT, *ID, *CHANNEL, DURATION, OFFSET, *_OURS}
_KINDS = {".csv": "csv", ".tsv": "tsv", ".json": "jsonl", ".jsonl": "jsonl", ".manifest": "jsonl"}

Record = tuple[int, Mapping[str, str] | str]
"""A line number, and the line's columns or what is wrong with it."""


def read_table(
    path: Path, kind: str, root: Path, files: TextFiles, *, allow_outside: bool
) -> Iterator[Row]:
    """Yield the rows of one `csv`, `tsv` or `jsonl`, audio paths relative to the table's folder.

    Where no column names the split, a folder's name does, and after it the table's own name.

    Raises:
        MalgwiError: not readable, or a column is missing.
    """
    records = (
        _read_json_lines(path, files)
        if kind == "jsonl"
        else _read_csv(path, files, tabs=kind == "tsv")
    )
    yield from rows_of(records, path, path.parent, root, allow_outside=allow_outside)


def kind_of(path: Path) -> str | None:
    """Return `csv`, `tsv` or `jsonl` by a file's ending, or None."""
    return _KINDS.get(path.suffix.lower())


def metadata_files(root: Path) -> list[Path]:
    """Return the metadata files of a Hugging Face audiofolder, at any depth."""
    found = [*root.rglob("metadata.csv"), *root.rglob("metadata.jsonl")]
    return sorted(path for path in found if path.is_file())


def common_voice_files(root: Path) -> list[Path]:
    """Return the tables of an unpacked Common Voice release that hold checked clips.

    Those are train, dev and test; where a release has none of them, all validated clips.
    """
    if not (root / "clips").is_dir():
        return []
    official = [root / f"{name}.tsv" for name in ("train", "dev", "test")]
    found = [path for path in official if path.is_file()]
    return found or [path for path in [root / "validated.tsv"] if path.is_file()]


def read_common_voice(root: Path, files: TextFiles, *, allow_outside: bool) -> Iterator[Row]:
    """Yield the rows of a Common Voice release: `clips/` and one table a split."""
    for path in common_voice_files(root):
        read = _read_csv(path, files, tabs=True)
        records = ((number, _with_ending(record)) for number, record in read)
        yield from rows_of(records, path, root / "clips", root, allow_outside=allow_outside)


def _with_ending(record: Mapping[str, str] | str) -> Mapping[str, str] | str:
    """Complete the name of a clip: old releases leave the ending out."""
    name = "" if isinstance(record, str) else record.get("path", "")
    if isinstance(record, str) or not Path(name).name or Path(name).suffix:
        return record
    return {**record, "path": f"{name}.mp3"}


def rows_of(
    records: Iterable[Record], table: Path, folder: Path, root: Path, *, allow_outside: bool
) -> Iterator[Row]:
    """Turn the records of `table` into rows, whose audio lies in `folder` within `root`."""
    for number, record in records:
        where = f"{table.relative_to(root).as_posix()}:{number}"
        if isinstance(record, str):
            yield broken(where, "damaged-row", record)
            continue
        try:
            yield _row(record, folder, root, split_of(table.stem), allow_outside=allow_outside)
        except _DamagedError as error:
            yield broken(where, *error.args)


class _DamagedError(Exception):
    """A row that can't be used; the arguments are a finding's name and the detail."""


def _row(
    record: Mapping[str, str],
    folder: Path,
    root: Path,
    table_split: str | None,
    *,
    allow_outside: bool,
) -> Row:
    name, text = _value(record, AUDIO), _value(record, TEXT)
    if not name or "\0" in name or text is None:
        found = ", ".join(f"{k}={v!r}" for k, v in record.items())[:120]
        raise _DamagedError("damaged-row", f"no audio path or no text: {found}")
    if _not_utf8(name) or _not_utf8(text):
        shown = f"{name}: {text}".encode("utf-8", "backslashreplace").decode()
        raise _DamagedError("not-utf8", shown.replace("\\udc", "\\x")[:120])
    try:
        times = read_times(record)
    except ValueError as error:
        raise _DamagedError("damaged-row", f"{name}: {error}") from error
    if not Path(os.path.normpath(name)).name.strip("."):
        raise _DamagedError("damaged-row", f"{name!r} names no file")
    audio = folder / name
    inside = _inside(audio, root)
    if not allow_outside and (Path(name).is_absolute() or inside is None):
        raise _DamagedError("outside", name)
    channel = _channel(record)
    place = (inside or audio).with_suffix("").as_posix()
    if channel is not None:
        place += f"-{channel}"
    if (times.start, times.end) != (None, None):
        place += f"-{place_in_ms(times.start, times.end)}"
    known = {*_KNOWN, *times.columns}
    return Row(
        id=_value(record, ID) or place,
        audio=audio,
        text=text,
        split=_split(record, inside) or table_split,
        speaker=_value(record, SPEAKER) or None,
        channel=channel,
        columns={k: v for k, v in record.items() if k not in known and v and not _not_utf8(v)},
        start=times.start,
        end=times.end,
    )


def _channel(record: Mapping[str, str]) -> int | None:
    """Return the channel that a row names: a number from 0, or a letter as in `A` and `B`."""
    named = (_value(record, CHANNEL) or "").strip()
    if named.isascii() and named.isdigit():
        return int(named)
    return ord(named.upper()) - ord("A") if named.upper() in {"A", "B"} else None


def _split(record: Mapping[str, str], inside: Path | None) -> str | None:
    named = _value(record, SPLIT)
    if not named:
        return split_of_path(inside) if inside else None
    split = split_of(named)
    if split is None:
        raise _DamagedError("unknown-split", named)
    return split


def _value(record: Mapping[str, str], choices: Iterable[str]) -> str | None:
    return next((record[name] for name in choices if name in record), None)


def _inside(audio: Path, root: Path) -> Path | None:
    """Return `audio` relative to `root`, links followed, or None where it leads outside."""
    try:
        real = Path(os.path.realpath(audio))
        real.relative_to(os.path.realpath(root))
        return Path(os.path.normpath(audio)).relative_to(os.path.normpath(root))
    except ValueError:
        return None


def _not_utf8(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def _read_csv(path: Path, files: TextFiles, *, tabs: bool) -> Iterator[Record]:
    """Yield the records of a table with a header line; with `tabs`, quotes mean nothing."""
    with files.open(path, newline="") as lines:
        if tabs:
            reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        else:
            reader = csv.DictReader(lines, strict=True)
        try:
            _check_columns(path, reader.fieldnames or ())
            for record in reader:
                if None in record or None in record.values():
                    expected = len(reader.fieldnames or ())
                    yield reader.line_num, f"more or fewer columns than the header's {expected}"
                else:
                    yield reader.line_num, record
        except csv.Error as error:
            raise MalgwiError(
                f"{path} line {reader.line_num + 1}: not a readable table ({error}). "
                "Check the quotes there"
            ) from error


def _check_columns(path: Path, found: Sequence[str]) -> None:
    for role, choices in (("audio", AUDIO), ("text", TEXT)):
        if not set(choices) & set(found):
            raise MalgwiError(
                f"{path}: no column for the {role}; the first line says {', '.join(found)[:200]!r};"
                f" expected one of {', '.join(choices)}. Name the columns so, in the first line"
            )


def _read_json_lines(path: Path, files: TextFiles) -> Iterator[Record]:
    with files.open(path) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, f"not JSON ({error})"[:120]
                continue
            if not isinstance(record, dict):
                yield number, "not a JSON object"
            else:
                yield number, {k: _text(v) for k, v in record.items() if v is not None}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
