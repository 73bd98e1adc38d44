"""One part of cutting many recordings, for job arrays, and all parts together as one run does.

A part keeps what was found in each recording; the corpus is written when all is there, by the same
function as that of one run.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from malgwi.decoding.search import KNOWN_TEXT
from malgwi.each import Each, here
from malgwi.errors import MalgwiError
from malgwi.job_array import Joined, Part, Work, record
from malgwi.progress import audio_progress
from malgwi.publish import claim_folder
from malgwi.recognition.cut import Cuts, hear, write_corpus
from malgwi.recognition.cut_recording import CutRecording, Heard
from malgwi.recognition.pairs import Pair
from malgwi.recognition.recognise import Recogniser, open_recogniser
from malgwi.recognition.same_work import same_model
from malgwi.speech.audio import known_seconds


def cut_part(
    model: str | Path,
    pairs: Sequence[Pair],
    part: Part,
    output: Path,
    *,
    clips: bool = False,
    replace: bool = False,
    threads: int | None = None,
    channel: int | str | None = None,
    each: Each[Recogniser] | None = None,
    warn: Callable[[str], object],
) -> list[str]:
    """Listen to one part of the recordings; a part that was begun goes on.

    Return why nothing is found in some of them; these are tried again when the part is run again.
    Recordings are shared out by their bytes.

    Args:
        model: as for `malgwi.recognition.cut.cut`, and so are the others.
        pairs: those of all parts.
        part: which of them are meant.
        output: the folder that all parts are for.
        clips: whether all parts together write WAV files.
        replace: whether they may replace an earlier result there.
        threads: processor threads for the model.
        channel: of every recording.
        each: where the recordings are listened to; None is here, one after the other.
        warn: called with a sentence about texts; what is odd of recordings is told at the end.

    Raises:
        MalgwiError: the model can't be opened, the folder is taken, or what was begun there is of
            another work.
    """
    mine = part.items([_size(pair.audio) for pair in pairs])
    claim_folder(output, replace=replace)
    recogniser = open_recogniser(model, threads=threads, search=KNOWN_TEXT)
    facts = {
        "command": "cut",
        **same_model(model, KNOWN_TEXT),
        "--channel": str(channel),
        "--clips": str(clips),
        "recordings": _known(pairs),
    }
    files = [(str(path), _size(path)) for pair in pairs for path in pair]
    with record(output, part, mine, Work(facts, len(pairs), {"clips": clips}, files)) as done:
        left = {n: pairs[n] for n in mine if n not in done.done or _wrong(done.done[n])}
        with audio_progress("cutting", sum(known_seconds(p.audio) for p in left.values())) as told:
            for n, one in hear(each or here(recogniser), left, channel, told, warn=warn):
                done.add(n, _plain(one, _size(pairs[n].audio)))
        return [wrong for n in mine if (wrong := _wrong(done.done[n]))]


def join_cut(
    output: Path, joined: Joined, *, replace: bool = False, warn: Callable[[str], object]
) -> Cuts:
    """Write what one run for all parts would have written; the records of the parts go.

    Recordings are looked for from the folder in which their part ran, then from this one.

    Raises:
        MalgwiError: a recording isn't there as it was heard; or as
            `malgwi.recognition.cut.write_corpus`.
    """
    found = write_corpus(
        [_heard(one) for one in joined.found],
        output,
        recordings=[Path(one["audio"]) for one in joined.found],
        clips=joined.work.about["clips"],
        replace=replace,
        warn=warn,
    )
    joined.remove()
    return found


def _plain(one: Heard, size: int) -> dict[str, Any]:
    wrong = isinstance(one.found, str)
    return {
        "audio": str(one.audio),
        "folder": str(Path.cwd()),
        "bytes": size,
        "said": list(one.said),
        "wrong": one.found if wrong else None,
        "found": None if isinstance(one.found, str) else one.found.to_json(),
    }


def _heard(one: Mapping[str, Any]) -> Heard:
    audio = Path(one["audio"])
    if one["wrong"] is not None:
        return Heard(audio, one["said"], one["wrong"])
    found = CutRecording.from_json(one["found"])
    return Heard(audio, one["said"], found, _folder(audio, Path(one["folder"]), one["bytes"]))


def _folder(audio: Path, ran: Path, size: int) -> Path:
    """Return the folder from which a recording is found as it was heard.

    Raises:
        MalgwiError: there is none: places in another one would be wrong.
    """
    folders = dict.fromkeys([ran, Path.cwd()])
    for folder in folders:
        if (folder / audio).is_file() and _size(folder / audio) == size:
            return folder
    there = next((folder / audio for folder in folders if (folder / audio).is_file()), None)
    how = f"has {_size(there):,} bytes" if there else "isn't there"
    raise MalgwiError(
        f"{there or ran / audio}: {how}, and had {size:,} when it was cut; put back what was "
        "heard, and join again"
    )


def _wrong(found: Mapping[str, Any]) -> str | None:
    wrong: str | None = found["wrong"]
    return wrong


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # told in its turn
        return 0


def _known(pairs: Sequence[Pair]) -> str:
    """Return what tells these recordings and texts from others: names, sizes and order."""
    row = json.dumps([[str(path), _size(path)] for pair in pairs for path in pair])
    return f"{len(pairs):,} with texts (SHA-256 {hashlib.sha256(row.encode()).hexdigest()[:16]})"
