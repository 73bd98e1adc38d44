"""A known text against a recording's frames: which token each frame holds, by the likeliest path.

CTC forced alignment with the Viterbi algorithm (Graves et al. 2006; Kürzinger et al. 2020,
"CTC-Segmentation of Large Corpora for German End-to-end Speech Recognition"). Its result has the
form of greedy decoding's, so `malgwi.decoding.decode.assemble` makes words, times and confidences
of both. The Java core obeys the same rules (`tests/golden/alignment.json`).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from malgwi.decoding.decode import FrameTokens, Logits, log_probabilities
from malgwi.errors import MalgwiError
from malgwi.speech.vocab import frames_needed

LogProbabilities = npt.NDArray[np.float64]
"""(frames, vocabulary) or (states,), natural logarithms."""

STRETCH = 2_048
"""Frames whose scores are kept at a time (41 s); of the rest, one row of scores a stretch."""


def force(logits: Logits, labels: Sequence[int], blank: int) -> FrameTokens:
    """Return the token of every frame on the likeliest path that spells `labels`.

    The probabilities are those of the path's tokens, which need not be the best of their frames;
    never 0, so that they have logarithms.

    Raises:
        MalgwiError: the labels don't fit in the frames, a frame holds NaN, or every path has
            probability zero.
    """
    scores = log_probabilities(logits)
    ids = best_path(scores, labels, blank)
    chances = np.exp(scores[np.arange(len(ids)), ids])
    return FrameTokens(ids, np.maximum(chances, np.finfo(np.float64).tiny))


def best_path(scores: LogProbabilities, labels: Sequence[int], blank: int) -> npt.NDArray[np.int64]:
    """Return the likeliest sequence of one id a frame that collapses to `labels`.

    The states are the labels with a blank before, between and after them; from frame to frame a
    path stays, goes to the next state, or passes over a blank between two different labels. Among
    equals it ends in the last label rather than in the blank after it and, seen from the end,
    stays where it can, else came from the state before, else from the one before that.

    Time grows with frames times labels. Memory doesn't: the scores of all states are kept every
    `STRETCH` frames only, and worked out again for the few states that matter when the path is
    traced back. An hour of speech takes some 150 MB.

    Raises:
        MalgwiError: the labels don't fit in the frames, or every path has probability zero.
    """
    frames, needed = len(scores), frames_needed(labels)
    if frames < needed:
        raise MalgwiError(
            f"the text needs {needed} frames of audio or more, one a letter and one between equal "
            f"letters; the recording has {frames}. Check that text and recording belong together"
        )
    states = np.full(2 * len(labels) + 1, blank, dtype=np.int64)
    states[1::2] = labels
    skip = np.full(len(states), -np.inf)  # added to the way from two states before
    skip[3::2][states[3::2] != states[1:-2:2]] = 0.0
    path = np.empty(frames, dtype=np.int64)
    if not frames:
        return path
    row = np.full(len(states), -np.inf)
    row[:2] = scores[0, states[:2]]
    kept = [row]
    for frame in range(1, frames):
        row = _advanced(row, scores[frame, states], skip)
        if frame % STRETCH == 0:
            kept.append(row)
    state = path[-1] = max(len(states) - 2, 0) + int(np.argmax(row[-2:]))
    if row[state] == -np.inf:
        raise MalgwiError(
            "the model gives the text no probability at all; check that text and recording belong "
            "together"
        )
    for start in range((len(kept) - 1) * STRETCH, -1, -STRETCH):
        stop = min(start + STRETCH, frames - 1)
        low = max(0, state - 2 * (stop - start))  # what leads to `state` in these frames
        part = slice(low, state + 1)
        rows = [kept[start // STRETCH][part]]
        for frame in range(start + 1, stop):
            rows.append(_advanced(rows[-1], scores[frame, states[part]], skip[part]))
        for frame in range(stop - 1, start - 1, -1):
            ways = rows[frame - start][max(state - 2, 0) - low : state + 1 - low][::-1].copy()
            ways[2:] += skip[state]
            state -= int(np.argmax(ways))
            path[frame] = state
    return states[path]


def _advanced(
    row: LogProbabilities, emitted: LogProbabilities, skip: LogProbabilities
) -> LogProbabilities:
    """Return the scores of the states one frame later."""
    best = row.copy()
    np.maximum(best[1:], row[:-1], out=best[1:])
    np.maximum(best[2:], row[:-2] + skip[2:], out=best[2:])
    best += emitted
    return best
