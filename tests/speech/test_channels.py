"""Which channel is listened to: channels.py."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from malgwi.errors import MalgwiError
from malgwi.speech import audio
from malgwi.speech.channels import Choice, choose, listened, read_asked

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


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ((speech(), speech()), Choice(None, "")),
        ((speech(), 0.5 * speech()), Choice(None, "")),
        ((speech(), speech(1)), Choice(None, "")),  # a voice a channel
        ((speech(), -speech()), Choice(0, "the channels cancel each other")),
        ((speech(), -0.9 * speech()), Choice(0, "the channels cancel each other")),
        ((0 * speech(), speech()), Choice(1, "there is silence in 0")),
        ((speech(), 0.001 * NOISE[2]), Choice(0, "there is silence in 1")),
        ((0.3 * NOISE[2], speech()), Choice(1, "there is noise in 0")),
        (
            (0.3 * NOISE[2], 0 * NOISE[1], speech()),
            Choice(2, "there is silence in 1 and noise in 0"),
        ),
        ((speech(),), Choice(None, "")),
        ((0 * speech(), 0 * speech()), Choice(None, "")),
        ((0.1 * NOISE[0], 0.1 * NOISE[1]), Choice(None, "")),
    ],
)
def test_the_average_unless_it_harms(
    channels: tuple[np.ndarray, ...], expected: Choice, tmp_path: Path
) -> None:
    assert choose(wav(tmp_path / "x.wav", *channels)) == expected


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
