"""Ogg files: their pages, and the recordings that stand one behind the other in them (RFC 3533).

A decoder takes what it is given for one recording, so that of joined files it reads the first;
each link of the chain is decoded by itself, in order. Phones and messengers don't mark the last
page as the end; libsndfile loses the end of an Opus stream then, so it is shown a marked one.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from malgwi.speech.part import Part
from malgwi.speech.recording import AudioInfo, Frames, Warn, truncated
from malgwi.speech.sndfile import decoded, opened

_PAGE = b"OggS"
_HEADER = 27  # bytes, before the lengths of a page's segments
_FLAGS, _CHECKSUM, _SEGMENTS = 5, slice(22, 26), 26  # where they stand in a page
_FIRST, _LAST = 2, 4  # flags of a recording's first and last page


class OggReader:
    """Ogg Vorbis and Opus, link by link."""

    def info(self, path: Path) -> AudioInfo:
        """Add up the lengths of all links, at the rate of the first."""
        infos = []
        with path.open("rb") as file:
            for link in _chain(file).links:
                with opened(path, link.open(file)) as sound:
                    infos.append(AudioInfo(sound.samplerate, sound.channels, sound.frames))
        rate = infos[0].sample_rate
        samples = sum(round(info.seconds * rate) for info in infos)
        return AudioInfo(rate, max(info.channels for info in infos), samples)

    def frames(self, path: Path, block_s: float, warn: Warn) -> Iterator[tuple[int, Frames]]:
        """Yield the sound of each link."""
        seconds, troubles = 0.0, ""
        with path.open("rb") as file:
            chain = _chain(file)
            for link in chain.links:
                with opened(path, link.open(file)) as sound:
                    for block, trouble in decoded(sound, block_s):
                        seconds += len(block) / sound.samplerate
                        troubles += trouble
                        yield sound.samplerate, block
        if troubles or not chain.whole:
            warn(truncated(path, seconds, troubles))


@dataclass(frozen=True)
class _Link:
    """One recording of a file."""

    begin: int
    last: int
    """Where its last whole page begins."""
    end: int
    """Where that page ends."""

    def open(self, file: BinaryIO) -> BinaryIO:
        """Return it as a file of its own whose end is marked."""
        file.seek(self.last)
        page = bytearray(file.read(self.end - self.last))
        if len(page) > _HEADER and not page[_FLAGS] & _LAST:
            page[_FLAGS] |= _LAST
            page[_CHECKSUM] = bytes(4)
            page[_CHECKSUM] = _checksum(page).to_bytes(4, "little")
        return io.BufferedReader(Part(file, self.begin, self.last, bytes(page)), 1 << 16)


@dataclass(frozen=True)
class _Chain:
    """The recordings of a file."""

    links: tuple[_Link, ...]
    whole: bool
    """Whether its last page is all there."""


def whole(path: Path) -> bool:
    """Say whether the last page of an Ogg file is all there."""
    with path.open("rb") as file:
        return _chain(file).whole


def _chain(file: BinaryIO) -> _Chain:
    """Go from page to page; a first page behind others begins a new recording."""
    size = file.seek(0, io.SEEK_END)
    links: list[_Link] = []
    place, in_head, complete = 0, False, True
    while place < size:
        file.seek(place)
        head = file.read(_HEADER + 255)
        if not head.startswith(_PAGE):
            place = _next_page(file, place + 1, size)
            continue
        lengths = head[_HEADER : _HEADER + head[_SEGMENTS]] if len(head) >= _HEADER else b""
        end = place + _HEADER + len(lengths) + sum(lengths)
        complete = len(head) >= _HEADER and len(lengths) == head[_SEGMENTS] and end <= size
        if not complete:
            break
        first = bool(head[_FLAGS] & _FIRST)
        if not links or (first and not in_head):
            links.append(_Link(place, place, end))
        else:
            links[-1] = _Link(links[-1].begin, place, end)
        in_head = first
        place = end
    return _Chain(tuple(links) or (_Link(0, size, size),), complete)


def _next_page(file: BinaryIO, place: int, size: int) -> int:
    """Return where the next page begins behind damage, or `size`."""
    step = 1 << 16
    while place < size:
        file.seek(place)
        found = file.read(step).find(_PAGE)
        if found >= 0:
            return place + found
        place += step - len(_PAGE) + 1
    return size


def _checksum(page: bytes | bytearray) -> int:
    """Return the CRC of a page whose own checksum is 0."""
    table, crc = _crc_table(), 0
    for byte in page:
        crc = (crc << 8 & 0xFFFF_FFFF) ^ table[crc >> 24 ^ byte]
    return crc


@cache
def _crc_table() -> tuple[int, ...]:
    """Return the CRC of each byte, by the polynomial 0x04c11db7."""
    table = []
    for byte in range(256):
        crc = byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C1_1DB7) & 0xFFFF_FFFF if crc >> 31 else crc << 1
        table.append(crc)
    return tuple(table)
