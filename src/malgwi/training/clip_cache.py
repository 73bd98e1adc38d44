"""What is computed of every clip once, in memory-mapped files: features, the sound of stretches.

A cache is a folder, `cache/NAME` in the data set (or in `RUN.cache` beside the run, where the data
set can't be written to). NAME has a hash of all that the content depends on but the clip. A clip
is known by its stretch of a recording, and the recording by the SHA-256 of its file, so a moved or
renamed clip is found again and a changed one is not.

Each process that fills the cache appends to a pair of files of its own: the clip's numbers to
`PART.bin`, then one line to `PART.jsonl`. A process that is killed leaves whole clips behind, at
worst one without its line, which is computed again; several may fill the same cache.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malgwi.dataset.manifest import Utterance
from malgwi.errors import MalgwiError
from malgwi.text_file import lines_of

_KINDS = ("float16", "float32", "int16")
Array = NDArray[Any]
"""Of two dimensions."""


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes.

    Raises:
        MalgwiError: the file can't be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MalgwiError(f"{path}: can't be read ({error.strerror})") from error


class ClipCache:
    """Arrays of two dimensions by the clip's stretch; written by `add`, read by `get`."""

    def __init__(self, folder: Path) -> None:
        """Open the cache in `folder`, which `add` makes when needed."""
        self.folder = folder
        self._index: dict[str, tuple[Path, int, tuple[int, int], str]] = {}
        self._maps: dict[Path, np.memmap[Any, Any]] = {}
        self._part: Path | None = None
        self.refresh()

    def __contains__(self, clip: str) -> bool:
        """Return whether the clip is there."""
        return clip in self._index

    def length(self, clip: str) -> int:
        """Return the first dimension of a clip that is there."""
        return self._index[clip][2][0]

    def refresh(self) -> None:
        """Read the parts, also those that other processes wrote; damaged lines don't count."""
        for lines in sorted(self.folder.glob("*.jsonl")):
            data = lines.with_suffix(".bin")
            size = data.stat().st_size if data.is_file() else 0
            for line in lines_of(lines.read_text(encoding="utf-8", errors="replace")):
                try:
                    row = json.loads(line)
                    shape = (int(row["shape"][0]), int(row["shape"][1]))
                    start, kind = int(row["start"]), str(row["dtype"])
                    end = start + shape[0] * shape[1] * np.dtype(kind).itemsize
                    if kind in _KINDS and min(shape) > 0 and 0 <= start < end <= size:
                        self._index[str(row["clip"])] = (data, start, shape, kind)
                except (ValueError, KeyError, TypeError, IndexError):
                    continue

    def add(self, clip: str, array: Array) -> None:
        """Append what belongs to a clip.

        Raises:
            OSError: the disk is full, or the folder can't be written.
        """
        if self._part is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._part = self.folder / f"{secrets.token_hex(4)}.bin"
        start = self._part.stat().st_size if self._part.exists() else 0
        start += -start % 4  # what a write cut short may have left, aligned for fp32
        with self._part.open("ab") as data:
            data.truncate(start)
            data.write(array.tobytes())
        row = {
            "clip": clip,
            "start": start,
            "shape": list(array.shape),
            "dtype": str(array.dtype),
        }
        with self._part.with_suffix(".jsonl").open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(row) + "\n")
        shape = (array.shape[0], array.shape[1])
        self._index[clip] = (self._part, start, shape, str(array.dtype))

    def get(self, clip: str) -> Array:
        """Return what belongs to a clip, read through the memory map.

        Raises:
            KeyError: it isn't there.
        """
        path, start, shape, kind = self._index[clip]
        mapped = self._maps.get(path)
        end = start + shape[0] * shape[1] * np.dtype(kind).itemsize
        if mapped is None or len(mapped) < end:
            mapped = self._maps[path] = np.memmap(path, dtype=np.uint8, mode="r")
        return mapped[start:end].view(kind).reshape(shape)


def cache_folder(dataset: Path, run: Path, name: str) -> Path:
    """Return where a cache lies: in the data set, or beside the run if that can't be written to.

    Not in the run, which may not be there yet, or be replaced: so the cache outlives it.
    """
    inside = dataset / "cache" / name
    try:
        inside.mkdir(parents=True, exist_ok=True)
        trial = inside / f".{secrets.token_hex(4)}"
        trial.touch()
        trial.unlink()
    except OSError:
        place = run.resolve()
        return place.with_name(f"{place.name}.cache") / name
    return inside


Stream = Callable[[Iterable[Utterance]], Iterator[tuple[Utterance, Array | MalgwiError]]]
"""Utterances → each with what belongs to it or why there is nothing, in order."""


def each(compute: Callable[[Utterance], Array]) -> Stream:
    """Return what computes utterances one after the other, where `compute` may raise an error."""

    def stream(
        utterances: Iterable[Utterance],
    ) -> Iterator[tuple[Utterance, Array | MalgwiError]]:
        for utterance in utterances:
            try:
                found: Array | MalgwiError = compute(utterance)
            except MalgwiError as error:
                found = error
            yield utterance, found

    return stream


def fill(
    cache: ClipCache,
    compute: Stream,
    utterances: Sequence[Utterance],
    done: Callable[[Utterance], None],
) -> dict[str, str]:
    """Compute what of utterances isn't in the cache yet.

    `done` is called with each utterance when it is there. A file is held against the hash that
    it had when it was prepared, or the cache would keep other sound under its name.

    Returns:
        Id to reason, for utterances that can't be read, have changed or are too short.
    """
    failed: dict[str, str] = {}
    found: dict[Path, str] = {}

    def new() -> Iterator[Utterance]:
        for utterance in utterances:
            path = utterance.audio
            if utterance.stretch.key not in cache:
                try:
                    if path not in found:
                        found[path] = file_hash(path)
                except MalgwiError as error:
                    failed[utterance.id] = str(error)
                else:
                    if found[path] == utterance.stretch.sha256:
                        yield utterance
                        continue
                    failed[utterance.id] = (
                        f"{path}: has changed since the data set was prepared: prepare it again"
                    )
            done(utterance)

    for utterance, computed in compute(new()):
        if isinstance(computed, MalgwiError):
            failed[utterance.id] = str(computed)
        else:
            try:
                cache.add(utterance.stretch.key, computed)
            except OSError as error:
                raise MalgwiError(
                    f"{cache.folder}: the cache can't be written ({error.strerror}); free "
                    "some space, or train with --cache-gb 0"
                ) from error
        done(utterance)
    return failed
