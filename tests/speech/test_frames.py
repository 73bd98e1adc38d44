"""Samples to frames: frames.py."""

import pytest

from malgwi.speech.frames import WAV2VEC2, FrameGrid, frame_ms


def test_wav2vec2_sizes() -> None:
    assert WAV2VEC2.hop == 320
    assert WAV2VEC2.receptive_field == 400


@pytest.mark.parametrize(
    ("samples", "frames"),
    [(0, 0), (1, 0), (399, 0), (400, 1), (719, 1), (720, 2), (16_000, 49), (159_999, 499)],
)
def test_frame_count_follows_the_convolutions(samples: int, frames: int) -> None:
    assert WAV2VEC2.count(samples) == frames


def test_count_agrees_with_receptive_field_and_hop() -> None:
    for grid in (WAV2VEC2, FrameGrid.of([10, 3, 2], [5, 2, 2]), FrameGrid.of([1], [1])):
        for samples in range(2_000):
            expected = max(0, (samples - grid.receptive_field) // grid.hop + 1)
            assert grid.count(samples) == expected


@pytest.mark.parametrize(
    ("kernels", "strides"), [((), ()), ((3,), (1, 2)), ((0,), (1,)), ((3, 3), (2, 0))]
)
def test_impossible_sizes_are_refused(kernels: tuple[int, ...], strides: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="convolution"):
        FrameGrid(kernels, strides)


def test_times_stop_at_the_end() -> None:
    assert frame_ms(0, 320, 16_000) == 0
    assert frame_ms(49, 320, 16_000) == 980
    assert frame_ms(50, 320, 16_000, samples=15_999) == 999
    assert frame_ms(1, 320, 44_100) == 7
