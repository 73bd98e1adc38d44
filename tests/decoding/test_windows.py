import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import places
from malgwi.decoding.decode import Logits
from malgwi.decoding.windows import WindowPlan, cut, is_silent, spans, stitch
from malgwi.errors import MalgwiError
from malgwi.speech.audio import Samples
from malgwi.speech.frames import WAV2VEC2, FrameGrid
from malgwi.speech.vocab import Vocab

GOLDEN = json.loads((places.GOLDEN / "windows.json").read_text("utf-8"))
VOCAB = Vocab(("a", "b", "[PAD]"), blank=2, delimiter=None)
SMALL = WindowPlan(16_000, 3_200, 3_200)


def _cases(key: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in GOLDEN[key]]


@pytest.mark.parametrize("case", _cases("cases"))
def test_golden_windows(case: dict[str, Any]) -> None:
    plan = WindowPlan(case["window_samples"], case["left_samples"], case["right_samples"])
    grid = FrameGrid.of(case["kernels"], case["strides"])
    plan.check(grid)
    assert grid.count(case["samples"]) == case["frames"]
    found = [span._asdict() for span in spans(case["samples"], plan, grid)]
    assert found == case["windows"]


@pytest.mark.parametrize("case", _cases("silence"))
def test_golden_silence(case: dict[str, Any]) -> None:
    plan = WindowPlan(silence_dbfs=case["silence_dbfs"])
    grid = FrameGrid((case["hop"],), (case["hop"],))
    samples = np.array(case["samples"], dtype=np.float32)
    assert is_silent(samples, plan, grid) is case["silent"]


def _blocks(samples: Samples, sizes: list[int]) -> Iterator[Samples]:
    start = 0
    for size in sizes:
        yield samples[start : start + size]
        start += size
    yield samples[start:]


@given(st.integers(0, 90_000), st.lists(st.integers(0, 40_000), max_size=5))
def test_places_do_not_depend_on_the_blocks(length: int, sizes: list[int]) -> None:
    samples = np.arange(length, dtype=np.float32)
    found = list(cut(_blocks(samples, sizes), SMALL, WAV2VEC2))
    assert [span for span, _ in found] == spans(length, SMALL, WAV2VEC2)
    for span, window in found:
        assert np.array_equal(window, samples[span.start : span.end])
        assert len(window) <= SMALL.window_samples


@given(st.integers(0, 10_000_000))
def test_frames_follow_each_other_and_are_seen_whole(samples: int) -> None:
    plan = WindowPlan()
    at = 0
    for span in spans(samples, plan, WAV2VEC2):
        assert span.first_frame == at < span.end_frame
        assert span.first_frame * 320 - span.start >= (plan.left_samples if span.start else 0)
        if span.end < samples:
            assert span.end - span.end_frame * 320 >= plan.right_samples
        at = span.end_frame
    assert at == WAV2VEC2.count(samples)


def _first_sample_of_each_frame(samples: Samples) -> Logits:
    frames = WAV2VEC2.count(len(samples))
    starts = samples[np.arange(frames) * 320]
    return np.stack([starts, starts, starts], axis=1)


@pytest.mark.parametrize("length", [399, 400, 16_000, 16_001, 48_000, 77_777])
def test_stitched_frames_are_those_of_the_whole(length: int) -> None:
    samples = np.arange(1, length + 1, dtype=np.float32)
    parts = stitch([samples], SMALL, WAV2VEC2, VOCAB, _first_sample_of_each_frame)
    whole = np.concatenate([np.zeros((0, 3), np.float32), *parts])
    assert np.array_equal(whole, _first_sample_of_each_frame(samples))


def test_silent_windows_are_not_run() -> None:
    samples = np.zeros(48_000, dtype=np.float32)
    samples[:100] = 0.5  # in the first window only
    lengths = []

    def model(window: Samples) -> Logits:
        lengths.append(len(window))
        return np.zeros((WAV2VEC2.count(len(window)), 3), dtype=np.float32)

    logits = np.concatenate(list(stitch([samples], SMALL, WAV2VEC2, VOCAB, model)))
    assert lengths == [16_000]
    assert len(logits) == 149
    assert (logits[:40] == 0).all()
    assert (logits[40:].argmax(axis=1) == VOCAB.blank).all()


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (WindowPlan(16_100, 3_200, 3_200), "window_samples is 16100.*multiple of the hop, 320"),
        (WindowPlan(16_000, 330, 3_200), "left_samples is 330.*multiple of the hop, 320"),
        (WindowPlan(16_000, -320, 3_200), "left_samples is -320.*at least 0"),
        (WindowPlan(16_000, 3_200, 320), "right_samples is 320.*at least 400"),
        (WindowPlan(6_400, 3_200, 3_200), "window_samples is 6400.*above.*6400"),
    ],
)
def test_impossible_plans_are_refused(plan: WindowPlan, message: str) -> None:
    with pytest.raises(MalgwiError, match=message):
        plan.check(WAV2VEC2)
