"""Any recording to what a model hears: mono, float32, 16 kHz, whole or as a stream of blocks.

What a file is, its content says, not its name. WAV is read by `wav.py`, FLAC, Ogg Vorbis and
Opus, NIST SPHERE, AIFF and more by libsndfile, MP3, AAC and the sound of videos by FFmpeg's
libraries. Integers are divided by full scale (16 bit: 32,768), channels averaged, other rates
resampled with soxr HQ. Every file is decoded once, from its start and in order, and a position is
a sample of that decode. Reading in blocks of any size gives the same samples, bit for bit, and so
does going to a place in WAV and FLAC of 16 kHz, the only ones in which that is done.
"""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malgwi.speech import mpeg, pcm, wav
from malgwi.speech.container import ContainerReader, first_frames
from malgwi.speech.ogg import OggReader
from malgwi.speech.recording import (
    AudioError,
    AudioInfo,
    Frames,
    Reader,
    Warn,
    WrongHeader,
)
from malgwi.speech.sndfile import SndfileReader, flac_info, refuse_packed_sphere

__all__ = [
    "SAMPLE_RATE",
    "AudioError",
    "AudioInfo",
    "Resampler",
    "Samples",
    "WrongHeader",
    "blocks",
    "frames",
    "from_16_bits",
    "info",
    "known_seconds",
    "read",
    "seeks",
    "to_16_bits",
]

SAMPLE_RATE = 16_000
"""Hz; what Wav2Vec2 and its family hear."""

Samples = NDArray[np.float32]
"""Mono, -1 to 1, at `SAMPLE_RATE`."""

LOUDEST = 100
"""Forty dB over full scale: no sound, but integers that nobody divided. Java has the same."""

_RAW = {".raw", ".pcm", ".s16", ".s16le"}
_CONTAINERS = (  # where the magic bytes stand, the bytes, FFmpeg's demuxer
    (4, b"ftyp", "mov"),
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (0, b"0&\xb2u", "asf"),
    (0, b"#!AMR", "amr"),
    (8, b"AVI ", "avi"),
    (0, b"FLV\x01", "flv"),
    (0, b"wvpk", "wv"),
)
_IF_RAW = (
    "Samples without a header are converted such as: ffmpeg -f s16le -ar 16000 -ac 1 -i "
    "{path.name} {path.stem}.wav"
)
_PACKET = 188  # bytes of MPEG-TS, each beginning with "G"
_HEAD = 1 << 10  # bytes
_SEEKING = wav.WavReader | SndfileReader


def info(path: Path) -> AudioInfo:
    """Read a recording's header.

    Raises:
        AudioError: missing, not audio, or a rate outside 4 to 384 kHz.
    """
    return _reader(path).info(path)


def read(path: Path) -> Samples:
    """Return a whole recording as shape (samples,) at 16 kHz; an empty one when it holds none.

    A truncated file is read as far as it goes, with a warning, as `blocks` does.

    Raises:
        AudioError: missing, not audio, a broken header, or samples that are NaN, infinite or beyond
            `LOUDEST`.
    """
    return np.concatenate([np.zeros(0, np.float32), *blocks(path, 30.0)])


def seeks(path: Path) -> AudioInfo | None:
    """Return a recording's header if `blocks` goes to a place at once, without decoding up to it.

    No decoder sees the file for this.

    Raises:
        AudioError: missing, or not audio.
    """
    return _header_if_sought(path, _reader(path))


def blocks(
    path: Path,
    block_s: float,
    warn: Warn = warnings.warn,
    channel: int | None = None,
    first: int = 0,
) -> Iterator[Samples]:
    """Yield a recording as consecutive arrays of about `block_s` seconds or less, none empty.

    Memory is bounded by the block, not by the recording. A file that ends before its header
    says is yielded as far as it goes, since a listener wants the hour that a crashed recorder
    left; `warn` is then called with one sentence, at the end (`prepare` sets such clips aside:
    their text says more than can be heard). Where all is there and only the header is wrong, the
    sentence is a `WrongHeader`. Headers that state no length, as streams have, hide where they
    were cut. `channel` counts from 0; None is the average of all. `first` is the sample at 16 kHz
    to begin with, above 0 only in what `seeks`.

    Raises:
        AudioError: missing, not audio, a broken header, samples that are NaN, infinite or beyond
            `LOUDEST`, or no such channel.
    """
    if first:
        reader = _reader(path)
        if not isinstance(reader, _SEEKING) or _header_if_sought(path, reader) is None:
            raise AudioError(
                f"{path}: can't be read from sample {first:,} on; read it from its start"
            )
        source = reader.frames(path, block_s, warn, first)
    else:
        source = frames(path, block_s, warn)
    yield from _at_16_khz(path, ((rate, _mono(path, block, channel)) for rate, block in source))


def known_seconds(path: Path) -> float:
    """Return the length of a recording; 0 where it can't be read, which is told in its turn."""
    try:
        return info(path).seconds
    except (AudioError, OSError):
        return 0.0


def wrong_sample(samples: Samples) -> int | None:
    """Return the number of the first sample that is NaN or beyond `LOUDEST`, if there is one."""
    wrong = np.flatnonzero(~(np.abs(samples) <= LOUDEST))
    return int(wrong[0]) if len(wrong) else None


def to_16_bits(samples: Samples) -> NDArray[np.int16]:
    """Return samples rounded to integers of 16 bits, those over full scale clipped."""
    whole: NDArray[np.int16] = np.empty(samples.shape, np.int16)
    whole[:] = np.clip(np.rint(samples * 32_768.0), -32_768, 32_767)
    return whole


def from_16_bits(values: NDArray[np.int16]) -> Samples:
    """Return integers of 16 bits as samples."""
    return values.astype(np.float32) / np.float32(32_768)


