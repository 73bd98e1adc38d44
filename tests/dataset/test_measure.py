"""The facts of recordings."""

import hashlib
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr

from corpora import write_clip
from malgwi.dataset import measure as measuring
from malgwi.dataset import measurers
from malgwi.dataset import slices as slicing
from malgwi.dataset.measure import Recording, measure
from malgwi.dataset.measurers import measure_all
from malgwi.dataset.slices import WHOLE, Part, slices
from malgwi.speech import audio


@pytest.fixture(autouse=True)
def measured_here() -> None:
    """Not here: these tests are about the processes."""


def _whole(path: Path, channel: int | None = None) -> Recording:
    [found] = measure(path, [Part(channel)])
    return found


def test_facts_of_a_known_signal(tmp_path: Path) -> None:
    samples = np.zeros(16_000, np.float32)
    samples[8_000:9_600:2] = 0.5  # 0.1 s at half of full scale: -6.0 dB
    samples[8_001:9_600:2] = -0.5
    samples[15_984:] = 1.0  # 16 of 16,000 samples: 0.1 %
    path = tmp_path / "x.wav"
    soundfile.write(path, np.stack([samples, samples], 1), 16_000, subtype="FLOAT")
    assert replace(_whole(path), highest_hz=0.0) == Recording(
        samples=16_000,
        length=16_000,
        sample_rate=16_000,
        channels=2,
        loudest_dbfs=-6.0,
        clipped=0.001,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        sound_sha256=hashlib.sha256(samples.tobytes()).hexdigest(),
    )


def test_facts_do_not_depend_on_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_clip(tmp_path / "x.wav", seconds=3.7, rate=22_050)
    whole = _whole(path)
    monkeypatch.setattr(measuring, "_BLOCK_S", 0.5)
    assert _whole(path).sound_sha256 == whole.sound_sha256
    assert _whole(path).samples == whole.samples == round(3.7 * 16_000)
    assert whole.sample_rate == 22_050


def test_where_the_spectrum_ends(tmp_path: Path) -> None:
    """A tone on line 32 of 256 (8 kHz), whose window spreads it by one line: 33 * 31.25 Hz."""
    tone = 0.5 * np.sin(2 * np.pi * 1_000 * np.arange(16_384) / 16_000)
    soundfile.write(tmp_path / "tone.wav", tone, 16_000, subtype="FLOAT")
    assert _whole(tmp_path / "tone.wav").highest_hz == 33 * 31.25
    narrow = soxr.resample(np.random.default_rng(1).normal(0, 0.1, 16_000), 8_000, 16_000)
    soundfile.write(tmp_path / "narrow.wav", narrow, 16_000)
    assert 3_700 < _whole(tmp_path / "narrow.wav").highest_hz < 4_100


def test_a_header_that_is_wrong_is_not_truncation(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "x.wav")
    content = bytearray(path.read_bytes())
    content[40:44] = bytes(4)  # the size, as a killed recorder leaves it
    path.write_bytes(content)
    found = _whole(path)
    assert found.samples == (len(content) - 44) // 2
    assert found.truncated == ""
    assert "its header says 0 bytes of sound" in found.wrong_header


def test_the_channel_that_is_named_or_chosen(tmp_path: Path) -> None:
    tone = 0.5 * np.sin(np.arange(16_000))
    path = tmp_path / "x.wav"
    soundfile.write(path, np.stack([tone, 0 * tone], 1), 16_000)
    [[chosen, first, second]] = measure_all([(path, [WHOLE, Part(0), Part(1)])], workers=1)
    assert (chosen.channel, chosen.channel_chosen) == (0, "there is silence in 1")
    assert (first.channel, first.channel_chosen) == (0, "")
    assert chosen.sound_sha256 == first.sound_sha256
    assert second.loudest_dbfs == -200.0
    assert "no channel 2; it has 2" in _whole(path, 2).problem


@pytest.mark.parametrize("block_s", [10.0, 0.7])
def test_a_part_is_measured_as_a_clip_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_s: float
) -> None:
    monkeypatch.setattr(measuring, "_BLOCK_S", block_s)
    noise = np.random.default_rng(0).normal(0, 0.2, 25 * 16_000).clip(-1, 1)
    path = tmp_path / "long.wav"
    soundfile.write(path, noise, 16_000)
    # In any order, two of them overlap, one is longer than what is measured at a time.
    borders = [(200_000, 230_001), (7, 180_000), (50_000, 70_000), (399_000, None), (0, 100)]
    found = measure(path, [Part(None, first, end) for first, end in borders])
    sound, _ = soundfile.read(path, dtype="int16")
    for part, (first, end) in zip(found, borders, strict=True):
        soundfile.write(tmp_path / "clip.wav", sound[first:end], 16_000)
        clip = _whole(tmp_path / "clip.wav")
        assert part == replace(clip, length=400_000, sha256=found[0].sha256)
    assert found[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def _noise(path: Path, subtype: str = "PCM_16") -> list[Part]:
    """Write four seconds of two channels, and return parts of it that leave gaps to cut at."""
    sound = np.random.default_rng(0).normal(0, 0.1, (64_000, 2)).astype(np.float32)
    soundfile.write(path, sound, 16_000, subtype=subtype)
    return [
        Part(1, 50_000, None),
        Part(0, 100, 9_000),
        Part("mix", 8_000, 20_000),
        Part(0, 21_000, 30_000),
        Part(1, 30_000, 49_000),
    ]


@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_slices_of_a_recording_are_measured_as_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    parts = _noise(path := tmp_path / f"x.{ending}")
    whole = measure(path, parts)
    monkeypatch.setattr(slicing, "_SLICE", 16_000)
    cut = slices(path, parts)
    # Not at 8,000, where one begins before the other ends, and not within 16,000 of a border.
    assert [(of.first, of.end, list(at)) for of, at in cut] == [
        (0, 21_000, [1, 2]),
        (21_000, 50_000, [3, 4]),
        (50_000, None, [0]),
    ]
    [first] = measure(path, [parts[3]], of=cut[1][0])
    assert (first.length, first.sha256) == (50_000, "")  # no more than its slice was decoded
    assert list(measure_all([(path, parts)], workers=2)) == [whole]


def test_what_is_not_cut_into_slices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slicing, "_SLICE", 16_000)
    parts = _noise(path := tmp_path / "x.wav")

    def count(path: Path, *parts: Part) -> int:
        return len(slices(path, parts))

    assert count(path, *parts) == 3
    assert count(path, *(Part(None, part.first, part.end) for part in parts)) == 1  # to choose from
    assert count(path, *parts, WHOLE) == 1
    assert count(path, Part(0, 0, 100), Part(0, 64_000, 64_100)) == 1  # behind its end
    assert count(tmp_path / "missing.wav", *parts) == 1
    soundfile.write(tmp_path / "other.wav", np.zeros(64_000), 22_050)
    assert count(tmp_path / "other.wav", *parts) == 1
    soundfile.write(tmp_path / "x.ogg", np.zeros(64_000), 16_000)
    assert count(tmp_path / "x.ogg", *parts) == 1


