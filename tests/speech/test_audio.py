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
from recordings import (
    cut,
    encode,
    film,
    joined,
    make,
    tone,
    without_end_mark,
    without_length,
    without_note,
)

GOLDEN = json.loads((places.GOLDEN / "wav.json").read_text("utf-8"))
LIBSNDFILE = ["wav", "flac", "ogg", "mp3", "sph", "aiff", "au", "caf", "w64"]
LOSSY = {"ogg", "mp3", "opus"}


def named(cases: list[dict[str, Any]]) -> Any:
    return [pytest.param(case, id=case["name"]) for case in cases]


def heard(path: Path) -> tuple[np.ndarray, list[str]]:
    """Return the samples, and what was said about truncation."""
    said: list[str] = []
    return np.concatenate([np.zeros(0), *audio.blocks(path, 30.0, said.append)]), said


@pytest.mark.parametrize("case", named(GOLDEN["cases"]))
def test_golden_wav(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(base64.b64decode(case["input"]))
    found = audio.info(path)
    assert (found.sample_rate, found.channels) == (case["sample_rate"], case["channels"])
    samples, said = heard(path)
    if case["expected"] is not None:
        assert samples.tolist() == case["expected"]
    wrong = [text for text in said if isinstance(text, audio.WrongHeader)]
    assert len(wrong) == case.get("wrong_header", False), said


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


def test_without_pyav_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = encode(tmp_path / "x.m4a", "aac")
    real = builtins.__import__

    def without_av(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "av":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_av)
    with pytest.raises(AudioError, match=r"x\.m4a: .*pip install av"):
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


def test_integers_that_were_written_as_floats_are_named(tmp_path: Path) -> None:
    samples = tone(1.0)
    samples[:4_000] = 0
    samples[4_001] = 1
    path = make(tmp_path / "x.wav", 16_384 * samples, subtype="FLOAT")
    with pytest.raises(
        AudioError, match=r"x\.wav: a sample at 0\.250 s is 16384; .* by 32,768, or turned down"
    ):
        list(audio.blocks(path, 0.1))
    loud = make(tmp_path / "loud.wav", 100 * np.ones(4_000), subtype="FLOAT")
    assert audio.read(loud).max() == 100


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


def test_a_size_that_began_anew_at_4_gb_is_found_by_the_chunk_behind(tmp_path: Path) -> None:
    """The file is sparse: 4 GB and 1,000 bytes of samples, of which the field holds 1,000."""
    path = make(tmp_path / "x.wav", tone(0.03125), subtype="PCM_16")
    content = path.read_bytes()
    assert len(content) == 1_044
    with path.open("r+b") as file:
        file.seek(1_044 + (1 << 32))
        file.write(b"LIST\4\0\0\0INFO")
    assert audio.info(path).samples == ((1 << 32) + 1_000) // 2
    with path.open("r+b") as file:
        file.seek(1_044)
        file.write(b"LIST")  # then the size is right
    assert audio.info(path).samples == 500


def test_a_wav_file_that_was_joined_to_another_is_missed(tmp_path: Path) -> None:
    one = make(tmp_path / "a.wav", tone(0.5), subtype="PCM_16").read_bytes()
    for between in (b"", b"LIST\x04\0\0\0abcd"):
        (tmp_path / "ab.wav").write_bytes(one + between + one)
        samples, said = heard(tmp_path / "ab.wav")
        assert len(samples) == 8_000
        assert said == [
            f"{tmp_path}/ab.wav: truncated after 0.50 s, where another WAV file follows; sox "
            "ONE.wav OTHER.wav BOTH.wav joins them"
        ]


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
@pytest.mark.parametrize("second_rate", [16_000, 24_000])
def test_chained_ogg_is_read_link_by_link(subtype: str, second_rate: int, tmp_path: Path) -> None:
    one = make(tmp_path / "a.ogg", tone(1.0, hz=300), subtype=subtype)
    other = make(tmp_path / "b.ogg", tone(0.5, second_rate, hz=800), second_rate, subtype=subtype)
    both = joined(tmp_path / "ab.ogg", one, other)
    samples, said = heard(both)
    assert said == []
    assert audio.info(both).samples == len(samples) == 24_000
    assert np.array_equal(samples, np.concatenate([audio.read(one), audio.read(other)]))


def test_ogg_without_an_end_mark_is_whole(tmp_path: Path) -> None:
    """As Android's muxer and messengers write it."""
    path = make(tmp_path / "x.ogg", tone(2.0), subtype="OPUS")
    whole = audio.read(path)
    samples, said = heard(without_end_mark(path))
    assert said == []
    assert np.array_equal(samples, whole)


def test_mp3_without_a_frame_count_is_read_to_its_end(tmp_path: Path) -> None:
    """Its bit rate varies: by the first frames it would be much too long, or too short."""
    quiet, loud = np.zeros(16_000 * 5), np.random.default_rng(3).normal(0, 0.2, 16_000 * 5)
    for name, parts in (("quiet first", [quiet, loud]), ("loud first", [loud, quiet])):
        path = make(tmp_path / f"{name}.mp3", np.concatenate(parts), bitrate_mode="VARIABLE")
        samples, said = heard(without_note(path))
        assert said == []
        assert len(samples) == pytest.approx(160_000, abs=3_000)  # encoder and decoder add padding


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_joined_mp3_is_each_of_its_parts(rate: int, tmp_path: Path) -> None:
    """Without the padding of either encoder; tags between may hold pictures, or anything."""
    one = make(tmp_path / "a.mp3", tone(2.0, rate), rate)
    other = make(tmp_path / "b.mp3", tone(1.3, rate, hz=800.0), rate, bitrate_mode="VARIABLE")
    assert rate == 44_100 or len(audio.read(one)) == 32_000
    picture = np.random.default_rng(1).bytes(20_000) + b"ID3\x04Xing" + one.read_bytes()[:2_000]
    size = bytes(len(picture) >> shift & 127 for shift in (21, 14, 7, 0))
    tagged, ended = tmp_path / "c.mp3", tmp_path / "d.mp3"
    tagged.write_bytes(b"ID3\x04\0\0" + size + picture + other.read_bytes())
    ended.write_bytes(one.read_bytes() + b"TAG" + bytes(125))
    for parts in ([one, other], [one, tagged], [ended, tagged, other]):
        whole = joined(tmp_path / "whole.mp3", *parts)
        samples, said = heard(whole)
        expected = np.concatenate([audio.read(part) for part in parts])
        assert said == []
        assert len(samples) == len(expected) == audio.info(whole).seconds * 16_000
        # One resampler goes across the joints.
        assert np.abs(samples - expected).max() < (1e-9 if rate == 16_000 else 0.05)
    samples, said = heard(cut(joined(tmp_path / "cut.mp3", one, one), 0.75))
    assert len(said) == 1
    seconds = float(said[0].partition("truncated after ")[2].split()[0])
    assert seconds == pytest.approx(3.0, abs=0.2) == len(samples) / 16_000


def test_flac_that_states_no_length(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, 50_000).astype(np.float32)
    path = make(tmp_path / "x.flac", noise)
    whole = audio.read(path)
    samples, said = heard(without_length(path))
    assert said == []
    assert np.array_equal(samples, whole)


@pytest.mark.parametrize("ending", ["ts", "flv", "wv", "oga"])
def test_more_containers(ending: str, tmp_path: Path) -> None:
    codec = {"ts": "aac", "flv": "aac", "wv": "wavpack", "oga": "flac"}[ending]
    fmt = {"aac": "fltp", "wavpack": "fltp", "flac": "s16"}[codec]
    path = film(tmp_path / f"x.{ending}", [(0.0, tone(2.0, 48_000))], codec, fmt=fmt, picture_s=0)
    samples, said = heard(path)
    assert said == []
    assert len(samples) == pytest.approx(32_000, abs=1_100)
    assert int(np.abs(np.fft.rfft(samples[8_000:24_000])).argmax()) == 440


def level(samples: np.ndarray, begin_s: float, end_s: float) -> float:
    part = samples[int(begin_s * 16_000) : int(end_s * 16_000)]
    return float(np.sqrt((part.astype(np.float64) ** 2).mean()))


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_sound_that_begins_late_is_read_at_its_time(ending: str, tmp_path: Path) -> None:
    path = film(tmp_path / f"x.{ending}", [(4.0, tone(1.0, 48_000))], picture_s=5.0)
    samples, said = heard(path)
    assert said == []
    assert len(samples) == pytest.approx(5 * 16_000, abs=1_000)
    assert level(samples, 0, 3.9) == 0.0
    assert level(samples, 4.1, 4.9) == pytest.approx(0.4 / 2**0.5, rel=0.02)


@pytest.mark.parametrize(("ending", "codec"), [("mkv", "aac"), ("webm", "libopus")])
def test_holes_are_silence_of_their_length(ending: str, codec: str, tmp_path: Path) -> None:
    pieces = [(0.0, tone(1.0, 48_000)), (3.0, tone(1.0, 48_000))]
    fmt = "s16" if codec == "libopus" else "fltp"
    samples, said = heard(film(tmp_path / f"x.{ending}", pieces, codec, fmt))
    assert said == []
    assert len(samples) == pytest.approx(4 * 16_000, abs=1_000)
    for begin in (0.1, 3.1):
        assert level(samples, begin, begin + 0.8) == pytest.approx(0.4 / 2**0.5, rel=0.02)
    assert level(samples, 1.15, 2.9) < 0.001


def test_a_picture_that_outlasts_the_sound_is_not_truncation(tmp_path: Path) -> None:
    for ending in ("mkv", "mp4"):
        path = film(tmp_path / f"x.{ending}", [(0.0, tone(1.0, 48_000))], picture_s=6.0)
        samples, said = heard(path)
        assert said == []
        assert len(samples) == pytest.approx(16_000, abs=1_100)
    samples, said = heard(cut(tmp_path / "x.mkv"))
    assert len(said) == 1
    assert "truncated after" in said[0]


def test_adts_drops_the_priming_that_m4a_drops(tmp_path: Path) -> None:
    """Its first frame is the encoder's, not sound: with it all would be 1,024 samples late."""
    bare = audio.read(film(tmp_path / "x.aac", [(0.0, tone(1.0, 48_000))]))
    boxed = audio.read(film(tmp_path / "x.m4a", [(0.0, tone(1.0, 48_000))]))
    assert len(bare) == len(boxed)
    assert np.abs(bare - boxed)[2_000:-2_000].max() < 1e-3


def test_unknown_codecs_are_refused(tmp_path: Path) -> None:
    path = film(tmp_path / "x.mkv", [(0.0, tone(1.0, 48_000))])
    content = path.read_bytes()
    assert content.count(b"A_AAC") == 1
    path.write_bytes(content.replace(b"A_AAC", b"A_XYZ"))
    with pytest.raises(AudioError, match=r"x\.mkv: its sound is packed in a way that isn't known"):
        audio.info(path)


def test_the_default_track_is_read(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path = tmp_path / "x.mkv"
    with av.open(str(path), "w") as container:
        tracks = [container.add_stream("pcm_s16le", rate=16_000, layout="mono") for _ in range(2)]
        tracks[0].disposition = av.stream.Disposition(0)
        tracks[1].disposition = av.stream.Disposition.default
        for track, hz in zip(tracks, (300, 700), strict=True):
            part = (tone(1.0, hz=hz)[None] * 32_767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
            frame.sample_rate = 16_000
            container.mux(track.encode(frame))
            container.mux(track.encode(None))
    assert int(np.abs(np.fft.rfft(audio.read(path))).argmax()) == 700


@pytest.mark.parametrize("opening", [b"\xff\xff", b"\xff\xfb\x90\x00", b"\xff\xf1\x50\x80"])
def test_bare_samples_are_not_taken_for_mp3_or_aac(opening: bytes, tmp_path: Path) -> None:
    """Quiet samples such as -1 look like the beginning of a frame."""
    quiet = np.random.default_rng(1).integers(-3, 3, 16_000).astype("<i2").tobytes()
    path = tmp_path / "x.bin"
    path.write_bytes(opening + quiet)
    with pytest.raises(AudioError, match=r"x\.bin: not readable as audio"):
        audio.read(path)


def test_packed_sphere_names_the_packing_and_the_tool(tmp_path: Path) -> None:
    path = make(tmp_path / "x.sph", tone(0.1))
    head = path.read_bytes()[:1024].replace(
        b"sample_coding -s3 pcm", b"sample_coding -s26 pcm,embedded-shorten-v2.00"
    )
    path.write_bytes(head[:1024] + b"ajkg\x02" + bytes(100))
    with pytest.raises(AudioError, match=r"embedded-shorten-v2.*sph2pipe -f wav x\.sph x\.wav"):
        audio.read(path)


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
