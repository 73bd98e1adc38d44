"""LJSpeech, FLEURS and MLS: tables without a header line, whose columns their descriptions name."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from malgwi.corpus.columns import AUDIO, as_known
from malgwi.corpus.records import Record
from malgwi.corpus.row import TEST, TRAIN, VALID, Row
from malgwi.corpus.table import rows_of
from malgwi.text_file import TextFiles

_SPLITS = {"train": TRAIN, "dev": VALID, "test": TEST}
_LJSPEECH = ("audio", "written", "text")
_FLEURS = ("sentence_id", "audio", "written", "text", "letters", "samples", "gender")
_MLS = ("audio", "text")
_HEAD = 1 << 12


def ljspeech_table(root: Path) -> Path | None:
    """Return the table of LJSpeech and its like: `metadata.csv` of `NAME|TEXT|AS SPOKEN`."""
    table = root / "metadata.csv"
    fields = _first_line(table).split("|")
    there = len(fields) in {2, 3} and (root / "wavs").is_dir()
    return table if there and not set(AUDIO) & set(as_known(fields)) else None


def read_ljspeech(root: Path, files: TextFiles, *, allow_outside: bool) -> Iterator[Row]:
    """Yield a row a line; what is spoken counts where the table has it, with numbers as words."""
    table = root / "metadata.csv"
    records = _records(table, files, _LJSPEECH, "|", least=2)
    named = _each(records, lambda r: {**r, "audio": f"wavs/{r['audio']}.wav", "text": _spoken(r)})
    yield from rows_of(named, table, root, root, allow_outside=allow_outside)


def fleurs_tables(root: Path) -> list[Path]:
    """Return FLEURS' tables of a language: `train.tsv`, `dev.tsv`, `test.tsv` without a header."""
    tables = [root / f"{split}.tsv" for split in _SPLITS]
    return [path for path in tables if _is_fleurs(_first_line(path).split("\t"))]


def _is_fleurs(fields: Sequence[str]) -> bool:
    return len(fields) in {6, 7} and fields[0].isdecimal() and fields[1].endswith(".wav")


def read_fleurs(root: Path, files: TextFiles, *, allow_outside: bool) -> Iterator[Row]:
    """Yield a row a line; its recordings lie in `audio/SPLIT` or `SPLIT`, as they were unpacked."""
    for table in fleurs_tables(root):
        places = (root / "audio" / table.stem, root / table.stem)
        folder = next((place for place in places if place.is_dir()), root)
        records = _records(table, files, _FLEURS, "\t", least=6)
        # How it is spelt by letters says the text once more.
        named = _each(records, lambda r: {k: v for k, v in r.items() if k != "letters"})
        for row in rows_of(named, table, folder, root, allow_outside=allow_outside):
            yield replace(row, split=_SPLITS[table.stem], folders=(), table="")


def mls_tables(root: Path) -> list[Path]:
    """Return the transcripts of Multilingual LibriSpeech, or of one of its splits."""
    found = [root / "transcripts.txt", *(root / split / "transcripts.txt" for split in _SPLITS)]
    return [path for path in found if path.is_file() and (path.parent / "audio").is_dir()]


def read_mls(root: Path, files: TextFiles, *, allow_outside: bool) -> Iterator[Row]:
    """Yield a row a line; `SPEAKER_BOOK_NUMBER` lies in `audio/SPEAKER/BOOK`, FLAC or Opus."""
    for table in mls_tables(root):
        folder = table.parent
        records = _records(table, files, _MLS, "\t")
        named = _each(records, partial(_of_mls, folder))
        for row in rows_of(named, table, folder, root, allow_outside=allow_outside):
            split = _SPLITS.get(folder.name) if folder != root else None
            yield replace(row, split=split, folders=(), table="")


def _of_mls(folder: Path, record: Mapping[str, str]) -> Mapping[str, str] | str:
    name = record["audio"]
    speaker, _, rest = name.partition("_")
    book = rest.partition("_")[0]
    if not book:
        return f"no name of speaker, book and number: {name[:60]!r}"
    place = f"audio/{speaker}/{book}/{name}"
    ending = ".opus" if "\0" not in place and (folder / f"{place}.opus").is_file() else ".flac"
    return {"audio": f"{place}{ending}", "text": record["text"], "speaker": speaker, "book": book}


def _spoken(record: Mapping[str, str]) -> str:
    return record.get("text") or record["written"]


def _first_line(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file.read(_HEAD).partition(b"\n")[0].decode("utf-8", "replace").strip()


def _records(
    path: Path, files: TextFiles, columns: Sequence[str], delimiter: str, *, least: int = 0
) -> Iterator[Record]:
    """Yield the lines of a table, which quotes mean nothing in."""
    least = least or len(columns)
    with files.open(path) as lines:
        for number, line in enumerate(lines, 1):
            fields = line.rstrip("\r\n").split(delimiter)
            if not line.strip():
                continue
            if least <= len(fields) <= len(columns):
                yield number, dict(zip(columns, fields, strict=False))
            else:
                yield number, f"{len(fields)} columns, expected {len(columns)}: {line[:60]!r}"


def _each(
    records: Iterable[Record], change: Callable[[Mapping[str, str]], Mapping[str, str] | str]
) -> Iterator[Record]:
    for number, record in records:
        yield number, record if isinstance(record, str) else change(record)
