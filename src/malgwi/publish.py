"""Results written beside their place and renamed into it: whole, or not at all.

    with publish_folder(Path("dataset")) as folder:
        (folder / "manifest.jsonl").write_text(...)

A failure inside the block, a full disk or Ctrl-C included, removes what was written and leaves
`dataset` as it was. A process that is killed leaves at most a hidden `.dataset.….part` behind.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from malgwi.errors import MalgwiError

MARK = ".malgwi"
"""The file by which a published folder is known as one that Malgwi wrote and may replace."""


@contextmanager
def publish_folder(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """Yield a fresh folder beside `target`, which becomes `target` when the block succeeds.

    With `replace`, a folder that this function wrote before gives way to the new one: it is
    renamed to `.NAME.old`, then the new one takes its name, then the old one is deleted. A
    process killed between the two renames is mended by the next call or by `recover`.

    Raises:
        MalgwiError: `target` is a file, or a folder with something in it and `replace` is not
            set or the folder isn't Malgwi's; or writing fails (disk full, no permission).
    """
    place = target.resolve()
    with _reported(target):
        recover(target)
        _check_free(target, place, replace)
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = _beside(place)
        fresh.mkdir()
    try:
        with _reported(target):
            yield fresh
            (fresh / MARK).touch()
            _swap(fresh, place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)  # gone already when all went well


@contextmanager
def publish_file(target: Path) -> Iterator[Path]:
    """Yield the path of a file to write beside `target`; it replaces `target` on success.

    The name ends as the target's does, since some writers choose a format by it.

    Raises:
        MalgwiError: `target` is a folder, or writing fails (disk full, no permission).
    """
    place = target.resolve()
    with _reported(target):
        if place.is_dir():
            raise MalgwiError(f"{target}: is a folder; expected the name of a file to write")
        place.parent.mkdir(parents=True, exist_ok=True)
    fresh = _beside(place)
    try:
        with _reported(target):
            yield fresh
            fresh.replace(place)
    finally:
        fresh.unlink(missing_ok=True)


def recover(target: Path) -> None:
    """Put back the old folder if a process was killed while a new one took its place."""
    place = target.resolve()
    old = _old(place)
    if old.exists() and not place.exists():
        old.rename(place)


def _check_free(target: Path, place: Path, replace: bool) -> None:
    if not place.exists():
        return
    if not place.is_dir():
        raise MalgwiError(f"{target}: is a file; expected a folder or a name that isn't taken")
    if not any(place.iterdir()):
        return
    if not (place / MARK).exists():
        raise MalgwiError(
            f"{target}: is a folder that holds other things; give an empty folder or a new name"
        )
    if not replace:
        raise MalgwiError(
            f"{target}: already holds a result; give a new name, or --replace to replace it"
        )


def _swap(fresh: Path, place: Path) -> None:
    """Give `fresh` the name `place`; whatever fails, one whole folder keeps that name."""
    if not place.exists() or not any(place.iterdir()):
        fresh.replace(place)
        return
    old = _old(place)
    shutil.rmtree(old, ignore_errors=True)  # left by a process killed while deleting it
    place.rename(old)
    try:
        fresh.rename(place)
    except OSError:
        old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _beside(place: Path) -> Path:
    return place.with_name(f".{place.stem}.{secrets.token_hex(4)}.part{place.suffix}")


def _old(place: Path) -> Path:
    return place.with_name(f".{place.name}.old")


@contextmanager
def _reported(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = "" if error.filename is None else f": {os.fsdecode(error.filename)}"
        raise MalgwiError(
            f"{target}: not written ({error.strerror or error}{where}); nothing was changed. "
            "Check free space and permissions, or give another place"
        ) from error
