"""Files that parts of a work wrote under their final names, and their records.

What is joined is there already: joining finds out whether it is whole and as it was written.
"""

import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TextIO

from malgwi.errors import MalgwiError
from malgwi.job_array import Joined, Record, same_files
from malgwi.recognition.transcribe import publish, require_all
from malgwi.stores.address import Address, Location
from malgwi.stores.store import read
from malgwi.terminal import printable

DONE = {"transcribe": "transcribed", "align": "aligned"}
"""Commands whose parts write so, and what they do to recordings."""
_AT_ONCE = 8
"""Files that are read again at a time."""


def write(
    done: Record,
    item: int,
    file: Location,
    contents: Mapping[str, bytes],
    *,
    output: Location,
    wrong: str | None,
) -> str | None:
    """Record what is written of an item, and write it; return what is wrong with it then.

    Recorded first: what lies there then is known as ours, whenever this ends.
    """
    digests = {name: _digest(content) for name, content in contents.items()}
    done.add(item, {"file": str(file), "files": digests, "error": wrong})
    try:
        publish(contents, output)
    except MalgwiError as error:
        return str(error)
    return wrong


def intact(output: Location, found: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the names of those files that lie in their place as they were written."""
    written = {name: digest for one in found for name, digest in one["files"].items()}

    def is_intact(name: str) -> bool:
        content = _content(output / name)
        return content is not None and _digest(content) == written[name]

    with ThreadPoolExecutor(_AT_ONCE) as reading:
        good = reading.map(is_intact, written)
        return {name for name, it_is in zip(written, good, strict=True) if it_is}


def is_done(found: Mapping[str, Any], whole: set[str]) -> bool:
    """Say whether an item is done by its record, where `whole` files are intact."""
    return not found["error"] and found["files"].keys() <= whole


def join_files(output: Location, joined: Joined, *, stderr: TextIO | None = None) -> None:
    """Check that all parts' files are there as they were written; the records of the parts go.

    Raises:
        MalgwiError: a file is missing or was changed; or, after all the rest is done, recordings
            that couldn't be read.
    """
    errors = stderr or sys.stderr
    whole = intact(output, joined.found)
    for found, part in zip(joined.found, joined.by, strict=True):
        for name in found["files"].keys() - whole:
            there = _content(output / name) is not None
            how = "isn't as it was written" if there else "isn't there"
            raise MalgwiError(
                f"{output / name}: {how}; put it back, or move away what is there and run part "
                f"{part} again, which does what is missing"
            )
    joined.remove()
    broken = [found for found in joined.found if found["error"]]
    for found in broken:
        errors.write(f"malgwi: error: {printable(found['error'])}\n")
    done = DONE[joined.work.facts["command"]]
    require_all([found["file"] for found in broken], len(joined.found), done)


def known(
    files: Sequence[Location], size_of: Callable[[Location], int]
) -> tuple[str, list[tuple[str, int]]]:
    """Return what tells these files from others (names, sizes and order), and names and sizes."""
    sizes = [(str(file), size_of(file)) for file in files]
    return same_files(sizes), sizes


def _content(file: Location) -> bytes | None:
    """Return what a file holds; None where there is none."""
    if isinstance(file, Address):
        return read(file)
    return file.read_bytes() if file.is_file() else None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
