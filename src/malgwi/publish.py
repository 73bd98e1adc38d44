"""Results written beside their place and put into it in one step: whole, or not at all.

    with publish_folder(Path("dataset")) as folder:
        (folder / "manifest.jsonl").write_text(...)

A failure inside the block, a full disk or Ctrl-C included, removes what was written and leaves
`dataset` as it was. What others put there meanwhile stays, and the new result is kept beside it.
A process that is killed leaves a hidden `.dataset.….part`, which the next publication into the
same place removes: a writer holds a lock inside for as long as it lives.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from stat import S_ISDIR

from malgwi.errors import MalgwiError
from malgwi.unfinished import MARK, alone, begin, beside, finish, remove, short, sweep

_Identity = tuple[object, ...] | None
"""What tells whether the same thing still stands in a place; None for nothing."""


@dataclass(frozen=True)
class Place:
    """A file to write, and what stood there before the work: what came since then is kept."""

    target: Path
    """As it was asked for."""
    found: _Identity

    def __str__(self) -> str:
        """Return the path as it was asked for."""
        return str(self.target)


class _KeptError(MalgwiError):
    """A result is whole, but lies elsewhere."""

    def __init__(self, target: Path, reason: str, path: Path) -> None:
        super().__init__(
            f"{target}: {reason}, which stays as it is; the new result is whole and lies in "
            f"{path}. Move it to where you want it"
        )
        self.path = path


@contextmanager
def publish_folder(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """Yield a fresh folder beside `target`, which becomes `target` when the block succeeds.

    With `replace`, a folder that this function wrote before gives way to the new one: it is
    renamed to `.NAME.old`, then the new one takes its name, then the old one is deleted. A
    process killed between the two renames is mended by the next call or by `recover`.

    Raises:
        MalgwiError: `target` is a file, or a folder with something in it and `replace` is not
            set or the folder isn't Malgwi's; or writing fails (disk full, no permission); or
            something else was put there meanwhile, which stays: the error names the folder
            that holds the new result.
    """
    _check_free(target, replace)
    place = _resolved(target)
    with _reported(target):
        found = _identity(place)
        sweep(place.parent, place.name)
    with _part(target, place) as fresh:
        with _reported(target):
            yield fresh
            finish(fresh)
        _put(fresh, target, place, found, _swap)


@contextmanager
def publish_file(target: Path | Place) -> Iterator[Path]:
    """Yield the path of a file to write beside `target`; it replaces `target` on success.

    The name is the target's, since some writers choose a format by it. With a `Place`, only what
    stood there when `claim_file` looked is replaced.

    Raises:
        MalgwiError: `target` is a folder, or writing fails (disk full, no permission), or
            another file was put there meanwhile: the error names the new one.
    """
    asked = target.target if isinstance(target, Place) else target
    place = _resolved(asked)
    with _reported(asked):
        _refuse_others(asked, place)
    with _part(asked, place) as folder:
        fresh = folder / place.name
        with _reported(asked):
            yield fresh
            if not isinstance(target, Place):
                fresh.replace(place)
                return
            finish(folder)
        _put(fresh, asked, place, target.found, Path.replace)


def claim_file(target: Path, *, replace: bool) -> Place:
    """Check before the work that a file can be written after it; leave nothing there.

    Raises:
        MalgwiError: `target` is a folder, or exists and `replace` isn't set, or can't be written.
    """
    place = _resolved(target)
    with _reported(target):
        _refuse_others(target, place)
        found = _identity(place)
        if found and not replace:
            raise MalgwiError(f"{target}: exists; give a new name, or --replace to replace it")
        sweep(place.parent, place.name)
    with _part(target, place) as folder, _reported(target):
        (folder / place.name).touch()
    return Place(target, found)


def claim_files_in(folder: Path, *, shared: bool = False) -> None:
    """Check before the work that files can be written into a folder after it; leave nothing there.

    The folder itself is made and stays where it is `shared`: other processes that begin at the
    same time mustn't see it go.

    Raises:
        MalgwiError: it is a file, or can't be written to.
    """
    place = _resolved(folder)
    with _reported(folder):
        if place.exists() and not place.is_dir():
            raise MalgwiError(f"{folder}: is a file; expected a folder or a name that isn't taken")
        if shared:
            place.mkdir(parents=True, exist_ok=True)
    sweep(place)
    with _part(folder, place / "any"):
        pass


def claim_folder(target: Path, *, replace: bool) -> None:
    """Check before the work that `publish_folder` can write after it; leave nothing there.

    Raises:
        MalgwiError: `target` is taken or can't be written.
    """
    _check_free(target, replace)
    with _part(target, _resolved(target)):
        pass


def recover(target: Path) -> None:
    """Put back the old folder if a process was killed while a new one took its place."""
    place = _resolved(target)
    old = _old(place)
    if (old / MARK).exists() and not place.exists():
        with alone(place.parent), suppress(OSError):  # another process may have been faster
            if not place.exists():
                old.rename(place)


@contextmanager
def _part(target: Path, place: Path) -> Iterator[Path]:
    """Yield a fresh folder beside `place`, its mark locked; what is left of it is removed.

    So are the folders that were made for it, where nothing came to stand in them.
    """
    made: list[Path] = []
    fresh = beside(place)
    kept = fresh.parent
    try:
        with ExitStack() as stack:
            with _reported(target), alone(place.parent):
                _make(place.parent, made)
                with suppress(FileNotFoundError):
                    place.lstat()  # names too long are told before the work
                stack.enter_context(begin(fresh))
            yield fresh
    except _KeptError as error:
        kept = error.path
        raise
    finally:
        if not kept.is_relative_to(fresh):
            shutil.rmtree(fresh, ignore_errors=True)
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()


def _make(folder: Path, made: list[Path]) -> None:
    """Make a folder and its parents; add those that weren't there to `made`."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        made.append(path)
    folder.mkdir(exist_ok=True)  # refuses a file


