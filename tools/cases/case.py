"""A case: what goes in, what came out before, and what should come out now."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class Expectation(Protocol):
    """Says whether what came out is right; as text it says what is."""

    def met(self, found: str) -> bool:
        """Return whether `found` is right."""


@dataclass(frozen=True)
class AtMost:
    """A number that stands first in what came out."""

    most: float
    what: str

    def met(self, found: str) -> bool:
        """Return whether the number is small enough."""
        return float(found.split(maxsplit=1)[0]) <= self.most

    def __str__(self) -> str:
        """Return it in words."""
        return f"at most {self.most:g} {self.what}"


@dataclass(frozen=True)
class Near:
    """Seconds that stand first in what came out, and what is said behind them."""

    seconds: float
    within: float = 0.11
    """Encoders and decoders add up to two frames."""
    said: str = ""

    def met(self, found: str) -> bool:
        """Return whether the length is right, and nothing else is said."""
        number, _, rest = found.partition(" s")
        return abs(float(number) - self.seconds) <= self.within and rest == self.said

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.seconds:.2f} s, {self.within:g} s more or less{self.said}"


@dataclass(frozen=True)
class Starts:
    """How what came out begins; figures behind it may differ."""

    text: str

    def met(self, found: str) -> bool:
        """Return whether it begins so."""
        return found.startswith(self.text)

    def __str__(self) -> str:
        """Return it."""
        return self.text


@dataclass(frozen=True)
class Exactly:
    """The very text."""

    text: str

    def met(self, found: str) -> bool:
        """Return whether it came out."""
        return found == self.text

    def __str__(self) -> str:
        """Return it."""
        return self.text


@dataclass(frozen=True)
class Case:
    """One row of the page."""

    name: str
    given: str
    before: str
    """What came out before the fault was mended, as it was written down then."""
    measure: Callable[[Path], str]
    """Makes the input in an empty folder, runs Malgwi on it, says what came out."""
    expected: Expectation
    open: bool = False
    """Not mended yet: the page says so, and nothing fails."""
    slow: bool = False
    """Takes minutes, so it keeps its last result unless asked for."""


@dataclass(frozen=True)
class Topic:
    """A table of the page."""

    title: str
    text: str
    cases: list[Case] = field(default_factory=list)
