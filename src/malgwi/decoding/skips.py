"""A text against a recording that doesn't say all of it, or says more: the likeliest path.

CTC forced alignment (`malgwi.decoding.alignment`) of pieces of text with a gap before, between and
after them. In a gap a frame may hold anything: the pause between sentences for nothing, other
sound for a price below its best token. At no frame's cost a path may pass over a piece of text,
for a price a letter. So what isn't in the text goes into gaps, and what isn't said is passed over,
where that costs less than to force the one onto the other. Between words a pause costs nothing,
within a word it does once it is longer than slow speech has it.

Where anchors (`malgwi.decoding.anchors`) pin letters to frames, the stretches between them are
solved one by one. Time grows with the frames times the letters between two anchors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from malgwi.decoding.anchors import Anchor
from malgwi.decoding.decode import Logits
from malgwi.errors import MalgwiError

SOUND_PRICE = 1.5
"""What a frame of a gap costs that holds neither blank nor delimiter: so much below its best
token. Tuned on other material than it was measured on (docs/cut.md)."""
TEXT_PRICE = 3.0
"""What each letter costs that is passed over."""
STILL_FRAMES = 15
"""So long a pause within a word costs nothing: slow speech (0.3 s at 20 ms a frame)."""
STILL_PRICE = 0.3
"""What each further frame of it costs, so that a letter that is hardly heard isn't taken from what
sounds like it behind the pause after its sentence. Chosen as `SOUND_PRICE` was."""
MOST_CELLS = 4_000_000_000
"""Frames times states between two anchors that are still searched: some minutes."""
CELLS = 1 << 26
"""Frames times states whose ways are kept at a time, in bytes."""

Fits = npt.NDArray[np.float32]
"""Of each frame and token, ln of its probability over that of the frame's best: 0 or less."""


class Found(NamedTuple):
    """Where a piece of text is said."""

    start_frame: int
    """The first letter's first."""
    end_frame: int
    """One past the last letter's last."""
    score: float
    """The fits of its path, a letter; 0 is best."""


@dataclass(frozen=True)
class _Graph:
    """The states in order: a gap, the letters of a piece with blanks between them, a gap, ..."""

    columns: npt.NDArray[np.int64]
    """What each state emits; the vocabulary's size is a gap, that and 1 a blank within a word."""
    passes: Fits
    """0 where the state two before may lead to it, else minus infinity."""
    gaps: npt.NDArray[np.int64]
    """The states that are gaps."""
    prices: Fits
    """Of each gap, what passing over all text before it costs."""

    def part(self, first: int, last: int) -> "_Graph":
        """Return the states `first` to `last`, both included."""
        inside = (self.gaps >= first) & (self.gaps <= last)
        passes = self.passes[first : last + 1].copy()
        passes[:2] = -np.inf
        return _Graph(
            self.columns[first : last + 1],
            passes,
            self.gaps[inside] - first,
            self.prices[inside],
        )


def find(
    logits: Logits,
    pieces: Sequence[Sequence[int]],
    *,
    blank: int,
    delimiter: int | None,
    anchors: Sequence[Anchor] = (),
    sound_price: float = SOUND_PRICE,
    text_price: float = TEXT_PRICE,
) -> list[Found | None]:
    """Return where each piece of a text is said, None for those that are passed over.

    Args:
        logits: of the whole recording.
        pieces: the labels of each, at least one, in the order of the text.
        blank: the id of the CTC blank.
        delimiter: that of the space between words, if there is one; never at a piece's ends. Else
            nothing tells words apart, and no pause in a piece costs anything.
        anchors: letters of the text, all pieces in a row and without delimiters, that are heard
            at a frame; both rise.
        sound_price: as `SOUND_PRICE`.
        text_price: as `TEXT_PRICE`.

    Raises:
        MalgwiError: too much lies between two anchors to be searched.
    """
    fits = _with_gaps(logits, blank, delimiter, sound_price)
    graph = _graph(pieces, logits.shape[1], blank, delimiter, text_price)
    spoken = [at for at, label in enumerate(chain.from_iterable(pieces)) if label != delimiter]
    # A certain blank before and after the recording begins and ends every path in a gap.
    pins, final = [(0, 0)], (len(fits) - 1, len(graph.columns) - 1)
    apart = 2 * max(len(piece) for piece in pieces)  # enough frames for what must be said
    for anchor in anchors:
        frame = anchor.frame + 1
        if pins[-1][0] + apart <= frame <= final[0] - apart:
            pins.append((frame, 2 * spoken[anchor.letter] + 1))
    pins.append(final)
    if max((b[0] - a[0]) * (b[1] - a[1]) for a, b in pairwise(pins)) > MOST_CELLS:
        raise MalgwiError(
            f"in {len(logits)} frames hardly anything of the {spoken[-1]:,} letters of the text is "
            "heard without doubt; check that text and recording belong together, or cut both into "
            "parts of half an hour"
        )
    path = np.zeros(len(fits), dtype=np.int64)
    for (start, first), (end, last) in pairwise(pins):
        part = graph.part(first, last)
        path[start : end + 1] = first + _best_path(fits[start : end + 1], part)
    return _found(path, fits, graph, pieces)


