"""Which layout a corpus has, and its rows; one module a layout."""

from collections.abc import Iterator
from pathlib import Path

from malgwi.corpus import hub, librispeech, table, timit
from malgwi.corpus.row import Row, in_utf8
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles

FORMATS = {
    "timit": "TRAIN|TEST/DRn/SPEAKER/SENTENCE.WAV and .TXT",
    "librispeech": "SUBSET/SPEAKER/CHAPTER/*.flac and *.trans.txt",
    "common-voice": "clips/ with train.tsv, dev.tsv, test.tsv or validated.tsv",
    "audiofolder": "metadata.csv or metadata.jsonl beside or above the recordings",
    "jsonl": "NeMo manifests: audio_filepath, text",
    "csv": "a table with a header line, commas",
    "tsv": "a table with a header line, tabs",
    "hub": "hub:owner/name or hub:owner/name:config",
}
"""The formats by name, each with what it is known by."""

_HUB = "hub:"
_TABLES = ("jsonl", "csv", "tsv")


def detect(source: str) -> str:
    """Return the format of `source`, found out by looking.

    Raises:
        MalgwiError: no such file or folder, or nothing in it that is known.
    """
    if source.startswith(_HUB):
        return "hub"
    path = Path(source)
    if not path.exists():
        raise MalgwiError(
            f"{source}: no such file or folder. Check the path, or write hub:owner/name for a "
            "data set of the Hugging Face hub"
        )
    if path.is_file():
        found = table.kind_of(path)
    elif any((path / name).is_file() for name in ("metadata.csv", "metadata.jsonl")):
        found = "audiofolder"
    elif timit.find_root(path):
        found = "timit"
    elif table.common_voice_files(path):
        found = "common-voice"
    elif table.metadata_files(path):
        found = "audiofolder"
    elif librispeech.transcript_files(path):
        found = "librispeech"
    else:
        found = next((kind for kind in _TABLES if _tables(path, kind)), None)
    if found is None:
        known = "; ".join(f"{name} ({looks})" for name, looks in FORMATS.items())
        raise MalgwiError(f"{source}: no corpus that is known. Expected one of: {known}")
    return found


def read_corpus(
    source: str,
    kind: str,
    clips: Path,
    *,
    files: TextFiles | None = None,
    allow_outside: bool = False,
) -> Iterator[Row]:
    """Yield the rows of `source`, in an order that doesn't depend on the file system.

    Args:
        source: a folder, a table, or `hub:owner/name[:config]`.
        kind: one of `FORMATS`.
        clips: a folder for recordings that aren't files yet, which the hub's aren't.
        files: how its text files are read, where not as UTF-8.
        allow_outside: take paths that are absolute or lead out of the corpus.

    Raises:
        MalgwiError: the corpus can't be read at all; a broken row only carries a `fault`.
    """
    if kind not in FORMATS:
        raise MalgwiError(f"--format {kind}: unknown; expected one of {', '.join(FORMATS)}")
    if kind == "hub":
        yield from hub.read_hub(source.removeprefix(_HUB), clips)
        return
    path = Path(source)
    if not path.exists():
        raise MalgwiError(f"{source}: no such file or folder. Check the path")
    if path.is_file() and kind not in _TABLES:
        raise MalgwiError(f"{source}: is a file; the format {kind} is a folder: {FORMATS[kind]}")
    try:
        for row in _rows(path, kind, files or TextFiles(), allow_outside=allow_outside):
            yield in_utf8(row)
    except OSError as error:
        raise MalgwiError(f"{error.filename or source}: not readable ({error.strerror})") from error


def _rows(path: Path, kind: str, files: TextFiles, *, allow_outside: bool) -> Iterator[Row]:
    if kind == "timit":
        yield from timit.read_timit(path)
    elif kind == "librispeech":
        yield from librispeech.read_librispeech(path, files)
    elif kind == "common-voice":
        yield from table.read_common_voice(path, files, allow_outside=allow_outside)
    elif path.is_file():
        yield from table.read_table(path, kind, path.parent, files, allow_outside=allow_outside)
    else:
        for file in table.metadata_files(path) if kind == "audiofolder" else _tables(path, kind):
            found = table.kind_of(file) or kind
            yield from table.read_table(file, found, path, files, allow_outside=allow_outside)


def _tables(folder: Path, kind: str) -> list[Path]:
    """Return the tables of one kind in a folder; of JSON files, those called a manifest."""
    found = sorted(p for p in folder.iterdir() if table.kind_of(p) == kind and p.is_file())
    return [p for p in found if kind != "jsonl" or "manifest" in p.name.lower()]
