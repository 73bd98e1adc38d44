"""WAV files of PCM and floats, read for what they hold, whatever their size fields say.

The Java core's `Wav` does the same; both are held to `tests/golden/wav.json`. Recorders that were
killed leave a size of 0, or that of their first second; sizes begin anew at 4 GB; streaming
writers put 2 or 4 GB where they can't know it.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from malgwi.speech.recording import (
    BLOCK_VALUES,
    HIGHEST_RATE,
    LOWEST_RATE,
    PADDING_S,
    AudioError,
    AudioInfo,
    Frames,
    Warn,
    WrongHeader,
    refuse_rate,
    truncated,
)

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_SIZE_UNKNOWN = 2_000_000_000
"""Sizes from here up that the file doesn't hold are what writers put who couldn't know them."""
_COUNTER = 1 << 32
"""Where a size field begins anew."""
_RIFF = 12
"""Bytes at the beginning of a file: RIFF, a size, WAVE."""
_HEADER = 8
"""Bytes of a chunk before its content: four letters and its size."""
_KNOWN = {b"fmt ", b"data", b"LIST", b"fact", b"id3 ", b"ID3 ", b"bext", b"iXML", b"JUNK", b"cue "}
"""Chunks that are taken for such even where the file ends within them."""
_MOST_CHANNELS = 1024


@dataclass(frozen=True)
class _Layout:
    """Where the samples of a file are, and what they are."""

    sample_rate: int
    channels: int
    bits: int
    is_float: bool
    start: int
    """The place of the first sample's first byte."""
    claimed: int
    """Bytes of samples, as the header says; 0 when it doesn't say."""
    held: int
    """Bytes of samples that the file has."""
    wrong: str
    """What the header says against what there is; empty where they agree or the file is cut."""
    joined: bool
    """Whether another WAV file follows in it; it then counts as claimed, and isn't held."""

    @property
    def frame_bytes(self) -> int:
        return self.channels * self.bits // 8


def reads(path: Path) -> bool:
    """Say whether a RIFF file is of the kind that this module reads: PCM or floats."""
    with path.open("rb") as file:
        if not _is_wav(file):
            return False
        try:
            form, _, _ = _chunks(path, file)
        except AudioError:
            return True  # it is refused with the reason
    return _codec(form) in {_PCM, _FLOAT}


