"""Sound that comes through a pipe, put down whole in a file that can be read twice."""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeGuard, TypeVar

from malgwi.stores.address import Location

_L = TypeVar("_L", bound=Location)

STDIN = Path("-")
"""As people name what is piped in."""


def is_pipe(path: Location) -> TypeGuard[Path]:
    """Say whether what is named can be read once only."""
    return isinstance(path, Path) and (path == STDIN or path.is_fifo())


@contextmanager
def spooled(paths: Sequence[_L]) -> Iterator[list[_L | Path]]:
    """Give `paths` with a file each for stdin (`-`) and named pipes; those files go at the end."""
    with tempfile.TemporaryDirectory(prefix="malgwi-") as folder:
        files: list[_L | Path] = []
        for number, path in enumerate(paths):
            if is_pipe(path):
                name = "stdin" if path == STDIN else path.name
                file = Path(folder) / str(number) / name
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
        yield files
