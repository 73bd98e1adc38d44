"""One part of many recordings to files, for job arrays, and all parts together.

Each part writes its files where one run for all would, under the same names. So what is joined
is there already: joining finds out whether it is whole, of one model and as it was written.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from malgwi.channel_names import EACH
from malgwi.decoding.decode import Transcript
from malgwi.decoding.search import DEFAULT, Search
from malgwi.errors import MalgwiError
from malgwi.job_array import Joined, Part, Work, record
from malgwi.publish import claim_files_in
from malgwi.recognition.recognise import Recogniser, open_recogniser
from malgwi.recognition.same_work import same_model
from malgwi.recognition.transcribe import (
    check,
    known_bytes,
    of_file,
    publish,
    rendered,
    require_all,
    spare,
    transcribing,
)
from malgwi.stores.address import Address, Location
from malgwi.stores.store import read
from malgwi.terminal import printable


@dataclass(frozen=True)
class Heard:
    """What was heard in one recording."""

    transcripts: Sequence[tuple[int | None, Transcript]]
    """By channel."""
    warnings: Sequence[str]
    wrong: str | None = None
    """Why that isn't all."""


_AT_ONCE = 8
"""Files that are read again at a time."""

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
    sizes = [known_bytes(file) for file in files]
    mine = part.items(sizes)
    if isinstance(output, Path):
        claim_files_in(output, shared=True)  # of a store, the record finds it out
    recogniser = open_recogniser(model, threads=threads, search=search, warn=warn)
    facts = {
        "command": "transcribe",
        **same_model(model, search),
        "--format": ",".join(formats),
        "--channel": str(channel),
        "recordings": _known(files, sizes),
    }
    known = [(str(file), size) for file, size in zip(files, sizes, strict=True)]
    with record(output, part, mine, Work(facts, len(files), files=known)) as done:
        intact = _intact(output, done.done.values())
        left = [n for n in mine if n not in done.done or not _is_done(done.done[n], intact)]
        spare([files[n] for n in left], formats, output, channel, intact)
        broken: dict[int, str] = {}
        for n, heard in (hear or _hear_here)(recogniser, {n: files[n] for n in left}, channel):
            file, wrong = files[n], heard.wrong
            for sentence in heard.warnings:
                errors.write(f"malgwi: warning: {printable(sentence)}\n")
            contents: dict[str, bytes] = {}
            for one, transcript in heard.transcripts:
                contents |= rendered(transcript, file, one, formats, output, each=channel == EACH)
            # Recorded first: what lies there then is known as ours, whenever this ends.
            digests = {name: _digest(content) for name, content in contents.items()}
            done.add(n, {"file": str(file), "files": digests, "error": wrong})
            try:
                publish(contents, output)
            except MalgwiError as error:
                wrong = str(error)
            if wrong:
                broken[n] = wrong
    for _, wrong in sorted(broken.items()):
        errors.write(f"malgwi: error: {printable(wrong)}\n")
    before = f", {len(mine) - len(left)} of them earlier" if left != mine else ""
    then = "" if hear else f"; after all parts: malgwi join {printable(str(output))}"
    errors.write(
        f"malgwi: part {part}: {len(mine)} of {len(files)} recordings are through{before}{then}\n"
    )
    require_all([files[n] for n in sorted(broken)], len(mine))


def join_transcripts(output: Location, joined: Joined, *, stderr: TextIO | None = None) -> None:
    """Check that all parts' files are there as they were written; the records of the parts go.

    Raises:
        MalgwiError: a file is missing or was changed; or, after all the rest is done, recordings
            that couldn't be read.
    """
    errors = stderr or sys.stderr
    intact = _intact(output, joined.found)
    for found, part in zip(joined.found, joined.by, strict=True):
        for name in found["files"].keys() - intact:
            there = _content(output / name) is not None
            how = "isn't as it was written" if there else "isn't there"
            raise MalgwiError(
                f"{output / name}: {how}; put it back, or move away what is there and run part "
                f"{part} again, which does what is missing"
            )
    joined.remove()
    broken = [found for found in joined.found if found["error"]]
    for found in broken:
        errors.write(f"malgwi: error: {printable(found['error'])}\n")
    require_all([found["file"] for found in broken], len(joined.found))


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


def _is_done(found: Mapping[str, Any], intact: set[str]) -> bool:
    return not found["error"] and found["files"].keys() <= intact


def _intact(output: Location, found: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the names of those files that lie in their place as they were written."""
    written = {name: digest for one in found for name, digest in one["files"].items()}

    def is_intact(name: str) -> bool:
        content = _content(output / name)
        return content is not None and _digest(content) == written[name]

    with ThreadPoolExecutor(_AT_ONCE) as reading:
        intact = reading.map(is_intact, written)
        return {name for name, it_is in zip(written, intact, strict=True) if it_is}


def _content(file: Location) -> bytes | None:
    """Return what a file holds; None where there is none."""
    if isinstance(file, Address):
        return read(file)
    return file.read_bytes() if file.is_file() else None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _known(files: Sequence[Location], sizes: Sequence[int]) -> str:
    """Return what tells these recordings from others: names, sizes and order."""
    row = json.dumps([[str(file), size] for file, size in zip(files, sizes, strict=True)])
    return f"{len(files):,} of {sum(sizes):,} bytes (SHA-256 {_digest(row.encode())[:16]})"
