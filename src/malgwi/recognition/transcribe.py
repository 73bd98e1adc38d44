"""Recordings of any length to text, JSON, subtitles and tiers, many at a time.

A recording that can't be read is named on stderr and the rest goes on; at the end the command
fails with exit status 2, since the input was wrong.
"""

import re
import sys
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

from malgwi.channel_names import EACH
from malgwi.corpus.folder import name_key
from malgwi.decoding.decode import Transcript
from malgwi.decoding.search import DEFAULT, Search
from malgwi.errors import MalgwiError
from malgwi.progress import audio_progress, stage
from malgwi.publish import claim_files_in, publish_file
from malgwi.recognition.recognise import Recogniser, Through, open_recogniser, transcribe_file
from malgwi.recognition.render import ALONE, CORRECTED, FORMATS, render
from malgwi.speech.audio import known_seconds
from malgwi.speech.channels import listened
from malgwi.speech.pipe import renamed
from malgwi.stores.address import Address, Location, resolved
from malgwi.stores.local import local
from malgwi.stores.store import below, put, remove
from malgwi.terminal import printable
from malgwi.unfinished import MARK


def transcripts(
    recogniser: Recogniser,
    files: Sequence[Location],
    *,
    channel: int | str | None = None,
    warn: Callable[[str], object],
    failed: Callable[[Location, MalgwiError], object],
) -> Iterator[tuple[Location, int | None, Transcript]]:
    """Yield each file's transcripts, with progress; `failed` is told of those without one.

    There is one a file, of the channel that is named with it (None: the average of all), or one
    a channel where `channel` is `EACH`.
    """
    with transcribing(files) as (heard, ended):
        for file in files:
            try:
                for one, transcript in of_file(
                    recogniser, file, channel=channel, warn=warn, heard=heard
                ):
                    yield file, one, transcript
            except MalgwiError as error:
                failed(file, error)
            ended(file)


@contextmanager
def transcribing(
    files: Iterable[Location], lengths: Iterable[float] | None = None
) -> Iterator[tuple[Callable[[float], object], Callable[[Location], object]]]:
    """Show progress; what is given is told of seconds heard, and of each recording that ended.

    It is by seconds of sound, and where some aren't here yet, by the bytes of what has ended.
    `lengths` has the seconds of those that are here, where somebody read them before.
    """
    files = list(files)
    if all(isinstance(file, Path) for file in files):
        if lengths is None:
            lengths = (known_seconds(file) for file in files if isinstance(file, Path))
        seconds = sum(lengths)
        with audio_progress("transcribing", seconds) as heard:
            yield heard, lambda _: None
        return
    begun = time.monotonic()
    megabytes = seconds = 0.0

    def show(more_seconds: float = 0.0, more_bytes: int = 0) -> None:
        nonlocal megabytes, seconds
        megabytes += more_bytes / 1e6
        seconds += more_seconds
        update(megabytes, seconds / max(time.monotonic() - begun, 1e-9))

    with stage("transcribing", sum(map(known_bytes, files)) / 1e6, "MB") as update:
        yield show, lambda file: show(more_bytes=known_bytes(file))


def known_bytes(file: Location) -> int:
    """Return the size of a recording; 0 where it can't be had, which is told in its turn."""
    if isinstance(file, Address):
        return file.size or 0
    try:
        return file.stat().st_size
    except OSError:
        return 0


def of_file(
    recogniser: Recogniser,
    file: Location,
    *,
    channel: int | str | None,
    warn: Callable[[str], object],
    heard: Callable[[float], object] = lambda _: None,
    through: Through | None = None,
) -> Iterator[tuple[int | None, Transcript]]:
    """Yield one file's transcripts, as `transcripts` does; what is in a store is here until then.

    Raises:
        MalgwiError: the file can't be read.
    """
    try:
        with local(file) as (path, named):

            def tell(text: str) -> None:
                warn(named(text))

            for one in listened(path, channel, tell):
                yield (
                    one,
                    transcribe_file(
                        recogniser, path, channel=one, warn=tell, heard=heard, through=through
                    ),
                )
    except OSError as error:  # a disk or a share that fails while it is read
        raise MalgwiError(f"{file}: not readable ({error.strerror or error})") from error


def transcribe(
    model: str | Path,
    files: Sequence[Location],
    *,
    formats: Sequence[str] = ("text",),
    output: Location | None = None,
    threads: int | None = None,
    search: Search = DEFAULT,
    channel: int | str | None = None,
    called: Mapping[Location, Location] = MappingProxyType({}),
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
) -> None:
    """Transcribe recordings to stdout, or each to files of its own in a folder.

    Args:
        model: a run, checkpoint or bundle, as `malgwi.recognition.recognise.open_recogniser` takes.
        files: recordings in any format that `malgwi.speech.audio` reads; those in stores are
            fetched one by one.
        formats: of `FORMATS`; stdout takes one: `text` (with several recordings each line
            starts with its file and a tab, with `each` its channel too), `json`, `ctm` and `stm`
            (which name the recording in each line), or subtitles or tiers of one recording.
        output: a folder or a place in a store, where `talk.wav` becomes `talk.srt`; files there
            are replaced, but not those of `CORRECTED` formats, and none beside its recording.
        threads: processor threads for the model.
        search: how to find the words.
        channel: which one to listen to, counted from 0; `mix`, the average of all; `each`, every
            one by itself (`talk.0.srt`, `talk.1.srt`); None to choose by what they hold.
        called: how results name files that came through pipes.
        stdout: for tests; the program's own otherwise.
        stderr: likewise.

    Raises:
        MalgwiError: an option is wrong, the model can't be opened, or, after all the others
            were done, recordings that couldn't be read.
    """
    out, errors = stdout or sys.stdout, stderr or sys.stderr
    check(files, formats, output, search, channel)
    if output is not None:
        claim(output)
        spare(files, formats, output, channel)
    broken: list[Location] = []

    def failed(file: Location, error: MalgwiError) -> None:
        broken.append(called.get(file, file))
        errors.write(f"malgwi: error: {printable(renamed(str(error), called))}\n")

    def warn(text: str) -> None:
        errors.write(f"malgwi: warning: {printable(renamed(text, called))}\n")

    recogniser = open_recogniser(model, threads=threads, search=search, warn=warn)
    heard = transcripts(recogniser, files, channel=channel, warn=warn, failed=failed)
    for source, one, transcript in heard:
        file, each = called.get(source, source), channel == EACH
        if output is None:
            out.write(_printed(transcript, file, one, formats[0], many=len(files) > 1, each=each))
            out.flush()
            continue
        try:
            publish(rendered(transcript, file, one, formats, output, each=each), output)
        except MalgwiError as error:
            failed(file, error)
    require_all(broken, len(files))


