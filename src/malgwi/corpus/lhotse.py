"""lhotse's manifests: `recordings.jsonl[.gz]` and `supervisions.jsonl[.gz]`, of one name each."""

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from malgwi.corpus.place import first_there, inside
from malgwi.corpus.records import json_lines
from malgwi.corpus.row import Row, broken, split_of
from malgwi.errors import MalgwiError

_KIND = "supervisions"
_KEEP_TIME = {
    *("Resample", "Volume", "LoudnessNormalization", "DereverbWPE", "ReverbWithImpulseResponse"),
    *("Clipping", "Compress", "Lowpass", "Saturation"),
}
"""Transforms that lhotse itself counts times after as those in the file; others may come."""
_LONGEST = 1 << 22
"""Characters of a line; a recording's has its sources, a supervision's its words with times."""


def supervision_files(root: Path) -> list[Path]:
    """Return the manifests of supervisions that have recordings beside them.

    They lie in `root`, or up to two levels below.
    """
    folders = ("", "*/", "*/*/")
    endings = (".jsonl", ".jsonl.gz")
    found = [p for f in folders for end in endings for p in root.glob(f"{f}*{_KIND}*{end}")]
    return sorted(path for path in found if path.is_file() and _recordings(path).is_file())


def _recordings(supervisions: Path) -> Path:
    return supervisions.with_name(supervisions.name.replace(_KIND, "recordings"))


def read_lhotse(root: Path, *, allow_outside: bool) -> Iterator[Row]:
    """Yield a row for each supervision; one without a duration goes to its recording's end.

    Raises:
        MalgwiError: a manifest isn't whole.
    """
    for path in supervision_files(root):
        recordings = {
            str(record.get("id")): record
            for _, record in _records(_recordings(path))
            if isinstance(record, dict)
        }
        split = next(filter(None, map(split_of, path.name.split(".")[0].split("_"))), None)
        for number, record in _records(path):
            where = f"{path.relative_to(root).as_posix()}:{number}"
            if not isinstance(record, dict):
                yield broken(where, "damaged-row", record)
                continue
            row = _row(where, record, recordings, split, [root, path.parent])
            if row.fault is None and not allow_outside and inside(row.audio, root) is None:
                row = broken(where, "outside", str(row.audio))
            yield row


def _row(
    where: str,
    record: dict[str, Any],
    recordings: dict[str, dict[str, Any]],
    split: str | None,
    bases: Sequence[Path],
) -> Row:
    recording = str(record.get("recording_id"))
    start, duration = _number(record.get("start")), _number(record.get("duration"))
    if start is None or (duration is None and record.get("duration") is not None):
        found = f"start {record.get('start')!r}, duration {record.get('duration')!r}"
        return broken(where, "damaged-row", found[:120])
    if recording not in recordings:
        return broken(where, "no-recording", f"{recording}: not among the recordings")
    if moved := _moves_time(recordings[recording].get("transforms")):
        detail = f"{recording}: its times are those after {moved}, which the file isn't"
        return broken(where, "bad-times", detail)
    sources = recordings[recording].get("sources")
    source, channel = _source(sources, record.get("channel"))
    if source is None:
        found = json.dumps(sources)[:80]
        return broken(where, "damaged-row", f"{recording}: no file of that channel: {found}")
    return Row(
        id=str(record.get("id") or where),
        audio=first_there(source, bases),
        text=str(record.get("text") or ""),
        split=split,
        speaker=str(record["speaker"]) if record.get("speaker") else None,
        columns={"language": str(record["language"])} if record.get("language") else {},
        channel=channel,
        start=start,
        end=None if duration is None or duration < 0 else start + duration,
    )


def _moves_time(transforms: Any) -> str | None:
    """Return the first transform after which times aren't those in the file, or may not be."""
    if not isinstance(transforms, list):
        return json.dumps(transforms)[:40] if transforms else None
    for one in transforms:
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str) or name not in _KEEP_TIME:
            return json.dumps(one)[:80]
    return None


def _source(sources: Any, channel: Any) -> tuple[str | None, int | None]:
    """Return the file that holds a supervision's channel, and its place in that file.

    Several channels at once are all of a file; a file of one needs none named.
    """
    if not isinstance(sources, list):
        return None, None
    wanted = channel if isinstance(channel, list) else [channel]
    for source in sources:
        if not isinstance(source, dict) or source.get("type") != "file":
            continue
        there, path = source.get("channels"), source.get("source")
        if not isinstance(path, str) or "\0" in path or not isinstance(there, list):
            continue
        if channel is None or wanted == there:
            return path, None
        if len(wanted) == 1 and wanted[0] in there:
            return path, there.index(wanted[0])
    return None, None


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield each line by number: its object, or what is wrong with it."""
    try:
        with _opened(path) as lines:
            yield from json_lines(iter(partial(lines.readline, _LONGEST), ""))
    except (EOFError, UnicodeDecodeError, gzip.BadGzipFile, zlib.error) as error:
        raise MalgwiError(
            f"{path}: not whole ({error}); copy it again, or write it anew with lhotse"
        ) from error


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if abs(value) < 1e9 else None
