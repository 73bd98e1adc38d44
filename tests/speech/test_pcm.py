"""KsponSpeech's samples without a header."""

from pathlib import Path

import numpy as np
import pytest

from malgwi.speech import audio
from malgwi.speech.recording import AudioError


@pytest.mark.parametrize("tail", [b"", b"\x7f"], ids=["even", "odd"])
def test_samples_in_order(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "KsponSpeech_000001.pcm"
    samples = np.array([0, 1, -1, 32767, -32768] * 9, "<i2")
    path.write_bytes(samples.tobytes() + tail)
    assert audio.info(path) == audio.AudioInfo(16_000, 1, 45)
    np.testing.assert_array_equal(audio.read(path), samples / np.float32(32768))
    blocks = list(audio.blocks(path, 0.001))
    assert [len(block) for block in blocks] == [16, 16, 13]


def test_nothing_and_other_names(tmp_path: Path) -> None:
    path = tmp_path / "KsponSpeech_E00001.pcm"
    path.write_bytes(b"\1")
    assert len(audio.read(path)) == 0
    other = tmp_path / "speech.pcm"
    other.write_bytes(b"\1\2")
    with pytest.raises(AudioError, match="raw samples without a header"):
        audio.read(other)