def _with_gaps(logits: Logits, blank: int, delimiter: int | None, price: float) -> Fits:
    """Return the fits of a recording between two certain blanks.

    Two columns follow those of the vocabulary: gaps, and blanks within words.
    """
    frames, size = logits.shape
    fits = np.full((frames + 2, size + 2), -np.inf, dtype=np.float32)
    fits[[0, -1], blank] = 0.0
    np.subtract(logits, logits.max(axis=1, keepdims=True, initial=-np.inf), out=fits[1:-1, :size])
    still = [blank] if delimiter is None else [blank, delimiter]
    stillness = fits[:, still].max(axis=1)
    fits[:, size] = np.maximum(stillness, np.float32(-price))
    long = _far_into_runs(stillness == 0.0, STILL_FRAMES)
    fits[:, size + 1] = fits[:, blank] - np.float32(STILL_PRICE) * long
    return fits


def _far_into_runs(flags: npt.NDArray[np.bool_], length: int) -> npt.NDArray[np.bool_]:
    """Say of each frame whether it and the `length` before it are all flagged."""
    at = np.arange(len(flags))
    return at - np.maximum.accumulate(np.where(flags, -1, at)) > length


def _graph(
    pieces: Sequence[Sequence[int]], size: int, blank: int, delimiter: int | None, price: float
) -> _Graph:
    labels = np.array([label for piece in pieces for label in piece], dtype=np.int64)
    columns = np.full(2 * len(labels) + 1, blank, dtype=np.int64)
    columns[1::2] = labels
    if delimiter is not None:
        letters = labels != delimiter
        columns[2:-1:2][letters[1:] & letters[:-1]] = size + 1
    passes = np.full(len(columns), -np.inf, dtype=np.float32)
    passes[3::2][labels[1:] != labels[:-1]] = 0.0
    lengths = np.cumsum([0, *(len(piece) for piece in pieces)])
    gaps = 2 * lengths
    columns[gaps] = size
    return _Graph(columns, passes, gaps, (price * lengths).astype(np.float32))


def _best_path(fits: Fits, graph: _Graph) -> npt.NDArray[np.int64]:
    """Return the state of every frame on the likeliest path from the first to the last state."""
    states = len(graph.columns)
    stretch = max(2, CELLS // states)
    row = np.full(states, -np.inf, dtype=np.float32)
    row[0] = 0.0
    row, _ = _pass_over(row, graph)
    starts = range(0, max(1, len(fits) - 1), stretch)
    rows = [row]
    for start in starts[1:]:
        for frame in range(start - stretch + 1, start + 1):
            row, _ = _advanced(row, fits[frame], graph)
            row, _ = _pass_over(row, graph)
        rows.append(row)
    path = np.empty(len(fits), dtype=np.int64)
    state = path[-1] = states - 1
    for start, kept in zip(reversed(starts), reversed(rows), strict=True):
        row = kept
        stop = min(start + stretch, len(fits) - 1)
        ways = np.empty((stop - start, states), dtype=np.int8)
        passed = np.empty((stop - start, len(graph.gaps)), dtype=bool)
        for frame in range(start + 1, stop + 1):
            row, ways[frame - start - 1] = _advanced(row, fits[frame], graph)
            row, passed[frame - start - 1] = _pass_over(row, graph)
        for frame in range(stop, start, -1):
            state = _before_passing(state, passed[frame - start - 1], graph)
            path[frame] = state
            state -= int(ways[frame - start - 1, state])
            path[frame - 1] = state
    return path


def _advanced(row: Fits, fit: Fits, graph: _Graph) -> tuple[Fits, npt.NDArray[np.int8]]:
    """Return the scores of the states one frame later, and how many states back each came from."""
    best = row.copy()
    ways = np.zeros(len(row), dtype=np.int8)
    for back, before in ((1, row[:-1]), (2, row[:-2] + graph.passes[2:])):
        better = before > best[back:]
        np.copyto(best[back:], before, where=better)
        np.copyto(ways[back:], np.int8(back), where=better)
    best += fit[graph.columns]
    return best, ways


def _pass_over(row: Fits, graph: _Graph) -> tuple[Fits, npt.NDArray[np.bool_]]:
    """Let gaps be reached from those before them; say which of them are."""
    priced = row[graph.gaps] + graph.prices
    best = np.maximum.accumulate(priced)
    passed = best > priced
    row[graph.gaps[passed]] = (best - graph.prices)[passed]
    return row, passed


def _before_passing(state: int, passed: npt.NDArray[np.bool_], graph: _Graph) -> int:
    """Return the gap from which text was passed over up to `state`, or `state` itself."""
    at = int(np.searchsorted(graph.gaps, state))
    if at == len(graph.gaps) or graph.gaps[at] != state:
        return state
    while passed[at]:
        at -= 1
    return int(graph.gaps[at])


def _found(
    path: npt.NDArray[np.int64], fits: Fits, graph: _Graph, pieces: Sequence[Sequence[int]]
) -> list[Found | None]:
    """Return the frames of each piece on a path, counted without the blank before them."""
    sums = np.cumsum(fits[np.arange(len(path)), graph.columns[path]], dtype=np.float64)
    found: list[Found | None] = []
    for piece, (gap, after) in zip(pieces, pairwise(graph.gaps), strict=True):
        start, end = np.searchsorted(path, [gap + 1, after])  # a path never goes back
        if start == end:
            found.append(None)
            continue
        score = float(sums[end - 1] - sums[start - 1]) / len(piece)
        found.append(Found(int(start) - 1, int(end) - 1, score))
    return found
