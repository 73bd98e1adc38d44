"""Whose recordings travel, and where a long one is cut."""

from pathlib import Path

import numpy as np
import pytest

from malgwi.dataset.manifest import Stretch, Utterance
from malgwi.errors import MalgwiError
from malgwi.export.golden_clips import beginning, shared


def _of(speaker: str | None, **columns: str) -> Utterance:
    name = f"{speaker} {columns}"
    return Utterance(name, Path("x.wav"), Stretch(name, 1), "x", "valid", speaker, "", columns)


def test_whoever_is_asked_decides() -> None:
    silent = [_of("amy"), _of("zoe"), _of(None)]
    assert shared(silent, ()) is None
    assert shared(silent, ["zoe"]) == [False, True, False]
    asked = [_of("amy", share="no"), _of("zoe", share="Yes "), _of("joe"), _of("joe", share="1")]
    assert shared(asked, ()) == [False, True, False, True]
    assert shared(asked, ["joe"]) == [False, True, True, True]
    with pytest.raises(
        MalgwiError, match="--share-speaker amy: the data say that amy's recordings"
    ):
        shared(asked, ["amy"])
    assert shared([_of("amy", share="no")], ()) == [False]
    with pytest.raises(MalgwiError, match=r"--share-speaker bob: nobody .*; it has amy, zoe"):
        shared(silent, ["bob"])


def test_who_says_no_is_not_heard_behind_another_voice() -> None:
    """In the same moment of the recording, be it in another split; another channel is apart."""

    def at(first: int, channel: int | None, **columns: str) -> Utterance:
        stretch = Stretch("0" * 64, 10, first, channel)
        return Utterance("x", Path("x.wav"), stretch, "x", "valid", "amy", "", columns)

    no = at(100, 0, share="no")
    others = [at(first, channel, share="yes") for first, channel in ((90, 0), (91, 0), (109, None))]
    others.append(at(100, 1, share="yes"))
    assert shared(others, (), [no, *others]) == [True, False, False, True]
    assert shared(others, ["amy"], [no, *others]) == [True, False, False, True]
    assert shared([at(0, None)], (), [no]) == [False]  # somebody was asked


@pytest.mark.parametrize("offset", [0.0, 0.1])
def test_a_long_recording_is_cut_at_a_pause(offset: float) -> None:
    voice = np.resize(np.array([0.5, -0.5], np.float32), 20 * 16_000)
    samples = voice.copy()
    assert len(beginning(samples[: 8 * 16_000])) == 8 * 16_000
    samples[2 * 16_000 : 3 * 16_000] = 0  # too early to be the end
    samples[96_000:97_600] = 0  # 6 s, a tenth of a second long
    samples[10 * 16_000 : 11 * 16_000] = 0  # too late
    assert len(beginning(samples + np.float32(offset))) == 96_800
    assert 64_000 < len(beginning(voice)) <= 128_000
