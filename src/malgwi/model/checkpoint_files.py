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
    if Path(place).is_dir():
        path = Path(place) / file
        return str(path) if path.is_file() else None
    if Path(place).exists():
        raise MalgwiError(f"checkpoint {name!r}: is a file; expected a folder")
    hub = import_module("huggingface_hub")
    try:
        return str(hub.hf_hub_download(place, file))
    except hub.errors.LocalEntryNotFoundError as error:
        # The network may have lost it. Taken for one that isn't there, it would be made up for.
        if hub.constants.HF_HUB_OFFLINE or _known_to_lack(place, file):
            return None
        remedy = "check the network, or set HF_HUB_OFFLINE=1 where all of it was fetched before"
        raise _not_given(name, file, error, remedy) from error
    except hub.errors.EntryNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _not_given(name, file, error, "check the name and the network") from error


def _known_to_lack(place: str, file: str) -> bool:
    """Whether the hub said that a repository has no such file, when it was last asked."""
    hub = import_module("huggingface_hub")
    return bool(hub.try_to_load_from_cache(place, file) is hub._CACHED_NO_EXIST)


def _not_given(name: str, file: str, error: Exception, remedy: str) -> MalgwiError:
    reason = str(error).splitlines()[0]
    return MalgwiError(
        f"checkpoint {name!r}: no such folder, and the Hugging Face hub doesn't give its {file} "
        f"({reason}); {remedy}"
    )


def quiet_transformers() -> Any:
    """Return the library, without its progress bars and its report on weights.

    What the report says is checked where a model is loaded; the library's classes have no types to
    check against.
    """
    module = import_module("transformers")
    module.utils.logging.disable_progress_bar()
    module.utils.logging.set_verbosity_error()
    return module
