"""One part of many recordings to files, for job arrays.

Each part writes its files where one run for all would, under the same names. So what is joined
(`malgwi.recognition.written_files`) is there already.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from malgwi.channel_names import EACH
from malgwi.decoding.decode import Transcript
from malgwi.decoding.search import DEFAULT, Search
from malgwi.errors import MalgwiError
from malgwi.job_array import Part, Work, record
from malgwi.publish import claim_files_in
from malgwi.recognition.recognise import Recogniser, open_recogniser
from malgwi.recognition.same_work import same_model
from malgwi.recognition.transcribe import (
    check,
    known_bytes,
    of_file,
    rendered,
    require_all,
    spare,
    transcribing,
)
from malgwi.recognition.written_files import intact, is_done, known, write
from malgwi.stores.address import Location
from malgwi.terminal import printable


@dataclass(frozen=True)
class Heard:
    """What was heard in one recording."""

    transcripts: Sequence[tuple[int | None, Transcript]]
    """By channel."""
    warnings: Sequence[str]
    wrong: str | None = None
    """Why that isn't all."""


Hear = Callable[[Recogniser, Mapping[int, Location], int | str | None], Iterator[tuple[int, Heard]]]
"""Recordings by their places, and a channel → what is heard in each, in any order."""


def transcribe_part(
    model: str | Path,
    files: Sequence[Location],
    part: Part,
    *,
    formats: Sequence[str],
    output: Location,
    threads: int | None = None,
    search: Search = DEFAULT,
    channel: int | str | None = None,
    hear: Hear | None = None,
    stderr: TextIO | None = None,
) -> None:
    """Transcribe one part of `files`, which the others have in the same order.

    A part that was begun goes on: what is recorded as done, and lies there as it was written, is
    left alone. Recordings that couldn't be read are tried again.

    Args:
        model: as `malgwi.recognition.transcribe.transcribe` takes it, and so are the others.
        files: those of all parts; they are shared out by their bytes.
        part: which of them are meant.
        formats: of `malgwi.recognition.render.FORMATS`.
        output: one folder, or place in a store, for all parts.
        threads: processor threads for the model.
        search: how to find the words.
        channel: which one to listen to.
        hear: where the work is done; None is here, one recording after the other.
        stderr: for tests; the program's own otherwise.

    Raises:
        MalgwiError: as `transcribe`, or what was begun there is of another work.
    """
    errors = stderr or sys.stderr

    def warn(text: str) -> None:
        errors.write(f"malgwi: warning: {printable(text)}\n")

    check(files, formats, output, search, channel)
    recordings, sizes = known(files, known_bytes)
    mine = part.items([size for _, size in sizes])
    if isinstance(output, Path):
        claim_files_in(output, shared=True)  # of a store, the record finds it out
    recogniser = open_recogniser(model, threads=threads, search=search, warn=warn)
    facts = {
        "command": "transcribe",
        **same_model(model, search),
        "--format": ",".join(formats),
        "--channel": str(channel),
        "recordings": recordings,
    }
    with record(output, part, mine, Work(facts, len(files), files=sizes)) as done:
        whole = intact(output, done.done.values())
        left = [n for n in mine if n not in done.done or not is_done(done.done[n], whole)]
        spare([files[n] for n in left], formats, output, channel, whole)
        broken: dict[int, str] = {}
        for n, heard in (hear or _hear_here)(recogniser, {n: files[n] for n in left}, channel):
            file, wrong = files[n], heard.wrong
            for sentence in heard.warnings:
                errors.write(f"malgwi: warning: {printable(sentence)}\n")
            contents: dict[str, bytes] = {}
            for one, transcript in heard.transcripts:
                contents |= rendered(transcript, file, one, formats, output, each=channel == EACH)
            if wrong := write(done, n, file, contents, output=output, wrong=wrong):
                broken[n] = wrong
    for _, wrong in sorted(broken.items()):
        errors.write(f"malgwi: error: {printable(wrong)}\n")
    before = f", {len(mine) - len(left)} of them earlier" if left != mine else ""
    then = "" if hear else f"; after all parts: malgwi join {printable(str(output))}"
    errors.write(
        f"malgwi: part {part}: {len(mine)} of {len(files)} recordings are through{before}{then}\n"
    )
    require_all([files[n] for n in sorted(broken)], len(mine))


def _hear_here(
    recogniser: Recogniser, files: Mapping[int, Location], channel: int | str | None
) -> Iterator[tuple[int, Heard]]:
    with transcribing(files.values()) as (advance, ended):
        for n, file in files.items():
            yield n, hear_file(recogniser, file, channel, heard=advance)
            ended(file)


def hear_file(
    recogniser: Recogniser, file: Location, channel: int | str | None, **how: Any
) -> Heard:
    """Return what is heard in a recording, and what is wrong with it; `how` as for `of_file`."""
    transcripts, warnings = list[tuple[int | None, Transcript]](), list[str]()
    try:
        transcripts += of_file(recogniser, file, channel=channel, warn=warnings.append, **how)
    except MalgwiError as error:
        return Heard(transcripts, warnings, str(error))
    return Heard(transcripts, warnings)
