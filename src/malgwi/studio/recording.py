"""One recording of a project: where it comes from, its journal, how much of it is done."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from malgwi.corpus.edits import ASIDE, CHECKED, OPEN, STATES, WRITTEN, Segment
from malgwi.corpus.studio import EDITS, RECORDINGS, SAMPLE_RATE, SOURCE, digest, read_source
from malgwi.studio.files import State, state_of
from malgwi.studio.journal import Journal


@dataclass(frozen=True)
class Counts:
    """How much of a recording is done."""

    rev: int
    segments: int
    states: Mapping[str, int]
    written: float
    """Seconds that have a text and aren't set aside, checked ones among them."""
    checked: float
    left: float
    """Of segments that nobody has looked at."""


class Recording:
    """One recording of a project."""

    def __init__(self, project: Path, name: str, before: "Recording | None" = None) -> None:
        """Open it, or open it anew after its source was changed.

        Whoever holds the one from before shares its journal, to which one thread appends at a time.

        Raises:
            MalgwiError: its `source.json` is damaged.
        """
        self.id = name
        self.folder = project / RECORDINGS / name
        self.source = read_source(project, name)
        self.state = state_of(self.folder / SOURCE)
        same = before if before and before.source.samples == self.source.samples else None
        self.journal: Journal = (
            same.journal if same else Journal(self.folder / EDITS, self.source.samples)
        )
        self.deriving: threading.Lock = same.deriving if same else threading.Lock()
        """Held while what can be computed of it is."""
        self._counts: Counts | None = None
        self._annotations: tuple[State, bool] | None = None

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.source.samples / SAMPLE_RATE

    def counts(self) -> Counts:
        """Return how much of it is done.

        Raises:
            MalgwiError: the journal is damaged.
        """
        rev, segments = self.journal.segments()
        found = self._counts
        if found is None or found.rev != rev:
            found = self._counts = _counted(rev, segments)
        return found

    def has_changed(self, annotations: Path) -> bool:
        """Say whether the annotations that it came with are others now; it is hashed when new."""
        came = self.source.annotations
        try:
            state = state_of(annotations)
            if came and (self._annotations is None or self._annotations[0] != state):
                self._annotations = state, digest(annotations) != came.sha256
        except OSError:
            return False
        return self._annotations is not None and self._annotations[1]


def _counted(rev: int, segments: Sequence[Segment]) -> Counts:
    states = Counter(one.state for one in segments)
    lengths = [(one, (one.end - one.start) / SAMPLE_RATE) for one in segments]
    return Counts(
        rev,
        len(segments),
        {state: states[state] for state in STATES},
        sum(s for one, s in lengths if one.text.strip() and one.state != ASIDE),
        sum(s for one, s in lengths if one.state == CHECKED),
        sum(s for one, s in lengths if one.state in {OPEN, WRITTEN}),
    )
