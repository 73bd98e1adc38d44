"""Any recording to what a model hears: mono, float32, 16 kHz, whole or as a stream of blocks.

libsndfile reads WAV, FLAC, Ogg Vorbis and Opus, MP3, NIST SPHERE, AIFF and more; m4a and the
sound of videos need PyAV (the extra `video`). What a file is, its content says, not
its name. Integers are divided by full scale (16 bit: 32,768), channels averaged, other rates
resampled with soxr HQ. Reading in blocks of any size gives the same samples, bit for bit.
"""

import os
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from malgwi.errors import MalgwiError
from malgwi.extras import install

SAMPLE_RATE = 16_000
"""Hz; what Wav2Vec2 and its family hear."""

LOWEST_RATE, HIGHEST_RATE = 4_000, 384_000
"""Hz; a file that claims a rate outside has a broken header (speech ends where 4 kHz begins)."""

Samples = NDArray[np.float32]
"""Mono, -1 to 1, at `SAMPLE_RATE`."""

_RAW = {".raw", ".pcm", ".s16", ".s16le"}
_CONTAINERS = (  # what PyAV opens: where the magic bytes stand, the bytes, FFmpeg's demuxer
    (4, b"ftyp", "mov"),
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (0, b"0&\xb2u", "asf"),
    (0, b"#!AMR", "amr"),
    (0, b"\xff\xf1", "aac"),
    (0, b"\xff\xf9", "aac"),
    (8, b"AVI ", "avi"),
)
_BLOCK_VALUES = 1 << 24  # so that no count of channels can ask for more than 64 MB at a time
_STEP = 4_096  # frames; one FLAC block
_DATA_CHUNK = re.compile(r"^ *(?:data|SSND|Data Size) *: (\d+) \(should be (\d+)\)", re.MULTILINE)
_SIZE_UNKNOWN = 0x7FFF_0000  # streaming writers put 2 or 4 GB where they can't know the size
_SPHERE_COUNT = re.compile(rb"sample_count -i (\d+)")


class AudioError(MalgwiError):
    """A recording can't be read; the message names it, what is wrong and what to do."""


@dataclass(frozen=True)
class AudioInfo:
    """What a file's header says, which decoding may prove wrong."""

    sample_rate: int
    """Hz, the file's own."""
    channels: int
    samples: int
    """Per channel, at the file's own rate; 0 when a container doesn't say."""

    @property
    def seconds(self) -> float:
        """The length that the header claims."""
        return self.samples / self.sample_rate


def info(path: Path) -> AudioInfo:
    """Read a recording's header.

    Raises:
        AudioError: missing, not audio, or a rate outside 4 to 384 kHz.
    """
    demuxer = _demuxer(path)
    if demuxer is None:
        with _open(path) as sound:
            return AudioInfo(sound.samplerate, sound.channels, _claimed(path, sound))
    with _open_container(path, demuxer) as container:
        stream = container.streams.audio[0]
        seconds = (container.duration or 0) / 1_000_000
        return AudioInfo(stream.rate, stream.channels, round(seconds * stream.rate))


def read(path: Path) -> Samples:
    """Return a whole recording as shape (samples,) at 16 kHz; an empty one when it holds none.

    A truncated file is read as far as it goes, with a warning, as `blocks` does.

    Raises:
        AudioError: missing, not audio, a broken header, or NaN or infinite samples.
    """
    return np.concatenate([np.zeros(0, np.float32), *blocks(path, 30.0)])


def blocks(
    path: Path, block_s: float, on_truncated: Callable[[str], object] = warnings.warn
) -> Iterator[Samples]:
    """Yield a recording as consecutive arrays of at most about `block_s` seconds, none empty.

    Memory is bounded by the block, not by the recording. A file that ends before its header
    says is yielded as far as it goes, since a listener wants the hour that a crashed recorder
    left; `on_truncated` is then called with one sentence, at the end (`prepare` sets such clips
    aside: their text says more than can be heard). Headers that state no length, as streams
    have, hide where they were cut.

    Raises:
        AudioError: missing, not audio, a broken header, or NaN or infinite samples.
    """
    demuxer = _demuxer(path)
    if demuxer is None:
        with _open(path) as sound:
            source = _sound_blocks(path, sound, block_s, on_truncated)
            yield from _at_16_khz(path, sound.samplerate, source)
    else:
        with _open_container(path, demuxer) as container:
            source = _container_blocks(path, container, on_truncated)
            yield from _at_16_khz(path, container.streams.audio[0].rate, source)


def _at_16_khz(path: Path, rate: int, source: Iterator[Samples]) -> Iterator[Samples]:
    """Check and resample mono blocks of `rate` Hz."""
    import soxr

    resampler = None
    if rate != SAMPLE_RATE:
        resampler = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")
    done = 0
    for mono in source:
        if not np.isfinite(mono).all():
            first = (done + int(np.argmin(np.isfinite(mono)))) / rate
            raise AudioError(
                f"{path}: a sample at {first:.3f} s is NaN or infinite; expected numbers from -1 "
                "to 1. Write the file again from its source"
            )
        done += len(mono)
        heard = mono if resampler is None else resampler.resample_chunk(mono)
        if len(heard):
            yield heard
    if resampler is not None and done:
        rest = resampler.resample_chunk(np.zeros(0, np.float32), last=True)
        if len(rest):
            yield rest


