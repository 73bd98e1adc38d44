"""Sound that comes through a pipe, put down whole in a file that can be read twice."""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeGuard, TypeVar

from malgwi.errors import MalgwiError
from malgwi.stores.address import Location

_L = TypeVar("_L", bound=Location)

STDIN = Path("-")
"""As people name what is piped in."""
_CALLED = Path("stdin")
"""As results name it."""


def is_pipe(path: Location) -> TypeGuard[Path]:
    """Say whether what is named can be read once only."""
    return isinstance(path, Path) and (path == STDIN or path.is_fifo())


@contextmanager
def spooled(paths: Sequence[_L]) -> Iterator[list[_L | Path]]:
    """Give `paths` with a file each for stdin (`-`) and named pipes; those files go at the end.

    A `MalgwiError` of the block about such a file is raised again as one about its pipe.
    """
    with tempfile.TemporaryDirectory(prefix="malgwi-") as folder:
        files: list[_L | Path] = []
        for number, path in enumerate(paths):
            if is_pipe(path):
                file = Path(folder) / str(number) / _called(path).name
                file.parent.mkdir()
                with file.open("wb") as out:
                    if path == STDIN:
                        shutil.copyfileobj(sys.stdin.buffer, out)
                    else:
                        with path.open("rb") as pipe:
                            shutil.copyfileobj(pipe, out)
                files.append(file)
            else:
                files.append(path)
        try:
            yield files
        except MalgwiError as error:
            text = renamed(str(error), pipes(paths, files))
            if text == str(error):
                raise
            raise MalgwiError(text) from error


def pipes(paths: Sequence[Location], files: Sequence[Location]) -> dict[Location, Location]:
    """Return what results call those of the files that `spooled` gave for pipes."""
    both = zip(paths, files, strict=True)
    return {file: _called(path) for path, file in both if path != file}


def renamed(text: str, called: Mapping[Location, Location]) -> str:
    """Return a sentence about a file that is gone soon as one about what results call it."""
    for file, name in called.items():
        text = text.replace(str(file), str(name))
    return text


def _called(path: _L) -> _L | Path:
    return _CALLED if path == STDIN else path
