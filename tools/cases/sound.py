"""Sound: every sample that is there is read, once, at its time."""

import io
import struct
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

import recordings
from cases.case import Case, Exactly, Near, Topic
from cases.speech import (
    DEMO,
    RATE,
    clips,
    corpus,
    length,
    prepared,
    recogniser,
    refused,
    speech,
    table,
    used,
    wav,
)
from malgwi.recognition.recognise import transcribe_blocks
from malgwi.speech.audio import Samples, blocks, read

_RIFF, _DATA = 4, 40
"""Where the sizes of a WAV file of 44 bytes before its samples stand."""


def _wav(path: Path, *sizes: tuple[int, int]) -> Path:
    """Write 6.00 s of speech with other sizes in the header."""
    return _patched(recordings.make(path, speech(6), subtype="PCM_16"), *sizes)


def _patched(path: Path, *sizes: tuple[int, int]) -> Path:
    content = bytearray(path.read_bytes())
    for place, size in sizes:
        content[place : place + 4] = struct.pack("<I", size)
    path.write_bytes(content)
    return path


def _killed(path: Path) -> Path:
    return _wav(path, (_RIFF, 36), (_DATA, 0))


def _stale(path: Path) -> Path:
    return _wav(path, (_RIFF, 64_036), (_DATA, 64_000))


def _wrapped(path: Path) -> Path:
    return _wav(path, (_DATA, 64_000))


def _streamed(path: Path) -> Path:
    return _wav(path, (_RIFF, 2_000_000_036), (_DATA, 2_000_000_000))


def _unknown_size(path: Path) -> Path:
    return _wav(path, (_RIFF, 0xFFFFFFFF), (_DATA, 0xFFFFFFFF))


def _odd_chunk(path: Path) -> Path:
    content = _wav(path).read_bytes()
    odd = b"LIST" + struct.pack("<I", 7) + b"INFOabc"
    path.write_bytes(content[:36] + odd + content[36:])
    return path


def _chunk_behind(path: Path) -> Path:
    path.write_bytes(_wav(path).read_bytes() + b"LIST" + struct.pack("<I", 8) + b"INFOabcd")
    return path


WAVS = (_wav, _killed, _stale, _wrapped, _streamed, _unknown_size, _odd_chunk, _chunk_behind)
"""What makes each of the WAV files of 6.00 s."""


def _length(make: Callable[[Path], Path], folder: Path) -> str:
    return length(make(folder / "x.wav"))


def _mp3(path: Path, first: int = 0, seconds: float = 3.0) -> Path:
    return recordings.make(path, speech(seconds, first), bitrate_mode="VARIABLE")


def _mp3_of_a_stream(folder: Path) -> str:
    quiet_first = np.concatenate([np.zeros(2 * RATE, np.float32), speech(3)])
    path = recordings.make(folder / "x.mp3", quiet_first, bitrate_mode="VARIABLE")
    return length(recordings.without_note(path))


def _joined_wav(folder: Path) -> str:
    parts = wav(folder / "a.wav", 0, 3.0), wav(folder / "b.wav", 5, 2.0)
    return length(recordings.joined(folder / "ab.wav", *parts))


def _joined_mp3(folder: Path) -> str:
    parts = _mp3(folder / "a.mp3"), _mp3(folder / "b.mp3", 5, 2.0)
    return length(recordings.joined(folder / "ab.mp3", *parts))


def _joined_mp3_with_picture(folder: Path) -> str:
    one, other = _mp3(folder / "a.mp3"), _mp3(folder / "b.mp3", 5, 2.0)
    size = bytes(50_000 >> shift & 127 for shift in (21, 14, 7, 0))
    picture = np.random.default_rng(1).bytes(50_000)
    other.write_bytes(b"ID3\x04\0\0" + size + picture + other.read_bytes())
    return length(recordings.joined(folder / "ab.mp3", one, other))


