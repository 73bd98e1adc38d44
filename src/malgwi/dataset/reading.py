"""A corpus → rows whose texts can be learnt from; nothing is decoded yet."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from malgwi.corpus.annotated import Project
from malgwi.corpus.conventions import Conventions, read_consent
from malgwi.corpus.layouts import FORMATS, detect, read_corpus, recordings_without_row
from malgwi.corpus.row import TRAIN, Fault, Row
from malgwi.corpus.timit import leave_out
from malgwi.dataset import checks
from malgwi.dataset.asked import check_flags, rules_of
from malgwi.dataset.consent import read_answers
from malgwi.dataset.heard import by_channel
from malgwi.dataset.project import show_project
from malgwi.dataset.pseudonyms import Pseudonyms
from malgwi.dataset.words import read_words
from malgwi.errors import MalgwiError
from malgwi.speech.language import UNKNOWN, resolve
from malgwi.speech.notation import Notation
from malgwi.speech.text import Normalisation
from malgwi.speech.vocab import Vocab
from malgwi.text_file import TextFiles

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Read:
    """What is read of a corpus."""

    rows: Sequence[Row]
    """All of them."""
    good: Sequence[Row]
    """Those whose text can be learnt from."""
    faults: list[tuple[str, Fault]]
    """Of the others."""
    rowless: Sequence[str]
    """Recordings without a row."""
    said: Sequence[str]
    tags: Sequence[str]
    files: TextFiles
    project: Project | None

    @property
    def readable(self) -> list[Row]:
        """The rows that aren't broken; of others not even the split is known."""
        return [row for row in self.rows if row.fault is None or row.written is not None]

    def is_to_learn(self, source: str, vocab: Vocab | None) -> bool:
        """Say whether there must be a training split; nothing needs to be decoded for that.

        Raises:
            MalgwiError: there must, and the corpus's own splits have none.
        """
        splits = {row.split for row in self.readable}
        has_some = not splits.isdisjoint({None, "", TRAIN})
        if vocab is None and splits and not has_some:
            raise MalgwiError(
                f"{source}: no training split; found {', '.join(sorted(filter(None, splits)))}. "
                "Call one train, or leave the splits out to have them made (--split-names no, "
                "where a folder or table is only called so); to score a model on it, give the "
                "model with --vocab-from"
            )
        return vocab is None or has_some


@dataclass(frozen=True)
class Reading:
    """How a corpus is to be read; its fields are what `malgwi.dataset.prepare.prepare` takes."""

    format: str | None = None
    drop_sa: bool = False
    timit_core_test: bool = False
    allow_outside: bool = False
    split_names: bool | None = None
    validated: bool = False
    language: str | None = None
    keep_letters: str = ""
    keep_digits: bool = False
    notation: Notation = Notation()  # noqa: RUF009 - immutable
    conventions: Conventions = Conventions()  # noqa: RUF009 - immutable
    channel: int | str | None = None

    def kind(self, source: str) -> str:
        """Return the layout of a corpus.

        Raises:
            MalgwiError: it has none, or what is asked for doesn't go with it.
        """
        kind = self.format or detect(source)
        check_flags(
            source,
            kind,
            self.conventions,
            drop_sa=self.drop_sa,
            core_test=self.timit_core_test,
            validated=self.validated,
        )
        return kind

    def rules(self, vocab: Vocab | None, vocab_from: str) -> Normalisation:
        """Return how texts are spelt: as asked, or as a vocabulary of `vocab_from` has it.

        Raises:
            MalgwiError: both don't go together.
        """
        tag = resolve(self.language)
        asked = Normalisation(tag or UNKNOWN, self.keep_letters, keep_digits=self.keep_digits)
        return rules_of(vocab, vocab_from, asked) if vocab else asked

    def read(
        self,
        source: str,
        folder: Path,
        rules: Normalisation,
        names: Pseudonyms,
        console: "Console | None",
    ) -> Read:
        """Read a corpus; what comes from the hub is kept below `folder`.

        Raises:
            MalgwiError: it can't be read, or has no rows.
        """
        kind, files = self.kind(source), TextFiles(resolve(self.language))
        project = show_project(
            source, kind, self.conventions, files, console, allow_outside=self.allow_outside
        )
        said: list[str] = []
        corpus = read_corpus(
            source,
            kind,
            folder / "audio",
            files=files,
            allow_outside=self.allow_outside,
            split_names=self.split_names,
            validated=self.validated,
            notes=said,
            project=project,
        )
        rows = list(by_channel(corpus, self.channel))
        if not rows:
            raise MalgwiError(f"{source}: no rows in it; expected {FORMATS[kind]}")
        rowless = recordings_without_row(source, kind, rows)
        faults: list[tuple[str, Fault]] = []
        rows = leave_out(rows, faults, drop_sa=self.drop_sa, core_test=self.timit_core_test)
        rows = names.of(_agreed(rows, source, kind, project, said, folder=folder))
        rows, tags = read_words(rows, self.notation, faults)
        good = _sorted_out(rows, rules, faults)
        return Read(rows, good, faults, rowless, said, tags, files, project)


def _agreed(
    rows: Sequence[Row],
    source: str,
    kind: str,
    project: Project | None,
    notes: list[str],
    *,
    folder: Path,
) -> list[Row]:
    """Return the rows with what their speakers agreed to, which counts; add to `notes`.

    Recordings that the data set holds itself, in `folder`, go where somebody didn't consent.

    Raises:
        MalgwiError: malgwi.toml can't be understood, or names somebody who doesn't speak.
    """
    root = Path(source) if Path(source).is_dir() else Path(source).parent
    by_speaker = {} if kind == "hub" else read_consent(root)
    found, said = read_answers(rows, by_speaker, project.speakers() if project else ())
    notes += said
    for row in found:
        if row.fault and row.fault.finding == "no-consent" and row.audio.is_relative_to(folder):
            row.audio.unlink(missing_ok=True)
    return found


def _sorted_out(
    rows: Iterable[Row], rules: Normalisation, faults: list[tuple[str, Fault]]
) -> list[Row]:
    """Return the rows whose text can be learnt from; add the others to `faults`."""
    good, seen = [], Counter[str]()
    for row in rows:
        seen[row.id] += 1
        if seen[row.id] > 1 and row.fault is None:
            key = f"{row.id} (row {seen[row.id]} of it)"
            faults.append((key, Fault("duplicate-id", row.audio.name)))
            continue
        fault = row.fault or checks.text_fault(row.text, rules)
        if fault:
            faults.append((row.id, fault))
        else:
            good.append(row)
    return good
