"""A bundle's files: an archive or a folder, both held to the limits of `docs/bundle.md`.

Either is input from outside: whoever reads an entry reads no more than its stated size, no table
of contents is read that is larger than a bundle's may be, and never a file outside.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NoReturn

from malgwi.errors import BundleError
from malgwi.lm.lm_file import LARGEST as LARGEST_LM

MODEL, LM, INFO, CARD = "model.onnx", "lm.bin", "bundle.json", "README.md"
WEIGHTS = "model.weights"
"""The large weights of a model that has them in a file of their own, which is mapped, not read."""
DETECTOR, DETECTOR_LICENCE = "detector.onnx", "detector-licence.txt"
NAME = re.compile(r"(golden/)?[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""What a file of a bundle may be called."""

LARGEST_MODEL = 2**31 - 1
"""Bytes; what one protobuf message, which an ONNX file is, may have."""
_LARGEST = {
    INFO: 1 << 22,
    MODEL: LARGEST_MODEL,
    WEIGHTS: LARGEST_MODEL,
    LM: LARGEST_LM,
    CARD: 1 << 20,
}
_STORED = {MODEL, WEIGHTS, LM, DETECTOR}
_LARGEST_OTHER = 1 << 22
_MOST_ENTRIES, _LARGEST_DIRECTORY = 64, 1 << 16
_END_RECORD = struct.Struct("<4s4H2LH")

ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)
"""What zipfile raises on damaged archives: its own error and others."""


def file_sizes(path: Path) -> dict[str, int]:
    """Return the size that every file is said to have, its name and form checked.

    Raises:
        BundleError: a file or the archive breaks a limit; the message names both.
        ZIP_ERRORS: the archive is damaged, or nothing is there.
    """
    return _folder_sizes(path) if path.is_dir() else _archive_sizes(path)


@contextmanager
def open_entry(path: Path, name: str) -> Iterator[IO[bytes]]:
    """Open a file that `file_sizes` named; it may hold more bytes than it said.

    Raises:
        ZIP_ERRORS: the archive is damaged; reading may raise them too.
    """
    if path.is_dir():
        with (path / name).open("rb") as stream:
            yield stream
    else:
        with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
            yield stream


def largest(name: str) -> int:
    """Return the most bytes that a file of this name may have."""
    return _LARGEST.get(name, _LARGEST_OTHER)


def damaged(path: Path, what: str, cause: Exception | None = None) -> NoReturn:
    """Raise the error of a bundle that isn't as it was written."""
    raise BundleError(f"{path}: damaged: {what}; copy it again, or export it again") from cause


def no_bundle(path: Path, why: str) -> BundleError:
    """Return the error of what never was a bundle, such as a run or a recording."""
    return BundleError(f"{path}: {why}; expected a bundle from `malgwi export`")


def _folder_sizes(path: Path) -> dict[str, int]:
    """Return the size of every file that a bundle may hold; nothing else is looked at."""
    if not (path / INFO).exists():
        raise no_bundle(path, f"no {INFO} in it")
    sizes = {}
    for child in [*path.iterdir(), *_golden_children(path)]:
        name = child.relative_to(path).as_posix()
        if not NAME.fullmatch(name) or name == "golden":
            continue
        facts = child.lstat()
        if not stat.S_ISREG(facts.st_mode):
            damaged(path, f"{name} isn't a plain file (a link or a folder)")
        _check_size(path, name, facts.st_size)
        sizes[name] = facts.st_size
    return sizes


def _golden_children(path: Path) -> Iterator[Path]:
    golden = path / "golden"
    if golden.is_symlink():
        damaged(path, "golden is a symbolic link")
    return golden.iterdir() if golden.is_dir() else iter(())


def _archive_sizes(path: Path) -> dict[str, int]:
    """Check the table of contents of an archive, and return the size of every entry."""
    _check_end_record(path)
    sizes: dict[str, int] = {}
    folded: set[str] = set()
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            _check_entry(path, entry)
            if entry.filename.lower() in folded:
                damaged(path, f"two entries are named {entry.filename!r}")
            folded.add(entry.filename.lower())
            sizes[entry.filename] = entry.file_size
    return sizes


def _check_end_record(path: Path) -> None:
    """Look at the end of the archive before zipfile reads a table of whatever size it claims."""
    with path.open("rb") as file:
        head = file.read(2)
        size = file.seek(0, io.SEEK_END)
        if size < _END_RECORD.size:
            raise BundleError(f"{path}: {size} bytes; not a bundle, or cut off. Copy it again")
        file.seek(size - _END_RECORD.size)
        magic, disk, first, here, count, length, start, comment = _END_RECORD.unpack(file.read())
    if magic != b"PK\x05\x06" or comment:
        if head != b"PK":
            raise no_bundle(path, "no ZIP archive")
        raise BundleError(
            f"{path}: doesn't end as a ZIP archive without comment does; it is cut off or no "
            "bundle. Copy it again"
        )
    if disk or first or here != count or not 0 < count <= _MOST_ENTRIES:
        damaged(path, f"{count} entries; expected 1 to {_MOST_ENTRIES} on one disk")
    if length > _LARGEST_DIRECTORY or start + length != size - _END_RECORD.size:
        damaged(path, f"its table of contents ({length} bytes at {start}) isn't where it belongs")


def _check_entry(path: Path, entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename
    if not NAME.fullmatch(name) or name != entry.filename:
        damaged(path, f"{name!r:.80} is not a name that a bundle may hold")
    if entry.flag_bits & 0x1:
        damaged(path, f"{name} is encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        damaged(path, f"{name} is packed by method {entry.compress_type}; expected 0 or 8")
    if entry.compress_type == zipfile.ZIP_STORED and entry.compress_size != entry.file_size:
        damaged(path, f"{name} is stored, but in {entry.compress_size} of {entry.file_size} bytes")
    if name in _STORED and entry.compress_type != zipfile.ZIP_STORED:
        damaged(path, f"{name} is deflated; expected stored")
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        damaged(path, f"{name} isn't a plain file (a link or a folder)")
    _check_size(path, name, entry.file_size)


def _check_size(path: Path, name: str, size: int) -> None:
    if size > largest(name):
        damaged(path, f"{name} has {size} bytes; a bundle may hold {largest(name)}")
