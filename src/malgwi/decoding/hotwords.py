"""Words and phrases that a recording is likely to hold: names, commands, terms.

A trie of their characters. A spelling that goes along one is helped on its way and loses the
help where it goes another; what is paid in the end are whole words only. The rules are in
`docs/language-model.md`, the golden cases in `tests/golden/hotwords.json`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from malgwi.errors import MalgwiError
from malgwi.speech.text import split_units
from malgwi.speech.vocab import Vocab

BOOST = 1.0
"""Natural logarithm added for each character of a hotword."""
MOST = 100_000
"""Hotwords in one list."""


@dataclass(slots=True)
class _Node:
    """A place in the trie."""

    depth: int
    """Characters from the root."""
    ends: bool = False
    """Whether a hotword ends here."""
    children: dict[str, "_Node"] = field(default_factory=dict)


class Standing(NamedTuple):
    """Where a spelling stands among the hotwords."""

    positions: tuple[_Node, ...]
    """One for each word start from which the spelling so far is the beginning of a hotword."""
    paid: int
    """Characters of the hotwords that are complete."""

    @property
    def credit(self) -> int:
        """Characters that count now: those paid, and the most that are on their way."""
        return self.paid + max((node.depth for node in self.positions), default=0)

    @property
    def closed(self) -> int:
        """Characters that count if the recording ends here."""
        return self.paid + sum(node.depth for node in self.positions if node.ends)


@dataclass(frozen=True)
class Hotwords:
    """A list of hotwords, ready to be followed."""

    phrases: tuple[str, ...]
    """Normalised, none empty, none twice."""
    vocab: Vocab
    boost: float = BOOST
    """Added for each character of a hotword that stands as whole words."""

    @cached_property
    def _root(self) -> _Node:
        root = _Node(0)
        for phrase in self.phrases:
            node = root
            for unit in split_units(phrase, self.vocab.unit):
                node = node.children.setdefault(unit, _Node(node.depth + 1))
            node.ends = True
        return root

    @cached_property
    def words(self) -> frozenset[str]:
        """Each word of the phrases."""
        return frozenset(word for phrase in self.phrases for word in phrase.split())

    def start(self) -> Standing:
        """Return where the empty spelling stands."""
        return Standing((self._root,), 0)

    def letter(self, standing: Standing, units: Iterable[str]) -> Standing:
        """Follow the characters of one more letter."""
        positions: tuple[_Node, ...] = standing.positions
        for unit in units:
            positions = tuple(n.children[unit] for n in positions if unit in n.children)
        return Standing(positions, standing.paid)

    def separator(self, standing: Standing) -> Standing:
        """Close a word: pay the hotwords that end with it, go on with those that don't."""
        going = tuple(n.children[" "] for n in standing.positions if " " in n.children)
        return Standing((*going, self._root), standing.closed)


def spelt_units(vocab: Vocab) -> list[list[str]]:
    """Return for each token the units of its normalised emission; empty for those of no letter."""
    return [split_units(each, vocab.unit) for each in vocab.spells]


def make_hotwords(phrases: Iterable[str], vocab: Vocab, boost: float = BOOST) -> Hotwords | None:
    """Normalise and check hotwords; None where no phrase is left.

    Raises:
        MalgwiError: a hotword has letters that the model can't spell, or there are too many, or
            the boost is out of range.
    """
    if not 0.0 <= boost <= 100.0:
        raise MalgwiError(f"hotwords: the boost is {boost}; expected 0 to 100 a letter")
    known = {unit for units in spelt_units(vocab) for unit in units} | {" "}
    kept: dict[str, None] = {}
    for phrase in phrases:
        clean = vocab.normalise(phrase)
        missing = [u for u in dict.fromkeys(split_units(clean, vocab.unit)) if u not in known]
        if missing:
            raise MalgwiError(
                f"hotword {phrase.strip()!r}: the model has no letter {', '.join(missing)}; it "
                "can't be heard. Spell it with the letters that the model was trained on"
            )
        if clean:
            kept[clean] = None
    if len(kept) > MOST:
        raise MalgwiError(f"{len(kept)} hotwords; expected at most {MOST}. Leave the rarest out")
    return Hotwords(tuple(kept), vocab, boost) if kept else None
