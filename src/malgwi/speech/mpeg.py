"""What the frames of an MPEG audio stream (MP3, ADTS AAC) say before a decoder sees them."""

from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

_BIT_RATES = {  # kbit/s by (MPEG-1, layer); index 0 is "free", 15 is none
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_NOTES = (b"Xing", b"Info")
"""How an encoder's note begins that counts the frames behind its own."""
_VBRI, _VBRI_PLACE = b"VBRI", 36
_TWO_FRAMES = 4096
"""Bytes that hold a frame and the header of the next one."""
_RATES = (44_100, 48_000, 32_000)  # of MPEG-1; halved by MPEG-2, again by MPEG-2.5


@dataclass(frozen=True)
class _Frame:
    """The header of an MP3 frame."""

    mpeg_1: bool
    layer: int
    rate: int
    mono: bool
    size: int
    """Bytes to the next frame."""

    @property
    def samples(self) -> int:
        """Per channel."""
        if self.layer == 1:
            return 384
        return 1152 if self.mpeg_1 or self.layer == 2 else 576

    @property
    def note(self) -> int:
        """Where an encoder's note stands in it."""
        return 4 + ((17 if self.mono else 32) if self.mpeg_1 else (9 if self.mono else 17))


def tag_size(head: bytes) -> int:
    """Return the bytes of an ID3v2 tag at the beginning; 0 where there is none."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    size = 0
    for seven in head[6:10]:
        size = size << 7 | seven & 127
    return 10 + size


def is_mp3(content: bytes) -> bool:
    """Say whether `content` begins with two frames: one alone may be sound without a header."""
    first = _frame(content)
    second = _frame(content[first.size :]) if first else None
    return bool(first and second and (first.layer, first.rate) == (second.layer, second.rate))


def is_adts(content: bytes) -> bool:
    """Say whether `content` begins with two frames of AAC."""
    for _ in range(2):
        if len(content) < 7 or content[0] != 0xFF or content[1] & 0xF6 != 0xF0:
            return False
        size = (content[3] & 3) << 11 | content[4] << 3 | content[5] >> 5
        if size < 7:
            return False
        content = content[size:]
    return True


def stated_samples(content: bytes) -> int:
    """Return the samples per channel that an encoder's note in the first frame counts, or 0.

    Without the padding of encoder and decoder, where the note says how long that is.
    """
    first = _frame(content)
    if first is None:
        return 0
    note = content[first.note :]
    if note[:4] in _NOTES and note[7] & 1:
        frames = int.from_bytes(note[8:12], "big")
        lame = note[120:]
        padding = int.from_bytes(lame[21:24], "big") if note[7] == 15 else 0
        return max(0, frames * first.samples - (padding >> 12) - (padding & 4095))
    if content[_VBRI_PLACE:].startswith(_VBRI):
        return int.from_bytes(content[50:54], "big") * first.samples
    return 0


def joints(content: mmap | bytes) -> list[int]:
    """Return where recordings begin that somebody joined to the first one of an MP3 file.

    A tag or an encoder's note in the middle says so. What has neither goes on as one stream.
    """
    found: list[int] = []
    behind = _behind_first(content, 0)
    if not behind:
        return []  # cut from a stream: it begins with half a frame
    for place, name in sorted(_named(content)):
        begin = place if name == b"ID3" else _noted(content, place)
        if place >= behind and begin is not None:
            end = _behind_first(content, begin)
            if end > begin:
                found.append(begin)
                behind = end
    return found


def _named(content: mmap | bytes) -> Iterator[tuple[int, bytes]]:
    """Yield where something stands that begins a recording, if it isn't there by chance."""
    for name in (b"ID3", *_NOTES, _VBRI):
        place = content.find(name)
        while place >= 0:
            yield place, name
            place = content.find(name, place + 1)


def _noted(content: mmap | bytes, place: int) -> int | None:
    """Return where the frame begins that a note is in; None where it is in none."""
    is_vbri = content[place : place + 4] == _VBRI
    for offset in (_VBRI_PLACE,) if is_vbri else (13, 21, 36):
        if offset <= place:
            frame = _frame(content[place - offset : place])
            if frame and (is_vbri or frame.note == offset):
                return place - offset
    return None


def _behind_first(content: mmap | bytes, begin: int) -> int:
    """Return where the first frame of a recording ends; `begin` where none is, nor tags and one."""
    place = begin
    while size := tag_size(content[place : place + 10]):
        place += size
    opening = content[place : place + _TWO_FRAMES]
    frame = _frame(opening)
    return place + frame.size if frame and is_mp3(opening) else begin


def _frame(content: bytes) -> _Frame | None:
    """Read the header at the beginning of `content`; None where there is none."""
    if len(content) < 4 or content[0] != 0xFF or content[1] & 0xE0 != 0xE0:
        return None
    version, layer = content[1] >> 3 & 3, 4 - (content[1] >> 1 & 3)
    bit_rate, rate = content[2] >> 4, content[2] >> 2 & 3
    if version == 1 or layer == 4 or bit_rate in {0, 15} or rate == 3:
        return None
    mpeg_1 = version == 3
    hertz = _RATES[rate] >> (0 if mpeg_1 else 1 if version == 2 else 2)
    bits = _BIT_RATES[mpeg_1, layer][bit_rate] * 1000
    padding = content[2] >> 1 & 1
    if layer == 1:
        size = (12 * bits // hertz + padding) * 4
    else:
        size = (144 if mpeg_1 or layer == 2 else 72) * bits // hertz + padding
    return _Frame(mpeg_1, layer, hertz, content[3] >> 6 == 3, size)
