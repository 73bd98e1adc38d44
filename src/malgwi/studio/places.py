"""Folders of this machine by their names, to choose recordings in; and files that were dropped."""

import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool

from malgwi.annotation.formats import READERS, is_annotations
from malgwi.corpus.folder import RECORDINGS, is_hidden, is_recording
from malgwi.corpus.place import is_file
from malgwi.errors import MalgwiError
from malgwi.studio.guard import MOST_RECORDING
from malgwi.studio.phone_app import ENDING
from malgwi.studio.project import MEDIA
from malgwi.studio.refused import Refused
from malgwi.text_file import is_utf8

LARGEST = MOST_RECORDING
"""Bytes of a file that is dropped."""
_LISTED = 5_000
_LONGEST_NAME = 200
_RESERVED = frozenset('<>:"/\\|?*')
_AT_ONCE = 1 << 20


def listed(path: str | None) -> dict[str, Any]:
    """Return the names in a folder; of files only recordings, annotations, apps; without one, home.

    Raises:
        MalgwiError: it can't be listed.
    """
    folder = Path(path) if path else Path.home()
    if not folder.is_absolute() or "\0" in str(folder):
        raise MalgwiError(f"{str(folder)[:200]!r}: expected an absolute path")
    folder = Path(os.path.normpath(folder))
    folders: list[str] = []
    recordings: list[str] = []
    annotations: list[str] = []
    apps: list[str] = []
    try:
        for one in sorted(folder.iterdir(), key=lambda one: one.name.casefold())[:_LISTED]:
            if is_hidden(one.name) or not is_utf8(one.name):
                continue
            if os.path.isdir(one):  # noqa: PTH112 - `Path.is_dir` raises for what isn't ours
                folders.append(one.name)
            elif is_recording(one):
                recordings.append(one.name)
            elif is_file(one) and is_annotations(one):
                annotations.append(one.name)
            elif is_file(one) and one.suffix.lower() == ENDING:
                apps.append(one.name)
    except OSError as error:
        raise MalgwiError(
            f"{folder}: can't be listed ({error.strerror}); choose another"
        ) from error
    return {
        "path": str(folder),
        "parent": None if folder.parent == folder else str(folder.parent),
        "folders": folders,
        "recordings": recordings,
        "annotations": annotations,
        "apps": apps,
        "endings": sorted({*RECORDINGS, *READERS}),
    }


async def keep(project: Path, name: str, content: AsyncIterator[bytes]) -> tuple[str, int]:
    """Write a dropped file into a project's media, and never over another; return path and bytes.

    Args:
        project: its folder.
        name: of the file; before it, with a slash behind each, of folders to put it in.
        content: of the file.

    Raises:
        MalgwiError: a name can't be one.
        Refused: it is too large (413), or the disk is full (507).
    """
    *folders, last = map(_checked, name.split("/"))
    folder = project.joinpath(MEDIA, *folders)
    place = await run_in_threadpool(_claimed, folder, last)
    part = place.with_name(f".{place.name}.part")
    size = 0
    try:
        with part.open("xb") as file:
            held = bytearray()
            async for chunk in content:
                size += len(chunk)
                _check_size(name, size)
                held += chunk
                if len(held) >= _AT_ONCE:
                    await run_in_threadpool(file.write, bytes(held))
                    held.clear()
            await run_in_threadpool(file.write, bytes(held))
        part.replace(place)
    except OSError as error:
        _drop(part, place)
        raise Refused(
            f"{name}: not copied ({error.strerror}); make room on the disk, or choose it where it "
            "lies, so that nothing is copied",
            507,
            "full",
        ) from error
    except BaseException:
        _drop(part, place)
        raise
    return place.relative_to(project).as_posix(), size


def _check_size(name: str, size: int) -> None:
    if size > LARGEST:
        raise Refused(
            f"{name}: over {LARGEST >> 30} GiB; choose it where it lies instead, so that nothing "
            "is copied",
            413,
            "too-long",
        )


def _checked(name: str) -> str:
    """Return a name that is one on every system.

    Raises:
        MalgwiError: it leads elsewhere, is hidden or too long.
    """
    bad = _RESERVED.intersection(name) or any(ord(char) < 32 or ord(char) == 127 for char in name)
    long = len(name.encode("utf-8", "replace")) > _LONGEST_NAME
    if not name.strip(" .") or name.startswith(".") or name.endswith((" ", ".")) or bad or long:
        raise MalgwiError(f"{name[:80]!r}: no name for a file; rename it, and drop it again")
    return name


def _claimed(folder: Path, name: str) -> Path:
    """Make an empty file of the name, or of NAME-2 and so on."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise MalgwiError(f"{folder}: is a file, and no folder; drop it again") from error
    wanted = folder / name
    number = 1
    while True:
        place = (
            wanted if number == 1 else wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
        )
        try:
            place.open("xb").close()
        except FileExistsError:
            number += 1
            continue
        return place


def _drop(*paths: Path) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()
