"""Common Voice Spontaneous Speech: answers to questions in `audios/`, and one table of them."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from malgwi.corpus.folder import is_hidden
from malgwi.corpus.records import read_csv
from malgwi.corpus.row import Row
from malgwi.corpus.table import rows_of
from malgwi.text_file import TextFiles

_TABLE, _REPORTED = "ss-corpus-*.tsv", "ss-reported-audios-*.tsv"
_AUDIOS, _AUDIO = "audios", "audio_file"
_UNASSIGNED = "unassigned"
"""The split of a recording whose transcription isn't there or isn't checked."""
_QUALITY = "quality_tags"


def tables_of(root: Path) -> list[Path]:
    """Return the tables of an unpacked release: one for each language."""
    if not (root / _AUDIOS).is_dir():
        return []
    return sorted(path for path in root.glob(_TABLE) if not is_hidden(path.name))


def is_of_release(path: Path) -> bool:
    """Say whether a file is the table of a release, with its recordings beside it."""
    return path.is_file() and path in tables_of(path.parent)


def read_spontaneous(
    source: Path, files: TextFiles, *, allow_outside: bool, notes: list[str]
) -> Iterator[Row]:
    """Yield the rows of a release that are in a split; where none is, all with a transcription.

    Args:
        source: the folder, or the table in it.
        files: how the table is read.
        allow_outside: take paths that lead out of the release.
        notes: take what there is to say.

    Raises:
        MalgwiError: not readable, or a column is missing.
    """
    for path in [source] if source.is_file() else tables_of(source):
        root = path.parent
        read = read_csv(path, files, tabs=True)
        records = ((n, r if isinstance(r, str) else _with_split(r)) for n, r in read)
        found = [
            replace(row, folders=(), table="")  # what they are called after is no split
            for row in rows_of(records, path, root / _AUDIOS, root, allow_outside=allow_outside)
        ]
        has_splits = any(row.split for row in found)
        used = [r for r in found if r.fault or r.split or not (has_splits or not r.text.strip())]
        said = [*_left_out(found, has_splits=has_splits), *_quality(used)]
        if said:
            notes.append(f"{path.name}: {'; '.join(said)}")
        yield from used


def release_recordings(root: Path) -> Iterator[Path]:
    """Yield the recordings that the tables of a release name, also what listeners reported."""
    for path in (*tables_of(root), *sorted(root.glob(_REPORTED))):
        with TextFiles().open(path, newline="") as lines:
            for record in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                if name := record.get(_AUDIO):
                    yield root / _AUDIOS / name


def _with_split(record: Mapping[str, str]) -> Mapping[str, str]:
    """Take out what says that there is no split."""
    named = record.get("split") == _UNASSIGNED
    return {k: v for k, v in record.items() if not (named and k == "split")}


def _left_out(rows: Sequence[Row], *, has_splits: bool) -> Iterator[str]:
    """Yield what there is to say of rows without a split."""
    texts = [row.text.strip() for row in rows if not (row.fault or row.split)]
    count = sum(map(bool, texts))
    if count and has_splits:
        yield (
            f"{count:,} of {len(rows):,} recordings have a transcription but no split, since "
            "nobody has checked it, and aren't used (write train into their column split to "
            "train on them)"
        )
    elif count:
        yield f"no row has a split, so all {count:,} transcriptions are used, checked or not"
    if without := len(texts) - count:
        yield f"{without:,} recordings have no transcription"


def _quality(rows: Sequence[Row]) -> Iterator[str]:
    """Yield how many of the rows have which of the release's marks of doubt."""
    marked = [row.columns[_QUALITY] for row in rows if _QUALITY in row.columns]
    if marked:
        counts = Counter(tag for tags in marked for tag in tags.split("|")).most_common()
        yield (
            f"{len(marked):,} of those used have {_QUALITY}: "
            f"{', '.join(f'{tag} {count:,}' for tag, count in counts)}"
        )
