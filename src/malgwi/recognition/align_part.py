"""One part of recordings with known texts to files, for job arrays.

Each part writes its files where one run for all would, as those of `malgwi transcribe` do.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from malgwi.decoding.search import KNOWN_TEXT
from malgwi.each import Each, here
from malgwi.job_array import Part, Work, record
from malgwi.publish import claim_files_in
from malgwi.recognition.align_many import check_pairs, hear
from malgwi.recognition.pairs import PlacedPair
from malgwi.recognition.recognise import Recogniser, open_recogniser
from malgwi.recognition.same_work import same_model
from malgwi.recognition.transcribe import known_bytes, require_all, spare
from malgwi.recognition.written_files import intact, is_done, known, write
from malgwi.stores.address import Location
from malgwi.terminal import printable


def align_part(
    model: str | Path,
    pairs: Sequence[PlacedPair],
    part: Part,
    *,
    formats: Sequence[str],
    output: Location,
    threads: int | None = None,
    channel: int | str | None = None,
    each: Each[Recogniser] | None = None,
    stderr: TextIO | None = None,
) -> None:
    """Align one part of `pairs`, which the others have in the same order.

    A part that was begun goes on: what is recorded as done, and lies there as it was written, is
    left alone. What couldn't be aligned is tried again. Pairs are shared out by the bytes of their
    recordings.

    Args:
        model: as for `malgwi.recognition.align_many.align_many`, and so are the others.
        pairs: those of all parts.
        part: which of them are meant.
        formats: of `malgwi.recognition.render.FORMATS`.
        output: one folder, or place in a store, for all parts.
        threads: processor threads for the model.
        channel: of every recording.
        each: where the recordings are listened to; None is here, one after the other.
        stderr: for tests; the program's own otherwise.

    Raises:
        MalgwiError: as `align_many`, or what was begun there is of another work.
    """
    errors = stderr or sys.stderr

    def warn(text: str) -> None:
        errors.write(f"malgwi: warning: {printable(text)}\n")

    check_pairs(pairs, formats, output, channel)
    recordings, sizes = known([place for pair in pairs for place in pair], known_bytes)
    mine = part.items([size for _, size in sizes[::2]])
    if isinstance(output, Path):
        claim_files_in(output, shared=True)  # of a store, the record finds it out
    recogniser = open_recogniser(model, threads=threads, search=KNOWN_TEXT)
    facts = {
        "command": "align",
        **same_model(model, KNOWN_TEXT),
        "--format": ",".join(formats),
        "--channel": str(channel),
        "recordings": f"{len(pairs):,} with texts, {recordings}",
    }
    with record(output, part, mine, Work(facts, len(pairs), files=sizes)) as done:
        whole = intact(output, done.done.values())
        left = [n for n in mine if n not in done.done or not is_done(done.done[n], whole)]
        spare([pairs[n].audio for n in left], formats, output, channel, whole)
        broken: dict[int, str] = {}
        for n, one in hear(
            each or here(recogniser),
            {n: pairs[n] for n in left},
            formats=formats,
            output=output,
            channel=channel,
            warn=warn,
        ):
            if wrong := write(
                done, n, pairs[n].audio, one.contents, output=output, wrong=one.wrong
            ):
                broken[n] = wrong
    for _, wrong in sorted(broken.items()):
        errors.write(f"malgwi: error: {printable(wrong)}\n")
    before = f", {len(mine) - len(left)} of them earlier" if left != mine else ""
    then = "" if each else f"; after all parts: malgwi join {printable(str(output))}"
    errors.write(
        f"malgwi: part {part}: {len(mine)} of {len(pairs)} recordings are through{before}{then}\n"
    )
    require_all([pairs[n].audio for n in sorted(broken)], len(mine), "aligned")
