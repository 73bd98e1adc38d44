"""Rows → those whose recordings can be learnt from, each recording measured once."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from malgwi.corpus.row import Fault, Row
from malgwi.dataset import checks
from malgwi.dataset.findings import Entry
from malgwi.dataset.manifest import Stretch, Utterance
from malgwi.dataset.measurers import Measurer, measure_all
from malgwi.dataset.slices import Part
from malgwi.each import Each
from malgwi.progress import clip_progress
from malgwi.speech.text import Normalisation, Unit, normalise


def usable(
    rows: Sequence[Row],
    unit: Unit,
    rules: Normalisation,
    faults: list[tuple[str, Fault]],
    long: list[Entry] | None = None,
    *,
    each: Each[Measurer] | None = None,
) -> list[Entry]:
    """Return the rows whose recordings can be learnt from; add the others to `faults`.

    Those that only are too long are added to `long` instead, where one is given. `each` says where
    recordings are measured; None is here.
    """
    missing = {row.id: fault for row in rows if (fault := checks.path_fault(row.audio))}
    faults += missing.items()
    rows = [row for row in rows if row.id not in missing]
    entries: list[Entry] = []
    recordings = _by_recording(rows, faults)
    count = sum(map(len, recordings.values()))
    parts = ((path, [part for _, part in of]) for path, of in recordings.items())
    measured = measure_all(parts, each=each)
    with clip_progress("checking recordings", count) as advance:
        for of, found in zip(recordings.values(), measured, strict=True):
            for (row, part), recording in zip(of, found, strict=True):
                text = normalise(row.text, rules)
                fault = checks.part_fault(recording, part)
                fault = fault or checks.recording_fault(recording, text, unit)
                into = entries
                if fault and fault.finding == "too-long" and long is not None:
                    into = long
                elif fault:
                    faults.append((row.id, fault))
                    advance(recording.seconds)
                    continue
                stretch = Stretch(
                    recording.sha256, recording.samples, part.first, recording.channel
                )
                into.append(Entry(row, recording, text, row.split or "", stretch))
                advance(recording.seconds)
    return entries


def _by_recording(
    rows: Sequence[Row], faults: list[tuple[str, Fault]]
) -> dict[Path, list[tuple[Row, Part]]]:
    """Return the rows of each recording with their parts of it, in the order of the rows.

    Rows whose times can't be meant are added to `faults`.
    """
    found: dict[Path, list[tuple[Row, Part]]] = defaultdict(list)
    for row in rows:
        part = checks.part_of(row)
        if isinstance(part, Fault):
            faults.append((row.id, part))
        else:
            found[row.audio].append((row, part))
    return found


def utterance_of(entry: Entry) -> Utterance:
    """Return an entry as the manifest has it."""
    return Utterance(
        id=entry.row.id,
        audio=entry.row.audio,
        stretch=entry.stretch,
        text=entry.text,
        split=entry.split,
        speaker=entry.row.speaker,
        raw_text=entry.row.text if entry.row.written is None else entry.row.written,
        columns=entry.row.columns,
    )
