import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import places
from malgwi.decoding.segments import (
    SegmentPlan,
    Segments,
    Span,
    energies,
    limited,
    loudness,
    offset,
)
from malgwi.errors import MalgwiError
from malgwi.speech.audio import Samples
from malgwi.speech.frames import WAV2VEC2, FrameGrid

GOLDEN = json.loads((places.GOLDEN / "segments.json").read_text("utf-8"))


def _cases(key: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in GOLDEN[key]]


def recording(levels: list[tuple[int, int]], hop: int = 320) -> Samples:
    parts = [np.resize([a / 32_768, -a / 32_768], hops * hop) for a, hops in levels]
    samples: Samples = np.concatenate([np.zeros(0), *parts]).astype(np.float32)
    return samples


@pytest.mark.parametrize("case", _cases("cases"))
def test_golden_segments(case: dict[str, Any]) -> None:
    plan = SegmentPlan(**case["plan"])
    grid = FrameGrid((case["receptive_field"],), (case["hop"],))
    plan.check(grid)
    segments = Segments(plan, grid)
    found = list(segments.feed(energies(recording(case["levels"], grid.hop), grid.hop)))
    last = segments.finish(case["samples"])
    assert [*found, *([last] if last else [])] == [Span(*span) for span in case["spans"]]


@pytest.mark.parametrize("case", _cases("limits"))
def test_golden_limits(case: dict[str, Any]) -> None:
    heard = limited(recording(case["levels"]), SegmentPlan(), WAV2VEC2)
    assert np.abs(heard).max() * 32_768 == case["most"]


SMALL = SegmentPlan(window_samples=32_000, left_samples=3_200, right_samples=6_400)
AMPLITUDES = st.sampled_from([0, 20, 100, 700, 3_000, 20_000])
LEVELS = st.lists(st.tuples(AMPLITUDES, st.integers(1, 130)), max_size=12)


@given(LEVELS, st.integers(0, 319), st.lists(st.integers(1, 200), max_size=8))
def test_spans_follow_each_other_whatever_is_fed(
    levels: list[tuple[int, int]], rest: int, sizes: list[int]
) -> None:
    sums = energies(recording(levels), 320)
    samples = len(sums) * 320 + rest
    spans = _spans(np.split(sums, np.cumsum(sizes)), samples)
    assert spans == _spans([sums], samples)
    at = 0
    for span in spans:
        assert 0 <= span.start <= span.first_frame * 320
        assert at <= span.first_frame <= span.end_frame <= WAV2VEC2.count(samples) + span.closed
        assert span.end - span.start < SMALL.window_samples + 640
        at = span.end_frame
    # The loudest hops are never quiet.
    heard = {hop for span in spans for hop in range(span.start // 320, -(-span.end // 320))}
    loudest = sums.max(initial=0)
    assert loudest <= 32_768**2 * 320 * 1e-7 or heard >= set(np.flatnonzero(sums == loudest))


def _spans(parts: list[Any], samples: int) -> list[Span]:
    segments = Segments(SMALL, WAV2VEC2)
    found = [span for part in parts for span in segments.feed(part)]
    last = segments.finish(samples)
    return [*found, *([last] if last else [])]


def test_a_border_does_not_depend_on_what_comes_after() -> None:
    levels = [(3_000, 50), (0, 20), (3_000, 50), (0, 20)]
    segments = Segments(SegmentPlan(), WAV2VEC2)
    early = list(segments.feed(energies(recording(levels[:2]), 320)))
    assert [span.end for span in early] == [58 * 320]
    assert early == _default_spans(levels)[:1]


def _default_spans(levels: list[tuple[int, int]]) -> list[Span]:
    return list(Segments(SegmentPlan(), WAV2VEC2).feed(energies(recording(levels), 320)))


def test_levels_are_those_of_rounded_samples() -> None:
    samples = np.array([0.5, 1.5, 2.5, -0.5, 4e4, -4e4], np.float32) / np.float32(32_768)
    # Halves go to the even neighbour; what doesn't fit is clipped: 0, 2, 2, 0, 32767, -32768. Sums
    # are 4 and -1; their squares, divided by 3, take 5 and 0 away.
    assert energies(samples, 3).tolist() == [8 - 5, 32_767**2 + 32_768**2]


OFFSETS = [0, 328, 3_277, -3_277]
"""0, .01, .1 and -.1 of full scale, in 16 bits."""


@pytest.mark.parametrize("added", OFFSETS)
def test_an_offset_is_no_sound(added: int) -> None:
    # Nothing is clipped but the click; 63 times the energy of 300 are 2381, as in `limits`.
    plain = recording([(0, 20), (300, 40), (29_000, 1), (300, 20), (0, 30)])
    shifted = plain + np.float32(added / 32_768)
    assert offset(shifted, 320) == added
    segments = Segments(SegmentPlan(), WAV2VEC2)
    assert list(segments.feed(energies(shifted, 320))) == [Span(1_600, 28_480, 5, 89, True)]
    heard = limited(shifted, SegmentPlan(), WAV2VEC2) - np.float32(added / 32_768)
    assert np.abs(heard).max() * 32_768 == 2_381
    assert np.array_equal(heard, limited(plain, SegmentPlan(), WAV2VEC2))


def test_the_offset_is_the_mean_of_the_middle_hop() -> None:
    # Halves go up; a hop in twenty, however loud, moves nothing.
    for values, hop, expected in (
        ([1, 0, 9], 2, 1),
        ([-1, 0], 2, 0),
        ([-1, -1, 0], 3, -1),
        ([5], 2, 0),
        ([32_767] * 320 + [0] * 320 * 19, 320, 0),
    ):
        assert offset(np.array(values, np.float32) / np.float32(32_768), hop) == expected


def test_the_longest_hop_overflows_nothing() -> None:
    quietest = np.full(16_000, -1.0, np.float32)
    assert energies(quietest, 16_000).tolist() == [0]
    assert offset(quietest, 16_000) == -32_768


def test_loudness_is_the_level_that_a_twentieth_exceeds() -> None:
    assert loudness(recording([(3_000, 96), (20_000, 4)]), 320) == 3_000 / 32_768
    assert loudness(np.zeros(0, np.float32), 320) == 0.0


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"window_samples": 160_100}, "window_samples is 160100.*multiple of the hop, 320"),
        ({"left_samples": 330}, "left_samples is 330.*multiple of the hop, 320"),
        ({"left_samples": -320}, "left_samples is -320.*at least 0"),
        ({"right_samples": 320}, "right_samples is 320.*at least 4800"),
        ({"window_samples": 32_000}, "window_samples is 32000.*above.*32000"),
        ({"pause_samples": 0}, "pause_samples is 0.*at least 640"),
        ({"gap_samples": 100}, "gap_samples is 100.*multiple of the hop"),
    ],
)
def test_impossible_plans_are_refused(keys: dict[str, int], message: str) -> None:
    with pytest.raises(MalgwiError, match=message):
        SegmentPlan(**keys).check(WAV2VEC2)
