"""KsponSpeech of AI Hub: .trn lists of `PATH.pcm :: TEXT`, or a .txt beside each .pcm.

Lists name paths as the archive had them, while people unpack its parts anywhere; the names of files
are unique, so these decide.
"""

from collections.abc import Iterator
from pathlib import Path

from malgwi.corpus.folder import walk
from malgwi.corpus.place import inside, is_file
from malgwi.corpus.row import TEST, Row, broken, split_of
from malgwi.text_file import TextFiles

_BETWEEN = " :: "
_HEAD = 1000


def transcript_lists(root: Path) -> list[Path]:
    """Return the .trn files up to one level below that list .pcm files."""
    found = sorted([*root.glob("*.trn"), *root.glob("*/*.trn")])
    return [path for path in found if path.is_file() and _is_list(path)]


def transcribed(root: Path) -> Iterator[Path]:
    """Yield each .pcm that has a .txt of its own beside it."""
    found = (path for path in walk(root) if path.suffix == ".pcm")
    yield from (path for path in found if is_file(path.with_suffix(".txt")))


def is_there(root: Path) -> bool:
    """Say whether a folder has the corpus, as lists or as texts beside the recordings."""
    return bool(transcript_lists(root)) or any(transcribed(root))


def _is_list(path: Path) -> bool:
    with path.open("rb") as file:
        line = file.read(_HEAD).partition(b"\n")[0]
    return b".pcm" + _BETWEEN.encode() in line


def read_ksponspeech(root: Path, files: TextFiles, *, allow_outside: bool) -> Iterator[Row]:
    """Yield a row a line of the lists; without lists, a row for each .pcm with its .txt.

    The lists called eval_clean and eval_other are for testing.
    """
    lists = transcript_lists(root)
    if not lists:
        for audio in transcribed(root):
            place = audio.relative_to(root)
            beside = audio.with_suffix(".txt")
            led_out = [path.name for path in (audio, beside) if inside(path, root) is None]
            if led_out and not allow_outside:
                yield broken(place.as_posix(), "outside", led_out[0])
                continue
            with files.open(beside) as opened:
                said = opened.read().strip()
            yield Row(place.with_suffix("").as_posix(), audio, said, folders=place.parts[:-1])
        return
    by_name = {path.name: path for path in walk(root) if path.suffix == ".pcm"}
    for path in lists:
        split = TEST if path.stem.startswith("eval") else split_of(path.stem)
        with files.open(path) as lines:
            for number, line in enumerate(lines, 1):
                name, between, text = line.strip().partition(_BETWEEN)
                place = Path(name)
                if not between or place.suffix != ".pcm" or "\0" in name:
                    if line.strip():
                        where = f"{path.relative_to(root).as_posix()}:{number}"
                        yield broken(where, "damaged-row", repr(line.strip()[:60]))
                    continue
                audio = by_name.get(place.name, root / place.name)
                if not allow_outside and inside(audio, root) is None:
                    yield broken(name, "outside", name)
                    continue
                yield Row(place.with_suffix("").as_posix(), audio, text, split)
