"""Common Voice as Mozilla distributes it: `clips/` and tables, of which some hold checked clips."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from malgwi.corpus.columns import AUDIO
from malgwi.corpus.records import read_csv
from malgwi.corpus.row import TEST, TRAIN, VALID, Fault, Row
from malgwi.corpus.table import rows_of, value_of
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles

_RELEASE = {"train": TRAIN, "dev": VALID, "test": TEST}
"""The tables of a Common Voice release whose clips were checked, and their splits."""
_UNSPLIT = {"validated", "invalidated", "other"}


def tables_of(root: Path) -> list[Path]:
    """Return the tables of an unpacked Common Voice release that hold checked clips.

    Those are train, dev and test; where a release has none of them, all validated clips.
    """
    if not (root / "clips").is_dir():
        return []
    official = [root / f"{name}.tsv" for name in _RELEASE]
    found = [path for path in official if path.is_file()]
    return found or [path for path in [root / "validated.tsv"] if path.is_file()]


def is_of_release(path: Path) -> bool:
    """Say whether a file is a table of a Common Voice release, with its clips beside it."""
    known = path.suffix == ".tsv" and path.stem in {*_RELEASE, *_UNSPLIT}
    return known and path.is_file() and (path.parent / "clips").is_dir()


def read_common_voice(
    source: Path,
    files: TextFiles,
    *,
    allow_outside: bool,
    validated: bool = False,
    notes: list[str] | None = None,
) -> Iterator[Row]:
    """Yield the rows of a Common Voice release, `clips/` and one table a split, or of one table.

    Args:
        source: the folder, or a table in it.
        files: how its tables are read.
        allow_outside: take paths that lead out of the release.
        validated: train on all validated clips but those of people who speak in dev or test.
        notes: take what there is to say.

    Raises:
        MalgwiError: not readable, a column is missing, or `validated` but no such table.
    """
    if source.is_file():
        yield from _release_rows(source, files, allow_outside=allow_outside)
        return
    tables = tables_of(source)
    rows = [
        row for path in tables for row in _release_rows(path, files, allow_outside=allow_outside)
    ]
    checked = source / "validated.tsv"
    if validated and not checked.is_file():
        raise MalgwiError(
            f"--validated: {checked} isn't there; get the whole release, or leave the flag out"
        )
    if checked in tables or not checked.is_file():
        yield from rows
        return
    used = {row.audio for row in rows if row.fault is None}
    every = list(_release_rows(checked, files, allow_outside=allow_outside))
    spare = [row for row in every if row.fault is None and row.audio not in used]
    said = f"validated.tsv has {len(every):,} clips, {len(spare):,} of which "
    said += f"{', '.join(path.stem for path in tables)} don't hold"
    if not validated:
        if spare and notes is not None:
            notes.append(f"{said} (--validated trains on them, too)")
        yield from rows
        return
    scored = {row.speaker for row in rows if row.split != TRAIN and row.speaker}
    added = 0
    for row in [*rows, *spare, *(row for row in every if row.fault)]:
        if row.fault or row.split in {VALID, TEST}:
            yield row
        elif row.speaker in scored:
            yield replace(row, fault=Fault("left-out", "its speaker is in dev or test"))
        else:
            added += row.split is None
            yield replace(row, split=TRAIN)
    if notes is not None:
        notes.append(
            f"{said}: {added:,} of these are added to train, {len(spare) - added:,} left "
            "out, since their speakers are in dev or test"
        )


def release_clips(root: Path) -> Iterator[Path]:
    """Yield the clips that any table of a Common Voice release names."""
    for name in (*_RELEASE, *sorted(_UNSPLIT)):
        if is_of_release(path := root / f"{name}.tsv"):
            for _, record in read_csv(path, TextFiles(), tabs=True):
                if not isinstance(record, str) and (clip := value_of(_with_ending(record), AUDIO)):
                    yield root / "clips" / clip


def _release_rows(path: Path, files: TextFiles, *, allow_outside: bool) -> Iterator[Row]:
    root, split = path.parent, _RELEASE.get(path.stem)
    read = read_csv(path, files, tabs=True)
    records = ((n, found if isinstance(found, str) else _with_ending(found)) for n, found in read)
    for row in rows_of(records, path, root / "clips", root, allow_outside=allow_outside):
        yield replace(row, split=row.split or split, folders=(), table="")


def _with_ending(record: Mapping[str, str]) -> Mapping[str, str]:
    """Complete the name of a clip: old releases leave the ending out."""
    name = record.get("path", "")
    if not Path(name).name or Path(name).suffix:
        return record
    return {**record, "path": f"{name}.mp3"}
