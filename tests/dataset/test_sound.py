"""The sound of an utterance: sound.py. Exact to the sample, whatever the blocks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from malgwi.dataset.manifest import Stretch, Utterance
from malgwi.dataset.sound import Recordings, in_time, read_utterance
from malgwi.errors import MalgwiError
from malgwi.speech import audio
from malgwi.speech.audio import Samples

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


FIRSTS = (7, 16_000, 20_000, 20_001, 99_999, 150_000)
"""Two of them overlap."""
FORMATS = ("16k.wav", "stereo.wav", "44k.wav", "16k.flac", "48k.flac", "x.mp3", "x.opus", "x.m4a")


@pytest.fixture(scope="module")
def impulses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of the same 12 s: an impulse every 0.1 s, each of another height."""
    import av

    folder = tmp_path_factory.mktemp("impulses")

    def sound(rate: int) -> Samples:
        train = np.zeros(12 * rate, np.float32)
        train[rate // 100 :: rate // 10] = np.linspace(0.1, 0.9, 120)
        return train

    soundfile.write(folder / "16k.wav", sound(16_000), 16_000)
    soundfile.write(folder / "stereo.wav", np.stack([sound(16_000)] * 2, 1) * [1, 0.5], 16_000)
    soundfile.write(folder / "44k.wav", sound(44_100), 44_100)
    soundfile.write(folder / "16k.flac", sound(16_000), 16_000)
    soundfile.write(folder / "48k.flac", sound(48_000), 48_000)
    soundfile.write(folder / "x.mp3", sound(44_100), 44_100, format="MP3")
    soundfile.write(folder / "x.opus", sound(48_000), 48_000, format="OGG", subtype="OPUS")
    with av.open(str(folder / "x.m4a"), "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=48_000, layout="mono")
        for block in np.split(sound(48_000), 12):
            frame = av.AudioFrame.from_ndarray(block[None], format="fltp", layout="mono")
            frame.sample_rate = 48_000
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return folder


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("order", [1, -1])
def test_stretches_equal_the_slice_bit_for_bit(impulses: Path, name: str, order: int) -> None:
    """In time, which takes one decode, and against it."""
    path = impulses / name
    decoded = audio.read(path)
    recordings = Recordings()
    for first in FIRSTS[::order]:
        found = recordings.read(_utterance(path, first, 40_000))
        assert found.tobytes() == decoded[first : first + 40_000].tobytes()
        assert np.abs(found).max() > 0.05


def test_one_channel_of_a_stretch(impulses: Path) -> None:
    stretch = Stretch("0" * 64, 40_000, 20_000, 1)
    found = read_utterance(Utterance("one", impulses / "stereo.wav", stretch, "", "train"))
    wide, _ = soundfile.read(impulses / "stereo.wav", dtype="float32")
    assert np.array_equal(found, wide[20_000:60_000, 1])
    assert found.max() < wide[20_000:60_000, 0].max()


def test_what_is_read_in_place(impulses: Path) -> None:
    found = [name for name in FORMATS if audio.seeks(impulses / name)]
    assert found == ["16k.wav", "stereo.wav", "16k.flac"]


def test_a_recording_is_decoded_once_in_time(
    impulses: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int] = []
    blocks = audio.blocks

    def counted(path: Path, *rest: Any) -> Iterator[Samples]:
        for block in blocks(path, *rest):
            decoded.append(len(block))
            yield block

    monkeypatch.setattr(audio, "blocks", counted)
    recordings = Recordings()
    stretches = [_utterance(impulses / "x.mp3", first, 40_000) for first in FIRSTS[::-1]]
    for utterance in in_time(stretches):
        recordings.read(utterance)
    assert 190_000 < sum(decoded) <= 192_000
    decoded.clear()
    recordings.read(_utterance(impulses / "16k.flac", 150_000, 40_000))
    assert sum(decoded) == 40_000


def test_in_time(tmp_path: Path) -> None:
    """Recordings in the order in which they come, each channel by itself, in time."""

    def clip(name: str, first: int, channel: int | None) -> Utterance:
        return Utterance(f"{name}{first}", tmp_path / name, Stretch("", 1, first, channel), "", "")

    given = [clip("b", 5, 1), clip("a", 9, None), clip("b", 7, 0), clip("a", 0, None)]
    assert [u.id for u in in_time(given)] == ["b7", "b5", "a0", "a9"]


def test_a_recording_that_became_shorter_is_named(recording: Path) -> None:
    with pytest.raises(
        MalgwiError, match=r"ends before sample 400,001 at 16 kHz, up to which one goes.*changed"
    ):
        read_utterance(_utterance(recording, 399_999, 2))


def test_a_truncated_clip_is_told(tmp_path: Path, recording: Path) -> None:
    cut = tmp_path / "cut.wav"
    cut.write_bytes(recording.read_bytes()[: 44 + 2 * 200_000])
    said: list[str] = []
    Recordings().read(_utterance(cut, 0, 200_000), said.append)
    assert "cut.wav" in said[0]
