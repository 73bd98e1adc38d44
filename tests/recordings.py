"""Recordings as people's devices and programs write them, made in a test's folder."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from malgwi.speech.mpeg import is_mp3

FORMATS = {"sph": "NIST", "au": "AU"}


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


def joined(path: Path, *parts: Path) -> Path:
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def without_end_mark(path: Path) -> Path:
    """Take the mark off the last page of an Ogg file, as Android's muxer and messengers do."""
    content = bytearray(path.read_bytes())
    last = content.rfind(b"OggS")
    content[last + 5] &= ~4
    content[last + 22 : last + 26] = _ogg_checksum(bytes(content[last:]))
    path.write_bytes(content)
    return path


def _ogg_checksum(page: bytes) -> bytes:
    """The checksum of a page, whose own four bytes count as 0 (RFC 3533)."""
    crc = 0
    for place, byte in enumerate(page):
        crc ^= (0 if 22 <= place < 26 else byte) << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7) & 0xFFFFFFFF if crc >> 31 else crc << 1
    return crc.to_bytes(4, "little")


def without_note(path: Path) -> Path:
    """Cut the first frame of an MP3, in which its encoder counts the others."""
    content = path.read_bytes()
    assert b"Xing" in content[:64] or b"Info" in content[:64]
    frames = (place for place in range(64, len(content)) if is_mp3(content[place:]))
    path.write_bytes(content[next(frames) :])
    return path


def without_length(path: Path) -> Path:
    """Take the count of samples out of a FLAC file, as a writer that streams leaves it."""
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0  # the upper 4 of 36 bits; STREAMINFO begins at 8
    content[22:26] = bytes(4)
    path.write_bytes(content)
    return path


def film(
    path: Path,
    pieces: list[tuple[float, np.ndarray]],
    codec: str = "aac",
    fmt: str = "fltp",
    picture_s: float = 0.0,
) -> Path:
    """Write pieces of sound at 48 kHz, each at its second, and a picture where asked."""
    av = pytest.importorskip("av")
    with av.open(str(path), "w") as container:
        sound = container.add_stream(codec, rate=48_000, layout="mono")
        if picture_s:
            picture = container.add_stream("mpeg4", rate=5)
            picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
            for i in range(int(picture_s * 5)):
                image = av.VideoFrame.from_ndarray(np.full((48, 64, 3), i % 255, np.uint8), "rgb24")
                image.pts, image.time_base = i, Fraction(1, 5)
                container.mux(picture.encode(image))
            container.mux(picture.encode(None))
        for begin, piece in pieces:
            for start in range(0, len(piece), 960):
                part = piece[None, start : start + 960]
                if fmt == "s16":
                    part = (part * 32_767).astype(np.int16)
                frame = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(part), format=fmt, layout="mono"
                )
                frame.sample_rate, frame.pts = 48_000, round(begin * 48_000) + start
                frame.time_base = Fraction(1, 48_000)
                container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return path
