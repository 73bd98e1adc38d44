"""Batches by seconds: each clip once, padding counted, the same plan every time."""

import numpy as np
import pytest

from malgwi.training.batches import default_seconds, in_order, plan_epoch, round_up, share

FRAMES = [int(n) for n in np.random.default_rng(0).integers(20, 400, size=300)]


def _clips(plan: list[list[int]]) -> list[int]:
    return sorted(index for batch in plan for index in batch)


@pytest.mark.parametrize("limit", [100, 399, 2000, 10**6])
def test_each_clip_once_and_no_batch_too_large(limit: int) -> None:
    plan = plan_epoch(FRAMES, seed=0, epoch=0, batch_frames=limit)
    assert _clips(plan) == list(range(len(FRAMES)))
    for batch in plan:
        widest = round_up(max(FRAMES[i] for i in batch), 25)
        assert len(batch) == 1 or widest * len(batch) <= limit


def test_batches_by_clips() -> None:
    plan = plan_epoch(FRAMES, seed=0, epoch=0, batch_clips=32)
    assert _clips(plan) == list(range(300))
    assert sorted(map(len, plan)) == [12] + [32] * 9


def test_clips_of_like_length_share_a_batch() -> None:
    plan = plan_epoch(FRAMES, seed=0, epoch=0, batch_frames=2000)
    padded = sum(max(FRAMES[i] for i in batch) * len(batch) for batch in plan)
    assert padded < 1.1 * sum(FRAMES)


def test_the_plan_depends_on_seed_and_epoch_only() -> None:
    one = plan_epoch(FRAMES, seed=3, epoch=1, batch_frames=2000)
    assert one == plan_epoch(FRAMES, seed=3, epoch=1, batch_frames=2000)
    assert one != plan_epoch(FRAMES, seed=3, epoch=2, batch_frames=2000)
    assert one != plan_epoch(FRAMES, seed=4, epoch=1, batch_frames=2000)


def test_clips_without_frames_and_no_clips() -> None:
    assert _clips(plan_epoch([0, 0, 5], seed=0, epoch=0, batch_frames=50)) == [0, 1, 2]
    assert plan_epoch([], seed=0, epoch=0, batch_frames=50) == []


def test_scoring_order_is_longest_first() -> None:
    assert in_order([10, 40, 30, 20], 60) == [[1], [2, 3], [0]]


def test_shares_of_processes_are_a_partition() -> None:
    batch = [7, 3, 9, 1, 4]
    assert share(batch, 0, 2) == [7, 9, 4]
    assert share(batch, 1, 2) == [3, 1]
    assert share([7], 1, 2) == []


@pytest.mark.parametrize(
    ("total", "accelerator", "seconds"),
    [(60, False, 16), (3000, False, 30), (99_999, False, 40), (99_999, True, 640)],
)
def test_default_batch(total: float, accelerator: bool, seconds: float) -> None:
    assert default_seconds(total, accelerator) == seconds


def test_round_up() -> None:
    assert [round_up(n, 25) for n in (1, 25, 26)] == [25, 25, 50]
