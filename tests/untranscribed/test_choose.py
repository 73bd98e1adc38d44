"""Which stretches stand for what a model gets wrong."""

import numpy as np
import pytest

from malgwi.untranscribed import choose as module
from malgwi.untranscribed.choose import choose

EAST, NORTH, WEST, SOUTH = ([1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0])
COMPASS = np.array([EAST, NORTH, WEST, SOUTH])


def test_the_most_errors_a_second_come_first() -> None:
    """Each sounds like no other; the third has as many errors as the first, in half the time."""
    assert choose([4, 1, 4, 2], [2, 1, 1, 1], COMPASS, budget=9) == [2, 0, 3, 1]
    assert choose([4, 1, 4, 2], [2, 1, 1, 1], COMPASS, budget=2) == [2, 3]
    assert choose([4, 1, 4, 2], [2, 1, 1, 1], COMPASS, budget=0.9) == []


def test_what_is_heard_right_is_not_chosen() -> None:
    assert choose([0, 1, 0, 0], [1, 1, 1, 1], COMPASS, budget=9) == [1]


def test_a_copy_is_worth_nothing() -> None:
    sounds = np.array([EAST, EAST, WEST, NORTH, SOUTH])
    assert choose([9, 8, 1, 1, 1], [1] * 5, sounds, budget=9)[0] == 0
    assert 1 not in choose([9, 8, 1, 1, 1], [1] * 5, sounds, budget=9)


def test_one_that_many_sound_like_stands_for_them() -> None:
    """The middle of three near the east, though one in the west has more errors itself."""
    angles = np.radians([-30, 0, 30, 180])
    sounds = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    worth = [1.0, 1.0, 1.0, 1.5]
    assert choose(worth, [1] * 4, sounds, budget=2)[0] == 1
    assert choose(worth, [1] * 4, sounds, budget=2)[1] == 3


def test_of_very_many_some_are_drawn_to_stand_for(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    sounds = random.standard_normal((60, 8))
    errors, seconds = random.uniform(1, 2, 60), random.uniform(1, 3, 60)
    monkeypatch.setattr(module, "_STAND_FOR", 20)
    few = choose(errors.tolist(), seconds.tolist(), sounds, budget=20.0, seed=1)
    again = choose(errors.tolist(), seconds.tolist(), sounds, budget=20.0, seed=1)
    assert few == again
    assert 15 < seconds[few].sum() <= 20
    assert len(set(few)) == len(few)


def test_sound_that_is_all_alike_is_no_trouble() -> None:
    """Nothing varies: they can't be told apart, and stand for nothing."""
    found = choose([1, 2], [1, 1], np.ones((2, 3)), budget=9)
    assert set(found) == {0, 1}
    assert choose([1], [1], np.ones((1, 3)), budget=9) == [0]
