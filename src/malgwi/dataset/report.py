"""Everything that was found, gathered, counted, and printed as a person reads it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from malgwi.corpus.row import SPLITS, Fault
from malgwi.dataset.findings import KINDS, Characters, Entry, Finding, Report, sets_aside
from malgwi.speech.text import PLAIN, Normalisation, changes
from malgwi.terminal import printable

if TYPE_CHECKING:
    from rich.console import Console

LISTED = 20
"""Ids printed of each finding; the JSON has all."""


def report(
    entries: Sequence[Entry],
    faults: Iterable[tuple[str, Fault]],
    raw_texts: Iterable[tuple[str, str]],
    notes: Sequence[str] = (),
    rules: Normalisation = PLAIN,
) -> Report:
    """Gather findings, totals and characters.

    Args:
        entries: what is left for training and scoring.
        faults: (id, fault) of everything found, set aside or not.
        raw_texts: (id, transcript) of every row that has one, kept or not.
        notes: how the splits came about, and how files were read.
        rules: what the texts were normalised by.
    """
    by_name: dict[str, dict[str, str]] = defaultdict(dict)
    for row_id, fault in faults:
        by_name[fault.finding][row_id] = fault.detail
    severities = ("error", "warning", "note")
    order = sorted(KINDS, key=lambda name: severities.index(KINDS[name].severity))
    findings = tuple(
        Finding(name, kind.severity, kind.what, kind.remedy, by_name[name])
        for name in order
        if name in by_name
        for kind in [KINDS[name]]
    )
    set_aside = {i for f in findings if sets_aside(f.name) for i in f.details}
    totals = {split: _totals([e for e in entries if e.split == split]) for split in SPLITS}
    totals = {split: values for split, values in totals.items() if values["clips"]}
    totals["all"] = _totals(entries)
    return Report(
        findings, totals, _characters(entries, raw_texts, rules), len(set_aside), tuple(notes)
    )


def _totals(entries: Sequence[Entry]) -> dict[str, float]:
    seconds = sum(entry.recording.seconds for entry in entries)
    characters = sum(len(entry.text) for entry in entries)
    return {
        "clips": len(entries),
        "hours": round(seconds / 3600, 4),
        "speakers": len({e.row.speaker for e in entries if e.row.speaker}),
        "characters_per_second": round(characters / seconds, 2) if seconds else 0.0,
    }


def _characters(
    entries: Sequence[Entry], raw_texts: Iterable[tuple[str, str]], rules: Normalisation
) -> Characters:
    kept = Counter(char for entry in entries for char in entry.text)
    dropped: Counter[str] = Counter()
    replaced: Counter[tuple[str, str]] = Counter()
    example: dict[str, str] = {}
    for row_id, text in raw_texts:
        changed = changes(text, rules)
        dropped.update(changed.dropped)
        replaced.update(changed.replaced)
        for char in (*changed.dropped, *(char for char, _ in changed.replaced)):
            example.setdefault(char, f"{row_id}: {text[:80]}")
    return Characters(
        dict(kept.most_common()),
        dict(dropped.most_common()),
        dict(replaced.most_common()),
        example,
    )


def print_report(result: Report, console: "Console") -> None:
    """Print the report as a person reads it: totals, findings with the first ids, characters."""
    from rich.markup import escape
    from rich.table import Table

    totals = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("split", "clips", "hours", "speakers", "characters/s"):
        totals.add_column(heading, justify="left" if heading == "split" else "right")
    for split, values in result.totals.items():
        pace = f"{values['characters_per_second']:.1f}"
        hours, speakers = f"{values['hours']:.3f}", str(values["speakers"] or "unknown")
        totals.add_row(split, f"{values['clips']:,}", hours, speakers, pace)
    console.print(totals)
    for note in result.notes:
        console.print(escape(note))
    colours = {"error": "red", "warning": "yellow", "note": "cyan"}
    for finding in result.findings:
        label = "set aside" if finding.severity == "error" else finding.severity
        to_do = "" if finding.remedy == "nothing" else f". To do: {finding.remedy}"
        console.print(
            f"\n[{colours[finding.severity]}]{label}[/] [bold]{finding.name}[/] "
            f"{finding.count:,}: {escape(finding.what + to_do)}"
        )
        for line in _grouped(finding.details):
            console.print(f"  {escape(line)}", highlight=False)
        if finding.count > LISTED:
            console.print(f"  and {finding.count - LISTED:,} more in preflight.json")
    console.print(f"\nkept characters: {escape(_counted(result.characters.kept))}")
    if result.characters.replaced:
        shown = {
            f"{char} by {'a space' if by == ' ' else by}": count
            for (char, by), count in result.characters.replaced.items()
        }
        console.print(f"replaced characters: {escape(_counted(shown))}")
    if result.characters.dropped:
        console.print(f"dropped characters: {escape(_counted(result.characters.dropped))}")
    if result.characters.example:
        for char, where in list(result.characters.example.items())[:5]:
            console.print(f"  {escape(printable(f'{char!r} in {where}'))}", highlight=False)


def _grouped(details: Mapping[str, str]) -> Iterable[str]:
    """Yield the first ids with their details, those of one detail on one line."""
    groups: dict[str, list[str]] = defaultdict(list)
    for row_id, detail in list(details.items())[:LISTED]:
        groups[detail].append(row_id)
    for detail, ids in groups.items():
        yield printable(", ".join(ids) + (f": {detail}" if detail else ""))


def _counted(counts: Mapping[str, int]) -> str:
    shown = {" ": "space"}
    return ", ".join(f"{shown.get(char, printable(char))} {n:,}" for char, n in counts.items())
