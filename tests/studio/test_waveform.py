"""Samples, peaks and slices are those of the one decode, to the sample."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from malgwi.errors import MalgwiError
from malgwi.speech.audio import read, to_16_bits
from malgwi.studio.project import Project
from malgwi.studio.refused import Refused
from malgwi.studio.waveform import audio, level_sizes, peaks
from studios import added, bursts, opened


def impulses(path: Path, seconds: float = 40.0, rate: int = 16_000) -> Path:
    """An impulse each 0.1 s, of alternating sign and growing height."""
    samples = np.zeros(round(seconds * rate), np.float32)
    places = np.arange(rate // 10, len(samples), rate // 10)
    samples[places] = np.linspace(0.1, 0.9, len(places)) * np.where(
        np.arange(len(places)) % 2, 1, -1
    )
    soundfile.write(path, samples, rate, format="MP3" if path.suffix == ".mp3" else None)
    return path


def made(tmp_path: Path, name: str) -> tuple[Project, np.ndarray]:
    media = impulses(tmp_path / name, rate=44_100 if name.endswith("mp3") else 16_000)
    with opened(tmp_path / "project") as (_, project):
        added(project.folder, media)
    return project, to_16_bits(read(media))


@pytest.mark.parametrize("name", ["x.wav", "x.mp3"])
def test_slices_are_the_decode_to_the_sample(tmp_path: Path, name: str) -> None:
    project, whole = made(tmp_path, name)
    recording = project.recording("0001")
    assert recording.source.samples == len(whole)
    assert np.abs(whole).max() > 3_000
    end = len(whole)
    for first, last in ((0, 1), (1_599, 1_602), (123_457, 200_001), (end - 7, end + 9)):
        wav = io.BytesIO(audio(project, recording, first, last))
        heard, rate = soundfile.read(wav, dtype="int16")
        assert rate == 16_000
        assert np.array_equal(heard, whole[first:last])
    for first, last in ((5, 5), (9, 3), (end, end + 1)):
        with pytest.raises(MalgwiError, match="expected 1 to"):
            audio(project, recording, first, last)


def test_no_more_than_two_minutes_are_sent_at_once(tmp_path: Path) -> None:
    with opened(tmp_path / "project") as (client, project):
        added(project.folder, bursts(tmp_path / "long.wav", (0, 1), seconds=121))
        place = "/api/recordings/0001/audio"
        assert client.get(f"{place}?from=0&to=1920000").status_code == 200
        refused = client.get(place)
        assert refused.status_code == 400
        assert "1 to 1,920,000 samples of the 1,936,000" in refused.json()["error"]


@pytest.mark.parametrize("name", ["x.wav", "x.mp3"])
def test_peaks_of_every_level_are_the_extremes_of_the_decode(tmp_path: Path, name: str) -> None:
    project, whole = made(tmp_path, name)
    recording = project.recording("0001")
    sizes = level_sizes(len(whole))
    assert len(sizes) == 2
    for level, size in enumerate(sizes):
        raw = b"".join(peaks(project, recording, level, tile) for tile in range(-(-size // 1024)))
        pairs = np.frombuffer(raw, np.int8).reshape(-1, 2)
        assert len(pairs) == size
        width = 256 * 4**level
        for place, (least, most) in enumerate(pairs):
            part = whole[place * width : (place + 1) * width].astype(int)
            assert least == part.min() // 256
            assert most == min(127, -(-part.max() // 256))
    assert len(peaks(project, recording, 0, 1)) == 2 * 1024
    for level, tile in ((0, 3), (1, 1), (2, 0)):
        with pytest.raises(Refused) as refused:
            peaks(project, recording, level, tile)
        assert refused.value.status == 404


def test_the_levels_of_three_hours() -> None:
    assert level_sizes(3 * 3600 * 16_000) == [675_000, 168_750, 42_188, 10_547, 2_637, 660]
    assert level_sizes(1) == [1]


def test_what_is_derived_may_be_deleted(tmp_path: Path) -> None:
    project, whole = made(tmp_path, "x.wav")
    recording = project.recording("0001")
    for name in ("samples.s16", "peaks.bin"):
        before = peaks(project, recording, 0, 0)
        (recording.folder / "derived" / name).write_bytes(b"damaged")
        assert peaks(project, recording, 0, 0) == before
    assert (recording.folder / "derived/samples.s16").stat().st_size == 2 * len(whole)


def test_another_file_in_the_place_of_the_recording_isnt_taken(tmp_path: Path) -> None:
    project, _ = made(tmp_path, "x.wav")
    recording = project.recording("0001")
    (recording.folder / "derived/samples.s16").unlink()
    bursts(tmp_path / "x.wav", (1, 2), seconds=3)
    with pytest.raises(MalgwiError, match=r"48,000 samples at 16 kHz, 640,000 when it was added"):
        audio(project, recording, 0, 10)
