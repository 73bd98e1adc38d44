"""An APK as a ZIP archive: read without trust, and packed so that Android can map it.

What Android maps instead of unpacking is stored at a multiple of its alignment: native libraries
at 16,384 bytes (phones with pages of 16 KB), resources and media at 4. Equal contents give equal
bytes. Signing is `apk_sign.py`'s.
"""

import io
import shutil
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from malgwi.bundle.container import ZIP_ERRORS
from malgwi.errors import MalgwiError

BUNDLE = "assets/bundle.malgwi"
"""Where the app looks for the bundle that it came with."""

PAGE = 16_384
"""Bytes; the largest page of an Android phone."""

_STORED_ENDINGS = {".arsc", ".malgwi", ".so"} | {
    ".amr", ".jpg", ".m4a", ".mp3", ".mp4", ".ogg", ".png", ".wav", ".webp",
}  # fmt: skip
_FILE_HEADER_SIZE = 30  # of a ZIP, without name and extra fields
_ALIGNMENT_FIELD = 0xD935  # the extra field that Android's tools keep alignment in
_MOST_ENTRIES, _LARGEST = 10_000, 1 << 31
_CHUNK = 1 << 20

Content = Callable[[], IO[bytes]]
"""Opens the bytes of an entry."""


def of_file(path: Path) -> Content:
    """Return the content of a file, opened when it is needed."""
    return lambda: path.open("rb")


def of_bytes(data: bytes) -> Content:
    """Return content that stands in memory."""
    return lambda: io.BytesIO(data)


@contextmanager
def open_apk(path: Path) -> Iterator[dict[str, Content]]:
    """Yield the contents of an APK once every entry has been found whole.

    Raises:
        MalgwiError: it is no APK, or a damaged or hostile one.
    """
    with _opened(path) as archive:
        yield contents(archive)


def contents(archive: zipfile.ZipFile) -> dict[str, Content]:
    """Return the content of every entry by its name; old signatures and folders are left out."""
    return {
        entry.filename: _of_entry(archive, entry)
        for entry in archive.infolist()
        if not entry.is_dir() and not entry.filename.startswith("META-INF/")
    }


def pack(path: Path, entries: Mapping[str, Content]) -> None:
    """Write an unsigned APK: the manifest first, then the other entries by name.

    Raises:
        MalgwiError: it would have more than 4 GB, which an APK can't.
    """
    order = sorted(entries, key=lambda name: (name != "AndroidManifest.xml", name))
    try:
        with path.open("wb") as file, zipfile.ZipFile(file, "w", allowZip64=False) as archive:
            for name in order:
                entry = _entry(name, at=file.tell())
                with entries[name]() as content, archive.open(entry, "w") as out:
                    shutil.copyfileobj(content, out, _CHUNK)
    except (zipfile.LargeZipFile, RuntimeError) as error:
        raise MalgwiError(
            f"{path.name}: more than 4 GB, which an APK can't have ({error}). Export the bundle "
            "with --precision int8"
        ) from error


def alignment(name: str) -> int:
    """Return the multiple that an entry's bytes start at; 0: anywhere, deflated."""
    if name.startswith("lib/") and name.endswith(".so"):
        return PAGE
    return 4 if PurePosixPath(name).suffix in _STORED_ENDINGS else 0


def _entry(name: str, *, at: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 0
    multiple = alignment(name)
    if multiple:
        entry.compress_type = zipfile.ZIP_STORED
        begins = at + _FILE_HEADER_SIZE + len(name.encode()) + 6
        padding = -begins % multiple
        entry.extra = struct.pack("<HHH", _ALIGNMENT_FIELD, 2 + padding, multiple) + bytes(padding)
    else:
        entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _of_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Content:
    return lambda: archive.open(entry)


def _opened(path: Path) -> zipfile.ZipFile:
    """Return the archive once every entry has been read through, so that no later read fails."""
    try:
        archive = zipfile.ZipFile(path)
        try:
            _check(archive)
        except BaseException:
            archive.close()
            raise
    except FileNotFoundError as error:
        raise MalgwiError(f"{path}: not found; expected an APK") from error
    except ZIP_ERRORS as error:
        raise MalgwiError(
            f"{path}: not a whole APK ({error}); copy it again, or build it again with `make apk`"
        ) from error
    return archive


def _check(archive: zipfile.ZipFile) -> None:
    """Refuse a table of contents that no APK has, and damaged entries."""
    entries = archive.infolist()
    if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > _LARGEST:
        raise zipfile.BadZipFile(f"over {_MOST_ENTRIES} entries or {_LARGEST} bytes")
    names: set[str] = set()
    for entry in entries:
        parts = entry.filename.split("/")
        if ".." in parts or parts[0] == "" or "\\" in entry.filename or entry.filename in names:
            raise zipfile.BadZipFile(f"an entry named {entry.filename[:80]!r} can't be here")
        names.add(entry.filename)
    for needed in ("AndroidManifest.xml", "classes.dex", "resources.arsc"):
        if needed not in names:
            raise zipfile.BadZipFile(f"it has no {needed}")
    damaged = archive.testzip()
    if damaged is not None:
        raise zipfile.BadZipFile(f"{damaged} is damaged")
