"""Any recording to mono 16 kHz, and what is refused: audio.py."""

import base64
import builtins
import json
import tracemalloc
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

import places
from malgwi.speech import audio
from malgwi.speech.audio import AudioError, AudioInfo
from places import SPEECH

GOLDEN = json.loads((places.GOLDEN / "wav.json").read_text("utf-8"))
LIBSNDFILE = ["wav", "flac", "ogg", "mp3", "sph", "aiff", "au", "caf", "w64"]
FORMATS = {"sph": "NIST", "au": "AU"}
LOSSY = {"ogg", "mp3", "opus"}


def named(cases: list[dict[str, Any]]) -> Any:
    return [pytest.param(case, id=case["name"]) for case in cases]


def tone(seconds: float, rate: int = 16_000, hz: float = 440.0) -> np.ndarray:
    return (0.4 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def make(path: Path, samples: np.ndarray, rate: int = 16_000, **how: Any) -> Path:
    soundfile.write(path, samples, rate, format=FORMATS.get(path.suffix[1:]), **how)
    return path


def encode(path: Path, codec: str, seconds: float = 2.0, rate: int = 48_000) -> Path:
    """Write stereo sound into a container with PyAV."""
    av = pytest.importorskip("av")
    both = np.stack([tone(seconds, rate)] * 2)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo")
        for start in range(0, both.shape[1], 960):
            part = np.ascontiguousarray(both[:, start : start + 960])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = rate, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def cut(path: Path, share: float = 0.5) -> Path:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    return path


def heard(path: Path) -> tuple[np.ndarray, list[str]]:
    """Return the samples, and what was said about truncation."""
    said: list[str] = []
    return np.concatenate([np.zeros(0), *audio.blocks(path, 30.0, said.append)]), said


@pytest.mark.parametrize("case", named(GOLDEN["cases"]))
@pytest.mark.filterwarnings("ignore:.*truncated")
def test_golden_wav(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(base64.b64decode(case["input"]))
    found = audio.info(path)
    assert (found.sample_rate, found.channels) == (case["sample_rate"], case["channels"])
    if case["expected"] is not None:
        assert audio.read(path).tolist() == case["expected"]


@pytest.mark.parametrize("case", named(GOLDEN["refused"]))
def test_golden_wav_refused(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(base64.b64decode(case["input"]))
    with pytest.raises(AudioError, match=r"x\.wav: "):
        audio.read(path)


@pytest.mark.parametrize("ending", LIBSNDFILE)
def test_formats_of_libsndfile(ending: str, tmp_path: Path) -> None:
    path = make(tmp_path / f"x.{ending}", tone(1.0))
    samples, said = heard(path)
    assert audio.info(path) == AudioInfo(16_000, 1, 16_000)
    assert len(samples) == 16_000
    assert said == []
    tolerance = 0.05 if ending in LOSSY else 1 / 32_768
    assert np.abs(samples - tone(1.0))[1000:-1000].max() < tolerance


def test_the_content_says_what_a_file_is_not_its_name(tmp_path: Path) -> None:
    sphere = make(tmp_path / "x.sph", tone(0.5))
    assert len(audio.read(sphere.rename(tmp_path / "SA1.WAV"))) == 8_000
    film = encode(tmp_path / "x.mkv", "aac")
    assert len(audio.read(film.rename(tmp_path / "y.wav"))) == pytest.approx(32_000, abs=800)


@pytest.mark.parametrize(("ending", "codec"), [("m4a", "aac"), ("mp4", "aac"), ("webm", "libopus")])
def test_containers_by_pyav(ending: str, codec: str, tmp_path: Path) -> None:
    path = encode(tmp_path / f"x.{ending}", codec)
    found = audio.info(path)
    assert (found.sample_rate, found.channels) == (48_000, 2)
    samples, said = heard(path)
    assert said == []
    assert len(samples) == pytest.approx(32_000, abs=800)
    spectrum = np.abs(np.fft.rfft(samples[8_000:24_000]))
    assert int(spectrum.argmax()) == 440


def test_without_pyav_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = encode(tmp_path / "x.m4a", "aac")
    real = builtins.__import__

    def without_av(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "av":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_av)
    with pytest.raises(AudioError, match=r"x\.m4a: .*pip install -e '\.\[video\]'"):
        audio.read(path)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_any_rate_becomes_16_khz(rate: int, tmp_path: Path) -> None:
    path = make(tmp_path / "x.wav", tone(1.0, rate), rate, subtype="FLOAT")
    samples = audio.read(path)
    assert len(samples) == 16_000
    assert np.abs(samples - tone(1.0))[500:-500].max() < 1e-3


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_blocks_of_any_size_give_the_same_bits(ending: str, rate: int, tmp_path: Path) -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, (rate * 3, 2))
    path = make(tmp_path / f"x.{ending}", noise, rate)
    whole = audio.read(path)
    for block_s in (0.013, 0.5, 1.0, 100.0):
        parts = list(audio.blocks(path, block_s))
        assert all(len(part) for part in parts)
        assert np.array_equal(np.concatenate(parts), whole)


def test_memory_is_bounded_by_the_block(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    with soundfile.SoundFile(path, "w", 16_000, 1) as file:
        for _ in range(20):
            file.write(np.zeros(16_000 * 60, np.float32))
    tracemalloc.start()
    total = sum(len(block) for block in audio.blocks(path, 10.0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == 20 * 60 * 16_000  # 77 MB as float32
    assert peak < 4_000_000


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3", "sph", "aiff", "au"])
def test_truncated_files_are_read_as_far_as_they_go(ending: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, 16_000 * 30)
    path = cut(make(tmp_path / f"x.{ending}", noise))
    samples, said = heard(path)
    assert len(said) == 1
    assert f"x.{ending}: truncated after " in said[0]
    assert 10 * 16_000 < len(samples) < 20 * 16_000


def test_truncated_video(tmp_path: Path) -> None:
    samples, said = heard(cut(encode(tmp_path / "x.mkv", "aac", 10.0)))
    assert "truncated after" in said[0]
    assert 3 * 16_000 < len(samples) < 7 * 16_000
    with pytest.raises(AudioError, match="not readable as audio"):
        audio.read(cut(encode(tmp_path / "x.m4a", "aac")))  # its index stands at the end


def test_truncation_is_a_warning_unless_handled(tmp_path: Path) -> None:
    path = cut(make(tmp_path / "x.wav", tone(2.0)))
    with pytest.warns(UserWarning, match=r"x\.wav: truncated after 1\.00 s"):
        audio.read(path)


def test_no_samples_are_an_empty_array(tmp_path: Path) -> None:
    path = make(tmp_path / "x.wav", np.zeros(0), 44_100)
    assert audio.read(path).shape == (0,)
    assert audio.read(path).dtype == np.float32
    assert list(audio.blocks(path, 1.0)) == []


def test_nan_is_named_with_its_time(tmp_path: Path) -> None:
    samples = tone(1.0)
    samples[12_000] = np.nan
    path = make(tmp_path / "x.wav", samples, subtype="FLOAT")
    with pytest.raises(AudioError, match=r"x\.wav: a sample at 0\.750 s is NaN or infinite"):
        list(audio.blocks(path, 0.1))


def test_raw_samples_are_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "x.raw").write_bytes(bytes(3200))
    with pytest.raises(AudioError, match=r"x\.raw: .*ffmpeg -f s16le -ar 16000 -ac 1 -i x\.raw"):
        audio.read(tmp_path / "x.raw")


def test_missing_and_folders(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="no such file"):
        audio.info(tmp_path / "x.wav")
    with pytest.raises(AudioError, match="not a file"):
        audio.read(tmp_path)


def test_playlists_never_open_other_files(tmp_path: Path) -> None:
    make(tmp_path / "x.wav", tone(1.0))
    playlist = tmp_path / "x.m4a"
    playlist.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nx.wav\n#EXT-X-ENDLIST\n")
    with pytest.raises(AudioError, match="not readable as audio"):
        audio.read(playlist)


@settings(max_examples=150)
@given(st.data())
def test_damaged_files_never_crash(tmp_path_factory: Any, data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp() / "damaged"
    folder.mkdir(exist_ok=True)
    ending = data.draw(st.sampled_from(["wav", "flac", "ogg", "sph", "aiff"]))
    good = folder / f"good.{ending}"
    if not good.exists():
        make(good, tone(0.2))
    content = bytearray(good.read_bytes())
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=6)
    ):
        content[place] = value
    bad = folder / f"bad.{ending}"
    bad.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with warnings.catch_warnings(), suppress(AudioError):
        warnings.simplefilter("ignore")
        assert audio.read(bad).dtype == np.float32


@pytest.mark.skipif(not SPEECH.exists(), reason="the shared speech folder isn't here")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("awful.wav", "1,092,676 Hz"),
        ("bad.wav", "not readable"),
        ("evil.wav", "not readable"),
        ("goforward.raw", "ffmpeg"),
        ("null.wav", 0),
        ("leak-test.wav", 150_000),
        ("chan3.wav", 333_944),
        ("chan3.sph", 333_944),
        ("chan3.2chan.wav", 333_944),
    ],
)
def test_odd_files(name: str, expected: str | int) -> None:
    path = SPEECH / "real-samples/odd" / name
    if isinstance(expected, str):
        with pytest.raises(AudioError, match=expected):
            audio.read(path)
    else:
        assert len(audio.read(path)) == expected
