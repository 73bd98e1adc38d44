"""What people agreed to: that their speech is used (`consent`), that others may hear it (`share`).

A corpus says so in columns of these names, or by speaker in malgwi.toml. Nothing is guessed: a
word that isn't known sets its row aside.
"""

import os
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import accumulate
from math import inf

from malgwi.corpus.conventions import FILE
from malgwi.corpus.row import ANSWERS, CONSENT, PARTICIPANT, SHARE, Fault, Row, answer_of
from malgwi.dataset.findings import Entry
from malgwi.dataset.manifest import Utterance
from malgwi.errors import MalgwiError

_YES = {"yes", "true", "1", "y", "예", "네", "동의"}
_NO = {"no", "false", "0", "n", "아니오", "아니요", "미동의", "거부"}
_EXPECTED = "yes or no (true, false, 1, 0, 예, 아니오), or nothing"


def agrees(written: str | None) -> bool | None:
    """Return what somebody answered; None where they weren't asked.

    Raises:
        ValueError: neither yes nor no.
    """
    # A column with gaps has become one of fractions in pandas.
    word = unicodedata.normalize("NFC", written or "").strip().lower().removesuffix(".0")
    if word in _YES or word in _NO:
        return word in _YES
    if word:
        raise ValueError(f"{written!r}; expected {_EXPECTED}")
    return None


def may_share(utterance: Utterance) -> bool | None:
    """Say whether others may hear an utterance; None where nobody says. What is unclear is no."""
    try:
        return agrees(utterance.columns.get(SHARE))
    except ValueError:
        return False


def read_answers(
    rows: Sequence[Row], by_speaker: Mapping[str, Mapping[str, str]], others: Iterable[str] = ()
) -> tuple[list[Row], list[str]]:
    """Return the rows with answers as yes and no, and what to say of those who gave none.

    Who didn't consent is set aside, and with them whatever shares a moment of their recording's
    channel: it has their voice, too.

    Args:
        rows: of the whole corpus.
        by_speaker: for either column the answers of malgwi.toml.
        others: who speaks on tiers that aren't taken.

    Raises:
        MalgwiError: malgwi.toml names somebody who doesn't speak.
    """
    people = {row.speaker for row in rows if row.speaker} | set(others)
    for column, answers in by_speaker.items():
        if strangers := sorted(set(answers) - people):
            known = ", ".join(sorted(people)[:12]) or "nobody by name"
            raise MalgwiError(
                f"{FILE}: [{column}] has {strangers[0]!r}, who doesn't speak here; there is {known}"
            )
    answered = [_answered(row, by_speaker) for row in rows]
    refused = _Refused(row for row in answered if row.columns.get(CONSENT) == "no")
    found = []
    for row in answered:
        why = refused.why(row)
        # Nothing is left to quote of who refused, nor what else is wrong, which may quote them.
        if why == "" or (why is not None and row.fault is None):
            found.append(replace(row, text="", fault=Fault("no-consent", why)))
        else:
            found.append(row)
    notes = []
    for column in ANSWERS:
        silent = sum(row.fault is None and column not in row.columns for row in answered)
        if silent and any(row.fault is None and column in row.columns for row in answered):
            then = "they are used" if column == CONSENT else "they don't travel in a bundle"
            notes.append(f"Rows that say nothing of {column}, as others do: {silent:,}; {then}")
    return found, notes


def keep_back(entries: Sequence[Entry], rows: Iterable[Row]) -> list[Entry]:
    """Return the entries; where somebody is heard who doesn't share and was set aside: share no.

    Nothing else of whoever was set aside stays in the data set, where export and pages look.

    Args:
        entries: what the data set holds.
        rows: of the whole corpus, answered.
    """
    there = {_place(entry.row) for entry in entries}
    silent = _Refused(row for row in rows if _withholds(row) and _place(row) not in there)
    return [
        replace(entry, row=replace(entry.row, columns={**entry.row.columns, SHARE: "no"}))
        if silent.beside(replace(entry.row, channel=entry.stretch.channel))
        else entry
        for entry in entries
    ]


def _place(row: Row) -> tuple[object, ...]:
    return row.id, row.audio, row.start, row.end


def _withholds(row: Row) -> bool:
    """Say whether somebody doesn't share; who answered otherwise than yes or no may mean that."""
    unclear = row.fault is not None and row.fault.finding == "unclear-consent"
    return unclear or row.columns.get(SHARE) == "no"


def _answered(row: Row, by_speaker: Mapping[str, Mapping[str, str]]) -> Row:
    """Return a row with its answers as yes or no; a no of either place counts."""
    columns = {key: value for key, value in row.columns.items() if not answer_of(key)}
    who = {name for name in (row.speaker, row.columns.get(PARTICIPANT)) if name}
    fault = row.fault
    for column in ANSWERS:
        said = by_speaker.get(column, {})
        written_here = (value for key, value in row.columns.items() if answer_of(key) == column)
        answers = set()
        for written in (*written_here, *map(said.get, who)):
            try:
                answers.add(agrees(written))
            except ValueError as error:
                fault = fault or Fault("unclear-consent", f"{column}: {error}")
        if answers - {None}:
            columns[column] = "no" if False in answers else "yes"
    if columns == row.columns and fault == row.fault:
        return row
    return replace(row, columns=columns, fault=fault)


class _Refused:
    """The stretches of those who said no."""

    def __init__(self, rows: Iterable[Row]) -> None:
        groups: dict[str, dict[int | None, list[Row]]] = defaultdict(lambda: defaultdict(list))
        self._recording = cache(os.path.realpath)
        for row in sorted(rows, key=_begin):
            groups[self._recording(row.audio)][_channel(row)].append(row)
        self._groups = {
            audio: {channel: _Group(group) for channel, group in by_channel.items()}
            for audio, by_channel in groups.items()
        }

    def why(self, row: Row) -> str | None:
        """Return what to say of a row that can't be used; None where it can."""
        if row.columns.get(CONSENT) == "no":
            return ""
        other = self.beside(row)
        return f"at the same time as {other.id}" if other else None

    def beside(self, row: Row) -> Row | None:
        """Return one of them that shares a moment with a row."""
        mine = _channel(row)
        for channel, group in self._groups.get(self._recording(row.audio), {}).items():
            # The average has every channel.
            if (None in {mine, channel} or mine == channel) and (other := group.beside(row)):
                return other
        return None


class _Group:
    """Rows of a channel, in the order of their beginnings."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._begin = [_begin(row) for row in rows]
        self._last = list(accumulate(rows, _later))
        """Of each row and those before it the one that ends last."""

    def beside(self, row: Row) -> Row | None:
        """Return one that shares a moment with a row."""
        before = bisect_left(self._begin, _end(row))
        last = self._last[before - 1] if before else None
        return last if last and _end(last) > _begin(row) else None


def _later(one: Row, other: Row) -> Row:
    return one if _end(one) >= _end(other) else other


def _begin(row: Row) -> float:
    return row.start or 0.0


def _end(row: Row) -> float:
    return inf if row.end is None else row.end


def _channel(row: Row) -> int | None:
    """Return the one channel that is heard; None where it may be more, or any."""
    return row.channel if isinstance(row.channel, int) else None
