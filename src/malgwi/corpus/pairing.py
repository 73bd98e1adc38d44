"""Which recording a file of annotations is about: by its link, by its name, by its length.

Links are outside data: what leads out of the corpus is only taken where that is allowed, and
nothing is ever fetched.
"""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from urllib.parse import unquote

from malgwi.annotation.annotation import Annotated, Link
from malgwi.corpus.folder import files_in, is_recording, name_key, rank
from malgwi.corpus.place import inside, is_file

_SAME_S = 0.05
"""How far the length that a file states may be from its recording's: a frame of MP3 or two."""

Length = Callable[[Path], float | None]
"""A recording → its seconds, None where they can't be told."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A file of annotations and its recording."""

    annotated: Annotated
    recording: Path | None
    how: str
    """`link`, `name` or `length`; without a recording, why there is none."""
    origin: float = 0.0
    outside: bool = False
    """Whether the recording that it links to is there, but may not be taken."""


class Recordings:
    """The recordings that may be paired: all in some folders, and what links lead to."""

    def __init__(self, roots: Sequence[Path], *, allow_outside: bool) -> None:
        """Look through `roots`, the corpus first."""
        self._roots = roots
        self._allow_outside = allow_outside
        found = (path for root in roots for path in files_in(root) if is_recording(path))
        self.paths = [path for path in dict.fromkeys(found) if self.may_take(path)]
        self._by_name: dict[str, list[Path]] = defaultdict(list)
        self._by_stem: dict[str, list[Path]] = defaultdict(list)
        for path in self.paths:
            self._by_name[name_key(path.name)].append(path)
            self._by_stem[name_key(path.stem)].append(path)

    def may_take(self, path: Path) -> bool:
        """Say whether a path may be read."""
        return self._allow_outside or any(inside(path, root) is not None for root in self._roots)

    def named(self, name: str, near: Path) -> list[Path]:
        """Return the likeliest recordings of a name, which may lack its ending, best first.

        Those beside the annotations come before those elsewhere; several that are equally good
        are all returned.
        """
        found = self._called(name)
        beside = [path for path in found if path.parent == near]
        return _best(beside or found)

    def placed(self, path: Path) -> list[Path]:
        """Return the likeliest recordings of a path that may have been elsewhere, best first.

        Those count whose folders are called as its innermost ones are, as far as any are; several
        that are equally good are all returned.
        """
        found = self._called(path.name)
        most = max((in_common(path, one) for one in found), default=0)
        return _best([one for one in found if in_common(path, one) == most])

    def _called(self, name: str) -> list[Path]:
        stem = Path(name).stem if is_recording(Path(name)) else name
        return self._by_name.get(name_key(name), []) or self._by_stem.get(name_key(stem), [])


def pair(found: Iterable[Annotated], recordings: Recordings, length: Length) -> list[Pair]:
    """Pair each file with its recording, or say why there is none."""
    found = list(found)
    of_file = Counter(one.path for one in found)
    pairs = []
    for one in found:
        # Where a file is about several recordings, its own name can't stand for a missing one.
        own_name = of_file[one.path] == 1 or not one.links
        by_name = _by_name(one, recordings) if own_name else Pair(one, None, _why(one))
        pairs.append(_by_link(one, recordings, by_name) or by_name)
    return _by_length(_each_its_own(pairs), recordings, length)


def unpaired(pairs: Iterable[Pair], recordings: Recordings) -> list[Path]:
    """Return the recordings of which no annotations tell, nor of another form of theirs."""
    taken = [pair.recording for pair in pairs if pair.recording]
    stems = {(path.parent, name_key(path.stem)) for path in taken}
    linked = {
        name_key(_name(place)) for p in pairs for link in p.annotated.links for place in link.places
    }
    return [
        path
        for path in recordings.paths
        if (path.parent, name_key(path.stem)) not in stems and name_key(path.name) not in linked
    ]


def link_to(recording: Path, links: Iterable[Link]) -> Link | None:
    """Return the first link that has a recording's name, wherever it leads."""
    name = name_key(recording.name)
    return next((one for one in links if name in {name_key(_name(p)) for p in one.places}), None)


def _by_link(one: Annotated, recordings: Recordings, otherwise: Pair) -> Pair | None:
    """Return the pair that its links make; `otherwise`, marked, where these lead outside."""
    folder = one.path.parent
    found: list[tuple[Path, Link]] = []
    outside: str | None = None
    for link in one.links:
        for place in link.places:
            path = _local(place, folder)
            if path is None:
                continue
            if recordings.may_take(path):
                found.append((path, link))
                break
            outside = place
    if not found:
        for link in one.links:
            names = dict.fromkeys(_name(place) for place in link.places)
            likely = next(
                (paths for name in names if (paths := recordings.named(name, folder))), []
            )
            if len(likely) == 1:
                found.append((likely[0], link))
    if not found:
        return _outside(otherwise, outside) if outside else None
    path, link = min(found, key=lambda pair: rank(pair[0]))
    return Pair(one, path, "link", link.origin)


def _outside(pair: Pair, place: str) -> Pair:
    if pair.recording:
        return replace(pair, outside=True)
    how = f"links to {place[:200]}, which lies outside of the folder; --allow-outside takes it"
    return replace(pair, how=how, outside=True)


