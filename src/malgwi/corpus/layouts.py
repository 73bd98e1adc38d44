"""Which layout a corpus has, and its rows; one module a layout."""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from malgwi.corpus import (
    annotated,
    common_voice,
    headless,
    hub,
    json_labels,
    kaldi,
    ksponspeech,
    lhotse,
    librispeech,
    spontaneous,
    studio,
    table,
    timit,
    vctk,
)
from malgwi.corpus.annotated import Project
from malgwi.corpus.columns import AUDIO, TEXT
from malgwi.corpus.folder import is_hidden, unnamed, walk
from malgwi.corpus.names import with_own_ids, with_splits
from malgwi.corpus.records import header_of
from malgwi.corpus.row import Row, by_one_name, in_utf8
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles

FORMATS = {
    "timit": "TRAIN|TEST/DRn/SPEAKER/SENTENCE.WAV and .TXT",
    "librispeech": "SUBSET/SPEAKER/CHAPTER/*.flac and *.trans.txt; Zeroth-Korean too",
    "common-voice": "clips/ with train.tsv, dev.tsv, test.tsv or validated.tsv",
    "spontaneous-speech": "Common Voice's: audios/ with ss-corpus-LANGUAGE.tsv",
    "ljspeech": "metadata.csv of NAME|TEXT|AS SPOKEN, without a header, and wavs/",
    "vctk": "txt/SPEAKER/*.txt with wav48_silence_trimmed/ or wav48/",
    "mls": "train, dev, test, each with transcripts.txt and audio/",
    "fleurs": "train.tsv, dev.tsv, test.tsv without a header, and audio/train, ...",
    "audiofolder": "metadata.csv or metadata.jsonl beside or above the recordings",
    "jsonl": "NeMo manifests: audio_filepath, text",
    "csv": "a table with a header line, commas",
    "tsv": "a table with a header line, tabs",
    "kaldi": "wav.scp and text, with segments and utt2spk",
    "lhotse": "NAME_recordings.jsonl.gz and NAME_supervisions.jsonl.gz",
    "ksponspeech": "KsponSpeech's .trn lists, or .pcm with .txt",
    "json": "JSON files as a table [json] in malgwi.toml describes them, such as AI Hub's",
    "studio": "a project of malgwi studio: studio.json, and segments with a text",
    "annotated": "recordings and .eaf, .TextGrid, .trs, .cha, .flextext, .stm, .srt, .vtt, labels",
    "hub": "hub:owner/name or hub:owner/name:config",
}
"""The formats by name, each with what it is known by."""

_HUB = "hub:"
ANNOTATED = "annotated"
_TABLES = ("jsonl", "csv", "tsv")
_RELEASES = {
    "common-voice": common_voice.is_of_release,
    "spontaneous-speech": spontaneous.is_of_release,
}
"""The formats of which a table by itself is known by what lies beside it."""
_SPREADSHEET = "save the sheet as CSV, in UTF-8"
_FOLDERS = {
    "librispeech": librispeech.read_librispeech,
    "ljspeech": headless.read_ljspeech,
    "vctk": vctk.read_vctk,
    "mls": headless.read_mls,
    "fleurs": headless.read_fleurs,
    "kaldi": kaldi.read_kaldi,
    "json": json_labels.read_json_labels,
    "ksponspeech": ksponspeech.read_ksponspeech,
}
"""What reads the layouts whose text files may be in any encoding."""
_OTHERS = {
    ".xlsx": _SPREADSHEET,
    ".xls": _SPREADSHEET,
    ".ods": _SPREADSHEET,
    ".numbers": _SPREADSHEET,
    ".parquet": "give its folder as hub:FOLDER",
}
"""What people keep tables in, by ending, and how these become readable."""


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
        found = _release_of(path) or table.kind_of(path)
        found = found or (ANNOTATED if annotated.is_annotated(path) else None)
    else:
        found = next((kind for kind, is_there in _looks() if is_there(path)), None)
    if found is None:
        for file in [path] if path.is_file() else sorted(path.iterdir()):
            if remedy := _OTHERS.get(file.suffix.lower()):
                raise MalgwiError(f"{file}: is no table that can be read here; {remedy}")
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
    split_names: bool | None = None,
    validated: bool = False,
    notes: list[str] | None = None,
    project: Project | None = None,
) -> Iterator[Row]:
    """Yield the rows of `source`, in an order that doesn't depend on the file system.

    Args:
        source: a folder, a table, or `hub:owner/name[:config]`.
        kind: one of `FORMATS`.
        clips: a folder for recordings that aren't files yet, which the hub's aren't.
        files: how its text files are read, where not as UTF-8.
        allow_outside: take paths that are absolute or lead out of the corpus.
        split_names: whether folders and tables that are called after splits are splits; None to
            find out.
        validated: of Common Voice, train on all validated clips.
        notes: takes what there is to say of splits, ids and clips that aren't used.
        project: of annotations, the corpus as it was opened; opened here when None.

    Raises:
        MalgwiError: the corpus can't be read at all; a broken row only carries a `fault`.
    """
    if kind not in FORMATS:
        raise MalgwiError(f"--format {kind}: unknown; expected one of {', '.join(FORMATS)}")
    notes = [] if notes is None else notes
    if kind == "hub":
        rows = list(hub.read_hub(source.removeprefix(_HUB), clips))
    else:
        path = Path(source)
        if not path.exists():
            raise MalgwiError(f"{source}: no such file or folder. Check the path")
        release = _release_of(path)
        if path.is_file() and not release and kind not in {*_TABLES, ANNOTATED}:
            raise MalgwiError(
                f"{source}: is a file; the format {kind} is a folder: {FORMATS[kind]}"
            )
        kind = release or kind
        files = files or TextFiles()
        try:
            if kind == "common-voice":
                found = common_voice.read_common_voice(
                    path, files, allow_outside=allow_outside, validated=validated, notes=notes
                )
            elif kind == ANNOTATED:
                project = project or annotated.open_project(
                    path, files=files, allow_outside=allow_outside
                )
                found = project.rows()
            elif kind == "studio":
                found = studio.read_project(path, allow_outside=allow_outside)
            else:
                found = _rows(path, kind, files, notes, allow_outside=allow_outside)
            rows = list(found)
        except OSError as error:
            raise MalgwiError(
                f"{error.filename or source}: not readable ({error.strerror})"
            ) from error
        if kind in _TABLES and path.is_dir():
            unread = [p.name for k in _TABLES if k != kind for p in _tables(path, k)]
            if unread:
                notes.append(
                    f"Read as {kind}, so these tables aren't read: {', '.join(unread)} (give one "
                    "by itself, or --format, or save all of them in one format)"
                )
    rows, said = with_own_ids([by_one_name(in_utf8(row)) for row in rows])
    rows, taken = with_splits(rows, split_names)
    notes += [*([said] if said else []), *taken]
    yield from rows