def _put(
    fresh: Path,
    target: Path,
    place: Path,
    found: _Identity,
    move: Callable[[Path, Path], object],
) -> None:
    """Give what is whole its place, if that is as it was; else keep it beside.

    Raises:
        MalgwiError: where it lies instead.
    """
    with alone(place.parent):
        try:
            if _identity(place) in (None, found):
                move(fresh, place)
                return
            reason = "something else was put there meanwhile"
        except OSError as error:
            reason = f"not written ({error.strerror or error}) over what is there"
        for number in count(2):
            kept = place.with_name(f"{place.stem}-{number}{place.suffix}")
            if not os.path.lexists(kept):
                break
        try:
            fresh.rename(kept)
        except OSError:
            kept = fresh
    raise _KeptError(target, reason, kept)


def _swap(fresh: Path, place: Path) -> None:
    """Give `fresh` the name `place`; whatever fails, one whole folder keeps that name."""
    if not place.exists() or not any(place.iterdir()):
        fresh.replace(place)
        return
    old = _old(place)
    _discard(old, place)  # left by a process killed before deleting it
    place.rename(old)
    try:
        fresh.rename(place)
    except OSError:
        old.rename(place)
        raise
    with suppress(OSError):
        _discard(old, place)


def _discard(old: Path, place: Path) -> None:
    if (old / MARK).exists():
        remove(old, place)


def _check_free(target: Path, replace: bool) -> None:
    place = _resolved(target)
    with _reported(target):
        recover(target)
        if place.is_mount():
            raise MalgwiError(
                f"{target}: another disk or a container's volume begins here, so that no folder "
                f"can take its place; give a folder inside it, such as {target / 'result'}"
            )
        if _identity(place) is None:
            return
        if not place.is_dir():
            raise MalgwiError(f"{target}: is a file; expected a folder or a name that isn't taken")
        if not (place / MARK).exists():
            raise MalgwiError(
                f"{target}: is a folder that holds other things; give an empty folder or a new name"
            )
        if not replace:
            raise MalgwiError(
                f"{target}: already holds a result; give a new name, or --replace to replace it"
            )


def _refuse_others(target: Path, place: Path) -> None:
    if place.exists() and not place.is_file():
        kind = "a folder" if place.is_dir() else "a device or pipe"
        raise MalgwiError(f"{target}: is {kind}; expected the name of a file to write")


def _identity(place: Path) -> _Identity:
    """Return what tells a file or a folder of results from another; None for an empty folder."""
    try:
        facts = place.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not S_ISDIR(facts.st_mode):
        return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns
    if not any(place.iterdir()):
        return None
    mark = place / MARK
    return facts.st_dev, facts.st_ino, mark.read_bytes() if mark.is_file() else None


def _old(place: Path) -> Path:
    return place.with_name(f".{short(place.name)}.old")


def _resolved(target: Path) -> Path:
    try:
        return target.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a circle of links, a NUL character
        raise MalgwiError(f"{str(target)!r}: no name for a file ({error}); give another") from error


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
