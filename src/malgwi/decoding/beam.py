"""Beam search: several spellings at once, chosen among by language model and hotwords.

CTC prefix beam search (Graves 2012, "Sequence Transduction with Recurrent Neural Networks";
Hannun et al. 2014, "First-Pass Large Vocabulary Continuous Speech Recognition using
Bi-Directional Recurrent DNNs") with shallow fusion at the ends of words. Every rule and number is
in `docs/language-model.md`; the Java core obeys the same (`tests/golden/beam.json`).

Masses are linear with one scale for all, as in the scaled forward algorithm (Rabiner 1989): a
multiplication is several times cheaper than the sum of two logarithms. Prefixes and their masses
stand in one module, since each reads the other in its innermost loop.
"""

from collections.abc import Iterator, Sequence
from math import exp, frexp, ldexp, log
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from malgwi.decoding.alignment import best_path
from malgwi.decoding.decode import Alternative, FrameTokens, Logits, joined, log_probabilities, runs
from malgwi.decoding.fusion import Fusion, Said
from malgwi.errors import MalgwiError
from malgwi.speech.text import join_units
from malgwi.speech.vocab import Vocab, frames_needed

WIDTH, MOST_WIDTH = 32, 1_000
FLOOR = 0.01
"""Symbols less likely than this in a frame are not followed there, unless none is likelier."""
REACH = exp(-8.0)
"""Prefixes less likely than this share of the best are given up."""
COMMIT = 200
"""Frames (4 s) after which it is looked what is certain by now."""
PENDING = 1_500
"""Frames (30 s) after which the best prefix goes on alone where they still disagree."""
_LEAST_FACTOR, _MOST_FACTOR = -500.0, 500.0
_LESS = 1.0 - 1e-9
"""Makes a mass less than all that tie with it."""
_LARGE = 100
"""Binary exponent of masses that are scaled."""
_LN2 = log(2.0)
_SPLIT = 2.0**22 + 1.0
_LEAST_CHANCE = 1e-300
"""What zero counts as in alignment, so that every spelling that fits has a path."""

Chances = npt.NDArray[np.float64]
"""(frames, tokens), 0 to 1."""
Symbols = list[tuple[int, float]]
"""Symbols of one frame with their probabilities, ids ascending."""


class Alphabet:
    """What each token of a vocabulary is to the search: silent, a separator or a letter."""

    def __init__(self, vocab: Vocab) -> None:
        """Sort the tokens by what they emit."""
        separators = [i for i, e in enumerate(vocab.emits) if e and not e.strip()]
        self.vocab = vocab
        self.sep = vocab.delimiter if vocab.delimiter is not None else min(separators, default=-1)
        """The symbol for all separators; -1: there is none."""
        self._silent = [i for i, e in enumerate(vocab.emits) if not e]
        self._extra = [i for i in separators if i != self.sep]

    def chances(self, logits: Logits) -> Chances:
        """Return the frames' probabilities, silent tokens counted as blank, separators as one.

        Raises:
            MalgwiError: a frame holds NaN or infinity.
        """
        found = np.exp(log_probabilities(logits))
        blank = found[:, self._silent].sum(axis=1)
        found[:, self._silent] = 0.0
        found[:, self.vocab.blank] = blank
        if self._extra:
            found[:, self.sep] += found[:, self._extra].sum(axis=1)
            found[:, self._extra] = 0.0
        return found

    def frames(self, chances: Chances) -> Iterator[tuple[float, Symbols, float]]:
        """Yield each frame's chance of nothing, the symbols to follow, and the highest chance."""
        highest = chances.max(axis=1, initial=0.0)
        followed = chances >= np.minimum(FLOOR, highest)[:, None]
        followed[:, self.vocab.blank] = False
        frames, ids = np.nonzero(followed)
        symbols = list(zip(ids.tolist(), chances[frames, ids].tolist(), strict=True))
        ends = np.cumsum(np.count_nonzero(followed, axis=1)).tolist()
        nothing = chances[:, self.vocab.blank].tolist()
        start = 0
        for i, most in enumerate(highest.tolist()):
            yield nothing[i], symbols[start : ends[i]], most
            start = ends[i]

    def alignable(self, chances: Chances) -> Chances:
        """Return natural logarithms to align spellings with: separators may pass as blanks."""
        loose = chances.copy()
        if self.sep >= 0:
            loose[:, self.vocab.blank] += loose[:, self.sep]
        logarithms: Chances = np.log(np.maximum(loose, _LEAST_CHANCE))
        return logarithms

    def words(self, symbols: Sequence[int]) -> list[str]:
        """Return the words of a spelling, the last one too if it is open."""
        words: list[list[str]] = [[]]
        for symbol in symbols:
            if symbol == self.sep:
                words.append([])
            else:
                words[-1].append(self.vocab.emits[symbol])
        texts = (" ".join(join_units(word).split()) for word in words)
        return [text for text in texts if text]


