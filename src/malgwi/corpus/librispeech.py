"""LibriSpeech as OpenSLR distributes it: `SUBSET/SPEAKER/CHAPTER/S-C-NNNN.flac`, `.trans.txt`.

Zeroth-Korean has the same with other marks: `SUBSET/SCRIPT/SPEAKER/S_T_NNNN.flac`.
"""

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from malgwi.corpus.folder import Finder, walk
from malgwi.corpus.row import Row, broken
from malgwi.text_file import TextFiles


def transcript_files(root: Path) -> list[Path]:
    """Return the chapters' transcripts."""
    found = (path for path in walk(root) if fnmatch(path.name, "*[-_]*.trans.txt"))
    return sorted(path for path in found if path.is_file())


def read_librispeech(root: Path, files: TextFiles) -> Iterator[Row]:
    """Yield one row a line of each chapter: column `chapter`, split from the subset's name."""
    finder = Finder()
    subset = os.path.basename(os.path.abspath(root))  # noqa: PTH100, PTH119 - follows no link
    for path in transcript_files(root):
        chapter = path.parent
        place = chapter.relative_to(root)
        with files.open(path) as opened:
            lines = opened.read().splitlines()
        for number, line in enumerate(lines, 1):
            where = f"{path.relative_to(root).as_posix()}:{number}"
            name, _, text = line.partition(" ")
            if not line.isprintable() or Path(name).name != name:
                yield broken(where, "damaged-row", repr(line[:60]))
                continue
            yield Row(
                id=(place / name).as_posix(),
                audio=finder.find(chapter / f"{name}.flac"),
                text=text,
                speaker=re.split("[-_]", name)[0],
                columns={"chapter": chapter.name},
                folders=place.parts,
                table=subset if len(place.parts) == 2 else "",
            )
