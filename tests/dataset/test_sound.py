"""The sound of an utterance: sound.py. Exact to the sample, whatever the blocks."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from malgwi.dataset.manifest import Stretch, Utterance
from malgwi.dataset.sound import read_utterance, utterance_blocks
from malgwi.errors import MalgwiError
from malgwi.speech import audio

LENGTH = 400_000
"""25 s: more than two of the blocks in which recordings are read."""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every sample has a value of its own, as far as 16 bits go."""
    path = tmp_path_factory.mktemp("sound") / "long.wav"
    ramp = (np.arange(LENGTH) % 60_000 - 30_000).astype(np.int16)
    soundfile.write(path, ramp, 16_000)
    return path


def _utterance(path: Path, first: int, samples: int) -> Utterance:
    return Utterance("one", path, Stretch("0" * 64, samples, first), "", "train")


@pytest.mark.parametrize(
    ("first", "samples"),
    [(0, LENGTH), (0, 1), (159_999, 2), (160_000, 160_000), (1, 399_998), (399_999, 1)],
)
def test_a_stretch_is_the_slice_of_the_one_decode(
    recording: Path, first: int, samples: int
) -> None:
    found = read_utterance(_utterance(recording, first, samples))
    assert np.array_equal(found, audio.read(recording)[first : first + samples])
    assert len(found) == samples
    said: list[str] = []
    blocks = list(utterance_blocks(_utterance(recording, first, samples), said.append))
    assert np.array_equal(np.concatenate(blocks), found)
    assert max(map(len, blocks)) <= 160_000
    assert said == []


def test_a_recording_that_became_shorter_is_named(recording: Path) -> None:
    with pytest.raises(
        MalgwiError, match=r"400000 samples at 16 kHz; one goes up to 400001.*changed"
    ):
        read_utterance(_utterance(recording, 399_999, 2))


def test_a_truncated_clip_is_told(tmp_path: Path, recording: Path) -> None:
    cut = tmp_path / "cut.wav"
    cut.write_bytes(recording.read_bytes()[: 44 + 2 * 200_000])
    said: list[str] = []
    list(utterance_blocks(_utterance(cut, 0, 200_000), said.append))
    assert "cut.wav" in said[0]
