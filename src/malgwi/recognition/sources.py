"""What people name to be transcribed → recordings: files, folders, lists, places in stores."""

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from malgwi.corpus.folder import files_in, is_hidden, is_recording
from malgwi.errors import MalgwiError
from malgwi.stores.address import Address, Location, location
from malgwi.stores.local import local
from malgwi.stores.store import CredentialsError, check, found, size
from malgwi.text_file import TextFiles, lines_of

_AT_ONCE = 16
"""Objects of a list that stores are asked about at a time."""


def recordings(named: Sequence[Location], listed: Location | None = None) -> list[Location]:
    """Return the recordings of what is named, each folder's sorted, and of a list, a line each.

    A list may be a manifest (JSON lines with `audio_filepath`, relative to where it lies), of which
    each recording is taken once, whole, however many of its stretches stand there.

    Those in stores have their sizes, where a store says them.

    Raises:
        MalgwiError: a folder, a prefix or the list has none, or can't be read.
    """
    inside = [file for place in named for file in _inside(place)]
    if listed is not None:
        with local(listed) as file:
            text = TextFiles().read(file.path)
        lines = (
            _of_manifest(text, listed)
            if text.lstrip().startswith("{")
            else [location(line) for line in lines_of(text) if line.strip()]
        )
        if not lines:
            raise MalgwiError(f"{listed}: empty; expected a recording a line")
        inside += _measured(lines)
    return inside


def _of_manifest(text: str, listed: Location) -> list[Location]:
    """Return the recordings of a manifest, each once.

    Raises:
        MalgwiError: names the line that isn't of one.
    """
    places: dict[Location, None] = {}
    for number, line in enumerate(lines_of(text), 1):
        if not line.strip():
            continue
        try:
            name = json.loads(line)["audio_filepath"]
        except (ValueError, KeyError, TypeError) as error:
            raise MalgwiError(
                f"{listed}: line {number} is no JSON with audio_filepath ({error!r}); expected a "
                "manifest, or a recording a line"
            ) from error
        if not isinstance(name, str) or not name:
            raise MalgwiError(
                f"{listed}: line {number}: audio_filepath is {name!r}, expected a path"
            )
        there = location(name)
        if isinstance(there, Path) and not there.is_absolute():
            there = _beside(listed, name)
        places[there] = None
    return list(places)


def _beside(listed: Location, name: str) -> Location:
    if isinstance(listed, Path):
        return listed.parent / name
    return location(f"{str(listed).rpartition('/')[0]}/{name}")


def _inside(place: Location) -> Sequence[Location]:
    if isinstance(place, Path) and not place.is_dir():
        return [place]
    if isinstance(place, Path):
        inside: Sequence[Location] = [file for file in files_in(place) if is_recording(file)]
    else:
        there = found(place)
        if there == [place]:
            return there
        seen = (one for one in shown(place, there) if is_recording(Path(one.name)))
        inside = sorted(seen, key=partial(_order, place))
    if not inside:
        raise MalgwiError(f"{place}: no recording in it; name another folder, or files")
    return inside


def shown(place: Address, there: Iterable[Address]) -> Iterator[Address]:
    """Yield those that `files_in` would of a folder."""
    for one in there:
        if not any(map(is_hidden, str(one).removeprefix(f"{place}/").split("/"))):
            yield one


def _order(place: Address, one: Address) -> list[tuple[bool, str]]:
    """Return a key by which files come before the folders beside them, as in a walk."""
    *folders, name = str(one).removeprefix(f"{place}/").split("/")
    return [*((True, folder) for folder in folders), (False, name)]


def _measured(places: Sequence[Location]) -> list[Location]:
    """Return the places with the sizes of those in stores; what isn't there is told in its turn.

    Raises:
        MalgwiError: a store can't be asked at all.
    """
    for protocol in {place.protocol for place in places if isinstance(place, Address)}:
        check(protocol)
    with ThreadPoolExecutor(_AT_ONCE) as asking:
        return list(asking.map(_with_size, places))


def _with_size(place: Location) -> Location:
    if isinstance(place, Path):
        return place
    try:
        return Address(place.text, size(place))
    except CredentialsError:
        raise
    except MalgwiError:
        return place
