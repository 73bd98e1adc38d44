"""Kaldi's data folders: `wav.scp`, `text`, and where there are some, `segments`, `utt2spk` and
`reco2file_and_channel`.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from malgwi.corpus.place import first_there, inside
from malgwi.corpus.row import Fault, Row, broken
from malgwi.text_file import TextFiles


def data_folders(root: Path) -> list[Path]:
    """Return the folders with `wav.scp` and `text`: `root`, or those up to two levels below."""
    found = [root, *sorted(root.glob("*/")), *sorted(root.glob("*/*/"))]
    return [path for path in found if (path / "wav.scp").is_file() and (path / "text").is_file()]


def read_kaldi(root: Path, files: TextFiles, *, allow_outside: bool) -> Iterator[Row]:
    """Yield a row for each line of `text`; without `segments` an utterance is a recording.

    A command in `wav.scp` is named, never run. Paths are tried from the folder itself and from
    `root`: Kaldi means them from where its recipe was run. Utterances without a line in `text`
    come last, set aside.
    """
    for folder in data_folders(root):
        name = folder.resolve().name
        place = folder.relative_to(root)
        recordings = _Table(folder / "wav.scp", files)
        speakers = _Table(folder / "utt2spk", files)
        segments = _Table(folder / "segments", files)
        channels = _Table(folder / "reco2file_and_channel", files)
        # A recording may have thousands of segments, and asking the disk takes longest.
        find = cache(partial(_recording, folder, root, allow_outside=allow_outside))
        left = dict(segments or recordings)
        for utterance, text in _lines(folder / "text", files):
            left.pop(utterance, None)
            where = (place / utterance).as_posix()
            stretch = _WHOLE if not segments else _stretch(segments.get(utterance, ""))
            if stretch is None:
                said = repr(segments.get(utterance, "")[:60])
                yield broken(where, "damaged-row", f"segments has no recording and times: {said}")
                continue
            recording = stretch.recording or utterance
            told = [(segments, utterance), (speakers, utterance)]
            told += [(recordings, recording), (channels, recording)]
            twice = [f"{table.name} says of {key}" for table, key in told if key in table.twice]
            if twice:
                yield broken(where, "damaged-row", f"{twice[0]} more than one thing")
                continue
            audio = find(recordings.get(recording))
            if isinstance(audio, Fault):
                yield broken(where, audio.finding, f"{recording}: {audio.detail}")
                continue
            yield Row(
                id=utterance,
                audio=audio,
                text=text,
                speaker=speakers.get(utterance) or None,
                channel=_channel(channels.get(recording), stretch.channel),
                start=stretch.start,
                end=stretch.end,
                folders=place.parts,
                table="" if place.parts else name,
            )
        for utterance, line in left.items():
            where = (place / utterance).as_posix()
            row = broken(where, "no-transcript", f"not in text: {line[:80]}")
            # Where it is a recording, it has a row and isn't one that nothing names.
            found = None if segments else find(line)
            yield replace(row, audio=found) if isinstance(found, Path) else row


def _lines(path: Path, files: TextFiles) -> Iterator[tuple[str, str]]:
    """Yield the first word of each line and the rest; nothing of a file that isn't there."""
    if not path.is_file():
        return
    with files.open(path) as lines:
        for line in lines:
            key, _, rest = line.strip().replace("\t", " ", 1).partition(" ")
            if key:
                yield key, rest.strip()


class _Table(dict[str, str]):
    """What the lines of a file say of keys; of those in `twice` it says several things."""

    def __init__(self, path: Path, files: TextFiles) -> None:
        super().__init__()
        self.name = path.name
        self.twice: set[str] = set()
        for key, value in _lines(path, files):
            if self.setdefault(key, value) != value:
                self.twice.add(key)


class _Stretch(NamedTuple):
    recording: str | None = None
    """None where it is called as the utterance is."""
    start: float | None = None
    end: float | None = None
    channel: int | None = None


_WHOLE = _Stretch()


def _stretch(line: str) -> _Stretch | None:
    """Return what a line of `segments` means; an end of -1 is the recording's.

    A fourth field is the channel, counted from 0.
    """
    fields = line.split()
    try:
        start, end = float(fields[1]), float(fields[2])
        channel = int(fields[3]) if len(fields) > 3 else None
    except (IndexError, ValueError):
        return None
    if channel is not None and channel < 0:
        return None
    return _Stretch(fields[0], start, None if end == -1 else end, channel)


def _channel(line: str | None, number: int | None) -> int | str | None:
    """Return the channel of a segment: its `number`, or what `reco2file_and_channel` says.

    That counts from A or 1, and tells which of a call's channels a recording was before a command
    may have cut it out: so it is a name, which a recording of one channel needn't have.
    """
    if number is not None or not line:
        return number
    called = line.split()[-1]
    if re.fullmatch("[1-9][0-9]?", called):
        return str(int(called) - 1)
    if re.fullmatch("[A-Z]", called):
        return str(ord(called) - ord("A"))
    return f"{called[:20]} in reco2file_and_channel"


def _recording(
    folder: Path, root: Path, written: str | None, *, allow_outside: bool
) -> Path | Fault:
    """Return the file that `wav.scp` means, or why there is none."""
    if not written:
        return Fault("no-recording", "not in wav.scp")
    if written.endswith("|") or written.startswith("|"):
        return Fault("damaged-row", f"wav.scp has a command, which isn't run: {written[:80]}")
    if "\0" in written or written == "-" or written[-1:] == "/":
        return Fault("damaged-row", f"wav.scp has no path: {written[:80]!r}")
    audio = first_there(written, (folder, root))
    if not allow_outside and inside(audio, root) is None:
        return Fault("outside", written)
    return audio
