"""What a language model and hotwords add to a spelling, letter by letter and word by word.

Shallow fusion at the ends of words, with a look ahead inside of them: a word that has begun is
worth as much as the likeliest word that begins so, by the unigrams (Ortmanns et al. 1996, "Language
model look-ahead for large vocabulary speech recognition"). The rules are in
`docs/language-model.md`, sections 2 to 4.
"""

from collections import Counter
from math import inf
from typing import NamedTuple, TypeVar

from malgwi.decoding.hotwords import Hotwords, Standing, spelt_units
from malgwi.errors import MalgwiError
from malgwi.lm.ngram import Context, LanguageModel
from malgwi.speech.text import join_units, split_units
from malgwi.speech.vocab import Vocab

UNKNOWN_LETTER = 0.5
"""Taken away for each letter of a word that the language model doesn't have: without it, several
words run into one, which pays once."""
_T = TypeVar("_T")
_REMEMBERED = 50_000
"""Words, whole and begun, that are kept at a time."""


_SAMPLE = 1_000
"""Words of a language model that are looked at; all of them would take a phone too long."""


def check_letters(lm: LanguageModel, vocab: Vocab) -> None:
    """Refuse a language model of another language or spelling: it would make words of nothing.

    Raises:
        MalgwiError: more than half of its words have letters that the recogniser doesn't have.
    """
    known = {unit for units in spelt_units(vocab) for unit in units}
    ids = range(0, len(lm), -(-len(lm) // _SAMPLE))
    words = [lm.word(i) for i in ids if i not in (lm.bos, lm.eos, lm.unk)]
    lacking = [set(split_units(word, vocab.unit)) - known for word in words]
    unheard = sum(map(bool, lacking))
    if 2 * unheard > len(words):
        counted = Counter(letter for letters in lacking for letter in letters)
        letters = sorted(counted, key=lambda letter: (-counted[letter], letter))
        raise MalgwiError(
            f"{lm.source}: {unheard} of {len(words)} words have letters that the recogniser "
            f"doesn't have ({' '.join(letters[:10])}), and would never be heard; make a language "
            "model from text in its language and spelling (malgwi lm)"
        )


class Said(NamedTuple):
    """What a spelling has been worth so far, and what that of its next letters depends on."""

    context: Context | None
    standing: Standing | None
    words: float
    """Natural logarithm of its closed words, by the language model."""
    spelt: str
    """The open word, its letters normalised one by one; empty without a language model."""
    begun: float
    """Highest ln P, without history, of the words that begin like the open one; -inf: none."""
    worth: float
    """Natural logarithm: the closed words, what the open one may become, and hotwords."""


class Fusion:
    """The score of a spelling beside that of the recogniser."""

    def __init__(
        self, vocab: Vocab, lm: LanguageModel | None = None, hotwords: Hotwords | None = None
    ) -> None:
        """Take what is to be counted; without both every spelling is worth 0."""
        self.vocab, self.lm, self.hotwords = vocab, lm, hotwords
        self.idle = lm is None and hotwords is None
        """Whether every spelling is worth 0."""
        self._spelt = vocab.spells
        self._units = [split_units(spelt, vocab.unit) for spelt in self._spelt]
        self._exempt = hotwords.words if hotwords else frozenset()
        self._known: dict[str, tuple[int, float]] = {}
        self._begun: dict[str, float] = {}
        self._unk = lm.weights.alpha * lm.ln(lm.context(()), lm.unk) if lm else 0.0

    def start(self) -> Said:
        """Return what nothing is worth."""
        context = self.lm.start() if self.lm else None
        standing = self.hotwords.start() if self.hotwords else None
        return Said(context, standing, 0.0, "", 0.0, 0.0)

    def letter(self, said: Said, symbol: int) -> Said:
        """Add a letter to the word."""
        if self.idle:
            return said
        context, standing, words, spelt, begun, _ = said
        worth = words
        if self.hotwords and standing:
            standing = self.hotwords.letter(standing, self._units[symbol])
            worth += self.hotwords.boost * standing.credit
        if self.lm:
            spelt += self._spelt[symbol]
            weights = self.lm.weights
            ahead = self._unk
            if not (standing and standing.positions):
                ahead -= weights.unknown + UNKNOWN_LETTER * len(spelt)
            if begun > -inf:
                begun = self._likeliest(spelt)
            if begun > -inf:
                ahead = max(ahead, weights.alpha * begun)
            worth += ahead + weights.beta
        return Said(context, standing, words, spelt, begun, worth)

    def separator(self, said: Said) -> Said:
        """Close the open word."""
        if self.idle:
            return said
        context, standing, words, spelt, _, _ = said
        if self.lm and context:
            word, added = self._word(spelt)
            words += self.lm.weights.alpha * self.lm.ln(context, word) + added
            context = self.lm.after(context, word)
        worth = words
        if self.hotwords and standing:
            standing = self.hotwords.separator(standing)
            worth += self.hotwords.boost * standing.credit
        return Said(context, standing, words, "", 0.0, worth)

    def final(self, said: Said, *, closed: bool) -> float:
        """Return what the spelling is worth if the recording ends here.

        Args:
            said: of the spelling.
            closed: whether no word is open.
        """
        if not closed:
            said = self.separator(said)
        total = said.words
        if self.hotwords and said.standing:
            total += self.hotwords.boost * said.standing.paid
        if self.lm and said.context and self.lm.eos is not None:
            total += self.lm.weights.alpha * self.lm.ln(said.context, self.lm.eos)
        return total

    def _word(self, spelt: str) -> tuple[int, float]:
        """Return a word's id in the language model, and what is added for it."""
        known = self._known.get(spelt)
        if known is None:
            if self.lm is None:
                raise AssertionError
            word, weights = join_units([spelt]), self.lm.weights
            index = self.lm.find(word)
            if index is not None:
                known = index, weights.beta
            else:
                cost = weights.unknown + UNKNOWN_LETTER * len(spelt)
                known = self.lm.unk, weights.beta - (0.0 if word in self._exempt else cost)
            _remember(self._known, spelt, known)
        return known

    def _likeliest(self, spelt: str) -> float:
        """Return the highest ln P, without history, of the words that begin so."""
        most = self._begun.get(spelt)
        if most is None:
            if self.lm is None:
                raise AssertionError
            beginning = join_units([spelt])
            if self.vocab.unit == "jamo":
                beginning = beginning[:-1]  # the syllable may go on
            most = self.lm.likeliest(beginning)
            _remember(self._begun, spelt, most)
        return most


def _remember(known: dict[str, _T], key: str, value: _T) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[key] = value