class _Prefix:
    """A spelling, in the tree of all that are or were followed."""

    __slots__ = (
        "blank",
        "children",
        "closed",
        "factor",
        "frame",
        "mass",
        "next_blank",
        "next_run",
        "parent",
        "run",
        "said",
        "symbol",
    )

    def __init__(
        self, symbol: int, parent: "_Prefix | None", said: Said, *, closed: bool, factor: float
    ) -> None:
        self.symbol, self.parent, self.said = symbol, parent, said
        self.closed = closed
        """Whether a separator would add nothing: it is empty, or ends with one."""
        self.factor = factor
        self.children: dict[int, _Prefix] = {}
        self.blank = self.run = self.mass = 0.0
        """Of the paths whose last frame is blank, or in the last symbol's run; of both."""
        self.next_blank = self.next_run = 0.0
        self.frame = -1
        """The last frame in which it was a candidate."""

    def symbols(self) -> list[int]:
        """Return the symbols since the root."""
        found: list[int] = []
        node = self
        while node.parent is not None:
            found.append(node.symbol)
            node = node.parent
        return found[::-1]


class BeamSearch:
    """The search over one recording, whose logits may come in pieces of any sizes."""

    def __init__(self, vocab: Vocab, fusion: Fusion | None = None, width: int = WIDTH) -> None:
        """Begin with the empty spelling.

        Raises:
            MalgwiError: the width is out of range.
        """
        if not 1 <= width <= MOST_WIDTH:
            raise MalgwiError(f"beam width {width}: expected 1 to {MOST_WIDTH}")
        self._alphabet = Alphabet(vocab)
        self._fusion = fusion or Fusion(vocab)
        self._width = width
        root = _Prefix(-1, None, self._fusion.start(), closed=True, factor=1.0)
        root.blank = root.mass = 1.0
        self._beam = [root]
        self._most = 1.0
        """The largest mass."""
        self._scale = 0.0
        self._paused = True
        self._frames = 0
        self._pending: list[Chances] = []
        self._words: list[str] = []
        self._open: list[int] = []
        """Letters that are committed and whose word isn't."""
        self._last = -1
        """The last symbol that is committed."""
        self._aligned: list[FrameTokens] = []

    def advance(self, logits: Logits) -> None:
        """Take in more frames.

        Raises:
            MalgwiError: a frame holds NaN or infinity; the search is as it was.
        """
        chances = self._alphabet.chances(logits)
        start = 0
        while start < len(chances):
            end = min(len(chances), start + COMMIT - self._frames % COMMIT)
            part = chances[start:end]
            for nothing, symbols, highest in self._alphabet.frames(part):
                if symbols:
                    self._step(nothing, symbols, highest)
                else:
                    self._pause(nothing)
                self._frames += 1
            self._pending.append(part)
            if self._frames % COMMIT == 0:
                self._commit()
            start = end

    def _pause(self, nothing: float) -> None:
        """A frame in which nothing but the blank is likely changes all alike."""
        if not self._paused:
            for prefix in self._beam:
                prefix.blank, prefix.run = prefix.mass, 0.0
            self._paused = True
        self._scale += log(nothing)

    def _step(self, nothing: float, symbols: Symbols, highest: float) -> None:
        frame, sep, idle = self._frames, self._alphabet.sep, self._fusion.idle
        chance = dict(symbols)
        nothing_or_sep = nothing + chance.get(sep, 0.0)
        likeliest = max(chance.values())
        reach = REACH * self._most * highest
        for prefix in self._beam:
            mass = prefix.mass
            prefix.frame = frame
            if prefix.closed:
                prefix.next_blank, prefix.next_run = mass * nothing_or_sep, 0.0
            else:
                prefix.next_blank = mass * nothing
                again = chance.get(prefix.symbol, 0.0)
                prefix.next_run = prefix.run * again
        candidates = list(self._beam)
        least = 0.0
        if len(candidates) == self._width:  # a new one must beat the weakest of these to stay
            least = _LESS * min([prefix.next_blank + prefix.next_run for prefix in candidates])
        for prefix in self._beam:
            mass = prefix.mass
            if mass * likeliest < reach:
                continue
            last, children = prefix.symbol, prefix.children
            for symbol, p in symbols:
                added = (prefix.blank if symbol == last else mass) * p
                if added < reach or (symbol == sep and prefix.closed):
                    continue
                child = children.get(symbol)
                if child is None:
                    if idle and added < least:
                        continue
                    child = children[symbol] = self._child(prefix, symbol)
                if child.frame != frame:
                    if added * child.factor < least:
                        continue
                    child.frame = frame
                    child.next_blank = child.next_run = 0.0
                    candidates.append(child)
                child.next_run += added * child.factor
        self._select(candidates)
        self._paused = False

    def _child(self, prefix: _Prefix, symbol: int) -> _Prefix:
        closed = symbol == self._alphabet.sep
        if closed:
            said = self._fusion.separator(prefix.said)
        else:
            said = self._fusion.letter(prefix.said, symbol)
        factor = 1.0
        if said is not prefix.said:
            gain = said.worth - prefix.said.worth
            if not _LEAST_FACTOR < gain < _MOST_FACTOR:
                gain = min(max(gain, _LEAST_FACTOR), _MOST_FACTOR)
            factor = exp(gain)
        return _Prefix(symbol, prefix, said, closed=closed, factor=factor)

    def _select(self, candidates: list[_Prefix]) -> None:
        """Keep the candidates that are worth following, and their masses in range."""
        for prefix in candidates:
            prefix.blank, prefix.run = prefix.next_blank, prefix.next_run
            prefix.mass = prefix.blank + prefix.run
        most = max([prefix.mass for prefix in candidates])
        least = most * REACH
        beam = [prefix for prefix in candidates if prefix.mass >= least]
        if len(beam) > self._width:
            beam.sort(key=attrgetter("mass"), reverse=True)
            if _mass(beam[self._width]) == _mass(beam[self._width - 1]):
                beam.sort(key=_rank)
            del beam[self._width :]
        exponent = frexp(most)[1]
        if abs(exponent) > _LARGE:
            for prefix in beam:
                prefix.blank = ldexp(prefix.blank, -exponent)
                prefix.run = ldexp(prefix.run, -exponent)
                prefix.mass = prefix.blank + prefix.run
            self._scale += exponent * _LN2
            most = ldexp(most, -exponent)
        self._most = most
        self._beam = beam

    # What the prefixes spell.

    def alternatives(self, count: int = 1) -> list[Alternative]:
        """Return the best readings if the recording ended here, best first; changes nothing."""
        found: list[Alternative] = []
        if not count:
            return found
        for score, prefix in self._ranked():
            text = self._text(prefix)
            if all(text != other.text for other in found):
                found.append(Alternative(text, score))
                if len(found) == count:
                    break
        return found

    def stable(self) -> str:
        """Return the words that every later reading starts with."""
        symbols = self._shared().symbols()
        while symbols and symbols[-1] != self._alphabet.sep:
            symbols.pop()
        words = self._alphabet.words([*self._open, *symbols]) if symbols else []
        return " ".join([*self._words, *words])

    def frame_tokens(self) -> FrameTokens:
        """Return the best reading's token of every frame, by forced alignment."""
        best = self._ranked()[0][1]
        symbols = best.symbols()
        if symbols[-1:] == [self._alphabet.sep]:
            symbols.pop()
        return joined([*self._aligned, self._align(symbols)])

    def _ranked(self) -> list[tuple[float, _Prefix]]:
        scored = []
        for prefix in self._beam:
            final = self._fusion.final(prefix.said, closed=prefix.closed)
            score = self._scale + log(prefix.mass) + final - prefix.said.worth
            scored.append((score, prefix))
        return sorted(scored, key=lambda pair: (-_rounded(pair[0]), pair[1].symbols()))

    def _text(self, prefix: _Prefix) -> str:
        return " ".join([*self._words, *self._alphabet.words([*self._open, *prefix.symbols()])])

    # What is certain by now.

    def _commit(self) -> None:
        """Settle what all prefixes share, so that memory doesn't grow with the recording."""
        frames = sum(len(part) for part in self._pending)
        best = min(self._beam, key=_rank)
        if frames >= PENDING:
            self._beam, self._most = [best], best.mass
        shared = self._shared()
        settled = shared.symbols()
        symbols = best.symbols()
        path = self._align(symbols)
        starts = self._starts(path.ids)
        last = [settled[-1] if settled else self._last]
        rest = max(
            frames_needed(last + prefix.symbols()[len(settled) :]) - 1 for prefix in self._beam
        )
        cut = frames - rest
        if len(symbols) > len(settled):
            cut = min(cut, starts[len(settled)])
        if cut <= (starts[len(settled) - 1] if settled else 0):
            return
        self._aligned.append(FrameTokens(path.ids[:cut], path.probabilities[:cut]))
        self._pending = [np.concatenate(self._pending)[cut:]]
        self._settle(shared, settled)

    def _shared(self) -> _Prefix:
        """Return the longest spelling that all prefixes start with."""
        ways = [_way(prefix) for prefix in self._beam]
        shared = ways[0][0]
        for nodes in zip(*ways, strict=False):
            if any(node is not nodes[0] for node in nodes):
                break
            shared = nodes[0]
        return shared

    def _before(self) -> int:
        """Return the token of the last settled frame."""
        return int(self._aligned[-1].ids[-1]) if self._aligned else self._alphabet.vocab.blank

    def _align(self, symbols: list[int]) -> FrameTokens:
        """Return the token of every pending frame if they spell `symbols`."""
        vocab, before = self._alphabet.vocab, self._before()
        pending = np.concatenate([np.zeros((0, len(vocab))), *self._pending])
        scores = self._alphabet.alignable(pending)
        if before == vocab.blank:
            path = best_path(scores, symbols, vocab.blank)
        else:  # its run may go on, and an equal symbol needs a blank
            certain = np.full((1, len(vocab)), -np.inf)
            certain[0, before] = 0.0
            joined = np.concatenate([certain, scores])
            path = best_path(joined, [before, *symbols], vocab.blank)[1:]
        return FrameTokens(path, np.exp(scores[np.arange(len(path)), path]))

    def _starts(self, ids: npt.NDArray[np.int64]) -> list[int]:
        """Return the first frame of each symbol on a path through the pending frames."""
        blank, before = self._alphabet.vocab.blank, self._before()
        begun = [run.start for run in runs(ids) if run.id != blank]
        return begun[1:] if len(ids) and ids[0] == before != blank else begun

    def _settle(self, shared: _Prefix, symbols: list[int]) -> None:
        """Make `shared` the root, and forget all but the ways from it to the beam."""
        self._last = symbols[-1] if symbols else self._last
        self._open += symbols
        if self._alphabet.sep in symbols:
            end = len(self._open) - self._open[::-1].index(self._alphabet.sep)
            self._words += self._alphabet.words(self._open[:end])
            self._open = self._open[end:]
        ways = []
        for prefix in self._beam:
            node = prefix
            while node is not shared and node.parent is not None:
                ways.append((node.parent, node))
                node = node.parent
        for parent, _ in ways:
            parent.children = {}
        for prefix in self._beam:
            prefix.children = {}
        for parent, node in ways:
            parent.children[node.symbol] = node
        shared.parent = None


def _rounded(value: float) -> float:
    """Round to 31 bits (Veltkamp 1968), so that what is equal but for rounding ties everywhere."""
    high = value * _SPLIT
    return high - (high - value)


def _mass(prefix: _Prefix) -> float:
    return _rounded(prefix.mass)


def _rank(prefix: _Prefix) -> tuple[float, list[int]]:
    return -_mass(prefix), prefix.symbols()


def _way(prefix: _Prefix) -> list[_Prefix]:
    """Return the prefixes from the root to this one."""
    way = [prefix]
    while way[-1].parent is not None:
        way.append(way[-1].parent)
    return way[::-1]