def _sound_blocks(
    path: Path, sound: Any, block_s: float, on_truncated: Callable[[str], object]
) -> Iterator[Samples]:
    """Yield the mono blocks of a file that libsndfile has opened, at the file's own rate."""
    rate, done = sound.samplerate, 0
    size = max(1, min(int(block_s * rate), _BLOCK_VALUES // sound.channels))
    claimed = _claimed(path, sound)
    while True:
        block, trouble = _fill(sound, size)
        done += len(block)
        if len(block):
            yield _mono(block)
        if trouble or len(block) < size:
            break
    cut = sound.format == "OGG" and not _ogg_ends(path)
    if trouble or cut or claimed - done > rate // 10:  # encoders' padding is under 0.1 s
        on_truncated(f"{path}: truncated after {done / rate:.2f} s{trouble}")


def _fill(sound: Any, size: int) -> tuple[NDArray[np.float32], str]:
    """Read up to `size` frames; return them, and what went wrong where a decoder lost its way.

    In small steps, so that an error costs the frames of one step at most.
    """
    block = np.empty((size, sound.channels), np.float32)
    done = 0
    while done < size:
        step = block[done : done + _STEP]
        try:
            got = len(sound.read(out=step))
        except RuntimeError as error:
            return block[:done], f" ({error})"
        done += got
        if got < len(step):
            break
    return block[:done], ""


def _mono(block: NDArray[np.float32]) -> Samples:
    if block.shape[1] == 1:
        return block[:, 0]
    mean: Samples = block.mean(axis=1, dtype=np.float32)
    return mean


def _claimed(path: Path, sound: Any) -> int:
    """Return the samples per channel that the header claims, which libsndfile corrects.

    libsndfile reports as many frames as fit the file, and says what stood there in its log.
    """
    if sound.format == "NIST":
        with path.open("rb") as file:
            count = _SPHERE_COUNT.search(file.read(1024))
        return max(int(count[1]), sound.frames) if count else int(sound.frames)
    sizes = _DATA_CHUNK.search(sound.extra_info)
    if sizes and int(sizes[2]) < int(sizes[1]) < _SIZE_UNKNOWN:
        return int(sound.frames) * int(sizes[1]) // max(1, int(sizes[2]))
    return int(sound.frames)


def _ogg_ends(path: Path) -> bool:
    """Say whether the last page of an Ogg file is whole and marked as its end (RFC 3533)."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65_307))  # the longest page
        tail = file.read()
    page = tail[max(0, tail.rfind(b"OggS")) :]
    if len(page) < 27:
        return False
    segments = page[27 : 27 + page[26]]
    return bool(page[5] & 4) and len(page) >= 27 + page[26] + sum(segments)


def _open(path: Path) -> Any:
    import soundfile

    if path.suffix.lower() in _RAW:
        raise AudioError(
            f"{path}: raw samples without a header say neither rate nor format; convert them, "
            f"such as: ffmpeg -f s16le -ar 16000 -ac 1 -i {path.name} {path.stem}.wav"
        )
    try:
        # As bytes, since a name needn't be UTF-8; on Windows, names are text.
        sound = soundfile.SoundFile(str(path) if os.name == "nt" else os.fsencode(path))
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"{path}: not readable as audio ({error.error_string}); expected WAV, FLAC, Ogg, "
            "MP3, SPHERE or AIFF. Convert it again or leave it out"
        ) from error
    if not LOWEST_RATE <= sound.samplerate <= HIGHEST_RATE:
        sound.close()
        _refuse_rate(path, sound.samplerate)
    # soundfile seeks to where it stands after each read, which makes MP3 decoders start anew.
    sound.seekable = lambda: False
    return sound


def _refuse_rate(path: Path, rate: int) -> NoReturn:
    raise AudioError(
        f"{path}: the header claims {rate:,} Hz; expected {LOWEST_RATE:,} to {HIGHEST_RATE:,}. "
        "The header is broken: convert the file again or leave it out"
    )


def _demuxer(path: Path) -> str | None:
    """Return FFmpeg's name of the container that `path` is, or None for libsndfile's formats."""
    try:
        if not path.is_file():
            raise AudioError(
                f"{path}: {'not a file' if path.exists() else 'no such file'}; "
                "expected a recording. Check the path"
            )
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise AudioError(f"{path}: not readable ({error.strerror})") from error
    for start, magic, demuxer in _CONTAINERS:
        if head[start:].startswith(magic):
            return demuxer
    return None


def _open_container(path: Path, demuxer: str) -> Any:
    try:
        import av
    except ImportError as error:
        raise AudioError(f"{path}: m4a and video files need PyAV; {install('video')}") from error
    try:
        # The demuxer is named so that no content can choose another one (playlists read files).
        container = av.open(str(path), format=demuxer)
    except (av.FFmpegError, ValueError) as error:
        raise AudioError(f"{path}: not readable as audio ({error}); convert it again") from error
    streams = container.streams.audio
    if not streams:
        container.close()
        raise AudioError(f"{path}: holds no sound; expected a file with an audio track")
    if not LOWEST_RATE <= streams[0].rate <= HIGHEST_RATE:
        container.close()
        _refuse_rate(path, streams[0].rate)
    return container


def _container_blocks(
    path: Path, container: Any, on_truncated: Callable[[str], object]
) -> Iterator[Samples]:
    """Yield the mono blocks of a container that PyAV has opened, at its own rate."""
    import av

    rate, done, trouble = container.streams.audio[0].rate, 0, ""
    planar = av.AudioResampler(format="fltp", rate=rate)
    try:
        for frame in chain(container.decode(audio=0), [None]):
            for part in planar.resample(frame):
                done += part.samples
                yield _mono(part.to_ndarray().T.astype(np.float32))
    except av.FFmpegError as error:
        trouble = f" ({error})"
    claimed = (container.duration or 0) / 1_000_000
    if trouble or claimed - done / rate > 0.5:  # a video may outlast its sound
        on_truncated(f"{path}: truncated after {done / rate:.2f} s{trouble}")
