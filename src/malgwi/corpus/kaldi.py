"""Kaldi's data folders: `wav.scp`, `text`, and where there are some, `segments` and `utt2spk`."""

from collections.abc import Iterator
from pathlib import Path

from malgwi.corpus.place import inside, is_file
from malgwi.corpus.row import Fault, Row, broken
from malgwi.text_file import TextFiles


def data_folders(root: Path) -> list[Path]:
    """Return the folders with `wav.scp` and `text`: `root`, or those up to two levels below."""
    found = [root, *sorted(root.glob("*/")), *sorted(root.glob("*/*/"))]
    return [path for path in found if (path / "wav.scp").is_file() and (path / "text").is_file()]


def read_kaldi(root: Path, files: TextFiles, *, allow_outside: bool) -> Iterator[Row]:
    """Yield a row for each line of `text`; without `segments` an utterance is a recording.

    A command in `wav.scp` is named, never run. Paths are tried from the folder itself and from
    `root`: Kaldi means them from where its recipe was run.
    """
    for folder in data_folders(root):
        name = folder.resolve().name
        place = folder.relative_to(root)
        recordings = dict(_lines(folder / "wav.scp", files))
        speakers = dict(_lines(folder / "utt2spk", files))
        segments = dict(_lines(folder / "segments", files))
        for utterance, text in _lines(folder / "text", files):
            where = (place / utterance).as_posix()
            stretch = _stretch(segments.get(utterance, "")) if segments else (utterance, None, None)
            if stretch is None:
                found = repr(segments.get(utterance, "")[:60])
                yield broken(where, "damaged-row", f"segments has no recording and times: {found}")
                continue
            recording, start, end = stretch
            audio = _recording(recordings.get(recording), folder, root, allow_outside=allow_outside)
            if isinstance(audio, Fault):
                yield broken(where, audio.finding, f"{recording}: {audio.detail}")
                continue
            yield Row(
                id=utterance,
                audio=audio,
                text=text,
                speaker=speakers.get(utterance) or None,
                start=start,
                end=end,
                folders=place.parts,
                table="" if place.parts else name,
            )


def _lines(path: Path, files: TextFiles) -> Iterator[tuple[str, str]]:
    """Yield the first word of each line and the rest; nothing of a file that isn't there."""
    if not path.is_file():
        return
    with files.open(path) as lines:
        for line in lines:
            key, _, rest = line.strip().replace("\t", " ", 1).partition(" ")
            if key:
                yield key, rest.strip()


def _stretch(line: str) -> tuple[str, float | None, float | None] | None:
    """Return the recording and times of a line of `segments`; an end of -1 is the recording's."""
    fields = line.split()
    try:
        start, end = float(fields[1]), float(fields[2])
    except (IndexError, ValueError):
        return None
    return fields[0], start, None if end == -1 else end


def _recording(
    written: str | None, folder: Path, root: Path, *, allow_outside: bool
) -> Path | Fault:
    """Return the file that `wav.scp` means, or why there is none."""
    if not written:
        return Fault("no-recording", "not in wav.scp")
    if written.endswith("|") or written.startswith("|"):
        return Fault("damaged-row", f"wav.scp has a command, which isn't run: {written[:80]}")
    if "\0" in written or written == "-" or written[-1:] == "/":
        return Fault("damaged-row", f"wav.scp has no path: {written[:80]!r}")
    tried = [base / written for base in (folder, root)]
    audio = next((path for path in tried if is_file(path)), tried[0])
    if not allow_outside and inside(audio, root) is None:
        return Fault("outside", written)
    return audio
