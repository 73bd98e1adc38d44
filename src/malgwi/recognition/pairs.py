"""Recordings with the texts of what is said in them, by their names."""

import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar, overload

from malgwi.corpus.folder import files_in, is_recording, rank
from malgwi.errors import MalgwiError
from malgwi.recognition.sources import shown
from malgwi.stores.address import Location
from malgwi.stores.store import found

Place_co = TypeVar("Place_co", bound=Location, covariant=True)


class PairOf(NamedTuple, Generic[Place_co]):
    """A recording and the file with all or most of what is said in it."""

    audio: Place_co
    text: Place_co


Pair = PairOf[Path]
"""Of this machine."""
PlacedPair = PairOf[Location]
"""Of this machine, or in stores."""


@overload
def pairs_in(folder: Path, warn: Callable[[str], object]) -> list[Pair]: ...


@overload
def pairs_in(folder: Location, warn: Callable[[str], object]) -> list[PlacedPair]: ...


def pairs_in(folder: Location, warn: Callable[[str], object]) -> Any:
    """Return the recordings of a folder, at any depth, with the texts that have their names.

    So it is with a place in a store, which is asked for what it has.

    Names are compared in NFC, since macOS keeps some in NFD. Of several recordings of one name the
    one that lost least is taken: the others would make each stretch twice.

    Raises:
        MalgwiError: there is no pair.
    """
    files = list(_files(folder))
    texts = {_called(file): file for file in files if file.suffix.lower() == ".txt"}
    every = sorted((one for one in files if is_recording(Path(one.name))), key=_rank)
    sounds: dict[str, Location] = {}
    for file in every:
        best = sounds.setdefault(_called(file), file)
        if best is not file and _called(file) in texts:
            warn(f"{file}: is called as {best.name}, which is taken; left out")
    pairs = [PairOf(sounds[name], texts[name]) for name in sorted(sounds) if name in texts]
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


def _files(folder: Location) -> Iterable[Location]:
    return files_in(folder) if isinstance(folder, Path) else shown(folder, found(folder))


def _rank(file: Location) -> int:
    return rank(Path(file.name))


def _called(file: Location) -> str:
    return unicodedata.normalize("NFC", str(file).removesuffix(file.suffix))
