"""From pause to pause: stretches.py."""

import numpy as np

from malgwi.decoding.skips import Found
from malgwi.recognition.locate import Located, foreign_sound, surroundings
from malgwi.recognition.sentences import Piece
from malgwi.recognition.stretches import Unused, stretches

FRAME_S = 0.02


def _located(
    frames: int, *places: tuple[int, int] | None, sound: tuple[int, int] = (0, 0)
) -> Located:
    sounding = np.zeros(frames, dtype=bool)
    sounding[slice(*sound)] = True
    for place in places:
        if place is not None:
            sounding[slice(*place)] = True
    pieces = tuple(Piece(f"p{at}", f"p{at}", at + 1, True) for at in range(len(places)))
    found = tuple(None if place is None else Found(*place, -1.0) for place in places)
    return Located(pieces, found, ("",) * len(places), sounding)


def _bounds(located: Located) -> list[tuple[int, int, str]]:
    return [(s.start_frame, s.end_frame, s.text) for s in stretches(located, FRAME_S)[0]]


def test_each_sentence_with_a_quarter_second_or_half_the_pause() -> None:
    found = _located(600, (50, 200), (210, 400), (500, 590))
    # 12 frames (round half to even) of a pause, half of one of ten, and up to the end.
    assert _bounds(found) == [(38, 205, "p0"), (205, 412, "p1"), (488, 600, "p2")]
    assert [s.score for s in stretches(found, FRAME_S)[0]] == [-1.0] * 3


def test_short_ones_are_joined() -> None:
    found = _located(600, (50, 80), (100, 250), (300, 320), (340, 400))
    assert _bounds(found) == [(38, 262, "p0 p1"), (288, 412, "p2 p3")]


def test_nothing_is_joined_across_sound_that_no_text_has() -> None:
    found = _located(600, (50, 80), (250, 400), sound=(120, 180))
    assert _bounds(found) == [(238, 412, "p1")]
    assert stretches(found, FRAME_S)[1] == [Unused(0, "too short or too long")]


def test_text_that_is_not_said_is_joined_across() -> None:
    assert _bounds(_located(300, (50, 100), None, (110, 200))) == [(38, 212, "p0 p2")]


def test_without_a_pause_nothing_can_be_cut() -> None:
    found = _located(600, (50, 200), (300, 450), sound=(200, 260))
    assert _bounds(found) == [(288, 462, "p1")]
    assert stretches(found, FRAME_S)[1] == [Unused(0, "no pause beside it")]


def test_what_is_too_long_is_left_out() -> None:
    assert _bounds(_located(1_000, (50, 900))) == []


def test_the_edges_of_a_recording_are_pauses() -> None:
    assert _bounds(_located(150, (0, 150))) == [(0, 150, "p0")]


def test_a_misheard_letter_in_a_pause_is_none() -> None:
    assert _bounds(_located(300, (50, 200), sound=(203, 205))) == [(38, 212, "p0")]


def test_foreign_sound_and_where_text_would_stand() -> None:
    found = _located(400, (50, 100), None, (200, 250), sound=(120, 140))
    assert foreign_sound(found, 20) == [(120, 140)]
    assert foreign_sound(found, 21) == []
    assert surroundings(found.places, 1, 400) == (100, 200)
    assert surroundings([None, None], 1, 400) == (0, 400)
