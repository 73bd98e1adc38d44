"""Which files are annotations, by their ending, and who reads them."""

from collections.abc import Callable, Mapping
from pathlib import Path

from malgwi.annotation.annotation import Annotated
from malgwi.annotation.audacity import is_labels, read_labels
from malgwi.annotation.chat import read_chat
from malgwi.annotation.elan import read_elan
from malgwi.annotation.flex import read_flex
from malgwi.annotation.stm import read_stm
from malgwi.annotation.subtitles import read_subtitles
from malgwi.annotation.textgrid import read_textgrid
from malgwi.annotation.transcriber import read_transcriber
from malgwi.text_file import TextFiles

Reader = Callable[[Path, TextFiles], list[Annotated]]

READERS: Mapping[str, Reader] = {
    ".eaf": lambda path, _: [read_elan(path)],
    ".textgrid": lambda path, files: [read_textgrid(path, files)],
    ".trs": lambda path, _: [read_transcriber(path)],
    ".cha": lambda path, files: [read_chat(path, files)],
    ".flextext": lambda path, _: read_flex(path),
    ".stm": read_stm,
    ".srt": lambda path, files: [read_subtitles(path, files)],
    ".vtt": lambda path, files: [read_subtitles(path, files)],
    ".txt": lambda path, files: [read_labels(path, files)],
}
"""By ending; of .txt only label tracks are annotations."""


def is_annotations(path: Path) -> bool:
    """Say whether a file is one that `read_annotations` reads; of .txt, whether it has labels."""
    ending = path.suffix.lower()
    return ending in READERS and (ending != ".txt" or is_labels(path))


def read_annotations(path: Path, files: TextFiles) -> list[Annotated]:
    """Return what a file says, one value for each recording that it names.

    Raises:
        MalgwiError: it can't be read as what its ending says.
    """
    return READERS[path.suffix.lower()](path, files)