def _joined_mp3_of_streams(folder: Path) -> str:
    parts = _mp3(folder / "a.mp3"), _mp3(folder / "b.mp3", 5, 2.0)
    return length(recordings.joined(folder / "ab.mp3", *map(recordings.without_note, parts)))


def _chained(subtype: str, second_rate: int, folder: Path) -> str:
    one = recordings.make(folder / "a.ogg", speech(3), subtype=subtype)
    sound = speech(2, 5, second_rate)
    other = recordings.make(folder / "b.ogg", sound, second_rate, subtype=subtype)
    return length(recordings.joined(folder / "ab.ogg", one, other))


def _voice_message(folder: Path) -> str:
    path = recordings.make(folder / "x.ogg", speech(1.62), subtype="OPUS")
    return length(recordings.without_end_mark(path))


def _late(ending: str, folder: Path) -> str:
    clip = clips("test")[0].samples()
    sound = np.resize(clip, 2 * RATE)
    sound[len(clip) :] = 0
    at_48 = np.asarray(_at_48_khz(sound), np.float32)
    path = recordings.film(folder / f"x.{ending}", [(4.0, at_48)], picture_s=6.0)
    first = transcribe_blocks(recogniser(), blocks(path, 10.0)).timed_words[0]
    late = "after" if first.start_ms >= 4_000 else "before"
    return f"{length(path)}, its first word {late} 4 s"


def _on_time(folder: Path) -> str:
    sound = [(0.0, _at_48_khz(speech(2)))]
    return length(recordings.film(folder / "x.mkv", sound, picture_s=2.0))


def _at_48_khz(samples: Samples) -> Samples:
    import soxr

    return np.asarray(soxr.resample(samples, RATE, 48_000), np.float32)


def _hole(ending: str, codec: str, folder: Path) -> str:
    pieces = [(0.0, _at_48_khz(speech(2))), (12.0, _at_48_khz(speech(2, 5)))]
    fmt = "s16" if codec == "libopus" else "fltp"
    return length(recordings.film(folder / f"x.{ending}", pieces, codec, fmt))


def _picture_outlasts(ending: str, folder: Path) -> str:
    sound = [(0.0, _at_48_khz(speech(1)))]
    return length(recordings.film(folder / f"x.{ending}", sound, picture_s=6.0))


def _bare_aac(folder: Path) -> str:
    sound = [(0.0, _at_48_khz(speech(3)))]
    bare, boxed = (read(recordings.film(folder / f"x.{end}", sound)) for end in ("aac", "m4a"))
    same = len(bare) == len(boxed) and np.abs(bare - boxed).max() < 0.05
    return f"{'the samples of' if same else 'other samples than'} the same sound in .m4a"


def _streamed_flac(folder: Path) -> str:
    path = recordings.make(folder / "x.flac", speech(3))
    return length(recordings.without_length(path))


def _other_container(ending: str, codec: str, fmt: str, folder: Path) -> str:
    sound = [(0.0, _at_48_khz(speech(3)))]
    return length(recordings.film(folder / f"x.{ending}", sound, codec, fmt))


def _raw(folder: Path) -> str:
    rng = np.random.default_rng(1)
    read_as_sound = 0
    for number in range(100):
        samples = rng.integers(-3, 3, RATE).astype("<i2")
        samples[0] = -1
        path = folder / f"{number}.bin"
        path.write_bytes(samples.tobytes())
        said = refused(partial(read, path), "ffmpeg")
        read_as_sound += said != "refused, names ffmpeg"
    return f"{read_as_sound} of 100 read as sound"


def _shorten(folder: Path) -> str:
    path = recordings.make(folder / "x.sph", speech(1))
    plain, packed = b"sample_coding -s3 pcm", b"sample_coding -s26 pcm,embedded-shorten-v2.00"
    head = path.read_bytes()[:1024].replace(plain, packed)[:1024]
    path.write_bytes(head + b"ajkg\x02" + bytes(1000))
    return refused(lambda: read(path), "shorten", "sph2pipe")


