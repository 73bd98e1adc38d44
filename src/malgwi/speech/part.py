"""A part of a file, as a file of its own."""

import io
from typing import BinaryIO


class Part(io.RawIOBase):
    """The bytes of a file from `begin` up to `end`, and others behind them."""

    def __init__(self, file: BinaryIO, begin: int, end: int, behind: bytes = b"") -> None:
        """Take a file that can be sought; it stays the caller's to close."""
        super().__init__()
        self._file, self._begin, self._end, self._behind = file, begin, end, behind
        self._place = 0

    def readable(self) -> bool:
        """Say so."""
        return True

    def seekable(self) -> bool:
        """Say so."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        size = self._end - self._begin + len(self._behind)
        self._place = offset + (0, self._place, size)[whence]
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read what fits into the buffer."""
        place = self._begin + self._place
        if place < self._end:
            self._file.seek(place)
            found = self._file.read(min(len(buffer), self._end - place))
        else:
            found = self._behind[place - self._end :][: len(buffer)]
        buffer[: len(found)] = found
        self._place += len(found)
        return len(found)
