"""Which labels are learnt from."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from malgwi.dataset.manifest import Stretch, Utterance
from malgwi.decoding.confidence import ConfidenceMap
from malgwi.untranscribed.labels import Heard
from malgwi.untranscribed.pick import (
    NOTHING,
    PACE,
    UNREADABLE,
    UNSURE,
    Pace,
    Sureness,
    balanced,
    pace,
    pick,
    repeated,
    sureness,
)

PLAIN = ConfidenceMap(1.0, 0.0)
SAYS_NOTHING = ConfidenceMap(0.0, 0.0)
VALID = [Heard(str(number), "a", [number / 10]) for number in (1, 3, 5, 7, 9)]
"""Sure of a tenth, of three, of a half..."""


def utterance(text: str, seconds: float) -> Utterance:
    return Utterance("a", Path("a"), Stretch("0" * 64, int(16_000 * seconds)), text, "train")


def picked(heard: Heard, *, share: float = 0.5, confidence: ConfidenceMap = PLAIN) -> str:
    """Return why a label of a second is left out; nothing where it is kept."""
    found = pick([heard], {"x": 1.0}, VALID, confidence, Pace(1, 10), share=share)
    assert set(found.kept) | set(found.left_out) == {"x"}
    return found.left_out.get("x", "")


def test_sureness_is_the_mean_of_what_is_expected() -> None:
    """ln(3) and -ln(3) for three quarters and one."""
    assert sureness([0.75, 0.25], PLAIN) == pytest.approx((0.5, 0.0))
    assert sureness([0.75], PLAIN) == pytest.approx((0.75, math.log(3)))
    assert sureness([0.75], SAYS_NOTHING) == pytest.approx((0.5, math.log(3)))


def test_the_share_is_of_validation_clips() -> None:
    """Half of them are as sure as .5; all as .1; the surest alone as .9."""
    for share, least in ((0.5, 0.5), (1.0, 0.1), (0.01, 0.7)):
        assert picked(Heard("x", "abc", [least + 0.01]), share=share) == ""
        assert picked(Heard("x", "abc", [least - 0.01]), share=share) == UNSURE


def test_where_confidence_says_nothing_the_model_s_own_counts() -> None:
    assert picked(Heard("x", "abc", [0.6]), confidence=SAYS_NOTHING) == ""
    assert picked(Heard("x", "abc", [0.4]), confidence=SAYS_NOTHING) == UNSURE


def test_what_nobody_says_is_left_out() -> None:
    """A second with a letter, or ten, is said; noise gives one letter, or many, surely."""
    assert picked(Heard("x", "a", [0.99])) == ""
    assert picked(Heard("x", "a b c d e f g h i j", [0.99])) == ""
    assert picked(Heard("x", "a b c d e f g h i j k", [0.99])) == PACE
    found = pick([Heard("x", "a", [0.99])], {"x": 1.5}, VALID, PLAIN, Pace(1, 10), share=0.5)
    assert found.left_out == {"x": PACE}
    assert picked(Heard("x", "", [])) == NOTHING
    assert picked(Heard("x", "", unreadable="gone")) == UNREADABLE


def test_a_model_that_hears_nothing_in_valid_labels_nothing() -> None:
    mute = [Heard("v", "", [])]
    heard = [Heard("x", "abc", [0.99])]
    found = pick(heard, {"x": 1.0}, mute, ConfidenceMap(1.0, 0.0), Pace(1, 10), share=1.0)
    assert found.least == Sureness(1.0, 0.0)
    assert found.counts() == {UNSURE: 1}


def test_pace_is_that_of_the_transcripts() -> None:
    """Three letters a second, and half as slow or fast again; spaces aren't said."""
    found = pace([utterance("a bc", 1.0), utterance("abc abc", 2.0)])
    assert found == pytest.approx((2.0, 4.5))


def test_transcripts_count_as_much_as_labels() -> None:
    """An hour beside two is heard twice; beside a hundred, four times; never not at all."""
    assert [balanced(1.0, labels) for labels in (0.1, 1.0, 2.4, 100.0)] == [1, 1, 2, 4]
    clips = [utterance("a", 1.0), utterance("b", 1.0)]
    clips[1] = replace(clips[1], id="b")
    assert [u.id for u in repeated(clips, 3)] == ["a", "b", "a#2", "b#2", "a#3", "b#3"]
    assert [u.text for u in repeated(clips, 1)] == ["a", "b"]
    # Files may be called so: a data set with two of one id can't be read.
    assert [u.id for u in repeated(clips, 2, ["a#2"])] == ["a", "b", "a##2", "b##2"]
    clips[1] = replace(clips[1], id="a#2")
    assert [u.id for u in repeated(clips, 2)] == ["a", "a#2", "a##2", "a#2##2"]
