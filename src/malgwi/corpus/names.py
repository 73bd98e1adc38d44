"""What names in a corpus stand for, which only all of its rows together say.

An id may name a sentence instead of a clip, and a folder called Val may be a speaker.
"""

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from malgwi.corpus.row import TRAIN, Row, split_of

SHOWN = 6
"""Names that a sentence of the report lists."""

_NOBODY = {"valid", "validation", "development", "test", "testing"}
"""Names of splits that no person has, as they stand; people are called Val and Dev."""

_TABLES = ("", "tables")
"""Stands for the folder that tables are beside each other in; no folder is called so."""


def with_own_ids(rows: Sequence[Row]) -> tuple[list[Row], str | None]:
    """Return the rows with ids that no two recordings share, and what to say of it.

    Ids of tables that name a sentence, or start anew in each table, give way to the recordings'
    paths, of all rows. Paths that differ only in their ending keep it.
    """
    said = None
    if shared := [pair for pair in _shared(rows) if all(row.path_id for row in pair)]:
        one, other = shared[0]
        said = (
            f"The tables' ids don't name single recordings ({one.id} is {one.path_id} and "
            f"{other.path_id}), so the recordings' paths name the clips"
        )
        rows = [row if row.path_id is None else replace(row, id=row.path_id) for row in rows]
    twice = {one.id for one, _ in _shared(rows)}
    return [
        replace(row, id=f"{row.id}{row.audio.suffix}") if not row.fault and row.id in twice else row
        for row in rows
    ], said


def _shared(rows: Iterable[Row]) -> list[tuple[Row, Row]]:
    """Return, of each id that several utterances have, the first two."""
    first: dict[str, Row] = {}
    found: dict[str, tuple[Row, Row]] = {}
    for row in rows:
        if row.fault is None and _utterance(first.setdefault(row.id, row)) != _utterance(row):
            found.setdefault(row.id, (first[row.id], row))
    return list(found.values())


def _utterance(row: Row) -> tuple[object, ...]:
    return os.path.normpath(row.audio), row.channel, row.start, row.end


def with_splits(rows: Sequence[Row], by_name: bool | None) -> tuple[list[Row], list[str]]:
    """Return the rows with the splits that folders or tables are called after, and what to say.

    Folders beside each other are taken for splits where each has the name of one, or where one of
    them is called train, or just test or valid; so are tables. Otherwise they may be people. A
    column has named the splits of other rows.

    Args:
        rows: of the whole corpus.
        by_name: whether the names are those of splits; None to find out.
    """
    beside: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in rows:
        for place, name in _names(row):
            beside[place].add(name)
    taken = {place for place, names in beside.items() if by_name or _are_splits(names)}
    if by_name is False:
        taken = set()
    used: dict[str, str] = {}
    result = []
    for row in rows:
        hits = ((n, split) for p, n in _names(row) if p in taken and (split := split_of(n)))
        name, split = next(hits, ("", None))
        if split:
            used[name] = split
        result.append(replace(row, split=split) if split else row)
    notes = []
    if used:
        named = [
            name if name == split else f"{name} ({split})" for name, split in sorted(used.items())
        ]
        notes.append(f"Splits by name: {_listed(named)} (--split-names no takes none by names)")
    for place, names in sorted(beside.items()):
        doubtful = sorted(name for name in names if split_of(name))
        if by_name is None and doubtful and place not in taken:
            others = sorted(names.difference(doubtful))
            notes.append(
                f"{_listed(doubtful)}: taken for no split, since {_listed(others, 2)} beside them "
                "aren't, and none is called train or just test (--split-names yes takes them)"
            )
    return result, notes


def _names(row: Row) -> list[tuple[tuple[str, ...], str]]:
    """Return the names that may say a row's split, the likeliest first, each with its place."""
    if row.split or row.fault:
        return []
    found = [(row.folders[:depth], name) for depth, name in enumerate(row.folders)]
    return [*found, (_TABLES, row.table)] if row.table else found


def _are_splits(names: Collection[str]) -> bool:
    splits = {split_of(name) for name in names}
    plain = any(name.strip().lower() in _NOBODY for name in names)
    return TRAIN in splits or None not in splits or plain


def _listed(names: Sequence[str], shown: int = SHOWN) -> str:
    more = len(names) - shown
    return f"{', '.join(names[:shown])}{f' and {more:,} more' if more > 0 else ''}"
