"""Rows as their authors wrote them → rows with what of their transcripts is words."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from malgwi.corpus.row import Fault, Row
from malgwi.speech.notation import Notation, read


def read_words(
    rows: Iterable[Row], notation: Notation, faults: list[tuple[str, Fault]]
) -> tuple[list[Row], list[str]]:
    """Return the rows with what of their transcripts is words, and what to say of the tags.

    Rows that have some are added to `faults`.
    """
    found: list[Row] = []
    tags: Counter[str] = Counter()
    doubles = 0
    for row in rows:
        if row.fault:
            found.append(row)
            continue
        reading = read(row.text, notation)
        tags.update(reading.tags)
        doubles += reading.doubles
        detail = f"{' '.join(sorted(set(reading.tags)))[:60]} in {row.text[:80]!r}"
        fault = Fault(reading.set_aside, detail) if reading.set_aside else None
        if reading.tags and not fault:
            faults.append((row.id, Fault("tags", detail)))
        written = row.text if fault or reading.text != row.text else None
        found.append(replace(row, text=reading.text, written=written, fault=fault))
    commonest = ", ".join(f"{tag} {count:,}" for tag, count in tags.most_common(10))
    said = [f"Tags: {commonest} (--tags drop, keep or set-aside)"] if tags else []
    if doubles:
        side, other = ("written", "without") if notation.written else ("spoken", "with")
        said.append(
            f"Transcribed twice: {doubles:,} times; "
            f"the {side} side is taken ({other} --written the other)"
        )
    return found, said
