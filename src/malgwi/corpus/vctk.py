"""VCTK: `txt/SPEAKER/NAME.txt`, and recordings of two microphones, or of one in its first edition.

Of both microphones the first is taken: the second heard the same speech, which teaches once.
"""

from collections.abc import Iterator
from pathlib import Path

from malgwi.corpus.place import inside, is_file
from malgwi.corpus.row import Row, broken
from malgwi.text_file import TextFiles

_PLACES = ("wav48_silence_trimmed/{}_mic1.flac", "wav48_silence_trimmed/{}_mic2.flac")
_FIRST_EDITION = "wav48/{}.wav"


def transcripts(root: Path) -> list[Path]:
    """Return the texts of a folder that has VCTK's recordings, too."""
    if not any((root / place).is_dir() for place in ("wav48_silence_trimmed", "wav48")):
        return []
    return sorted(path for path in root.glob("txt/*/*.txt") if is_file(path))


def read_vctk(root: Path, files: TextFiles, *, allow_outside: bool) -> Iterator[Row]:
    """Yield a row a text, the folder's name as the speaker."""
    for path in transcripts(root):
        name = path.relative_to(root / "txt").with_suffix("").as_posix()
        places = [root / place.format(name) for place in (*_PLACES, _FIRST_EDITION)]
        audio = next(filter(is_file, places), places[0])
        led_out = [one.name for one in (path, audio) if inside(one, root) is None]
        if led_out and not allow_outside:
            yield broken(name, "outside", led_out[0])
            continue
        with files.open(path) as opened:
            text = " ".join(opened.read().split())
        yield Row(name, audio, text, speaker=path.parent.name)
