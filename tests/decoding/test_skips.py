"""Texts that aren't all said, and sound that isn't all written: skips.py."""

import numpy as np
import pytest

from malgwi.decoding import skips as module
from malgwi.decoding.anchors import Anchor
from malgwi.decoding.decode import Logits
from malgwi.decoding.skips import Found, find
from malgwi.errors import MalgwiError

A, B, C, GAP, BLANK = range(5)
IDS = {"a": A, "b": B, "c": C, "|": GAP, "_": BLANK}


def _logits(heard: str) -> Logits:
    """Return a frame a character; all other tokens lie 5 below."""
    logits = np.zeros((len(heard), 5), dtype=np.float32)
    logits[np.arange(len(heard)), [IDS[char] for char in heard]] = 5.0
    return logits


def _find(heard: str, *texts: str, **more: object) -> list[Found | None]:
    pieces = [[IDS[char] for char in text] for text in texts]
    return find(_logits(heard), pieces, blank=BLANK, delimiter=GAP, **more)  # type: ignore[arg-type]


def test_what_is_said_is_found() -> None:
    assert _find("_aab__|_ba|c_", "ab", "ba|c") == [Found(1, 4, 0.0), Found(8, 12, 0.0)]


def test_what_is_not_said_is_passed_over() -> None:
    assert _find("_abc__cba_", "abc", "bb|bb", "cba") == [Found(1, 4, 0), None, Found(6, 9, 0)]
    assert _find("_abc_", "bbb", "abc", "bbb") == [None, Found(1, 4, 0), None]


def test_what_is_not_written_falls_into_gaps() -> None:
    heard = "cbcb_abc_bcbcb_cba_bcbc"
    assert _find(heard, "abc", "cba") == [Found(5, 8, 0), Found(15, 18, 0)]


def test_prices_decide() -> None:
    # A wrong letter costs 5. To pass over the piece costs 2 letters and 2 frames of sound.
    assert _find("_ab_", "ac", sound_price=1.0, text_price=1.6) == [Found(1, 3, -2.5)]  # 5.2
    assert _find("_ab_", "ac", sound_price=1.0, text_price=1.4) == [None]  # 4.8


def test_equal_letters_need_a_blank_between_them() -> None:
    assert _find("_a_a_", "aa") == [Found(1, 4, 0)]
    assert _find("_aaa_", "aa") == [Found(1, 4, -2.5)]  # a blank costs 5 in frame 2


def test_anchors_pin_letters_to_frames() -> None:
    heard = "_abc__________abc_"
    assert _find(heard, "abc", anchors=[Anchor(0, 1)]) == [Found(1, 4, 0)]
    assert _find(heard, "abc", anchors=[Anchor(0, 10)]) == [Found(10, 17, -10 / 3)]
    both = _find(heard, "abc", "abc", anchors=[Anchor(1, 2), Anchor(4, 15)])
    assert both == _find(heard, "abc", "abc") == [Found(1, 4, 0), Found(14, 17, 0)]
    pinned = _find("______" + heard, "abc", anchors=[Anchor(1, 8)])
    assert pinned == [Found(7, 10, 0)]


def test_anchors_too_near_for_what_must_be_said_are_passed_over() -> None:
    heard = "______abc______"
    assert _find(heard, "abc", anchors=[Anchor(0, 0), Anchor(2, 14)]) == [Found(6, 9, 0)]


def test_long_stretches_are_worked_out_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = "_abc__cbab_c_cb__abc_bca"
    whole = _find(heard, "abc", "ccc", "ccb", "bca")
    assert whole == [Found(1, 4, 0), None, Found(11, 15, 0), Found(21, 24, 0)]
    for cells in (2, 60, 120):
        monkeypatch.setattr(module, "CELLS", cells)
        assert _find(heard, "abc", "ccc", "ccb", "bca") == whole


@pytest.mark.parametrize("heard", ["", "_", "____________"])
def test_in_silence_nothing_is_found(heard: str) -> None:
    assert _find(heard, "abc", "cba") == [None, None]


def test_a_text_far_too_long() -> None:
    assert (
        _find("_ab_", *["cc"] * 50, "ab", *["cc"] * 50)
        == [None] * 50 + [Found(1, 3, 0)] + [None] * 50
    )


@pytest.mark.parametrize("still", [10, 15])
def test_letters_of_slow_speech_lie_up_to_0_3_s_apart(still: int) -> None:
    heard = ("_" * still).join("_abca_")
    assert _find(heard, "abca") == [Found(still + 1, 4 * still + 5, 0)]


def test_a_longer_pause_within_a_word_costs_a_price_a_frame() -> None:
    # 20 frames are still, 5 more than are free: 1.5 for two letters.
    [place] = _find("_a" + "_" * 20 + "b_", "ab")
    assert place is not None
    assert tuple(place) == pytest.approx((1, 23, -0.75))
    # 75 frames are: 18 for eight letters. To force four of them elsewhere would cost 20.
    [place] = _find("_abac" + "_" * 75 + "abac_", "abacabac")
    assert place is not None
    assert tuple(place) == pytest.approx((1, 84, -2.25))


def test_a_pause_between_words_costs_nothing() -> None:
    long = "_" * 40
    for space in (f"{long}|{long}", f"|{long}", f"{long}|"):
        heard = f"_ab{space}ca_"
        assert _find(heard, "ab|ca") == [Found(1, len(heard) - 1, 0)]


def test_a_letter_is_not_taken_from_behind_a_pause() -> None:
    logits = _logits("_aba" + "_" * 40 + "c_")
    logits[3, C] = 2.0  # 3 below the best; 40 frames are still, of which 25 cost 7.5
    [place] = find(logits, [[A, B, C]], blank=BLANK, delimiter=GAP)
    assert place == (1, 4, -1.0)


def test_a_model_without_delimiter() -> None:
    logits = _logits("_a" + "_" * 40 + "b_")
    assert find(logits, [[A, B]], blank=BLANK, delimiter=None) == [Found(1, 43, 0)]


def test_too_much_without_an_anchor_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CELLS", 10)
    with pytest.raises(MalgwiError, match="in 4 frames hardly anything of the 1 letters"):
        _find("_ab_", "ab")