def recordings_without_row(source: str, kind: str, rows: Iterable[Row]) -> list[str]:
    """Return the recordings in the corpus's folder that no row names, their paths within it.

    Of a table, only the folders count that its recordings lie in: it may stand anywhere. Releases
    of Common Voice have rows and tables of their own for clips that aren't used.
    """
    path = Path(source)
    # The first has twins of its recordings, the hub only rows; annotations name such recordings,
    # and a project's desk those that have no text yet.
    if kind in {"timit", "hub", "studio", ANNOTATED}:
        return []
    named = [row.audio for row in rows if row.audio.name]
    root = path.parent if path.is_file() else path
    if kind == "common-voice":
        named += common_voice.release_clips(root)
    if kind == "spontaneous-speech":
        named += spontaneous.release_recordings(root)
    if path.is_file():
        folders = sorted({audio.parent for audio in named})
        places = (f for folder in folders if folder.is_dir() for f in sorted(folder.iterdir()))
        found = unnamed((f for f in places if not is_hidden(f.name)), named)
    else:
        found = unnamed(walk(path), named)
    return [os.path.relpath(audio, root) for audio in found]


def _release_of(path: Path) -> str | None:
    """Return the format of a release that a file is a table of."""
    return next((kind for kind, is_one in _RELEASES.items() if is_one(path)), None)


def _rows(
    path: Path, kind: str, files: TextFiles, notes: list[str], *, allow_outside: bool
) -> Iterator[Row]:
    if kind == "timit":
        yield from timit.read_timit(path, allow_outside=allow_outside)
    elif kind == "spontaneous-speech":
        yield from spontaneous.read_spontaneous(
            path, files, allow_outside=allow_outside, notes=notes
        )
    elif kind in _FOLDERS:
        yield from _FOLDERS[kind](path, files, allow_outside=allow_outside)
    elif kind == "lhotse":
        yield from lhotse.read_lhotse(path, allow_outside=allow_outside)
    elif path.is_file():
        yield from table.read_table(path, kind, path.parent, files, allow_outside=allow_outside)
    else:
        for file in table.metadata_files(path) if kind == "audiofolder" else _tables(path, kind):
            found = table.kind_of(file) or kind
            yield from table.read_table(file, found, path, files, allow_outside=allow_outside)


def _looks() -> Iterator[tuple[str, Callable[[Path], object]]]:
    """Yield each format of folders with what says whether it is there, in order of precedence."""
    yield "studio", studio.is_studio
    yield "json", json_labels.read_mapping
    yield "ljspeech", headless.ljspeech_table
    yield "audiofolder", _has_metadata
    yield "timit", timit.find_root
    yield "common-voice", common_voice.tables_of
    yield "spontaneous-speech", spontaneous.tables_of
    yield "audiofolder", table.metadata_files
    yield "vctk", vctk.transcripts
    yield "mls", headless.mls_tables
    yield "fleurs", headless.fleurs_tables
    yield "librispeech", librispeech.transcript_files
    yield "kaldi", kaldi.data_folders
    yield "lhotse", lhotse.supervision_files
    yield "ksponspeech", ksponspeech.is_there
    # Tables about sessions and speakers lie beside annotations; one of clips counts more.
    yield from ((kind, partial(_has_clips, kind=kind)) for kind in _TABLES)
    yield ANNOTATED, annotated.is_annotated
    yield from ((kind, partial(_tables, kind=kind)) for kind in _TABLES)


def _has_metadata(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("metadata.csv", "metadata.jsonl"))


def _has_clips(folder: Path, kind: str) -> bool:
    return any(map(_is_of_clips, _tables(folder, kind)))


def _is_of_clips(path: Path) -> bool:
    """Say whether the first line of a CSV or TSV names columns for recordings and texts."""
    if table.kind_of(path) == "jsonl":
        return True
    found = set(header_of(path, TextFiles(), tabs=table.kind_of(path) == "tsv"))
    return bool(found & set(AUDIO)) and bool(found & set(TEXT))


def _tables(folder: Path, kind: str) -> list[Path]:
    """Return the tables of one kind in a folder; of JSON files, those called a manifest."""
    found = sorted(p for p in folder.iterdir() if table.kind_of(p) == kind and p.is_file())
    return [p for p in found if kind != "jsonl" or "manifest" in p.name.lower()]
