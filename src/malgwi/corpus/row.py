"""One row of a corpus as its author wrote it, before anything was checked or decoded."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from malgwi.text_file import is_utf8

TRAIN, VALID, TEST = "train", "valid", "test"
SPLITS = (TRAIN, VALID, TEST)
PARTICIPANT = "participant"
"""The column that says whose words they are, whatever counts as the speaker."""
CONSENT, SHARE = "consent", "share"
"""Columns of what the speaker agreed to: that it is used, that others may hear it."""
ANSWERS = (CONSENT, SHARE)

_SPLIT_NAMES = {
    TRAIN: {"train", "training", "trn"},
    VALID: {"valid", "validation", "val", "dev", "development"},
    TEST: {"test", "testing", "tst"},
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is set aside: the name of a pre-flight finding, and what was found."""

    finding: str
    detail: str


@dataclass(frozen=True, slots=True)
class Row:
    """A recording and its transcript, where the corpus says they are."""

    id: str
    """The recording's path within the corpus without its ending, unless the corpus gives one."""
    audio: Path
    """Not looked at yet; nothing says that it exists."""
    text: str
    """The transcript: what its author wrote, and then what of it is words."""
    split: str | None = None
    """One of `SPLITS`; None where the corpus has no splits."""
    speaker: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    written: str | None = None
    """The transcript as its author wrote it, where `text` is no longer that."""
    fault: Fault | None = None
    """Set where the row itself is broken; `audio` and `text` then mean nothing."""
    channel: int | str | None = None
    """Of the recording, counted from 0; `mix`, the average of all; another word, or a number as
    one, is a name, which only a recording of several channels has; None where nothing is said."""
    start: float | None = None
    """Seconds into the recording where the utterance begins; None where the row is a whole clip."""
    end: float | None = None
    """Seconds into the recording where it ends; None up to its end."""
    path_id: str | None = field(default=None, compare=False)
    """The id by the recording's path, where the corpus gives one of its own."""
    folders: tuple[str, ...] = field(default=(), compare=False)
    """The folders that the recording lies in, as written, outermost first; one may be a split."""
    table: str = field(default="", compare=False)
    """What else may be called after a split: the row's table, without its ending."""


def broken(row_id: str, finding: str, detail: str) -> Row:
    """Return a row that only says what is wrong with it."""
    return Row(row_id, Path(), "", fault=Fault(finding, detail))


def answer_of(column: str) -> str | None:
    """Return which of `ANSWERS` a column is, however it is headed: `Consent`, too."""
    name = column.strip().casefold()
    return name if name in ANSWERS else None


def by_one_name(row: Row) -> Row:
    """Return a row whose people are one each, however somebody writes their names."""
    speaker, columns = one_name(row.speaker or "") or None, row.columns
    if who := columns.get(PARTICIPANT):
        columns = {**columns, PARTICIPANT: one_name(who)}
    if (speaker, columns) == (row.speaker, row.columns):
        return row
    return replace(row, speaker=speaker, columns=columns)


def one_name(name: str) -> str:
    """Return a person's name with single spaces, of which nobody sees those behind it.

    It is in the Unicode form that keyboards write; disks give another.
    """
    return " ".join(unicodedata.normalize("NFC", name).split())


def in_utf8(row: Row) -> Row:
    """Return a row whose facts can be written anywhere: folders needn't have names in UTF-8.

    A transcript that isn't has lost letters, so its row is set aside.
    """
    if not is_utf8(row.text):
        row = replace(row, text="", fault=Fault("not-utf8", _escaped(row.text)[:120]))
    facts = (row.id, row.speaker or "", *row.columns, *row.columns.values())
    if all(map(is_utf8, facts)):
        return row
    return replace(
        row,
        id=_escaped(row.id),
        speaker=None if row.speaker is None else _escaped(row.speaker),
        columns={_escaped(key): _escaped(value) for key, value in row.columns.items()},
    )


def _escaped(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def split_of(name: str) -> str | None:
    """Return the split that a name stands for (`dev-clean` is `valid`), or None."""
    first = re.split(r"[^a-z]", name.strip().lower(), maxsplit=1)[0]
    return next((split for split, names in _SPLIT_NAMES.items() if first in names), None)
