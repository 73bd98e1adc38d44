"""Where speech is: a recording that arrives in blocks → the segments that a model runs.

A border lies in a pause, so that no word goes across it, and hangs on nothing but samples that
came before it: a live recogniser that doesn't know the end yet finds the same borders. The levels
of hops are integers, so that Python and Java decide alike on any processor. A segment longer than
a window without a pause is run window by window, with context that its frames are dropped from.
The Java core obeys the same rules (`tests/golden/segments.json`).
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from malgwi.errors import MalgwiError
from malgwi.speech.audio import Samples
from malgwi.speech.frames import FrameGrid

_FULL_SCALE = 32_768
_FEW_HOPS = 20
"""Among fewer a click is no exception."""


@dataclass(frozen=True)
class SegmentPlan:
    """How recordings are cut; the keys stand in `bundle.json` under these names.

    Lengths are counted in samples, multiples of the hop. `docs/evaluate.md` has the measurements
    behind these numbers.
    """

    window_samples: int = 160_000
    """The most that is run at once (10 s)."""
    left_samples: int = 16_000
    """Context before the frames that a window inside a segment keeps (1 s)."""
    right_samples: int = 16_000
    """Context after them (1 s)."""
    pause_samples: int = 4_800
    """A pause of this length ends a segment (0.3 s)."""
    gap_samples: int = 1_600
    """The shortest quiet at which a segment that fills a window is cut (0.1 s)."""
    margin_samples: int = 4_800
    """The most quiet that a segment has before its first sound (0.3 s)."""
    silence_dbfs: float = -70.0
    """A hop under this level is quiet, whatever surrounds it; 0 is a full-scale square wave."""
    quiet_db: int = 25
    """A hop this far under the loudest three hops of its segment is quiet."""
    floor_samples: int = 32_000
    """How far back the quietest hop is looked for (2 s)."""
    floor_db: int = 9
    """So is one no more than this above that hop..."""
    floor_depth_db: int = 15
    """...where the loudest three hops are at least this far above it."""
    click_db: int = 18
    """Samples this far above a loud hop of what is run are clicks, and limited."""

    def check(self, grid: FrameGrid) -> None:
        """Refuse a plan that can't be followed with these convolutions.

        Raises:
            MalgwiError: names the key, its value and what it must be.
        """
        # What the model lacks at a segment's end must lie in the pause.
        lacking = -(-(grid.receptive_field - grid.hop) // grid.hop) * grid.hop
        for name, least in (
            ("left_samples", 0),
            ("right_samples", max(grid.receptive_field, self.pause_samples)),
            ("pause_samples", max(grid.hop, 2 * lacking)),
            ("gap_samples", max(grid.hop, 2 * lacking)),
            ("margin_samples", lacking),
            ("floor_samples", grid.hop),
        ):
            value = getattr(self, name)
            if value < least or value % grid.hop:
                raise MalgwiError(
                    f"{name} is {value}; it must be a multiple of the hop, {grid.hop} samples, "
                    f"and at least {least}"
                )
        step = self.window_samples - self.left_samples - self.right_samples
        if step < grid.hop or step % grid.hop:
            raise MalgwiError(
                f"window_samples is {self.window_samples}; it must be a multiple of the hop, "
                f"{grid.hop} samples, above left_samples + right_samples, "
                f"{self.left_samples + self.right_samples}"
            )


class Span(NamedTuple):
    """What is run at once: samples `start` up to `end`, and the frames of the recording it gives.

    `closed` says that a pause follows its last frame: words end there.
    """

    start: int
    end: int
    first_frame: int
    end_frame: int
    closed: bool


class _Hop(NamedTuple):
    """The level of one hop."""

    energy: int
    sustained: int
    """The least of this hop and the two before it, so that a click is none."""
    floor: int
    """The least of the last `floor_samples`, and never under silence."""


class Levels:
    """The levels of the hops of a recording, in order."""

    def __init__(self, plan: SegmentPlan, grid: FrameGrid) -> None:
        """Begin a recording."""
        self.silence = int(_FULL_SCALE**2 * 10.0 ** (plan.silence_dbfs / 10.0) * grid.hop)
        self._last = (0, 0)
        self._at = 0
        self._reach = plan.floor_samples // grid.hop
        self._lowest: deque[tuple[int, int]] = deque()
        """Place and energy of the hops that are lower than all that came after them, in order."""

    def next(self, energy: int) -> _Hop:
        """Return the level of the next hop, given its energy."""
        before = self._last
        self._last = (before[1], energy)
        while self._lowest and self._lowest[-1][1] >= energy:
            self._lowest.pop()
        self._lowest.append((self._at, energy))
        if self._lowest[0][0] <= self._at - self._reach:
            self._lowest.popleft()
        self._at += 1
        floor = max(self._lowest[0][1], self.silence, 1)
        return _Hop(energy, min(*before, energy), floor)


def _hops(samples: Samples, hop: int) -> npt.NDArray[np.float64]:
    """Return the whole hops of samples, rounded to 16 bits; their sums are exact."""
    whole = samples[: len(samples) // hop * hop].reshape(-1, hop)
    # In place, since new memory takes longer than the sums.
    values: npt.NDArray[np.float64] = np.multiply(whole, _FULL_SCALE, dtype=np.float64)
    np.rint(values, out=values)
    np.clip(values, -_FULL_SCALE, _FULL_SCALE - 1, out=values)
    return values


def energies(samples: Samples, hop: int) -> npt.NDArray[np.int64]:
    """Return the sum of squares of each whole hop about its own mean, which is no sound.

    Cheap sound cards add a constant to all that they hear.
    """
    values = _hops(samples, hop)
    squares = np.einsum("ij,ij->i", values, values).astype(np.int64)
    about_mean: npt.NDArray[np.int64] = squares - values.sum(axis=1).astype(np.int64) ** 2 // hop
    return about_mean


def offset(samples: Samples, hop: int) -> int:
    """Return what a sound card added, in 16 bits: the mean of the hop that has the middle one.

    A thump of one hop in twenty moves the mean of all further than a quiet voice reaches.
    """
    sums = np.sort(_hops(samples, hop).sum(axis=1))
    return (2 * int(sums[len(sums) // 2]) + hop) // (2 * hop) if len(sums) else 0


def ratio(decibels: int) -> int:
    """Return the whole number nearest to the ratio of energies that decibels stand for."""
    return round(float(10.0 ** (decibels / 10.0)))


class Segments:
    """Finds the segments of one recording, hop by hop."""

    def __init__(self, plan: SegmentPlan, grid: FrameGrid) -> None:
        """Begin a recording."""
        hop = grid.hop
        self._grid = grid
        self._levels = Levels(plan, grid)
        self._window = plan.window_samples // hop
        self._left, self._right = plan.left_samples // hop, plan.right_samples // hop
        self._pause, self._gap = plan.pause_samples // hop, plan.gap_samples // hop
        self._margin = plan.margin_samples // hop
        self._quiet, self._above = ratio(plan.quiet_db), ratio(plan.floor_db)
        self._depth = ratio(plan.floor_depth_db)
        self._hops: list[_Hop] = []
        """From hop `_base` on; those before it are decided."""
        self._base = 0
        self._next = 0
        """The first hop that isn't looked at yet."""
        self._border = 0
        """One past the last hop of the segment before."""
        self._peak_before = 0
        self._noise = 0
        """The least energy of the pause that ended the segment before; 0 after a window's time."""
        self._close()

    def _close(self) -> None:
        self._open = False
        self._start = 0
        """The hop where what is run next begins."""
        self._first = 0
        """The first hop whose frame it keeps."""
        self._peak = 0
        self._sound = self._still = 0
        """Hops that are not quiet; quiet ones up to now."""
        self._longest = (0, 0)
        """The longest quiet since `_first`: length, and its first hop."""

    @property
    def needed_from(self) -> int:
        """The first sample that a later span may still want."""
        if self._open:
            return self._start * self._grid.hop
        return max(self._border, self._next - self._margin) * self._grid.hop

    @property
    def sound_end(self) -> int:
        """One past the last hop of what is open that isn't quiet; 0 where nothing is."""
        return self._next - self._still if self._open else 0

    def feed(self, energy: Iterable[int]) -> Iterator[Span]:
        """Take the energies of the next hops; yield the spans that they end."""
        for value in energy:
            self._hops.append(self._levels.next(int(value)))
            while self._next < self._base + len(self._hops):
                span = self._look(self._hops[self._next - self._base])
                if span is not None:
                    yield span
            self._forget()

    def finish(self, samples: int) -> Span | None:
        """Return the last span of a recording of so many samples, if one is open."""
        if not self._open:
            return None
        # Opened in the last hops, it may have no frame of its own.
        end = max(self._first, self._grid.count(samples))
        return Span(self._start * self._grid.hop, samples, self._first, end, False)

    def _look(self, hop: _Hop) -> Span | None:
        at = self._next
        self._next += 1
        if at - self._border >= self._window:
            self._noise = 0
        quiet = self._is_quiet(hop)
        if not self._open:
            if quiet:
                return None
            self._open = True
            self._start = self._first = max(self._border, at - self._margin)
        self._peak = max(self._peak, hop.sustained)
        if quiet:
            self._still += 1
            if self._still >= self._longest[0]:
                self._longest = (self._still, at + 1 - self._still)
        else:
            self._sound += 1
            self._still = 0
        if self._still == self._pause:
            self._noise = self._least(at + 1 - self._still, at + 1)
            return self._end(at + 1 - self._still // 2)
        if at + 1 - self._start > self._window:
            return self._full()
        return None

    def _is_quiet(self, hop: _Hop) -> bool:
        loud, floor = max(self._peak, self._peak_before), max(hop.floor, self._noise)
        return (
            hop.energy <= self._levels.silence
            or hop.energy * self._quiet <= self._peak
            or (hop.energy <= self._above * floor and loud >= self._depth * floor)
        )

    def _end(self, border: int) -> Span:
        """End the segment at a hop; what follows is looked at anew."""
        hop = self._grid.hop
        span = Span(self._start * hop, border * hop, self._first, border, True)
        self._border, self._peak_before = border, self._peak
        self._close()
        self._next = border
        return span

    def _full(self) -> Span:
        """Give what fills a window: up to its longest quiet, or else with context."""
        length, at = self._longest
        if length >= self._gap:
            self._noise = self._least(at, at + length)
            return self._end(at + length // 2)
        hop, end = self._grid.hop, self._start + self._window
        span = Span(self._start * hop, end * hop, self._first, end - self._right, False)
        self._first = end - self._right
        self._start = self._first - self._left
        self._longest = (0, 0)
        return span

    def _least(self, first: int, end: int) -> int:
        # What follows a short noise may be a quiet voice, and no pause.
        if self._sound < self._pause:
            return 0
        return min(hop.energy for hop in self._hops[first - self._base : end - self._base])

    def _forget(self) -> None:
        keep = max(self._start, self._base) if self._open else self._next
        del self._hops[: keep - self._base]
        self._base = keep


def loudness(samples: Samples, hop: int) -> float:
    """Return the level that a twentieth of the hops exceed, as a share of full scale."""
    return float(np.sqrt(_loud(energies(samples, hop)) / hop)) / _FULL_SCALE


def _loud(sums: npt.NDArray[np.int64]) -> int:
    return int(np.sort(sums)[len(sums) * 19 // 20]) if len(sums) else 0


def limited(samples: Samples, plan: SegmentPlan, grid: FrameGrid) -> Samples:
    """Return the samples of a span without its clicks.

    What is run is scaled to unit variance as a whole; one click of full scale makes a quiet voice
    inaudible. No sample may be `click_db` above the level that a twentieth of the hops exceed,
    counted from the offset.
    """
    sums = energies(samples, grid.hop)
    if len(sums) < _FEW_HOPS:
        return samples
    most = isqrt(_loud(sums) * ratio(plan.click_db) // grid.hop)
    middle = offset(samples, grid.hop)
    low, high = (middle - most) / _FULL_SCALE, (middle + most) / _FULL_SCALE
    if most == 0 or (samples.min() >= low and samples.max() <= high):
        return samples
    heard: Samples = np.clip(samples, low, high, dtype=np.float32)
    return heard
