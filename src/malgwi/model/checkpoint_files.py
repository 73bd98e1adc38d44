"""The files of a checkpoint: in a folder, or in a repository of the Hugging Face hub."""

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from malgwi.errors import MalgwiError

OURS = "malgwi"
"""The key of `config.json` that holds what transformers has no place for: unit, normalisation."""


def read_json(place: str, file: str, name: str) -> dict[str, Any] | None:
    """Return a JSON object of a folder or hub repository; None where there is no such file.

    Raises:
        MalgwiError: it can't be had, or isn't JSON; `name` is what that calls the checkpoint.
    """
    found = find(place, file, name)
    if found is None:
        return None
    try:
        value = json.loads(Path(found).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MalgwiError(f"checkpoint {name!r}: {file} is not readable JSON ({error})") from error
    if not isinstance(value, dict):
        raise MalgwiError(f"checkpoint {name!r}: {file} must hold a JSON object")
    return value


def our_facts(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `save_checkpoint` has put into a `config.json`."""
    ours = raw.get(OURS)
    return ours if isinstance(ours, dict) else {}


def find(place: str, file: str, name: str) -> str | None:
    """Return the path of a file of a folder or hub repository; None where there is none.

    Raises:
        MalgwiError: the hub doesn't give it; `name` is what that calls the checkpoint.
    """
    found: str | None
    if Path(place).is_dir():
        path = Path(place) / file
        found = str(path) if path.is_file() else None
    elif Path(place).exists():
        raise MalgwiError(f"checkpoint {name!r}: is a file; expected a folder")
    else:
        try:
            found = quiet_transformers().utils.cached_file(
                place,
                file,
                _raise_exceptions_for_missing_entries=False,
                _raise_exceptions_for_connection_errors=True,
            )
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise MalgwiError(
                f"checkpoint {name!r}: no such folder, and the Hugging Face hub doesn't give it "
                f"({reason}); check the name and the network"
            ) from error
    return found


def quiet_transformers() -> Any:
    """Return the library, without its progress bars and its report on weights.

    What the report says is checked where a model is loaded; the library's classes have no types to
    check against.
    """
    module = import_module("transformers")
    module.utils.logging.disable_progress_bar()
    module.utils.logging.set_verbosity_error()
    return module
