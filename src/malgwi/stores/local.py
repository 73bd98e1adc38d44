"""Something in a store → a file of this machine for as long as it is needed, then gone.

The file lies in a folder of its own that only its owner can read, below what `TMPDIR` names. What a
process that was killed left there goes when the next one fetches something.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from malgwi.errors import MalgwiError
from malgwi.stores.address import Address, Location
from malgwi.stores.store import fetch, size
from malgwi.unfinished import begin, beside, sweep

_LONGEST_NAME = 150
"""Bytes; names of files end at 255, those of objects don't."""


class Local(NamedTuple):
    """A file of this machine."""

    path: Path
    named: Callable[[str], str]
    """A sentence about the file → one about what was asked for."""


@contextmanager
def local(place: Location) -> Iterator[Local]:
    """Give a file of this machine: the one that is meant, or one that is fetched for the block.

    A `MalgwiError` of the block about the file is raised again as one about its address.

    Raises:
        MalgwiError: it can't be fetched.
    """
    if isinstance(place, Path):
        yield Local(place, str)
        return
    with _folder(place) as folder:
        path, expected = folder / _file_name(place), size(place)
        _check_room(place, expected or 0, folder)
        fetch(place, path, expected)

        def named(text: str) -> str:
            return text.replace(str(path), str(place))

        try:
            yield Local(path, named)
        except MalgwiError as error:
            raise MalgwiError(named(str(error))) from error


@contextmanager
def _folder(address: Address) -> Iterator[Path]:
    parent = Path(tempfile.gettempdir())
    _sweep(parent)
    folder = beside(parent / "malgwi-fetched")
    try:
        mark = begin(folder)
    except OSError as error:
        raise MalgwiError(
            f"{address}: can't be fetched to {parent} ({error.strerror}); set TMPDIR to a folder "
            "that can be written"
        ) from error
    with mark:
        try:
            folder.chmod(0o700)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@cache
def _sweep(parent: Path) -> None:
    sweep(parent)


def _check_room(address: Address, needed: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise MalgwiError(
            f"{address}: {needed / 1e6:,.0f} MB, and {folder.parent} has {free / 1e6:,.0f} MB "
            "free; make room, or set TMPDIR to a folder that has it"
        )


def _file_name(address: Address) -> str:
    """Return a name with the ending of the address's, by which some formats are known."""
    name = address.name.replace("\0", "_")
    usable = name not in {"", ".", ".."} and len(name.encode(errors="replace")) <= _LONGEST_NAME
    return name if usable else f"recording{address.suffix[:20]}"
