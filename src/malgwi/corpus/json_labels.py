"""Labels in JSON, as AI Hub's corpora have them, each in its own way: malgwi.toml says which.

    [json]
    files = "**/*.json"
    utterances = "utterance"     # a list in each file; left out where a file is one utterance
    text = "dialect_form"
    speaker = "speaker_id"
    audio = "/id"                # from the file's outermost level, not from the utterance
    start = "start"
    end = "end"

A path is keys with dots between. Recordings are found by their name, in whatever folder; of
several of a name, by that of the folders they were in.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

from malgwi.corpus.conventions import FILE, read_toml
from malgwi.corpus.pairing import Recordings, is_anothers, nearest, that_of
from malgwi.corpus.place import inside
from malgwi.corpus.row import Row, broken
from malgwi.corpus.times import place_in_ms
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles

TABLE = "json"
_LARGEST = 64 << 20
_UNITS = {"s": 1.0, "ms": 0.001}
_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Mapping:
    """Where in the files of a corpus is what."""

    text: str
    files: str = "**/*.json"
    utterances: str = ""
    """The list of utterances; "" where the file is one."""
    audio: str = ""
    """The recording's name or path; "" where it is called as the file is."""
    speaker: str = ""
    start: str = ""
    end: str = ""
    unit: str = "s"
    """Of `start` and `end`: `s` or `ms`; hours:minutes:seconds are understood anyway."""


def read_mapping(root: Path) -> Mapping | None:
    """Return what a folder's malgwi.toml says of JSON; None where it says nothing.

    Raises:
        MalgwiError: it can't be understood.
    """
    path = root / FILE
    found = read_toml(path).get(TABLE)
    if found is None:
        return None
    known = {field.name for field in fields(Mapping)}
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise MalgwiError(f"{path}: [{TABLE}] has something else than texts; see docs/data.md")
    if unknown := sorted(set(found) - known):
        expected = ", ".join(sorted(known))
        raise MalgwiError(f"{path}: [{TABLE}] {unknown[0]!r} is unknown; expected {expected}")
    if not found.get("text"):
        raise MalgwiError(f"{path}: [{TABLE}] doesn't say where the text is: text = 'KEY.KEY'")
    mapping = Mapping(**found)
    if mapping.unit not in _UNITS:
        raise MalgwiError(f"{path}: [{TABLE}] unit {mapping.unit!r}; expected s or ms")
    if Path(mapping.files).is_absolute() or ".." in Path(mapping.files).parts:
        raise MalgwiError(f"{path}: [{TABLE}] files {mapping.files!r} leads out of the folder")
    return mapping


def read_json_labels(root: Path, files: TextFiles, *, allow_outside: bool) -> Iterator[Row]:
    """Yield a row for each utterance in the files that malgwi.toml names.

    Raises:
        MalgwiError: malgwi.toml is damaged or names no file that is there.
    """
    mapping = read_mapping(root)
    if mapping is None:
        raise MalgwiError(f"{root / FILE}: no table [{TABLE}]; see docs/data.md")
    try:
        paths = sorted(path for path in root.glob(mapping.files) if path.is_file())
    except (ValueError, NotImplementedError):  # no pattern
        paths = []
    if not paths:
        raise MalgwiError(f"{root / FILE}: [{TABLE}] files {mapping.files!r}: no such file")
    recordings = Recordings([root], allow_outside=allow_outside)
    found = list(_rows(paths, root, mapping, recordings, files, allow_outside=allow_outside))
    owners = nearest((row.audio, place, row.audio) for _, row, place in found if place)
    for where, row, place in found:
        if place and is_anothers(row.audio, place, owners[row.audio]):
            lost, only, owner = (
                os.path.relpath(one, root) for one in (place, row.audio, owners[row.audio])
            )
            yield broken(where, "no-recording", f"{lost}: {that_of(only, owner)}")
        else:
            yield row


