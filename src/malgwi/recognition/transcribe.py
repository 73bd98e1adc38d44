"""Recordings of any length to text, JSON, subtitles and tiers, many at a time.

A recording that can't be read is named on stderr and the rest goes on; at the end the command
fails with exit status 2, since the input was wrong.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from malgwi.decoding.decode import Transcript
from malgwi.decoding.search import DEFAULT, Search
from malgwi.errors import MalgwiError
from malgwi.progress import audio_progress
from malgwi.publish import claim_files_in, publish_file
from malgwi.recognition.recognise import Recogniser, open_recogniser, transcribe_file
from malgwi.recognition.render import ALONE, CORRECTED, FORMATS, render
from malgwi.speech.audio import info
from malgwi.speech.channels import EACH, listened
from malgwi.terminal import printable


def transcripts(
    recogniser: Recogniser,
    files: Sequence[Path],
    *,
    channel: int | str | None = None,
    warn: Callable[[str], object],
    failed: Callable[[Path, MalgwiError], object],
) -> Iterator[tuple[Path, int | None, Transcript]]:
    """Yield each file's transcripts, with progress; `failed` is told of those without one.

    There is one a file, of the channel that is named with it (None: the average of all), or one
    a channel where `channel` is `EACH`.
    """
    with audio_progress("transcribing", sum(_seconds(file) for file in files)) as heard:
        for file in files:
            try:
                for one in listened(file, channel, warn):
                    yield (
                        file,
                        one,
                        transcribe_file(recogniser, file, channel=one, warn=warn, heard=heard),
                    )
            except MalgwiError as error:
                failed(file, error)
            except OSError as error:  # a disk or a share that fails while it is read
                failed(file, MalgwiError(f"{file}: not readable ({error.strerror or error})"))


def _seconds(file: Path) -> float:
    try:
        return info(file).seconds
    except (MalgwiError, OSError):
        return 0.0  # it is named when its turn comes


def transcribe(
    model: str | Path,
    files: Sequence[Path],
    *,
    formats: Sequence[str] = ("text",),
    output: Path | None = None,
    threads: int | None = None,
    search: Search = DEFAULT,
    channel: int | str | None = None,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
) -> None:
    """Transcribe recordings to stdout, or each to files of its own in a folder.

    Args:
        model: a run, checkpoint or bundle, as `malgwi.recognition.recognise.open_recogniser` takes.
        files: recordings in any format that `malgwi.speech.audio` reads.
        formats: of `FORMATS`; stdout takes one: `text` (with several recordings each line
            starts with its file and a tab, with `each` its channel too), `json`, `ctm` and `stm`
            (which name the recording in each line), or subtitles or tiers of one recording.
        output: a folder, where `talk.wav` becomes `talk.srt`; files there are replaced, but not
            those of `CORRECTED` formats.
        threads: processor threads for the model.
        search: how to find the words.
        channel: which one to listen to, counted from 0; `mix`, the average of all; `each`, every
            one by itself (`talk.0.srt`, `talk.1.srt`); None to choose by what they hold.
        stdout: for tests; the program's own otherwise.
        stderr: likewise.

    Raises:
        MalgwiError: an option is wrong, the model can't be opened, or, after all the others
            were done, recordings that couldn't be read.
    """
    out, errors = stdout or sys.stdout, stderr or sys.stderr
    _check(files, formats, output, search, channel)
    if output is not None:
        claim_files_in(output)
        _spare(files, formats, output, channel)
    broken: list[Path] = []

    def failed(file: Path, error: MalgwiError) -> None:
        broken.append(file)
        errors.write(f"malgwi: error: {printable(str(error))}\n")

    def warn(text: str) -> None:
        errors.write(f"malgwi: warning: {printable(text)}\n")

    recogniser = open_recogniser(model, threads=threads, search=search, warn=warn)
    heard = transcripts(recogniser, files, channel=channel, warn=warn, failed=failed)
    for file, one, transcript in heard:
        each = channel == EACH
        if output is None:
            out.write(_printed(transcript, file, one, formats[0], many=len(files) > 1, each=each))
            out.flush()
            continue
        name = f"{file.stem}.{one}" if each else file.stem
        try:
            for form in formats:
                with publish_file(output / (name + FORMATS[form])) as path:
                    path.write_text(
                        render(transcript, file, form, one, output),
                        encoding="utf-8",
                        errors="backslashreplace",
                        newline="\n",
                    )
        except MalgwiError as error:
            failed(file, error)
    if broken:
        raise MalgwiError(
            f"{len(broken)} of {len(files)} recordings could not be transcribed, the first "
            f"{broken[0]}; each is named above, the others are done"
        )


def _printed(
    transcript: Transcript, file: Path, channel: int | None, form: str, *, many: bool, each: bool
) -> str:
    text = render(transcript, file, form, channel)
    if form == "text" and (many or each):
        named = f"{file}\t{channel}" if each else f"{file}"
        return "".join(f"{named}\t{line}" for line in text.splitlines(keepends=True))
    return text


def _spare(
    files: Sequence[Path], formats: Sequence[str], output: Path, channel: int | str | None
) -> None:
    """Refuse to write where files lie in which somebody may have corrected a transcript.

    Raises:
        MalgwiError: naming the first.
    """
    there = sorted(path.name for path in output.iterdir()) if output.is_dir() else []
    number = r"\.\d+" if channel == EACH else ""
    for ending in (FORMATS[form] for form in formats if form in CORRECTED):
        for file in files:
            name = re.compile(re.escape(file.stem) + number + re.escape(ending), re.IGNORECASE)
            if found := next(filter(name.fullmatch, there), None):
                raise MalgwiError(
                    f"{output / found}: is there already and may hold somebody's work; move it "
                    "away, or give another folder: --output FOLDER"
                )


def _check(
    files: Sequence[Path],
    formats: Sequence[str],
    output: Path | None,
    search: Search,
    channel: int | str | None,
) -> None:
    unknown = [form for form in formats if form not in FORMATS]
    if unknown or not formats:
        found = unknown[0] if unknown else ""
        raise MalgwiError(f"--format {found!r}: expected one or more of {','.join(FORMATS)}")
    if search.nbest and not {"text", "json"}.intersection(formats):
        raise MalgwiError(
            f"--nbest {search.nbest}: subtitles and tiers have one reading; leave it out, or write "
            "text or json"
        )
    if not files:
        raise MalgwiError("no recording given; name one or more files")
    if output is None and len(formats) > 1:
        raise MalgwiError(
            f"--format {','.join(formats)}: one format only goes to stdout; give --output FOLDER"
        )
    several = f"{len(files)} recordings" if len(files) > 1 else "several channels"
    if output is None and (len(files) > 1 or channel == EACH) and formats[0] in ALONE:
        raise MalgwiError(
            f"--format {formats[0]}: files of {several} can't share stdout; give --output FOLDER"
        )
    if output is not None:
        names: dict[str, Path] = {}
        for file in files:
            other = names.setdefault(file.stem.casefold(), file)
            if other is not file:
                raise MalgwiError(
                    f"{other} and {file} would both be written to {output / file.stem}.*; "
                    "transcribe them into two folders"
                )