def _wrong_rate(folder: Path) -> str:
    chosen = clips("train")[:10]
    source = corpus(folder / "corpus", [clip.text for clip in chosen])
    for number, clip in enumerate(chosen):
        soundfile.write(source / f"c{number:02}.wav", clip.samples()[::2], RATE)
    found = prepared(source).report.finding("wrong-rate")
    return "wrong-rate" if found else "nothing said"


def _unfinished(path: Path) -> Path:
    """Every second recorder was killed."""
    return path if int(path.stem) % 2 else _patched(path, (_RIFF, 36), (_DATA, 0))


def _corpus(ending: str, change: Callable[[Path], Path], folder: Path) -> str:
    rows = []
    for number, clip in enumerate(clips("train")[:6]):
        path = folder / f"c/{number}.{ending}"
        path.parent.mkdir(exist_ok=True)
        how = {"wav": "PCM_16", "ogg": "OPUS"}.get(ending)
        change(recordings.make(path, clip.samples(), subtype=how))
        rows.append((path.name, clip.text))
    table(folder / "c/metadata.csv", ["file_name", "transcription"], rows)
    return used(folder / "c")


def _pipe(folder: Path) -> str:
    path = wav(folder / "x.wav", 3)
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "malgwi", "transcribe", str(DEMO), "-"],
        input=path.read_bytes(),
        capture_output=True,
        check=False,
    )
    alone = io.StringIO()
    alone.write(transcribe_blocks(recogniser(), [read(path)]).text)
    same = done.stdout.decode().strip() == alone.getvalue()
    return "the text of the file" if same else f"status {done.returncode}: {done.stderr.decode()}"