def frames(path: Path, block_s: float, warn: Warn) -> Iterator[tuple[int, Frames]]:
    """Yield a recording as `blocks` does, but as it is: its own rate and all channels.

    Raises:
        AudioError: missing, not audio, or a broken header.
    """
    return _reader(path).frames(path, block_s, warn)


def _at_16_khz(path: Path, source: Iterator[tuple[int, Samples]]) -> Iterator[Samples]:
    """Check and resample blocks; where the rate changes, a new recording begins."""
    resampler: Resampler | None = None
    seconds = 0.0
    for now, mono in source:
        if (wrong := wrong_sample(mono)) is not None:
            first = mono[wrong]
            at = seconds + wrong / now
            remedy, found = "", "NaN or infinite"
            if np.isfinite(first):
                remedy = ", with 16-bit samples divided by 32,768, or turned down where it is loud"
                found = f"{first:.0f}"
            raise AudioError(
                f"{path}: a sample at {at:.3f} s is {found}; expected numbers from -1 to 1. Write "
                f"the file again from its source{remedy}"
            )
        seconds += len(mono) / now
        if resampler is None or now != resampler.rate:
            if resampler is not None and len(rest := resampler.rest()):
                yield rest
            resampler = Resampler(now)
        if len(heard := resampler.feed(mono)):
            yield heard
    if resampler is not None and len(rest := resampler.rest()):
        yield rest


class Resampler:
    """Blocks of sound at any rate → the same at 16 kHz."""

    def __init__(self, rate: int) -> None:
        """Take sound of a rate in Hz; that of 16 kHz stays as it is."""
        import soxr

        self.rate = rate
        self._stream: Any = None
        if rate != SAMPLE_RATE:
            self._stream = soxr.ResampleStream(rate, SAMPLE_RATE, 1, "float32", "HQ")

    def feed(self, block: Samples) -> Samples:
        """Return what is ready after a block."""
        if self._stream is None:
            return block
        ready: Samples = self._stream.resample_chunk(block)
        return ready

    def rest(self) -> Samples:
        """Return what is held back, at the end."""
        nothing = np.zeros(0, np.float32)
        if self._stream is None:
            return nothing
        held: Samples = self._stream.resample_chunk(nothing, last=True)
        return held


def _mono(path: Path, block: Frames, channel: int | None) -> Samples:
    count = block.shape[1]
    if channel is not None:
        if channel >= count:
            raise AudioError(
                f"{path}: no channel {channel}; it has {count}, counted from 0. Name one of them"
            )
        return np.ascontiguousarray(block[:, channel])
    if count == 1:
        return block[:, 0]
    mean: Samples = block.mean(axis=1, dtype=np.float32)
    return mean


def _reader(path: Path) -> Reader:
    """Return what reads `path`, going by what it holds.

    Raises:
        AudioError: it is missing, or of a kind that nothing here reads.
    """
    head = _head(path)
    if pcm.reads(path):
        return pcm.PcmReader()
    if path.suffix.lower() in _RAW:
        raise AudioError(
            f"{path}: raw samples without a header say neither rate nor format. "
            f"{_IF_RAW.format(path=path)}"
        )
    if head.startswith(b"NIST_1A"):
        refuse_packed_sphere(path, head)
    if demuxer := _demuxer(head):
        return ContainerReader(demuxer)
    if head.startswith(b"OggS"):
        return OggReader()
    if head.startswith(b"RIFF") and wav.reads(path):
        return wav.WavReader()
    if head[:1] == b"\xff" or head[:3] in {b"ID3", b"TAG"} or path.suffix.lower() == ".mp3":
        return _stream_reader(path)
    return SndfileReader()


def _header_if_sought(path: Path, reader: Reader) -> AudioInfo | None:
    """Return the header of a recording that is read from any sample on exactly as from its start.

    Other rates need a resampler that has heard what comes before, other formats a decoder.
    """
    head = _head(path)
    if isinstance(reader, wav.WavReader):
        header = reader.info(path)
    elif isinstance(reader, SndfileReader) and head.startswith(b"fLaC"):
        header = flac_info(head)
    else:
        return None
    return header if header.sample_rate == SAMPLE_RATE else None


def _demuxer(head: bytes) -> str | None:
    """Return FFmpeg's name of the container that begins with `head`; None: not one for it."""
    for start, magic, demuxer in _CONTAINERS:
        if head[start:].startswith(magic):
            return demuxer
    opening = head[:256]
    if head.startswith(b"OggS") and b"OpusHead" not in opening and b"\x01vorbis" not in opening:
        return "ogg"  # FLAC, Speex
    if head.startswith(b"fLaC") and not flac_info(head).samples:
        return "flac"
    return "mpegts" if head[::_PACKET][:4] == b"GGGG" else None


def _stream_reader(path: Path) -> Reader:
    """Return what reads MP3 and AAC, which are frames with nothing before them but a tag.

    Raises:
        AudioError: there are no frames; quiet samples without a header begin like one, too.
    """
    content = first_frames(path)
    if content.startswith(b"fLaC"):
        return SndfileReader()
    if mpeg.is_adts(content):
        return ContainerReader("aac")
    begins = range(len(content)) if path.suffix.lower() == ".mp3" else (0,)  # cut from a stream
    if any(mpeg.is_mp3(content[begin:]) for begin in begins):
        return ContainerReader("mp3")
    raise AudioError(
        f"{path}: not readable as audio; it begins like MP3 or AAC, and no second frame follows. "
        f"{_IF_RAW.format(path=path)}"
    )


def _head(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise AudioError(
                f"{path}: {'not a file' if path.exists() else 'no such file'}; "
                "expected a recording. Check the path"
            )
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError as error:
        raise AudioError(f"{path}: not readable ({error.strerror})") from error
