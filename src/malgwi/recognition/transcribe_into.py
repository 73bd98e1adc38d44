"""A recording to tiers in a copy of its own ELAN file, which itself is never written to."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from malgwi.annotation.annotation import Link
from malgwi.annotation.elan import read_elan
from malgwi.annotation.elan_tiers import with_tiers
from malgwi.channel_names import EACH
from malgwi.corpus.pairing import link_to
from malgwi.decoding.decode import TimedWord
from malgwi.decoding.search import DEFAULT, Search
from malgwi.errors import MalgwiError
from malgwi.publish import claim_file, publish_file
from malgwi.recognition.recognise import open_recogniser
from malgwi.recognition.transcribe import transcripts
from malgwi.recognition.utterances import elan_tiers
from malgwi.speech.recording import Warn
from malgwi.terminal import printable

_PREFERENCES = ".pfsx"
"""ELAN's settings for a file lie beside it: which tiers are shown, in what order and colour."""


def transcribe_into(
    model: str | Path,
    files: Sequence[Path],
    document: Path,
    *,
    output: Path | None = None,
    threads: int | None = None,
    search: Search = DEFAULT,
    channel: int | str | None = None,
    stderr: TextIO | None = None,
) -> Path:
    """Write a copy of an ELAN file that has a recording's transcript too; return where it lies.

    Utterances, words and confidences become tiers called malgwi. The settings that ELAN keeps
    beside the file are copied with it.

    Args:
        model: as `malgwi.recognition.transcribe.transcribe` takes it.
        files: one recording, which the file links to.
        document: the ELAN file.
        output: the copy; None for NAME-malgwi.eaf beside the file.
        threads: processor threads for the model.
        search: how to find the words.
        channel: which one to listen to; with `each` every channel has tiers of its own.
        stderr: for tests; the program's own otherwise.

    Raises:
        MalgwiError: the file is damaged, or several recordings of different beginnings could be
            meant, or the copy is there already; or as `transcribe`.
    """
    errors = stderr or sys.stderr

    def warn(text: str) -> None:
        errors.write(f"malgwi: warning: {printable(text)}\n")

    if len(files) != 1 or search.nbest:
        found = f"--nbest {search.nbest}" if search.nbest else f"{len(files)} recordings"
        raise MalgwiError(f"--into {document}: takes one reading of one recording, found {found}")
    [recording] = files
    if not document.is_file():
        raise MalgwiError(
            f"--into {document}: no such file; expected an ELAN file (.eaf). A new one comes with "
            "--format eaf"
        )
    copy = output or document.with_name(f"{document.stem}-malgwi{document.suffix}")
    links = read_elan(document).links
    content = document.read_bytes()
    with_tiers(document, content, elan_tiers([]))  # refuses before an hour is listened to
    origin_ms = _origin_ms(document, links, recording, warn)
    if os.path.lexists(copy):
        raise MalgwiError(
            f"{copy}: is there already and may hold somebody's work; name another copy: --output "
            "COPY.eaf"
        )
    place = claim_file(copy, replace=False)

    def failed(_: object, error: MalgwiError) -> None:
        raise error

    recogniser = open_recogniser(model, threads=threads, search=search, warn=warn)
    heard = transcripts(recogniser, files, channel=channel, warn=warn, failed=failed)
    added: list[str] = []
    total = 0
    for _, one, transcript in heard:
        words = _in_its_time(transcript.timed_words, origin_ms, document, warn)
        after = f" of channel {one}" if channel == EACH else ""
        content, names = with_tiers(document, content, elan_tiers(words, "malgwi ", after))
        added += names
        total += len(words)
    with publish_file(place) as path:
        path.write_bytes(content)
    settings, beside = document.with_suffix(_PREFERENCES), copy.with_suffix(_PREFERENCES)
    if settings.is_file() and not os.path.lexists(beside):
        with publish_file(claim_file(beside, replace=False)) as path:
            shutil.copyfile(settings, path)
    tiers = ", ".join(repr(name) for name in added)
    errors.write(f"{printable(str(copy))}: {total:,} words; new tiers {printable(tiers)}\n")
    return copy


def _origin_ms(document: Path, links: Sequence[Link], recording: Path, warn: Warn) -> int:
    """Return where in the recording the file's time begins.

    Raises:
        MalgwiError: none of its recordings has the name, and they begin at different times.
    """
    link = link_to(recording, links)
    origins = {one.origin for one in ([link] if link else links)}
    if len(origins) > 1:
        raise MalgwiError(
            f"{document}: links to no {recording.name}, and its recordings begin at different "
            "times (TIME_ORIGIN); link it there with ELAN, or give one that it links to"
        )
    if link is None and links:
        warn(
            f"{document}: links to no {recording.name}; its times are taken to be those of "
            f"{' and '.join(one.places[0] for one in links if one.places)}"
        )
    return round(origins.pop() * 1000) if origins else 0


def _in_its_time(
    words: list[TimedWord], origin_ms: int, document: Path, warn: Warn
) -> list[TimedWord]:
    """Return the words with times of the file, whose time begins `origin_ms` into the recording."""
    moved = [
        word._replace(start_ms=word.start_ms - origin_ms, end_ms=word.end_ms - origin_ms)
        for word in words
    ]
    after = [word for word in moved if word.start_ms >= 0]
    if early := len(moved) - len(after):
        warn(
            f"{document}: words said before its time begins ({origin_ms} ms into the recording, "
            f"TIME_ORIGIN) are left out: {early:,}"
        )
    return after
