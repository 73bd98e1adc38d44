"""Recordings with the texts of what is said in them, by their names."""

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from malgwi.corpus.folder import files_in, is_recording, rank
from malgwi.errors import MalgwiError


class Pair(NamedTuple):
    """A recording and the file with all or most of what is said in it."""

    audio: Path
    text: Path


def pairs_in(folder: Path, warn: Callable[[str], object]) -> list[Pair]:
    """Return the recordings of a folder, at any depth, with the texts that have their names.

    Names are compared in NFC, since macOS keeps some in NFD. Of several recordings of one name the
    one that lost least is taken: the others would make each stretch twice.

    Raises:
        MalgwiError: there is no pair.
    """
    files = list(files_in(folder))
    texts = {_called(file): file for file in files if file.suffix.lower() == ".txt"}
    every = sorted(filter(is_recording, files), key=rank)
    sounds: dict[str, Path] = {}
    for file in every:
        best = sounds.setdefault(_called(file), file)
        if best is not file and _called(file) in texts:
            warn(f"{file}: is called as {best.name}, which is taken; left out")
    pairs = [Pair(sounds[name], texts[name]) for name in sorted(sounds) if name in texts]
    alone = [sounds[name] for name in sorted(sounds) if name not in texts]
    alone += [file for name, file in texts.items() if name not in sounds]
    if not pairs:
        raise MalgwiError(
            f"{folder}: no recording with a text of its name in it, such as talk.mp3 and talk.txt; "
            f"found {len(every)} recordings and {len(texts)} texts (.txt)"
        )
    if alone:
        more = f" and {len(alone) - 1} more" if alone[1:] else ""
        warn(f"{alone[0]}{more}: no partner of the same name, left out")
    return pairs


def _called(file: Path) -> str:
    return unicodedata.normalize("NFC", str(file.with_suffix("")))