def test_damage_is_told_as_of_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cut FLAC, a WAV whose header is wrong, one with NaN where no part of its channel is."""
    monkeypatch.setattr(measuring, "_BLOCK_S", 0.1)
    parts = _noise(flac := tmp_path / "x.flac")
    flac.write_bytes(flac.read_bytes()[:100_000])
    _noise(wav := tmp_path / "x.wav")
    content = wav.read_bytes()
    wav.write_bytes(content[:40] + bytes(4) + content[44:])
    _noise(nan := tmp_path / "nan.wav", "FLOAT")
    sound, _ = soundfile.read(nan, dtype="float32")
    sound[60_000, 0] = np.nan
    soundfile.write(nan, sound, 16_000, subtype="FLOAT")
    whole = [measure(path, parts) for path in (flac, wav, nan)]
    assert "truncated after" in whole[0][0].truncated
    assert "its header says 0 bytes" in whole[1][0].wrong_header
    assert whole[2][4].problem.endswith(
        "nan.wav: a sample at 3.750 s is NaN or infinite; expected numbers from -1 to 1. Write the "
        "file again from its source"
    )
    monkeypatch.setattr(slicing, "_SLICE", 16_000)
    assert len(slices(flac, parts)) == 3

    class Here:
        """A worker that is no process."""

        def measure(self, path: Path, parts: Any, of: Any) -> list[Recording]:
            return measure(path, parts, of=of)

        def close(self) -> None:
            pass

    monkeypatch.setattr(measurers, "Measurer", Here)
    assert list(measure_all((path, parts) for path in (flac, wav, nan))) == whole


def test_parts_at_and_behind_the_end(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "x.wav")
    found = measure(path, [Part(0, 15_000, 17_000), Part(0, 16_000, 16_100), Part(0, 10**9, None)])
    assert [(r.samples, r.length) for r in found] == [(1_000, 16_000), (0, 16_000), (0, 16_000)]


def test_a_recording_is_decoded_once_a_channel_and_hashed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int | None] = []
    blocks = audio.blocks

    def noted(path: Path, block_s: float, warn: Any, channel: int | None, first: int) -> Any:
        decoded.append(channel)
        return blocks(path, block_s, warn, channel, first)

    path = tmp_path / "call.wav"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, (32_000, 2)), 16_000)
    monkeypatch.setattr(audio, "blocks", noted)
    parts = [Part(i % 2, 100 * i, 100 * i + 1_600) for i in range(100)]
    signs: list[None] = []
    found = measure(path, parts, lambda: signs.append(None))
    assert decoded == [0, 1]
    assert len(signs) == 3  # a block of each channel, and the hash
    assert {r.channel for r in found} == {0, 1}


def test_memory_does_not_grow_with_the_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The blocks of 10 s that are over are given back: 640 kB each of ninety."""
    path = tmp_path / "long.wav"
    soundfile.write(path, np.zeros(16_000 * 900, np.int16), 16_000)
    parts = [Part(0, 16_000 * i, 16_000 * i + 8_000) for i in range(900)]
    monkeypatch.setattr(measuring, "_CHUNK", 1 << 20)
    measure(path, parts[:1])
    tracemalloc.start()
    measure(path, parts)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16_000_000


def test_an_offset_is_no_sound(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silent.wav", np.full(16_000, 0.1), 16_000)
    assert _whole(tmp_path / "silent.wav").loudest_dbfs == -200.0
    # 41 dB under the offset, -61 dBFS, a tone of 4 kHz; it leaks into the next of 31.25 Hz.
    tone = 0.00125 * np.sin(np.pi / 2 * np.arange(16_000))
    soundfile.write(tmp_path / "tone.wav", 0.1 + tone, 16_000, subtype="FLOAT")
    found = _whole(tmp_path / "tone.wav")
    assert (found.loudest_dbfs, found.highest_hz) == (-61.1, 129 * 31.25)


def test_silence_and_emptiness(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silent.wav", np.zeros(800), 16_000)
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), 16_000)
    assert _whole(tmp_path / "silent.wav").loudest_dbfs == -200.0
    assert _whole(tmp_path / "empty.wav").samples == 0
