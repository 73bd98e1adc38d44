"""What may be said at all: the one sentence of a grammar that was said, or none.

In a grammar's graph CTC's likeliest path is found (Viterbi; Graves et al. 2006): the best allowed
sentence. How far that path is from the likeliest of all says whether it was one of them. The rules
are in `docs/grammar.md`; the Java core obeys the same (`tests/golden/grammar.json`).
"""

from math import isqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from malgwi.decoding.alignment import LogProbabilities
from malgwi.decoding.decode import (
    Alternative,
    FrameTokens,
    Logits,
    log_probabilities,
    runs,
    silent_pauses,
)
from malgwi.decoding.grammar_graph import START, Grammar
from malgwi.speech.vocab import Vocab

NONE_BELOW = -1.2
"""Nats a letter: measured in `docs/grammar.md`."""


def best_sentence(
    scores: LogProbabilities, grammar: Grammar, blank: int
) -> npt.NDArray[np.int64] | None:
    """Return the likeliest sequence of one id a frame that spells an allowed sentence.

    None where no sentence fits in the frames. Each node has two states, its token and the blank
    after it; from frame to frame a path stays, goes from a token to its blank, or to the token of
    a next node, from the blank or, where the two tokens differ, from the token. Among equals it
    ends in the lowest node, in its token rather than its blank, and, seen from the end, stays
    where it can, else came from the blank of the lowest node, else from the token of the lowest.

    Time is frames times arcs; memory grows with the root of the frames.
    """
    frames = len(scores)
    every = isqrt(frames) + 1
    row = _Row(np.full(len(grammar.tokens), -np.inf), np.full(len(grammar.tokens), -np.inf))
    row.blank[START] = 0.0
    step = _Step(grammar, blank)
    kept = [row]
    for frame in range(frames):
        row = step(row, scores[frame])
        if (frame + 1) % every == 0:
            kept.append(row)
    ends = np.stack([row.token[grammar.finals], row.blank[grammar.finals]], axis=1)
    best = int(np.argmax(ends))
    if ends.flat[best] == -np.inf:
        return None
    node, in_blank = int(grammar.finals[best // 2]), bool(best % 2)
    path = np.empty(frames, dtype=np.int64)
    for start in range(every * ((frames - 1) // every), -1, -every):
        rows = [kept[start // every]]
        stop = min(start + every, frames)
        for frame in range(start, stop - 1):
            rows.append(step(rows[-1], scores[frame]))
        for frame in range(stop - 1, start - 1, -1):
            path[frame] = blank if in_blank else grammar.tokens[node]
            node, in_blank = step.back(rows[frame - start], node, in_blank=in_blank)
    return path


class _Row(NamedTuple):
    """The score of the best path into every state, natural logarithms."""

    token: LogProbabilities
    blank: LogProbabilities


class _Step:
    """From one frame's scores to the next frame's, and back along the best path."""

    def __init__(self, grammar: Grammar, blank: int) -> None:
        self.grammar, self.blank_id = grammar, blank
        counts = np.diff(np.append(grammar.firsts, len(grammar.sources)))
        targets = np.repeat(np.arange(1, len(grammar.tokens)), counts)
        repeats = grammar.tokens[grammar.sources] == grammar.tokens[targets]
        self.barred = np.where(repeats, -np.inf, 0.0)
        """Of each arc, what is added to the way from token to token."""

    def __call__(self, row: _Row, frame: LogProbabilities) -> _Row:
        sources = self.grammar.sources
        ways = np.maximum(row.blank[sources], row.token[sources] + self.barred)
        token = row.token.copy()
        np.maximum(token[1:], np.maximum.reduceat(ways, self.grammar.firsts), out=token[1:])
        token += frame[self.grammar.tokens]
        token[START] = -np.inf
        return _Row(token, np.maximum(row.blank, row.token) + frame[self.blank_id])

    def back(self, before: _Row, node: int, *, in_blank: bool) -> tuple[int, bool]:
        """Return the state of the frame before, whose scores are `before`."""
        if in_blank:
            return node, bool(before.blank[node] >= before.token[node])
        first = self.grammar.firsts[node - 1]
        last = self.grammar.firsts[node] if node < len(self.grammar.firsts) else None
        sources = self.grammar.sources[first:last]
        ways = np.concatenate(
            [
                before.token[node : node + 1],
                before.blank[sources],
                before.token[sources] + self.barred[first:last],
            ]
        )
        best = int(np.argmax(ways))
        if best == 0:
            return node, False
        place = best - 1
        return int(sources[place % len(sources)]), place < len(sources)


class _Found(NamedTuple):
    """The best sentence of a recording."""

    path: npt.NDArray[np.int64]
    text: str
    score: float
    """How far the path is from the best of all, nats a letter; 0 is best."""


class GrammarSearch:
    """The search over one recording, fed as `malgwi.decoding.beam.BeamSearch` is."""

    def __init__(self, grammar: Grammar, vocab: Vocab, none_below: float = NONE_BELOW) -> None:
        """Begin; a sentence whose score is under `none_below` (nats a letter) is none."""
        self._grammar, self._vocab, self._none_below = grammar, vocab, none_below
        self._scores = np.zeros((0, len(vocab)))
        self._found: _Found | None = None

    def advance(self, logits: Logits) -> None:
        """Take in the next frames.

        Raises:
            MalgwiError: a frame holds NaN or infinity.
        """
        scores = log_probabilities(silent_pauses(logits, self._vocab))
        self._scores = np.concatenate([self._scores, scores])
        self._found = None

    def frame_tokens(self) -> FrameTokens:
        """Return the best sentence's path; blanks where none of them was said."""
        found = self._best()
        path = np.full(len(self._scores), self._vocab.blank, dtype=np.int64)
        if found and found.score >= self._none_below:
            path = found.path
        chances = np.exp(self._scores[np.arange(len(path)), path])
        return FrameTokens(path, np.maximum(chances, np.finfo(np.float64).tiny))

    def alternatives(self, count: int = 1) -> list[Alternative]:
        """Return the best sentence and its score, said or not; nothing where none fits.

        There is one at most, whatever the `count`; 0 gives none.
        """
        found = self._best() if count else None
        return [Alternative(found.text, found.score)] if found else []

    def _best(self) -> _Found | None:
        if self._found is None:
            path = best_sentence(self._scores, self._grammar, self._vocab.blank)
            if path is None:
                return None
            silent = (self._vocab.blank, self._vocab.delimiter)
            letters = sum(run.id not in silent for run in runs(path))
            behind = self._scores[np.arange(len(path)), path] - self._scores.max(axis=1)
            text = self._vocab.decode(path.tolist())
            self._found = _Found(path, text, float(behind.sum()) / letters)
        return self._found
