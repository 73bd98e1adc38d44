"""A corpus becomes a data set: read, checked, split, and written whole with its report.

    result = prepare("my-recordings", Path("dataset"))

What can't be used is set aside by name and counted in `preflight.json`; the rest goes on.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from malgwi import __version__
from malgwi.corpus.conventions import Conventions
from malgwi.corpus.row import SPLITS, TRAIN, Fault
from malgwi.dataset import checks
from malgwi.dataset.consent import keep_back
from malgwi.dataset.entries import utterance_of
from malgwi.dataset.findings import KINDS, Entry, Report, sets_aside
from malgwi.dataset.long_stretches import Cutter, usable_or_cut, with_pieces
from malgwi.dataset.manifest import (
    DATASET,
    MANIFEST,
    PREFLIGHT,
    VOCAB,
    Utterance,
    write_manifest,
)
from malgwi.dataset.measurers import Measurer
from malgwi.dataset.pseudonyms import open_pseudonyms
from malgwi.dataset.reading import Read, Reading
from malgwi.dataset.report import print_report, report
from malgwi.dataset.sound import in_time
from malgwi.dataset.splits import complete_splits
from malgwi.dataset.word_gaps import word_gaps
from malgwi.each import Each
from malgwi.errors import MalgwiError
from malgwi.publish import publish_folder
from malgwi.speech.audio import SAMPLE_RATE
from malgwi.speech.language import resolve
from malgwi.speech.notation import Notation
from malgwi.speech.text import Unit
from malgwi.speech.vocab import Vocab

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class PrepareResult:
    """A written data set and what was found on the way."""

    folder: Path
    info: dict[str, Any]
    """The content of `dataset.json`."""
    report: Report

    def to_json(self) -> dict[str, Any]:
        """Return what `malgwi prepare --json` prints."""
        return {
            "folder": str(self.folder),
            "dataset": self.info,
            "preflight": self.report.to_json(),
        }


def prepare(
    source: str | Path,
    output: Path,
    *,
    format: str | None = None,  # noqa: A002 - as on the command line
    unit: Unit = "character",
    vocab_from: str = TRAIN,
    vocab: Vocab | None = None,
    drop_sa: bool = False,
    timit_core_test: bool = False,
    allow_outside: bool = False,
    split_names: bool | None = None,
    validated: bool = False,
    language: str | None = None,
    keep_letters: str = "",
    keep_digits: bool = False,
    notation: Notation = Notation(),  # noqa: B008 - immutable
    conventions: Conventions = Conventions(),  # noqa: B008 - immutable
    channel: int | str | None = None,
    pseudonyms: Path | None = None,
    cutter: Cutter | None = None,
    each: Each[Measurer] | None = None,
    name: str | None = None,
    replace: bool = False,
    console: "Console | None" = None,
) -> PrepareResult:
    """Read `source`, check everything, and write the data set folder `output`.

    Args:
        source: a folder, a table, or `hub:owner/name[:config]`.
        output: written whole or not at all.
        format: one of `malgwi.corpus.FORMATS`; found out by looking when None.
        unit: what a token stands for: `character`, or `jamo` for Korean.
        vocab_from: `train`, or `all` for the characters of all splits; with `vocab`, its name.
        vocab: the vocabulary of a model or another data set; then the corpus needs no train split,
            and `unit` and spelling are those of the vocabulary.
        drop_sa: leave out TIMIT's two SA sentences, which every speaker reads.
        timit_core_test: test on TIMIT's 24 core speakers only, without SA sentences.
        allow_outside: take paths that are absolute or lead out of `source`.
        split_names: whether folders and tables that are called after splits are splits; found out
            by what is beside them when None.
        validated: train on all validated clips of Common Voice but those of speakers of the other
            splits.
        language: a BCP 47 tag such as `en`, a locale or a name; how its letters become small,
            and how files that aren't UTF-8 are likely to be encoded, depend on it.
        keep_letters: characters that are letters there, such as ʻ and ʼ.
        keep_digits: whether digits are letters or tones there.
        notation: what becomes of tags and double transcriptions.
        conventions: which tiers of annotations are meant, and where their recordings are.
        channel: heard where the corpus names none: a number from 0; `mix`, the average of all;
            `each`, an utterance a channel; None to choose by what they hold.
        pseudonyms: the file of speakers' names, who have codes in the data set then; read and
            written, for its owner alone.
        cutter: divides stretches that are too long, which are set aside when None
            (`malgwi.recognition.cut_stretch`).
        each: where recordings are measured; None is by processes of this machine.
        name: of the data set; the name of `source` when None.
        replace: replace a folder that Malgwi wrote.
        console: where the pre-flight report is printed; nowhere when None.

    Raises:
        MalgwiError: `source` or an option is wrong, nothing usable is left, or a split is empty.
    """
    if vocab is None and vocab_from not in {TRAIN, "all"}:
        raise MalgwiError(
            f"--vocab-from {vocab_from}: expected train, all, a model or a data set folder"
        )
    unit = vocab.unit if vocab else unit
    source = str(source)
    reading = Reading(
        format=format,
        drop_sa=drop_sa,
        timit_core_test=timit_core_test,
        allow_outside=allow_outside,
        split_names=split_names,
        validated=validated,
        language=language,
        keep_letters=keep_letters,
        keep_digits=keep_digits,
        notation=notation,
        conventions=conventions,
        channel=channel,
    )
    kind, rules = reading.kind(source), reading.rules(vocab, vocab_from)
    names = open_pseudonyms(pseudonyms, output)
    with publish_folder(output, replace=replace) as folder:
        read = reading.read(source, folder, rules, names, console)
        rows, faults = read.rows, read.faults
        to_learn = read.is_to_learn(source, vocab)
        entries, pieces = usable_or_cut(read.good, unit, rules, faults, cutter, each=each)
        _check_left(source, read, entries)
        entries, notes = _divided(entries, pieces, faults, to_learn=to_learn)
        hint = None if keep_digits else checks.digit_hint(row.text for row in rows)
        notes = [*read.files.notes(), *read.said, *notes, *read.tags, *([hint] if hint else [])]
        leaks = checks.find_leaks(entries)
        faults += leaks.items()
        entries = [entry for entry in entries if entry.row.id not in leaks]
        _check_left(source, read, entries)
        entries = keep_back(entries, rows)
        if vocab is None:
            labelled = entries if vocab_from == "all" else [e for e in entries if e.split == TRAIN]
            vocab = Vocab.from_texts((entry.text for entry in labelled), unit, rules)
        else:
            vocab = vocab.for_dataset()
        gaps = word_gaps(read.project, entries, names.in_column)
        faults += [*checks.warnings(entries, vocab), *gaps]
        faults += [(place, Fault("no-row", "")) for place in read.rowless]
        notes = [*map(names.hide, notes), *names.notes(entry.row.audio for entry in entries)]
        texts = ((row.id, row.text) for row in rows if row.fault is None)
        found = report(entries, names.hide_in(faults), texts, notes, rules)
        info = {
            "name": names.hide(name or Path(os.path.abspath(source)).name),  # noqa: PTH100 - follows no link
            "language": resolve(language),
            "unit": unit,
            "format": kind,
            "source": names.hide(source),
            "sample_rate": SAMPLE_RATE,
            "malgwi": __version__,
            "normalisation": rules.to_json(),
            "vocab_from": vocab_from,
            "splits": {split: _counts(entries, split) for split in SPLITS},
        }
        # So all that reads the data set in its order decodes each recording once.
        utterances = in_time(map(utterance_of, entries))
        _write(folder, utterances, vocab, info, found)
        names.write()
    if console:
        print_report(found, console)
    return PrepareResult(output, info, found)


def _check_left(source: str, read: Read, entries: Sequence[Entry]) -> None:
    """Refuse a corpus of which nothing is left, or nothing of a split that it has.

    Raises:
        MalgwiError: with what was set aside most, an example, and the remedy.
    """
    had = {row.split for row in read.readable if row.split}
    gone = had - {entry.split for entry in entries}
    if entries and not gone:
        return
    rows = read.rows
    of_gone = {row.id for row in rows if row.split in gone}
    left_out = [(i, fault) for i, fault in read.faults if sets_aside(fault.finding)]
    # What is wrong elsewhere, or only noteworthy, isn't why a split is empty.
    faults = [(i, fault) for i, fault in left_out if not entries or i in of_gone] or left_out
    names = Counter(fault.finding for _, fault in faults)
    commonest = names.most_common(1)[0][0]
    row_id, fault = next((i, f) for i, f in faults if f.finding == commonest)
    counted = ", ".join(f"{name} {count:,}" for name, count in names.most_common())
    whole = f"the split {' and '.join(sorted(gone))}" if entries else "the corpus"
    hint = checks.digit_hint(row.text for row in rows) if commonest == "digits" else None
    raise MalgwiError(
        f"{source}: nothing usable is left of {whole} ({len(rows):,} rows in all); set aside: "
        f"{counted}. First: {row_id}: {fault.detail or KINDS[commonest].what}. "
        f"To do: {KINDS[commonest].remedy}{f'. {hint}' if hint else ''}"
    )


def _divided(
    entries: Sequence[Entry],
    pieces: Mapping[str, Sequence[Entry]],
    faults: list[tuple[str, Fault]],
    *,
    to_learn: bool,
) -> tuple[list[Entry], list[str]]:
    """Return the entries with their splits, and how these came about.

    Long stretches give way to their pieces only then, so that no split hangs on where a model hears
    pauses.
    """
    divided, notes = complete_splits(entries, faults) if to_learn else (entries, [])
    return with_pieces(divided, pieces), notes


def _counts(entries: Iterable[Entry], split: str) -> dict[str, Any]:
    of_split = [entry for entry in entries if entry.split == split]
    return {
        "clips": len(of_split),
        "seconds": round(sum(entry.recording.seconds for entry in of_split), 3),
        "speakers": sorted({entry.row.speaker for entry in of_split if entry.row.speaker}),
    }


def _write(
    folder: Path,
    utterances: Iterable[Utterance],
    vocab: Vocab,
    info: dict[str, Any],
    report: Report,
) -> None:
    write_manifest(folder / MANIFEST, utterances, base=folder)
    for file, content in ((VOCAB, vocab.to_ids()), (DATASET, info), (PREFLIGHT, report.to_json())):
        _write_json(folder / file, content)


def _write_json(path: Path, content: object) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=2)
    # A file's name needn't be UTF-8; what isn't becomes the escapes of JSON.
    path.write_text(f"{text}\n", encoding="utf-8", errors="backslashreplace")
