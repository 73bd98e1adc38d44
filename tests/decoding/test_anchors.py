"""What a recording and its text surely share: anchors.py."""

import pytest

from malgwi.decoding.anchors import Anchor, anchors, has_company, length, matches, rising


@pytest.mark.parametrize(
    ("text", "heard", "expected"),
    [
        ([1, 2] * 500, [2, 1] * 3, 20),  # two letters agree by 1/2: 2^-20 is under .001 / 1,000
        ([1, 2, 3, 4] * 250, [1, 2, 3, 4], 10),  # by 1/4
        ([1, 2], [3], 3),  # never: nothing is long enough
        ([1, 1], [1], 3),  # always: nothing is, either
        ([], [1], 1),
    ],
)
def test_a_match_is_so_long_that_chance_gives_none(
    text: list[int], heard: list[int], expected: int
) -> None:
    assert length(text, heard) == expected


def test_matches_occur_once_in_both() -> None:
    assert matches([1, 2, 3, 1, 2, 4], [9, 2, 3, 2, 4, 1, 2], 2) == [(1, 1), (4, 3)]
    assert matches([1, 2], [1], 2) == []


def test_the_chain_is_the_longest_that_rises_in_both() -> None:
    pairs = [(0, 10), (1, 2), (2, 3), (3, 30), (4, 4), (5, 5)]
    assert rising(pairs) == [(1, 2), (2, 3), (4, 4), (5, 5)]
    assert rising([]) == []


def test_a_match_has_company_on_the_same_course() -> None:
    chain = [(0, 0), (20, 24), (50, 200), (300, 460)]
    assert [has_company(chain, at, 5) for at in range(4)] == [True, True, False, False]


def test_anchors_are_apart_and_in_the_middle_of_matches() -> None:
    text = list(range(100))
    frames = [10 * place for place in range(100)]
    # Letters agree by 1/100: three in a row are enough; the one in the middle is the anchor.
    assert anchors(text, text, frames, apart=400) == [
        Anchor(1, 10),
        Anchor(41, 410),
        Anchor(81, 810),
    ]


def test_what_is_moved_gives_no_anchor() -> None:
    text = list(range(100))
    heard = [*range(60, 70), *range(60), *range(70, 100)]
    found = anchors(text, heard, list(range(100)), apart=1)
    assert [a for a in found if 60 <= a.letter < 70] == []
    assert len(found) > 60