def _by_name(one: Annotated, recordings: Recordings) -> Pair:
    stem, folder = one.path.stem, one.path.parent
    names = (stem, Path(stem).stem, Path(Path(stem).stem).stem)  # talk.0.labels.txt is about talk
    likely = next((paths for name in names if (paths := recordings.named(name, folder))), [])
    if len(likely) == 1:
        # Whatever a link says of where the recording begins holds for this copy of it.
        return Pair(one, likely[0], "name", one.links[0].origin if one.links else 0.0)
    if likely:
        several = " and ".join(str(path) for path in likely[:2])
        return Pair(one, None, f"several recordings are called so: {several}")
    return Pair(one, None, _why(one))


def _each_its_own(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the pairs without those that a name alone led to another folder's recording.

    Folders of sessions have files of the same names. Where a recording isn't there, that of another
    session is the only one that is called so; the file of that session tells whose it is.
    """
    owners = nearest(
        (_claimed(one), one.annotated.path, one.recording) for one in pairs if one.recording
    )
    result = []
    for one in pairs:
        if one.recording and not _leads_to(one.annotated, one.recording):
            owner = owners[_claimed(one)]
            if is_anothers(one.recording, one.annotated.path, owner):
                how = that_of(one.recording, owner)
                result.append(Pair(one.annotated, None, how, outside=one.outside))
                continue
        result.append(one)
    return result


def _claimed(one: Pair) -> Hashable:
    """Return what a file claims: a recording may have one of each name."""
    return one.recording, name_key(one.annotated.path.name)


def _leads_to(one: Annotated, recording: Path) -> bool:
    """Say whether a link is the path of a recording, not only its name."""
    places = (_local(place, one.path.parent) for link in one.links for place in link.places)
    return any(path == recording for path in places)


def nearest(claims: Iterable[tuple[Hashable, Path, Path]]) -> dict[Hashable, Path]:
    """Return whose each recording is: the path whose folders are most like its, the first of such.

    Args:
        claims: what is claimed, by which path, and the recording that its name led to.
    """
    owners: dict[Hashable, Path] = {}
    for claimed, path, recording in claims:
        if is_anothers(recording, owners.setdefault(claimed, path), path):
            owners[claimed] = path
    return owners


def is_anothers(recording: Path, path: Path, owner: Path) -> bool:
    """Say whether `owner`'s folders are more like a recording's than `path`'s are."""
    return in_common(path, recording) < in_common(owner, recording)


def that_of(recording: Path | str, owner: Path | str) -> str:
    """Return why a recording isn't taken for one of its name that isn't there."""
    return f"the only recording that is called so, {recording}, is that of {owner}"


def in_common(one: Path, other: Path) -> int:
    """Return how many folders' names two files' paths share, from the innermost on."""
    names = zip(one.parts[-2::-1], other.parts[-2::-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: name_key(pair[0]) == name_key(pair[1]), names))


def _by_length(pairs: list[Pair], recordings: Recordings, length: Length) -> list[Pair]:
    """Pair what has neither link nor name where one recording alone has the length it states."""
    left = [pair for pair in pairs if not pair.recording and pair.annotated.length]
    if not left:
        return pairs
    taken = {pair.recording for pair in pairs}
    lengths = {path: length(path) for path in recordings.paths if path not in taken}
    fits = {
        id(pair): [
            path
            for path, seconds in lengths.items()
            if seconds is not None and abs(seconds - (pair.annotated.length or 0)) <= _SAME_S
        ]
        for pair in left
    }
    claims = [path for paths in fits.values() for path in paths]
    return [
        replace(pair, recording=paths[0], how="length", outside=False)
        if len(paths := fits.get(id(pair), [])) == 1 and claims.count(paths[0]) == 1
        else pair
        for pair in pairs
    ]


def _why(one: Annotated) -> str:
    places = [link.places[0][:200] for link in one.links if link.places]
    remote = next((p for link in one.links for p in link.places if _is_remote(p)), None)
    if remote:
        return f"links to {remote[:200]}, which isn't fetched; download it into the folder"
    if places:
        return f"links to {' and '.join(places[:3])}, not found; nor is a recording of its own name"
    return "links to nothing, and no recording has its name"


def _local(place: str, folder: Path) -> Path | None:
    """Return the file on this machine that a link leads to; None where there is none."""
    if _is_remote(place) or "\0" in place:
        return None
    if place[:5].lower() == "file:":
        place = unquote(re.sub(r"^/{2,}(?:localhost/+)?", "/", place[5:]))
    for path in (folder / place, folder / unquote(place)):
        if is_file(path):
            return Path(os.path.normpath(path))
    return None


def _is_remote(place: str) -> bool:
    return re.match(r"(?!file:)[a-z][a-z0-9+.-]+:", place, re.IGNORECASE) is not None


def _name(place: str) -> str:
    """Return the file's name in a path or URL, of Windows too."""
    bare = re.split(r"[?#]", place)[0] if _is_remote(place) else place
    return unquote(re.split(r"[/\\]", bare)[-1])


def _best(paths: list[Path]) -> list[Path]:
    best = min(map(rank, paths), default=0)
    return [path for path in paths if rank(path) == best]