_HEADER = ", wrong-header"
TOPIC = Topic(
    "Sound",
    "The fault was one: the length that a header or an estimate gives was taken for the length of "
    "the sound. Now what is there is read, once, at its time ([data.md](data.md)).",
    [
        Case("killed recorder", "WAV, 6.00 s, size field 0", "0.00 s, set aside as empty",
             partial(_length, _killed), Near(6, 0, _HEADER)),
        Case("killed recorder", "WAV, 6.00 s, sizes of the first 2.00 s", "2.00 s, nothing said",
             partial(_length, _stale), Near(6, 0, _HEADER)),
        Case("counter that began anew at 4 GB", "WAV, 6.00 s, size of samples too small",
             "2.00 s, nothing said", partial(_length, _wrapped), Near(6, 0, _HEADER)),
        Case("streaming server", "WAV, 6.00 s, size 2,000,000,000", "6.00 s, refused as truncated",
             partial(_length, _streamed), Near(6, 0)),
        Case("streaming server", "WAV, 6.00 s, size 4,294,967,295", "6.00 s",
             partial(_length, _unknown_size), Near(6, 0)),
        Case("odd chunk without its padding", "WAV, 6.00 s, LIST of 7 bytes before the data",
             "refused", partial(_length, _odd_chunk), Near(6, 0)),
        Case("chunks after the data", "WAV, 6.00 s, LIST behind it", "6.00 s",
             partial(_length, _chunk_behind), Near(6, 0)),
        Case("joined WAV", "3.00 s and 2.00 s", "3.00 s, nothing said", _joined_wav,
             Near(3, 0, ", truncated")),
        Case("MP3 of a stream", "2 s of silence, 3 s of speech, variable bit rate, no frame count",
             "5.08 s, refused as truncated", _mp3_of_a_stream, Near(5)),
        Case("joined MP3", "3.00 s and 2.00 s", "3.00 s, nothing said", _joined_mp3, Near(5, 0)),
        Case("joined MP3, a picture in the second's tag", "3.00 s and 2.00 s, 50 kB between",
             "3.00 s, nothing said", _joined_mp3_with_picture, Near(5, 0)),
        Case("joined MP3 of streams", "the same without frame counts", "4.37 s, nothing said",
             _joined_mp3_of_streams, Near(5, 0.25)),
        Case("chained Ogg Vorbis", "3.00 s and 2.00 s", "3.00 s, nothing said",
             partial(_chained, "VORBIS", RATE), Near(5, 0)),
        Case("chained Ogg Vorbis, two rates", "3.00 s at 16 kHz, 2.00 s at 24 kHz",
             "3.00 s, nothing said",
             partial(_chained, "VORBIS", 24_000), Near(5, 0.001)),
        Case("chained Ogg Opus", "3.00 s and 2.00 s", "3.00 s, nothing said",
             partial(_chained, "OPUS", RATE), Near(5, 0)),
        Case("voice message", "Ogg Opus, 1.62 s, last page not marked as the end",
             "1.54 s, refused as truncated",
             _voice_message, Near(1.62, 0)),
        *(
            Case("sound that begins late", f"{ending}, 2.00 s of sound from 4.00 s on",
                 "2.03 s, refused as truncated, its words 4 s early",
                 partial(_late, ending), Near(6, 0.11, ", its first word after 4 s"))
            for ending in ("mp4", "mkv")
        ),
        Case("sound that begins with the picture", "mkv, 2.00 s", "",
             _on_time, Near(2)),
        *(
            Case("hole in the sound", f"{ending}, 2.00 s of sound at 0 s and at 12 s",
                 "4.00 s, refused as truncated",
                 partial(_hole, ending, codec), Near(14))
            for ending, codec in (("webm", "libopus"), ("mkv", "aac"))
        ),
        *(
            Case("picture outlasts the sound", f"{ending}, 1.00 s of sound, 6.00 s of picture",
                 "1.00 s, refused as truncated",
                 partial(_picture_outlasts, ending), Near(1))
            for ending in ("mkv", "mp4")
        ),
        Case("bare AAC", "`.aac`, 3.00 s", "3.03 s, 21 ms later than in .m4a",
             _bare_aac, Exactly("the samples of the same sound in .m4a")),
        Case("FLAC that states no length", "3.00 s", "refused as truncated",
             _streamed_flac, Near(3, 0)),
        *(
            Case(f"other containers: {name}", f"`.{ending}`, 3.00 s", "refused",
                 partial(_other_container, ending, codec, fmt), Near(3))
            for name, ending, codec, fmt in (
                ("MPEG transport stream", "ts", "aac", "fltp"),
                ("Flash video", "flv", "aac", "fltp"),
                ("WavPack", "wv", "wavpack", "fltp"),
                ("Ogg FLAC", "oga", "flac", "s16"),
            )
        ),
        Case("samples without a header", "100 quiet `.bin` that begin with -1",
             "15 of 100 read as MP3, garbage", _raw, Exactly("0 of 100 read as sound")),
        *(
            Case(f"a corpus of {name}", given, before, partial(_corpus, ending, change),
                 Exactly("6 used"))
            for name, given, before, ending, change in (
                ("killed recorders", "six WAV, three of them with size 0",
                 "three set aside as empty", "wav", _unfinished),
                ("streams", "six MP3 without frame counts",
                 "half of it kept, with a third of the sound", "mp3", recordings.without_note),
                ("voice messages", "six Ogg without an end mark", "all refused as truncated", "ogg",
                 recordings.without_end_mark),
            )
        ),
        Case("packed SPHERE", "`pcm,embedded-shorten-v2.00`", '"unimplemented format"',
             _shorten, Exactly("refused, names shorten and sph2pipe")),
        Case("wrong rate", "8 kHz sound under 16 kHz headers, ten clips", "nothing said",
             _wrong_rate, Exactly("wrong-rate")),
        Case("pipe", "`cat x.wav | malgwi transcribe MODEL -`", '"no such file"', _pipe,
             Exactly("the text of the file")),
    ],
)  # fmt: skip
