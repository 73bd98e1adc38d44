"""Where a command with rounds keeps what it has done, so that it can go on after it was killed."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from malgwi.errors import MalgwiError
from malgwi.training.config import TrainConfig, config_from_dict, differences
from malgwi.unfinished import lock, remove

_BEGUN = "begun.json"
_FLAGS = {
    "dataset": "the data set (its manifest or vocabulary)",
    "folder": "--also",
    "recordings": "the recordings there",
    "checkpoint": "--checkpoint",
    "rounds": "--also-rounds",
    "share": "--also-share",
}
"""What a command is begun with, for people."""


class Work:
    """The folder of what isn't finished."""

    def __init__(self, output: Path) -> None:
        """Work towards `output` in a folder that is there."""
        self.folder = work_folder(output)
        self.output = output

    @property
    def found(self) -> Path:
        """The file of what was found in each recording."""
        return self.folder / "speech.jsonl"

    def round(self, number: int) -> Path:
        """Return the folder of a round, which is made where it isn't there."""
        place = self.folder / f"round-{number}"
        place.mkdir(exist_ok=True)
        return place

    def remove(self) -> None:
        """Remove all of it, at once: a part of it is no work to go on with."""
        remove(self.folder, self.output)


def work_folder(output: Path) -> Path:
    """Return where the work is whose result will be `output`."""
    return output.with_name(f"{output.name}.also")


def is_begun(output: Path) -> bool:
    """Say whether unfinished work towards `output` is there; another folder may have its name."""
    return (work_folder(output) / _BEGUN).is_file()


def read_begun(output: Path) -> TrainConfig:
    """Return the configuration that a command was begun with.

    Raises:
        MalgwiError: none was, or it can't be read.
    """
    path = work_folder(output) / _BEGUN
    if not is_begun(output):
        raise MalgwiError(
            f"{path.parent}: not there, so no run with --also is to be resumed; start it without "
            "--resume"
        )
    return config_from_dict(_read(path)["config"])


@contextmanager
def open_work(
    output: Path, config: TrainConfig, begun: Mapping[str, Any], *, resume: bool, replace: bool
) -> Iterator[Work]:
    """Yield the folder to work in, a fresh one or the one that is there; it is one process's.

    Args:
        output: what the result will be.
        config: of the runs.
        begun: plain values that mustn't change while it isn't finished.
        resume: go on with what is there.
        replace: remove what is there.

    Raises:
        MalgwiError: it is there though `resume` isn't set, or isn't though it is, or was begun
            with other values; it holds other things; another process works there; it can't be
            written.
    """
    folder = work_folder(output)
    path = folder / _BEGUN
    if resume:
        check_same(folder, read_begun(output), config, _read(path), begun)
    else:
        _make_room(output, replace=replace)
        with _reported(folder):
            folder.mkdir(parents=True)
            write_json(path, {**begun, "config": asdict(config)})
    with _alone(folder):
        yield Work(output)


def _make_room(output: Path, *, replace: bool) -> None:
    """Remove what an earlier command left, if that is wished; nothing else has to go.

    Raises:
        MalgwiError: it is there, or another process works on it, or others' things are there.
    """
    folder = work_folder(output)
    if is_begun(output):
        if not replace:
            raise MalgwiError(
                f"{folder}: is there, left by a command that was stopped; go on with it "
                "(--resume), or give --replace to begin anew"
            )
        with _alone(folder), _reported(folder):
            Work(output).remove()
        return
    with _reported(folder):
        if folder.is_dir() and {path.name for path in folder.iterdir()} <= {_part(_BEGUN)}:
            shutil.rmtree(folder)  # left by a command that was killed as it began
        if folder.exists():
            raise MalgwiError(
                f"{folder}: holds other things, and the rounds would be kept under that name; move "
                "it, or give another --output"
            )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from what was begun in a folder."""
    with _reported(folder):
        descriptor = os.open(folder / _BEGUN, os.O_RDONLY)
    try:
        if lock(descriptor) is False:
            raise MalgwiError(f"{folder}: another process works there; wait for it, or stop it")
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _reported(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MalgwiError(
            f"{folder}: can't be written ({error.strerror or error}); give another --output"
        ) from error


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a small file whole, or not at all."""
    fresh = path.with_name(_part(path.name))
    text = json.dumps(value, ensure_ascii=False, indent=2)
    fresh.write_text(f"{text}\n", encoding="utf-8", errors="backslashreplace")
    fresh.replace(path)


def _part(name: str) -> str:
    """Return what a file is called while it is written."""
    return f"{name}.part"


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        config_from_dict(found["config"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MalgwiError(
            f"{path}: not readable ({error!r}); remove {path.parent}, and begin anew"
        ) from error
    return found


def check_same(
    folder: Path,
    saved: TrainConfig,
    config: TrainConfig,
    before: Mapping[str, Any],
    now: Mapping[str, Any],
) -> None:
    """Refuse to go on in a folder with other numbers or things than it was begun with.

    Raises:
        MalgwiError: names them.
    """
    changed = differences(saved, config)
    for name, value in now.items():
        if before.get(name) != value:
            # Lists of recordings, and hashes, say nothing to people.
            shown = isinstance(value, list) or name == "dataset"
            changed.append(
                f"{_FLAGS[name]} changed"
                if shown
                else f"{_FLAGS[name]}: it has {before.get(name)}, given {value}"
            )
    if changed:
        raise MalgwiError(
            f"{folder}: can't go on with other settings ({'; '.join(changed)}); give those that it "
            "was begun with, or begin anew with --replace"
        )