def rendered(
    transcript: Transcript,
    file: Location,
    channel: int | None,
    formats: Sequence[str],
    output: Location,
    *,
    each: bool,
) -> dict[str, bytes]:
    """Return what is to be written of a transcript into a folder, by the names of the files."""
    name = f"{file.stem}.{channel}" if each else file.stem
    return {
        name + FORMATS[form]: render(transcript, file, form, channel, output).encode(
            errors="backslashreplace"
        )
        for form in formats
    }


def claim(output: Location) -> None:
    """Check before the work that files can be written to a place after it.

    Raises:
        MalgwiError: they can't.
    """
    if isinstance(output, Path):
        claim_files_in(output)
        return
    put(output / MARK, b"")
    with suppress(MalgwiError):  # who may write need not be allowed to remove
        remove(output / MARK)


def publish(contents: Mapping[str, bytes], output: Location) -> None:
    """Write files to a place, each whole or not at all.

    Raises:
        MalgwiError: one can't be written.
    """
    for name, content in contents.items():
        if isinstance(output, Address):
            put(output / name, content)
            continue
        with publish_file(output / name) as path:
            path.write_bytes(content)


def require_all(broken: Sequence[object], total: int, done: str = "transcribed") -> None:
    """Fail where recordings were broken, after the others are done; `done` is what was to be.

    Raises:
        MalgwiError: naming the first.
    """
    if broken:
        raise MalgwiError(
            f"{len(broken)} of {total} recordings could not be {done}, the first "
            f"{broken[0]}; each is named above, the others are done"
        )


def _printed(
    transcript: Transcript,
    file: Location,
    channel: int | None,
    form: str,
    *,
    many: bool,
    each: bool,
) -> str:
    text = render(transcript, file, form, channel)
    if form == "text" and (many or each):
        named = f"{file}\t{channel}" if each else f"{file}"
        return "".join(f"{named}\t{line}" for line in text.splitlines(keepends=True))
    return text


def spare(
    files: Sequence[Location],
    formats: Sequence[str],
    output: Location,
    channel: int | str | None,
    ours: Container[str] = (),
) -> None:
    """Refuse to write where files lie that may be somebody's work.

    Those are of formats in which transcripts are corrected, and whatever has a recording's name
    beside it: people's own transcripts and subtitles lie there. Those that are named in `ours` are
    known to be as they were written.

    Raises:
        MalgwiError: naming the first.
    """
    beside = _beside(files, output)
    if not (beside or set(CORRECTED).intersection(formats)):
        return
    if isinstance(output, Address):
        there = [name for name in below(output) if "/" not in name]
    else:
        there = sorted(path.name for path in output.iterdir()) if output.is_dir() else []
    there = [name for name in there if name not in ours]
    number = r"\.\d+" if channel == EACH else ""
    for form in formats:
        pattern = re.compile(f"(.*){number}{re.escape(FORMATS[form])}", re.IGNORECASE | re.DOTALL)
        matches = [match for name in reversed(there) if (match := pattern.fullmatch(name))]
        taken = {match[1].lower(): match[0] for match in matches}
        for file in files if form in CORRECTED else beside:
            if found := taken.get(file.stem.lower()):
                raise MalgwiError(
                    f"{output / found}: is there already and may hold somebody's work; move it "
                    "away, or give another folder: --output FOLDER"
                )


def _beside(files: Sequence[Location], output: Location) -> list[Location]:
    """Return the recordings that lie where files are to be written."""
    there = resolved(output)
    folders = {place for place in {file.parent for file in files} if resolved(place) == there}
    return [file for file in files if file.parent in folders]


def check(
    files: Sequence[Location],
    formats: Sequence[str],
    output: Location | None,
    search: Search,
    channel: int | str | None,
) -> None:
    """Refuse what can't be done.

    Raises:
        MalgwiError: names the option or the recordings.
    """
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
        names: dict[str, Location] = {}
        number = ".0" if channel == EACH else ""
        key = name_key if isinstance(output, Path) else str  # in stores `A` isn't `a`
        for file, form in product(files, formats):
            other = names.setdefault(key(file.stem + number + FORMATS[form]), file)
            if other is not file:
                again = other == file
                remedy = "name it once" if again else "transcribe them into two folders"
                raise MalgwiError(
                    f"{other} and {file} would both be written to {output / file.stem}.*; {remedy}"
                )
