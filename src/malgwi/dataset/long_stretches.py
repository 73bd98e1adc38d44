"""Stretches that are too long to learn from → pieces of them, where somebody can tell the places.

Who can is a function that is given: a model that listens stands in a room further down.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from malgwi.corpus.row import Fault, Row
from malgwi.corpus.times import place_in_ms
from malgwi.dataset import checks
from malgwi.dataset.entries import usable, utterance_of
from malgwi.dataset.findings import Entry
from malgwi.dataset.manifest import Utterance
from malgwi.dataset.measurers import Measurer
from malgwi.dataset.sound import in_time
from malgwi.each import Advance, Each
from malgwi.errors import MalgwiError
from malgwi.progress import audio_progress
from malgwi.speech.audio import SAMPLE_RATE
from malgwi.speech.text import Normalisation, Unit

CUT_FROM, CUT_SCORE = "cut_from", "cut_score"
"""Columns of a piece: the id of what it was cut from, and how well text and sound fit."""


class CutPiece(NamedTuple):
    """A part of a stretch, and what is said in it."""

    first: int
    """Samples from the stretch's first on."""
    end: int
    """One past its last sample."""
    text: str
    score: float
    """How well text and sound fit; 0 is best."""


class NotCut(NamedTuple):
    """A part that is left out."""

    first: int
    end: int
    reason: str
    text: str
    """What isn't used of the text; empty where something is heard that it lacks."""


class Division(NamedTuple):
    """What becomes of a stretch; both in the order of the sound."""

    pieces: tuple[CutPiece, ...]
    not_cut: tuple[NotCut, ...]


class Long(NamedTuple):
    """A stretch that is too long, and its text as it is written."""

    place: Utterance
    text: str


Cutter = Callable[[Sequence[Long], Advance], Iterable[Division | MalgwiError]]
"""Stretches in the order of the sound → the division of each, or why there can be none, in theirs;
told is of the seconds that are through."""


def usable_or_cut(
    rows: Sequence[Row],
    unit: Unit,
    rules: Normalisation,
    faults: list[tuple[str, Fault]],
    cutter: Cutter | None,
    *,
    each: Each[Measurer] | None = None,
) -> tuple[list[Entry], dict[str, list[Entry]]]:
    """Return the usable rows as `usable` does, and the pieces of those that are too long.

    Stretches of which there are pieces are among the rows; `pieces` has these by the stretch's id.
    What becomes of each, and of all that is left out of it, is added to `faults`. Without a cutter
    what is too long is set aside. `each` says where recordings are measured; None is here.
    """
    if cutter is None:
        return usable(rows, unit, rules, faults, each=each), {}
    long: list[Entry] = []
    entries = usable(rows, unit, rules, faults, long, each=each)
    pieces = _pieces(long, cutter, unit, rules, faults, each=each) if long else {}
    return entries + [entry for entry in long if entry.row.id in pieces], pieces


def _pieces(
    entries: Sequence[Entry],
    cutter: Cutter,
    unit: Unit,
    rules: Normalisation,
    faults: list[tuple[str, Fault]],
    *,
    each: Each[Measurer] | None,
) -> dict[str, list[Entry]]:
    by_id = {entry.row.id: entry for entry in entries}
    rows: list[Row] = []
    total = sum(entry.recording.seconds for entry in entries)
    long = [Long(u, by_id[u.id].row.text) for u in in_time(map(utterance_of, entries))]
    with audio_progress("cutting what is too long", total) as heard:
        for stretch, answer in zip(long, cutter(long, heard), strict=True):
            entry = by_id[stretch.place.id]
            if isinstance(answer, MalgwiError):
                found, why = Division((), ()), str(answer)
            else:
                found, why = answer, "no part of it has its own text between two pauses"
            seconds = f"{entry.recording.seconds:.1f} s"
            faults += _not_cut(entry, found.not_cut)
            if not found.pieces:
                faults.append((entry.row.id, Fault("too-long", f"{seconds}; {why}")))
                continue
            kept = sum(piece.end - piece.first for piece in found.pieces) / SAMPLE_RATE
            detail = f"{seconds}: {len(found.pieces)} pieces with {kept:.1f} s"
            faults.append((entry.row.id, Fault("cut", detail)))
            for row in (_row(entry, piece) for piece in found.pieces):
                if fault := checks.text_fault(row.text, rules):
                    faults.append((row.id, fault))
                else:
                    rows.append(row)
    pieces: dict[str, list[Entry]] = defaultdict(list)
    for entry in usable(rows, unit, rules, faults, each=each) if rows else ():
        pieces[entry.row.columns[CUT_FROM]].append(entry)
    return dict(pieces)


def with_pieces(entries: Sequence[Entry], pieces: Mapping[str, Sequence[Entry]]) -> list[Entry]:
    """Return the entries with pieces in the places of what they were cut from, in its split."""
    return [
        replace(one, split=entry.split) if one is not entry else entry
        for entry in entries
        for one in pieces.get(entry.row.id, (entry,))
    ]


def _bounds(entry: Entry, part: CutPiece | NotCut) -> tuple[float, float]:
    """Return where in the recording a part lies, in seconds."""
    first = entry.stretch.first
    return (first + part.first) / SAMPLE_RATE, (first + part.end) / SAMPLE_RATE


def _id(entry: Entry, part: CutPiece | NotCut) -> str:
    return f"{entry.row.id}-{place_in_ms(*_bounds(entry, part))}"


def _not_cut(entry: Entry, parts: Sequence[NotCut]) -> list[tuple[str, Fault]]:
    """Return what is left out by its place: several texts may be missing in one."""
    details: dict[str, list[str]] = defaultdict(list)
    for part in parts:
        detail = f"{part.reason}: {part.text!r}" if part.text else part.reason
        details[_id(entry, part)].append(detail)
    return [(place, Fault("not-cut", "; ".join(said))) for place, said in details.items()]


def _row(entry: Entry, piece: CutPiece) -> Row:
    start, end = _bounds(entry, piece)
    return replace(
        entry.row,
        id=_id(entry, piece),
        text=piece.text,
        written=None,
        start=start,
        end=end,
        columns={
            **entry.row.columns,
            CUT_FROM: entry.row.id,
            CUT_SCORE: f"{piece.score:.3f}",
        },
    )
