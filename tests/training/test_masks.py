"""SpecAugment's spans: the share asked for, shorter in short clips, never too much."""

import numpy as np
import pytest

from malgwi.training.masks import LARGEST_SHARE, span_mask


@pytest.mark.parametrize("length", [0, 1, 2, 5, 9, 10, 49, 500])
def test_any_length_is_fine_and_never_masked_too_far(length: int) -> None:
    for seed in range(200):
        mask = span_mask(length, 0.9, 10, np.random.default_rng(seed))
        assert mask.shape == (length,)
        assert mask.sum() <= LARGEST_SHARE * length


@pytest.mark.parametrize("length", [30, 49, 200, 1000])
def test_the_expected_share_is_the_one_asked_for(length: int) -> None:
    rng = np.random.default_rng(0)
    covered = np.mean([span_mask(length, 0.1, 10, rng).mean() for _ in range(4000)])
    assert 0.085 <= covered <= 0.1005  # overlaps cost a little


def test_spans_shrink_with_the_clip() -> None:
    def longest(length: int) -> int:
        runs = []
        for seed in range(300):
            mask = span_mask(length, 0.02, 10, np.random.default_rng(seed))
            runs += [len(part) for part in "".join("x" if m else " " for m in mask).split()]
        return min(runs)  # one span alone

    assert longest(500) == 10
    assert longest(49) == 4
    assert longest(9) == 1


def test_nothing_asked_nothing_masked() -> None:
    assert not span_mask(100, 0.0, 10, np.random.default_rng(0)).any()


def test_the_same_draws_give_the_same_mask() -> None:
    one = span_mask(300, 0.2, 10, np.random.default_rng(5))
    assert one.any()
    assert (one == span_mask(300, 0.2, 10, np.random.default_rng(5))).all()
    assert (one != span_mask(300, 0.2, 10, np.random.default_rng(6))).any()
