"""LibriSpeech as OpenSLR distributes it: `SUBSET/SPEAKER/CHAPTER/S-C-NNNN.flac`, `.trans.txt`."""

from collections.abc import Iterator
from pathlib import Path

from malgwi.corpus.row import Row, broken, split_of, split_of_path
from malgwi.text_file import TextFiles


def transcript_files(root: Path) -> list[Path]:
    """Return the chapters' transcripts."""
    return sorted(path for path in root.rglob("*-*.trans.txt") if path.is_file())


def read_librispeech(root: Path, files: TextFiles) -> Iterator[Row]:
    """Yield one row a line of each chapter: column `chapter`, split from the subset's name."""
    for path in transcript_files(root):
        chapter = path.parent
        place = chapter.relative_to(root)
        split = split_of_path(place / "-") or split_of(root.resolve().name)  # it may be a subset
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
                audio=chapter / f"{name}.flac",
                text=text,
                split=split,
                speaker=name.split("-")[0],
                columns={"chapter": chapter.name},
            )
