"""What people name to be transcribed → recordings: files, folders, lists."""

from collections.abc import Sequence
from pathlib import Path

from malgwi.corpus.folder import files_in, is_recording
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles


def recordings(named: Sequence[Path], listed: Path | None = None) -> list[Path]:
    """Return the recordings of what is named, each folder's sorted, and of a list, a line each.

    Raises:
        MalgwiError: a folder or the list has none, or can't be read.
    """
    found: list[Path] = []
    for path in named:
        inside = (
            [file for file in files_in(path) if is_recording(file)] if path.is_dir() else [path]
        )
        if not inside:
            raise MalgwiError(f"{path}: no recording in it; name another folder, or files")
        found += inside
    if listed is not None:
        lines = [Path(line) for line in TextFiles().read(listed).splitlines() if line.strip()]
        if not lines:
            raise MalgwiError(f"{listed}: empty; expected a recording a line")
        found += lines
    return found
