"""A round is deleted; those that were trained from it stay.

Its number is never given again. Whose voices it heard and what its bundle was called stays known:
what was trained from it leaves with a person whom only the deleted one heard, and copies of the
bundle may be on phones.
"""

import json
import shutil
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from malgwi.dataset.manifest import MANIFEST
from malgwi.errors import MalgwiError
from malgwi.studio.files import read_json, write_json
from malgwi.studio.journal import now
from malgwi.studio.refused import Refused
from malgwi.studio.rounds import (
    BUNDLE,
    DATASET,
    DELETED,
    ROUND,
    bundle_of,
    is_deleted,
    round_folder,
)

_HEARD, _BUNDLES = "heard", "bundles"
"""Of a deleted round, what `voices` and `bundles` said."""

Voice = tuple[str | None, str | None]
"""A speaker, and the recording that has them."""


def places(project: Path) -> dict[int, Path]:
    """Return the folders of all rounds by their numbers, those of deleted ones, too."""
    found = (project / "rounds").glob("[0-9]*")
    return {int(path.name): path for path in found if path.name.isdecimal() and path.is_dir()}


def come_from(rounds: Mapping[int, Path], first: Collection[int]) -> set[int]:
    """Return the rounds that were trained from some of these, by however many steps."""
    starts = {number: _start(path) for number, path in rounds.items()}
    found = set(first)
    while more := {number for number, start in starts.items() if start in found} - found:
        found |= more
    return found - set(first)


def voices(place: Path) -> set[Voice] | None:
    """Return whose voices a round's data set has, and where; None where nobody can tell."""
    about, path = read_json(place / ROUND) or {}, place / DATASET / MANIFEST
    try:
        if DELETED in about:
            return {(who, where) for who, where in about[_HEARD]}
        if not path.is_file():
            return set()
        with path.open("rb") as lines:
            rows = [json.loads(line) for line in lines]
        return {(row.get("speaker"), row.get("recording")) for row in rows}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def bundles(place: Path) -> list[str]:
    """Return the names of the bundles that a round has, or had before it was deleted."""
    about = read_json(place / ROUND) or {}
    if DELETED not in about:
        return sorted(path.name for path in place.glob(f"*{BUNDLE}"))
    known = about.get(_BUNDLES)
    return [name for name in known if isinstance(name, str)] if isinstance(known, list) else []


def removal(project: Path, number: int) -> dict[str, Any]:
    """Return what would go with a round, and what was trained from it, which stays.

    Raises:
        Refused: there is none of that number.
    """
    folder = round_folder(project, number)
    found = {n: path for n, path in places(project).items() if not is_deleted(path)}
    bundle = bundle_of(folder)
    return {
        "bundle": bundle.name if bundle else None,
        "bytes": sum(p.lstat().st_size for p in folder.rglob("*") if not p.is_dir()),
        "newest": max((n for n, path in found.items() if bundle_of(path)), default=None),
        "stay": sorted(come_from(places(project), {number}) & set(found)),
    }


def remove_round(project: Path, number: int, *, knowingly: bool) -> dict[str, Any]:
    """Delete a round, and return what that was. Nothing may use it meanwhile.

    Args:
        project: its folder.
        number: of the round.
        knowingly: whether the person was told that the newest model is it, or comes from it.

    Raises:
        Refused: there is none of that number, or nobody told them.
        MalgwiError: something couldn't be deleted.
    """
    gone = removal(project, number)
    newest = gone["newest"]
    if newest in {number, *gone["stay"]} and not knowingly:
        what = "it is the newest model" if newest == number else f"round {newest} comes from it"
        raise Refused(
            f"round {number}: {what}; who knows that asks again with `knowingly`",
            409,
            "newest",
            {"newest": newest},
        )
    folder = round_folder(project, number)
    heard = voices(folder)
    trace = {
        DELETED: now(),
        _HEARD: None if heard is None else sorted(heard, key=str),
        _BUNDLES: bundles(folder),
    }
    # From here on it is deleted, whatever becomes of its files.
    write_json(folder / ROUND, (read_json(folder / ROUND) or {}) | trace)
    try:
        empty(folder, keep={ROUND})
    except OSError as error:
        raise MalgwiError(
            f"{error.filename}: not deleted ({error.strerror}); mend that, and the rest goes when "
            "Studio is started again"
        ) from error
    return gone


def finish_removals(project: Path) -> None:
    """Delete what a killed process left of rounds that it deleted."""
    for path in places(project).values():
        if is_deleted(path) and not path.is_symlink():
            with suppress(OSError):
                empty(path, keep={ROUND})


def empty(folder: Path, keep: Collection[str] = ()) -> None:
    """Delete what is in a folder, but for some names.

    Raises:
        OSError: something couldn't be deleted.
    """
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name in keep:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _start(place: Path) -> int | None:
    start = str((read_json(place / ROUND) or {}).get("start"))
    return int(start) if start.isdecimal() else None
