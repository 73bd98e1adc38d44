"""Which channel is listened to: channels.py."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from malgwi.channel_names import read_asked
from malgwi.errors import MalgwiError
from malgwi.speech import audio
from malgwi.speech.channels import Choice, choose, listened
from places import GOLDEN as GOLDEN_FILES

GOLDEN = json.loads((GOLDEN_FILES / "channels.json").read_text("utf-8"))["cases"]
RATE = 16_000
NOISE = np.random.default_rng(1).normal(0, 1, (3, 4 * RATE))


def speech(voice: int = 0) -> np.ndarray:
    """Noise that comes and goes four times a second, 0.3 at its loudest, 60 dB less between."""
    seconds = np.arange(4 * RATE) / RATE
    loudness = np.where((seconds * 4 + voice / 2) % 1 < 0.5, 0.3, 0.0003)
    sound: np.ndarray = NOISE[voice] * loudness
    return sound


def wav(path: Path, *channels: np.ndarray) -> Path:
    soundfile.write(path, np.stack(channels, 1) / 2, RATE, subtype="FLOAT")
    return path


def golden_channel(seed: int, gain: float, levels: list[float], offset: float = 0.0) -> np.ndarray:
    """Return a channel as tests/golden/channels.json describes it."""
    state, samples = seed, []
    for i in range(16_000):
        state = (1_664_525 * state + 1_013_904_223) % 2**32
        samples.append(offset + gain * levels[i // 400 % len(levels)] * (state / 2**31 - 1))
    return np.array(samples, np.float32)


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["name"])
def test_the_average_unless_it_harms(case: dict[str, Any], tmp_path: Path) -> None:
    channels = [golden_channel(**channel) for channel in case["channels"]]
    soundfile.write(tmp_path / "x.wav", np.stack(channels, 1), 4_000, subtype="FLOAT")
    assert choose(tmp_path / "x.wav") == Choice(case["channel"], case["why"])


def test_empty_recordings_choose_nothing(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.zeros((0, 2)), RATE)
    assert choose(tmp_path / "x.wav") == Choice(None, "")


def test_one_channel_is_read_as_it_is(tmp_path: Path) -> None:
    path = wav(tmp_path / "x.wav", speech(), speech(1))
    for channel in (0, 1):
        part = np.concatenate(list(audio.blocks(path, 1.0, channel=channel)))
        assert np.array_equal(part, (speech(channel) / 2).astype(np.float32))
    with pytest.raises(audio.AudioError, match=r"x\.wav: no channel 2; it has 2, counted from 0"):
        list(audio.blocks(path, 1.0, channel=2))


def test_what_is_asked_for(tmp_path: Path) -> None:
    path = wav(tmp_path / "x.wav", speech(), 0 * speech())
    said: list[str] = []
    assert listened(path, read_asked("mix"), said.append) == [None]
    assert listened(path, read_asked("each"), said.append) == [0, 1]
    assert listened(path, read_asked("1"), said.append) == [1]
    assert said == []
    assert listened(path, read_asked(None), said.append) == [0]
    assert said == [f"{path}: listening to channel 0 alone, since there is silence in 1"]
    with pytest.raises(MalgwiError, match=r"--channel left: expected a number from 0, mix or each"):
        read_asked("left")
