"""What processes of a cluster work with, as each of them opens it once."""

from dataclasses import dataclass
from typing import Any, Protocol

from malgwi.dataset.measurers import Measurer
from malgwi.decoding.search import Begin, Search
from malgwi.each import Tool, Tool_co
from malgwi.recognition.open_search import open_search
from malgwi.recognition.recognise import Recogniser, open_recogniser, searching
from malgwi.recognition.same_work import same_model, same_sound
from malgwi.speech.vocab import Vocab


class Opening(Protocol[Tool_co]):
    """How a process gets what it works with; sent to it, where it is opened once."""

    def open(self) -> Tool_co:
        """Open it, once a process."""

    def facts(self) -> dict[str, str]:
        """Return what must be the same on all machines, by names that users know."""


class _Part(Protocol[Tool_co]):
    """As `Opening`, of what is a part of others."""

    def open(self) -> Tool_co: ...


_open: dict[type, tuple[Any, Any]] = {}


def opened(opening: _Part[Tool]) -> Tool:
    """Return what is opened by it in this process; another of its kind takes its place."""
    kind = type(opening)
    if kind not in _open or _open[kind][0] != opening:
        _open.pop(kind, None)  # before the other is there, too
        _open[kind] = opening, opening.open()
    found: Tool = _open[kind][1]
    return found


@dataclass(frozen=True)
class Model:
    """A model, which decodes greedily."""

    model: str
    threads: int
    detector: bool

    def open(self) -> Recogniser:
        """Open it; what is odd about it is told where the command runs."""
        found = Search(greedy=True, detector=self.detector)
        return open_recogniser(self.model, threads=self.threads, search=found, warn=lambda _: None)


@dataclass(frozen=True)
class Searching:
    """A language model, or what else is searched with."""

    model: str
    search: Search
    vocab: Vocab

    def open(self) -> Begin | None:
        """Open it, without the model."""
        return open_search(self.model, self.vocab, self.search, lambda _: None)


@dataclass(frozen=True)
class Listener:
    """A model that listens: the one that stretches are run with, and what is searched with."""

    model: str
    search: Search
    threads: int

    @property
    def alone(self) -> Model:
        """The model without what is searched with."""
        return Model(self.model, self.threads, self.search.detector)

    def open(self) -> Recogniser:
        """Open both, each of which a process has once."""
        recogniser = opened(self.alone)
        begin = opened(Searching(self.model, self.search, recogniser.vocab))
        return searching(recogniser, self.search, begin)

    def facts(self) -> dict[str, str]:
        """Return the versions and the model."""
        return same_model(self.model, self.search)


@dataclass(frozen=True)
class Decoder:
    """What measures recordings, in a process beside: a decoder that dies takes none of Ray's."""

    def open(self) -> Measurer:
        """Start nothing yet."""
        return Measurer()

    def facts(self) -> dict[str, str]:
        """Return the versions."""
        return same_sound()
