"""Which files outside of projects the person at this machine has chosen.

A project may come from somebody else, and name files of this machine. The list lies in the
person's own folder, so that no project can bring one along.
"""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from malgwi.errors import MalgwiError


def _list() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "malgwi" / "chosen.jsonl"


def is_chosen(path: Path) -> bool:
    """Say whether a file was chosen on this machine."""
    meant = _meant(path)
    with suppress(OSError), _list().open("rb") as lines:
        for line in lines:
            with suppress(ValueError):
                if json.loads(line) == meant:
                    return True
    return False


def choose(paths: Iterable[Path]) -> None:
    """Remember that the person chose files.

    Raises:
        MalgwiError: that can't be written.
    """
    new = [path for path in paths if not is_chosen(path)]
    place = _list()
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with place.open("ab", buffering=0) as file:
            for path in new:
                file.write(json.dumps(_meant(path)).encode() + b"\n")
    except OSError as error:
        raise MalgwiError(
            f"{place}: not written ({error.strerror}); it keeps which files outside of projects "
            "you chose. Check its permissions"
        ) from error


def _meant(path: Path) -> str:
    """Return what a path leads to now, so that a link put there later is another file."""
    return os.path.realpath(path)
