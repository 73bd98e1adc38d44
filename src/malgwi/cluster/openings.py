"""What processes of a cluster work with, as each of them opens it once."""

from dataclasses import dataclass

from malgwi.dataset.measurers import Measurer
from malgwi.decoding.search import Search
from malgwi.recognition.recognise import Recogniser, open_recogniser
from malgwi.recognition.same_work import same_model, same_sound


@dataclass(frozen=True)
class Listener:
    """A model that listens."""

    model: str
    search: Search
    threads: int

    def open(self) -> Recogniser:
        """Open it; what is odd about it is told where the command runs."""
        return open_recogniser(
            self.model, threads=self.threads, search=self.search, warn=lambda _: None
        )

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
