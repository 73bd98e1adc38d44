"""What a user asks of decoding, and the search that does it.

Without a language model, hotwords or anything else asked for, decoding is greedy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

from malgwi.decoding.beam import WIDTH, BeamSearch
from malgwi.decoding.decode import Logits, Word, assemble
from malgwi.decoding.fusion import Fusion, check_letters
from malgwi.decoding.grammar_graph import read_grammar
from malgwi.decoding.grammar_path import NONE_BELOW, GrammarSearch
from malgwi.decoding.hotwords import BOOST, make_hotwords
from malgwi.errors import MalgwiError
from malgwi.lm.lm_file import open_lm
from malgwi.lm.ngram import LanguageModel
from malgwi.speech.vocab import Vocab

MOST_ALTERNATIVES = 1_000

Begin = Callable[[], BeamSearch | GrammarSearch]
"""Begins the search over one recording."""


@dataclass(frozen=True)
class Search:
    """How to find the words; the default uses the model's own language model if it has one."""

    greedy: bool = False
    """The best token of every frame, whatever the model has."""
    lm: Path | None = None
    """An `lm.bin` or ARPA file to use instead of the model's own."""
    hotwords: tuple[str, ...] = ()
    boost: float | None = None
    """What each letter of a hotword is worth; None is 1."""
    width: int | None = None
    """Spellings followed at a time; None is 32."""
    nbest: int = 0
    """Alternatives to return, the best included."""
    grammar: Path | None = None
    """The sentences that may be said, as `docs/grammar.md` has them; nothing else is heard."""
    detector: bool = True
    """Whether what a detector takes for no speech is left out."""
    none_below: float | None = None
    """The least score of a sentence that was said, nats a letter, 0 or less; None is -1.2."""

    def __post_init__(self) -> None:
        """Check that the wishes go together.

        Raises:
            MalgwiError: names the options.
        """
        searching = self.lm or self.hotwords or self.width is not None
        if self.greedy and (searching or self.nbest):
            raise MalgwiError(
                "--greedy takes the best token of every frame; leave it out to use --lm, "
                "--hotwords, --beam or --nbest"
            )
        if self.grammar and (self.greedy or searching):
            raise MalgwiError(
                "--grammar says all that may be said; leave it out to use --greedy, --lm, "
                "--hotwords or --beam"
            )
        if self.boost is not None and not self.hotwords:
            raise MalgwiError(
                f"--boost {self.boost:g} is what letters of hotwords are worth, and there are "
                "none; give --hotwords or --hotwords-file, or leave it out"
            )
        if self.none_below is not None and not self.grammar:
            raise MalgwiError(
                f"--none-below {self.none_below:g} is for the sentences of a grammar; give "
                "--grammar, or leave it out"
            )
        if self.none_below is not None and not self.none_below <= 0:
            raise MalgwiError(f"--none-below {self.none_below}: expected 0 or less, such as -1.2")
        if not 0 <= self.nbest <= MOST_ALTERNATIVES:
            raise MalgwiError(f"--nbest {self.nbest}: expected 1 to {MOST_ALTERNATIVES}")

    def over(
        self,
        vocab: Vocab,
        own: LanguageModel | None,
        warn: Callable[[str], object] = lambda _: None,
    ) -> Begin | None:
        """Return what begins a search over one recording; None: greedy decoding does.

        Args:
            vocab: the model's.
            own: the language model that came with the model.
            warn: told about a language model that looks as if it was made for other text.

        Raises:
            MalgwiError: the language model or the grammar can't be read, a hotword or most words
                of the language model can't be spelt, or an option is out of range.
        """
        if self.greedy:
            return None
        if self.grammar:
            least = NONE_BELOW if self.none_below is None else self.none_below
            return partial(GrammarSearch, read_grammar(self.grammar, vocab), vocab, least)
        lm = open_lm(self.lm, warn, vocab.rules) if self.lm else own
        if lm and lm.rules and (other := lm.rules.differs(vocab.rules)):
            warn(f"{lm.source}: its text was normalised otherwise than the model's: {other}")
        if lm:
            check_letters(lm, vocab)
        boost = BOOST if self.boost is None else self.boost
        hotwords = make_hotwords(self.hotwords, vocab, boost)
        if not (lm or hotwords or self.width is not None or self.nbest):
            return None
        begin = partial(
            BeamSearch,
            vocab,
            Fusion(vocab, lm, hotwords),
            max(WIDTH, self.nbest) if self.width is None else self.width,
        )
        begin()  # an option out of range is told before any audio is read
        return begin


DEFAULT = Search()
GREEDY = Search(greedy=True)
"""For what shows or tries the model's own frames: no language model is read."""
KNOWN_TEXT = Search(greedy=True, detector=False)
"""For recordings whose text is known: whatever sounds may belong to it."""


def with_lm(
    vocab: Vocab, lm: LanguageModel, warn: Callable[[str], object] = lambda _: None
) -> Begin:
    """Return what begins the search of a model that has `lm`, where nothing else is asked for."""
    return cast("Begin", DEFAULT.over(vocab, lm, warn))  # only without one it is greedy


def found(begin: Begin, logits: Logits) -> str:
    """Return the best text of a whole recording."""
    search = begin()
    search.advance(logits)
    return search.alternatives()[0].text


def found_words(begin: Begin, logits: Logits, vocab: Vocab) -> tuple[Word, ...]:
    """Return the words of the best text of a whole recording, with their confidences."""
    search = begin()
    search.advance(logits)
    frames = search.frame_tokens()
    return assemble(frames, vocab, samples=len(logits), hop=1, sample_rate=1).words