class WavReader:
    """WAV through this module."""

    def info(self, path: Path) -> AudioInfo:
        """Return what there is, which may be more than the header says."""
        layout = _layout(path)
        size = max(layout.claimed, layout.held)
        return AudioInfo(layout.sample_rate, layout.channels, size // layout.frame_bytes)

    def frames(
        self, path: Path, block_s: float, warn: Warn, first: int = 0
    ) -> Iterator[tuple[int, Frames]]:
        """Yield the samples that the file holds, from number `first` on."""
        layout = _layout(path)
        rate = layout.sample_rate
        size = max(1, min(int(block_s * rate), BLOCK_VALUES // layout.channels))
        left = layout.held // layout.frame_bytes - first
        with path.open("rb") as file:
            file.seek(layout.start + first * layout.frame_bytes)
            while left > 0:
                raw = file.read(min(size, left) * layout.frame_bytes)
                count = len(raw) // layout.frame_bytes
                if not count:
                    break  # it has become shorter in this moment
                left -= count
                yield rate, _decode(raw[: count * layout.frame_bytes], layout)
        seconds = layout.held // layout.frame_bytes / rate
        if layout.wrong:
            warn(WrongHeader(f"{path}: {layout.wrong}; read {seconds:.2f} s, all that is there"))
        elif layout.claimed - layout.held > PADDING_S * rate * layout.frame_bytes:
            follows = ", where another WAV file follows; sox ONE.wav OTHER.wav BOTH.wav joins them"
            warn(truncated(path, seconds, follows if layout.joined else ""))


def _decode(raw: bytes, layout: _Layout) -> Frames:
    if layout.is_float:
        values = np.frombuffer(raw, f"<f{layout.bits // 8}").astype(np.float32)
    elif layout.bits == 8:
        values = (np.frombuffer(raw, np.uint8).astype(np.float32) - 128) / np.float32(1 << 7)
    elif layout.bits == 24:
        wide = np.zeros((len(raw) // 3, 4), np.uint8)  # 32 bits, the lowest byte empty
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        values = wide.view("<i4")[:, 0].astype(np.float32) / np.float32(1 << 31)
    else:
        full_scale = np.float32(1 << (layout.bits - 1))
        values = np.frombuffer(raw, f"<i{layout.bits // 8}").astype(np.float32) / full_scale
    return values.reshape(-1, layout.channels)


def _layout(path: Path) -> _Layout:
    """Read the header and look at what stands behind the samples.

    Raises:
        AudioError: it isn't a WAV file of PCM or floats that can be read.
    """
    with path.open("rb") as file:
        if not _is_wav(file):
            raise _refused(path, "not a WAV file", "RIFF and WAVE at its beginning; convert it")
        form, start, size = _chunks(path, file)
        claimed, held, wrong = _extent(file, start, size)
        joined = _another_follows(file, start, held)
        if joined:
            claimed = file.seek(0, 2) - start
    channels, rate = struct.unpack_from("<HI", form, 2)
    block, bits = struct.unpack_from("<HH", form, 12)
    is_float = _codec(form) == _FLOAT
    if bits not in ({32, 64} if is_float else {8, 16, 24, 32}):
        raise _refused(
            path,
            f"codec {_codec(form)} with {bits} bits",
            "PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64; convert it",
        )
    if not 1 <= channels <= _MOST_CHANNELS:
        raise _refused(path, f"{channels} channels", f"1 to {_MOST_CHANNELS}; convert it again")
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        refuse_rate(path, rate)
    if block != channels * bits // 8:
        found = f"{block} bytes for a frame of {channels} channels of {bits} bits"
        raise _refused(path, found, f"{channels * bits // 8}; convert it again")
    return _Layout(rate, channels, bits, is_float, start, claimed, held, wrong, joined)


def _is_wav(file: BinaryIO) -> bool:
    head = file.read(_RIFF)
    return head[:4] == b"RIFF" and head[8:] == b"WAVE"


def _chunks(path: Path, file: BinaryIO) -> tuple[bytes, int, int]:
    """Return the format, where the samples begin, and how many bytes they are said to be."""
    form = b""
    while len(head := file.read(_HEADER)) == _HEADER:
        name, size = head[:4], int.from_bytes(head[4:], "little")
        if name == b"data":
            if not form:
                raise _refused(
                    path, "no format before its data", 'a "fmt " chunk; convert it again'
                )
            return form, file.tell(), size
        place = file.tell()
        if name == b"fmt " and not form:
            if size < 16:
                raise _refused(
                    path, f"a format chunk of {size} bytes", "16 or more; convert it again"
                )
            form = file.read(min(size, 40))
        file.seek(place + size)
        _skip_padding(file, size)
    raise AudioError(
        f"{path}: not readable as audio, ends before its samples begin; expected a WAV file. Copy "
        "or convert it again"
    )


def _skip_padding(file: BinaryIO, size: int) -> None:
    """Go past the byte behind a chunk of odd length, which some writers forget."""
    place = file.tell()
    if size % 2:
        file.seek(place if file.read(4) in _KNOWN else place + 1)


def _codec(form: bytes) -> int:
    codec = int.from_bytes(form[:2], "little")
    if codec == _EXTENSIBLE and len(form) >= 26:
        return int.from_bytes(form[24:26], "little")
    return codec


def _extent(file: BinaryIO, start: int, size: int) -> tuple[int, int, str]:
    """Return the bytes of samples as claimed (0: not said), as held, and what is wrong with that.

    What follows the samples tells: nothing or chunks up to the end of the file, and the size is
    right; anything else is sound.
    """
    end = file.seek(0, 2)
    there = end - start
    if size >= there:
        unknown = size > there and size >= _SIZE_UNKNOWN
        return 0 if unknown else size, there, ""
    for candidate in range(size, there + 1, _COUNTER):
        if _chunks_follow(file, start, candidate, end):
            held, wrong = candidate, candidate != size
            break
    else:
        held, wrong = there, True
    said = f"its header says {size:,} bytes of sound, the file holds {held:,}"
    return held, held, said if wrong else ""


def _chunks_follow(file: BinaryIO, start: int, size: int, end: int) -> bool:
    """Say whether nothing but chunks stands behind `size` bytes to the end of the file."""
    file.seek(start + size)
    _skip_padding(file, size)
    place, first = file.tell(), True
    while end - place >= _HEADER:
        file.seek(place)
        head = file.read(_HEADER)
        name, size = head[:4], int.from_bytes(head[4:], "little")
        if first and name in _KNOWN:
            return True
        if not _is_name(name):
            return False
        place += _HEADER + size + size % 2
        first = False
    return place <= end + 1


def _another_follows(file: BinaryIO, start: int, size: int) -> bool:
    """Say whether another WAV file stands behind `size` bytes of samples, and chunks."""
    end = file.seek(0, 2)
    file.seek(start + size)
    _skip_padding(file, size)
    place = file.tell()
    while end - place >= _RIFF:
        file.seek(place)
        if _is_wav(file):
            return True
        file.seek(place)
        name, size = file.read(4), int.from_bytes(file.read(4), "little")
        if not _is_name(name):
            return False
        place += _HEADER + size + size % 2
    return False


def _is_name(name: bytes) -> bool:
    """Say whether four bytes may be the name of a chunk."""
    return all(0x20 <= letter < 0x7F for letter in name)


def _refused(path: Path, found: str, expected: str) -> AudioError:
    return AudioError(f"{path}: not readable as audio, {found}; expected {expected}")
