"""What a language model and hotwords add to a spelling, letter by letter and word by word.

Shallow fusion at the ends of words; the rules are in `docs/language-model.md`, sections 2 to 4.
"""

from collections.abc import Sequence
from typing import NamedTuple

from malgwi.hotwords import Hotwords, Standing, spelt_units
from malgwi.ngram import Context, LanguageModel
from malgwi.text import join_units, normalise
from malgwi.vocab import Vocab

_REMEMBERED = 50_000
"""Words whose ids are kept at a time."""


class Said(NamedTuple):
    """What a spelling has been worth so far, and what that of its next word depends on."""

    context: Context | None
    standing: Standing | None
    words: float
    """Natural logarithm; of its closed words, by the language model."""


class Fusion:
    """The score of a spelling beside that of the recogniser."""

    def __init__(
        self, vocab: Vocab, lm: LanguageModel | None = None, hotwords: Hotwords | None = None
    ) -> None:
        """Take what is to be counted; nothing of both is 0 for every spelling."""
        self.vocab, self.lm, self.hotwords = vocab, lm, hotwords
        self._units = spelt_units(vocab) if hotwords else []
        self._exempt = hotwords.words if hotwords else frozenset()
        self._known: dict[str, tuple[int, float]] = {}

    def start(self) -> Said:
        """Return what nothing is worth."""
        return Said(
            self.lm.start() if self.lm else None,
            self.hotwords.start() if self.hotwords else None,
            0.0,
        )

    def letter(self, said: Said, symbol: int) -> Said:
        """Add a letter to the word."""
        if self.hotwords is None or said.standing is None:
            return said
        return said._replace(standing=self.hotwords.letter(said.standing, self._units[symbol]))

    def separator(self, said: Said, letters: Sequence[int]) -> Said:
        """Close the word, whose letters are given."""
        context, standing, words = said
        if self.hotwords and standing:
            standing = self.hotwords.separator(standing)
        if self.lm and context:
            word, added = self._word(letters)
            words += self.lm.weights.alpha * self.lm.ln(context, word) + added
            context = self.lm.after(context, word)
        return Said(context, standing, words)

    def worth(self, said: Said) -> float:
        """Return the score so far, with the help for a hotword that has begun."""
        if self.hotwords is None or said.standing is None:
            return said.words
        return said.words + self.hotwords.boost * said.standing.credit

    def final(self, said: Said, letters: Sequence[int]) -> float:
        """Return the score if the recording ends here, with `letters` in the open word."""
        if letters:
            said = self.separator(said, letters)
        total = said.words
        if self.hotwords and said.standing:
            total += self.hotwords.boost * said.standing.paid
        if self.lm and said.context and self.lm.eos is not None:
            total += self.lm.weights.alpha * self.lm.ln(said.context, self.lm.eos)
        return total

    def _word(self, letters: Sequence[int]) -> tuple[int, float]:
        """Return a word's id in the language model, and what is added for it."""
        if self.lm is None:
            raise AssertionError
        spelt = "".join(self.vocab.emits[letter] for letter in letters)
        known = self._known.get(spelt)
        if known is None:
            word = normalise(join_units([spelt]))
            index = self.lm.find(word)
            weights = self.lm.weights
            free = index is not None or word in self._exempt
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[spelt] = (
                self.lm.unk if index is None else index,
                weights.beta - (0.0 if free else weights.unknown),
            )
        return known