def _rows(
    paths: Iterable[Path],
    root: Path,
    mapping: Mapping,
    recordings: Recordings,
    files: TextFiles,
    *,
    allow_outside: bool,
) -> Iterator[tuple[str, Row, Path | None]]:
    """Yield where each row stands, the row, and its recording's path where that is said."""
    for path in paths:
        place = path.relative_to(root).as_posix()
        document = _document(path, root, files, allow_outside=allow_outside)
        if isinstance(document, str):
            yield place, broken(place, "damaged-row", document), None
            continue
        found = _at(document, document, mapping.utterances) if mapping.utterances else [document]
        if not isinstance(found, list):
            detail = f"{mapping.utterances}: {_shown(found)}; expected a list"
            yield place, broken(place, "damaged-row", detail), None
            continue
        for number, utterance in enumerate(found, 1):
            where = f"{place}:{number}" if mapping.utterances else place
            at = partial(_at, document, utterance)
            named = at(mapping.audio) if mapping.audio else path.stem
            if not isinstance(named, str) or not named.strip():
                detail = f"{mapping.audio}: {_shown(named)}; expected a name"
                yield where, broken(where, "damaged-row", detail), None
                continue
            parts = [part for part in re.split(r"[/\\]", named.strip()) if part]
            if parts[1:] or not mapping.audio:
                audio = Path(os.path.normpath(path.parent.joinpath(*parts)))
                likely = recordings.placed(audio)
            else:
                audio, likely = None, recordings.named(parts[0], path.parent) if parts else []
            row = _row(where, likely, at, mapping, named=named, root=root)
            yield where, row, None if row.fault else audio


def _row(
    where: str,
    likely: Sequence[Path],
    at: Callable[[str], Any],
    mapping: Mapping,
    *,
    named: str,
    root: Path,
) -> Row:
    text = at(mapping.text)
    if not isinstance(text, str):
        return broken(where, "damaged-row", f"{mapping.text}: {_shown(text)}; expected a text")
    if len(likely) != 1:
        return broken(where, "no-recording", f"{named}: {len(likely)} recordings are called so")
    bounds = []
    for key in (mapping.start, mapping.end):
        written = at(key) if key else None
        seconds = _seconds(written, _UNITS[mapping.unit])
        if key and seconds is None:
            return broken(where, "bad-times", f"{key}: {_shown(written)}; expected a time")
        bounds.append(seconds)
    within = inside(likely[0], root) or likely[0]
    row_id = within.with_suffix("").as_posix()
    speaker = at(mapping.speaker) if mapping.speaker else None
    return Row(
        id=f"{row_id}-{place_in_ms(*bounds)}" if mapping.start or mapping.end else row_id,
        audio=likely[0],
        text=text,
        speaker=str(speaker) if isinstance(speaker, str | int) and speaker != "" else None,
        start=bounds[0],
        end=bounds[1],
        folders=within.parts[:-1],
    )


def _document(path: Path, root: Path, files: TextFiles, *, allow_outside: bool) -> object:
    """Return what a file holds; as a text, what is wrong with it."""
    if not allow_outside and inside(path, root) is None:
        return "a link that leads out of the corpus"
    if path.stat().st_size > _LARGEST:
        return f"over {_LARGEST:,} bytes"
    try:
        found = json.loads(files.read(path).removeprefix("\ufeff"))
    except (ValueError, RecursionError, MalgwiError) as error:
        return f"not JSON ({error})"[:200]
    return found if isinstance(found, dict | list) else "neither object nor list"


def _at(document: object, utterance: object, path: str) -> Any:
    """Return what stands at a path, which begins at the utterance, with "/" at the document."""
    found: Any = document if path.startswith("/") else utterance
    for key in path.removeprefix("/").split("."):
        if isinstance(found, dict):
            found = found.get(key)
        elif isinstance(found, list) and key.isascii() and key.isdigit() and len(key) < 9:
            found = found[int(key)] if int(key) < len(found) else None
        else:
            return None
    return found


def _seconds(written: object, unit: float) -> float | None:
    if isinstance(written, bool):
        return None
    if isinstance(written, int | float):
        return float(written) * unit if abs(written) < 1e12 else None
    clock = _CLOCK.fullmatch(written.strip()) if isinstance(written, str) else None
    if clock is None or len(clock[0]) > 30:
        return None
    hours, minutes, seconds = (float(part or 0) for part in clock.groups())
    whole = hours * 3600 + minutes * 60 + seconds
    return whole if ":" in clock[0] else whole * unit


def _shown(value: object) -> str:
    return repr(value)[:60]
