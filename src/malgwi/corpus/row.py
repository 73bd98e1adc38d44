"""One row of a corpus as its author wrote it, before anything was checked or decoded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

TRAIN, VALID, TEST = "train", "valid", "test"
SPLITS = (TRAIN, VALID, TEST)

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
    channel: int | None = None
    """Of the recording, counted from 0; None where the corpus doesn't say."""
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


def in_utf8(row: Row) -> Row:
    """Return a row whose facts can be written anywhere: folders needn't have names in UTF-8."""
    facts = (row.id, row.speaker or "", *row.columns, *row.columns.values())
    if not any("\ud800" <= char <= "\udfff" for fact in facts for char in fact):
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
