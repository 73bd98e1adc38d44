"""Whose recordings travel, and where a long one is cut."""

from pathlib import Path

import numpy as np
import pytest

from malgwi.dataset.manifest import Stretch, Utterance
from malgwi.errors import MalgwiError
from malgwi.export.golden_clips import beginning, shared


def _of(speaker: str | None, **columns: str) -> Utterance:
    return Utterance("x", Path("x.wav"), Stretch("0" * 64, 1), "x", "valid", speaker, "", columns)


def test_whoever_is_asked_decides() -> None:
    silent = [_of("amy"), _of("zoe"), _of(None)]
    assert shared(silent, ()) is None
    assert shared(silent, ["zoe"]) == [False, True, False]
    asked = [_of("amy", share="no"), _of("zoe", share="Yes "), _of("joe"), _of("joe", share="1")]
    assert shared(asked, ()) == [False, True, False, True]
    assert shared(asked, ["amy"]) == [True, True, False, True]
    assert shared([_of("amy", share="no")], ()) == [False]
    with pytest.raises(MalgwiError, match=r"--share-speaker bob: nobody .*; it has amy, zoe"):
        shared(silent, ["bob"])


def test_a_long_recording_is_cut_at_a_pause() -> None:
    samples = np.full(20 * 16_000, 0.5, np.float32)
    assert len(beginning(samples[: 8 * 16_000])) == 8 * 16_000
    samples[2 * 16_000 : 3 * 16_000] = 0  # too early to be the end
    samples[96_000:97_600] = 0  # 6 s, a tenth of a second long
    samples[10 * 16_000 : 11 * 16_000] = 0  # too late
    assert len(beginning(samples)) == 96_800
    assert 64_000 < len(beginning(np.full(20 * 16_000, 0.5, np.float32))) <= 128_000
