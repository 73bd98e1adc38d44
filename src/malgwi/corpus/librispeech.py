"""LibriSpeech as OpenSLR distributes it: `SUBSET/SPEAKER/CHAPTER/S-C-NNNN.flac`, `.trans.txt`.

Zeroth-Korean has the same with other marks: `SUBSET/SCRIPT/SPEAKER/S_T_NNNN.flac`.
"""

import os
import re
import unicodedata
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from malgwi.corpus.folder import Finder, files_in
from malgwi.corpus.place import inside
from malgwi.corpus.row import Row, broken
from malgwi.text_file import TextFiles


def transcript_files(root: Path) -> list[Path]:
    """Return the chapters' transcripts."""
    return sorted(p for p in files_in(root) if fnmatch(p.name, "*[-_]*.trans.txt"))


def read_librispeech(root: Path, files: TextFiles, *, allow_outside: bool) -> Iterator[Row]:
    """Yield one row a line of each chapter: column `chapter`, split from the subset's name.

    What links lead to out of `root` is only read where that is allowed.
    """
    finder = Finder()
    subset = os.path.basename(os.path.abspath(root))  # noqa: PTH100, PTH119 - follows no link
    for path in transcript_files(root):
        chapter = path.parent
        place = chapter.relative_to(root)
        if not allow_outside and inside(path, root) is None:
            where = path.relative_to(root).as_posix()
            yield broken(where, "outside", f"{path} is a link to {path.resolve()}")
            continue
        with files.open(path, newline="\n") as opened:
            lines = [line.removesuffix("\n").removesuffix("\r") for line in opened]
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            where = f"{path.relative_to(root).as_posix()}:{number}"
            name, _, text = line.partition(" ")
            if not _is_clean(text) or not name.isprintable() or Path(name).name != name:
                yield broken(where, "damaged-row", repr(line[:60]))
                continue
            audio = finder.find(chapter / f"{name}.flac")
            if not allow_outside and inside(audio, root) is None:
                row_id = (place / name).as_posix()
                yield broken(row_id, "outside", f"{audio} is a link to {audio.resolve()}")
                continue
            yield Row(
                id=(place / name).as_posix(),
                audio=audio,
                text=text,
                speaker=re.split("[-_]", name)[0],
                columns={"chapter": chapter.name},
                folders=place.parts,
                table=subset if len(place.parts) == 2 else "",
            )


def _is_clean(text: str) -> bool:
    """Say whether a text has neither control characters nor bytes that are no UTF-8.

    Others that aren't printed are of a text: a joiner within words, a line separator that was
    pasted.
    """
    return text.isprintable() or not any(
        unicodedata.category(letter) in {"Cc", "Cs"} for letter in text
    )
