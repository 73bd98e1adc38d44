"""The files of a corpus's folder: what is in it, what a table means, what no row names."""

import os
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from malgwi.corpus.place import is_file

_LOSSLESS = ".wav .flac .aif .aiff .au .caf .sph .nist .wv"
_SMALLER = ".ogg .oga .opus .mp3 .m4a .mka .aac .amr .wma .ac3 .spx"
_VIDEOS = ".mp4 .m4v .mkv .webm .mov .avi .wmv .flv .ts .mpg .mpeg .3gp"
_RANK = {
    ending: rank
    for rank, endings in enumerate((_LOSSLESS, _SMALLER, _VIDEOS))
    for ending in endings.split()
}
"""Of several recordings of one event the one that lost least is taken."""
RECORDINGS = _RANK.keys()
"""Endings by which a recording is known that no row names."""


def walk(root: Path) -> Iterator[Path]:
    """Yield the files in `root` at any depth, links followed, each folder once.

    What is hidden isn't the corpus's: `._train.csv` of macOS (AppleDouble), `.ipynb_checkpoints`.
    """
    seen = {os.path.realpath(root)}
    for place, folders, names in os.walk(root, followlinks=True):
        real = {name: os.path.realpath(os.path.join(place, name)) for name in folders}  # noqa: PTH118
        folders[:] = [n for n in sorted(folders) if not is_hidden(n) and real[n] not in seen]
        seen.update(real[name] for name in folders)
        yield from (Path(place, name) for name in sorted(names) if not is_hidden(name))


def is_hidden(name: str) -> bool:
    """Say whether a file or folder isn't its author's but a program's."""
    return name.startswith(".") or name == "__MACOSX"


def files_in(folder: Path) -> Iterator[Path]:
    """Yield what `walk` does but pipes and the like, which would be waited for."""
    yield from filter(is_file, walk(folder))


def is_recording(path: Path) -> bool:
    """Say whether a file's ending is one of recordings."""
    return path.suffix.lower() in RECORDINGS


def rank(path: Path) -> int:
    """Return how much a kind of recording lost: 0 for WAV and FLAC, then MP3, then videos."""
    return _RANK.get(path.suffix.lower(), len(_RANK))


def name_key(name: str) -> str:
    """Return what names have in common that differ in Unicode form or case only."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


class Finder:
    """The files that names in a table mean, which another system may have written otherwise."""

    def __init__(self) -> None:
        """Begin with no folder listed."""
        self._folders: dict[Path, Path] = {}
        self._listed: dict[Path, dict[str, list[str]]] = {}

    def find(self, path: Path) -> Path:
        """Return `path`, or where it isn't there, the one that differs in Unicode form or case.

        macOS writes é as two characters, and its disks and those of Windows take A for a. Where
        several differ only so, none is meant.
        """
        if os.path.exists(path) or path == path.parent:  # noqa: PTH110 - `Path.exists` may raise
            return path
        folder = self._folders.get(path.parent)
        if folder is None:
            folder = self._folders[path.parent] = self.find(path.parent)
        if folder not in self._listed:
            self._listed[folder] = _by_name(folder)
        found = self._listed[folder].get(name_key(path.name), [])
        return folder / (found[0] if len(found) == 1 else path.name)


def _by_name(folder: Path) -> dict[str, list[str]]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names are what is wanted
    except OSError:
        return {}
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name_key(name), []).append(name)
    return found


def unnamed(places: Iterable[Path], named: Iterable[Path]) -> list[Path]:
    """Return those of `places` that are recordings and not among `named`, however these lead there.

    Recordings have a known ending, or one of those that are named.
    """
    known = {os.path.abspath(path) for path in named}  # noqa: PTH100 - follows no link
    endings = RECORDINGS | {Path(path).suffix.lower() for path in known} - {""}
    left = [
        path
        for path in places
        if path.suffix.lower() in endings and os.path.abspath(path) not in known  # noqa: PTH100
    ]
    if not left:
        return []
    real = {os.path.realpath(path) for path in known}
    return [path for path in left if os.path.realpath(path) not in real]
