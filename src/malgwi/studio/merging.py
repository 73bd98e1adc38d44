"""Annotations that were changed elsewhere since they came: what is different, taken by choice.

Three states are compared: what came with the recording, what its file says now, and what stands
here. A difference is `touched` where people worked on the same place here.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from malgwi.corpus.edits import MERGE, Entry, Segment
from malgwi.corpus.studio import digest
from malgwi.errors import MalgwiError
from malgwi.studio.adding import read_again
from malgwi.studio.project import Project
from malgwi.studio.recording import Recording
from malgwi.studio.refused import Refused

_Key = Callable[[Segment], Hashable]


@dataclass(frozen=True)
class Difference:
    """What a change in the file would do here."""

    kind: str
    """`text`, `borders`, `new` or `gone`."""
    before: tuple[Segment, ...]
    """What stands here that would go."""
    after: tuple[Segment, ...]
    touched: bool

    def to_json(self) -> dict[str, Any]:
        """Return what the page shows."""
        return {
            "kind": self.kind,
            "before": [one.to_json() for one in self.before],
            "after": [one.to_json() for one in self.after],
            "touched": self.touched,
        }


def differences(project: Project, recording: Recording) -> tuple[int, str, list[Difference]]:
    """Return the journal's revision, the hash of the annotations now, and what they would change.

    Raises:
        MalgwiError: they can't be read.
    """
    return _read(project, recording, add_people=False)


def merge(
    project: Project,
    recording: Recording,
    entry_id: str,
    seen: tuple[int, str],
    take: Sequence[int],
) -> int:
    """Take some of the differences as one entry, and the file as seen; return the revision.

    Args:
        project: the project.
        recording: whose annotations were changed.
        entry_id: of the entry, so that a retry does nothing.
        seen: the revision and the hash with which the differences were shown.
        take: their places in the list.

    Raises:
        Refused: the file or the journal was changed meanwhile, so that the list is another one.
        MalgwiError: there are no such differences, or two of them are about one segment.
    """
    source = recording.source
    if source.annotations and source.annotations.sha256 == seen[1]:
        return recording.journal.rev  # merged before
    rev, sha256, found = _read(project, recording, add_people=bool(take))
    if (rev, sha256) != seen:
        raise Refused(
            f"recording {recording.id} or its annotations were changed meanwhile, and nothing was "
            "taken; look at the differences once more",
            409,
            "conflict",
        )
    if not all(0 <= place < len(found) for place in take):
        raise MalgwiError(f"take: {list(take)!r:.60}; there are {len(found)} differences, from 0")
    taken = [found[place] for place in dict.fromkeys(take)]
    before = [one for each in taken for one in each.before]
    if len({one.id for one in before}) < len(before):
        raise MalgwiError("take: two differences are about one segment; take one of them")
    if taken:
        after = [one for each in taken for one in each.after]
        entry: Entry = recording.journal.edit(entry_id, MERGE, before, after)
        rev = entry.rev
    if source.annotations:
        file = replace(source.annotations, sha256=sha256)
        project.put_source(recording.id, replace(source, annotations=file))
    return rev


def compared(
    came: Iterable[Segment], now: Iterable[Segment], standing: Sequence[Segment]
) -> list[Difference]:
    """Return what makes the annotations of now of those that came, as it would be done here."""
    left, new = list(came), list(now)
    _matched(left, new, _said)
    by_id = {one.id: one for one in standing}
    same_place = _matched(left, new, lambda one: (one.start, one.end))
    same_text = _matched(left, new, lambda one: one.text)
    found = [
        _changed(kind, old, other, by_id.get(old.id), standing)
        for kind, pairs in (("text", same_place), ("borders", same_text))
        for old, other in pairs
    ]
    found += [one for other in new if (one := _new(other, standing))]
    found += [
        Difference("gone", (by_id[old.id],), (), by_id[old.id] != old)
        for old in left
        if old.id in by_id
    ]
    return sorted(
        (one for one in found if one.before != one.after),
        key=lambda one: min(each.start for each in (*one.before, *one.after)),
    )


def _read(
    project: Project, recording: Recording, *, add_people: bool
) -> tuple[int, str, list[Difference]]:
    came = recording.source.annotations
    path = came and project.chosen(came.path)
    if not path:
        raise MalgwiError(f"recording {recording.id}: no annotations of it were chosen here")
    try:
        sha256 = digest(path)
    except OSError as error:
        raise MalgwiError(f"{path}: not readable ({error.strerror}); put it back") from error
    now = read_again(project, recording, add_people=add_people)
    rev, standing = recording.journal.segments()
    return rev, sha256, compared(recording.journal.came().values(), now, standing)


def _matched(left: list[Segment], new: list[Segment], key: _Key) -> list[tuple[Segment, Segment]]:
    """Take pairs that have a key in common out of both lists, and return them."""
    waiting: dict[Hashable, list[Segment]] = {}
    for old in left:
        waiting.setdefault(key(old), []).append(old)
    pairs = []
    for other in tuple(new):
        if olds := waiting.get(key(other)):
            pairs.append((olds.pop(0), other))
            left.remove(pairs[-1][0])
            new.remove(other)
    return pairs


def _changed(
    kind: str, old: Segment, other: Segment, here: Segment | None, standing: Sequence[Segment]
) -> Difference:
    if here is None:  # divided or joined here
        over = tuple(one for one in standing if one.start < other.end and one.end > other.start)
        return Difference(kind, over, (other,), touched=True)
    if kind == "text":
        after = replace(here, text=other.text, state=other.state)
    else:
        after = replace(here, start=other.start, end=other.end)
    after = here if _said(here) == _said(after) else after
    return Difference(kind, (here,), (after,), here != old)


def _said(one: Segment) -> tuple[int, int, str]:
    return one.start, one.end, one.text


def _new(other: Segment, standing: Sequence[Segment]) -> Difference | None:
    if any(_said(one) == _said(other) for one in standing):
        return None
    touched = any(one.text and one.start < other.end and one.end > other.start for one in standing)
    return Difference("new", (), (other,), touched)
