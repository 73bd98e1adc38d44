"""A project to look around in, made of the synthetic speech that comes with Malgwi.

Short clips of four voices are joined to recordings of a minute, as people have them. Those for
training come written, and so do the two voices that the starter never heard, which are held out;
the others wait to be written.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

import numpy as np

from malgwi.bundle.golden import wav_bytes
from malgwi.corpus.edits import WRITTEN, Segment
from malgwi.corpus.studio import File, Person, Source, Studio, digest
from malgwi.errors import MalgwiError
from malgwi.progress import clip_progress
from malgwi.speech.audio import SAMPLE_RATE, Samples, read
from malgwi.studio.adding import at_pauses, new_ids, put
from malgwi.studio.project import MEDIA, Project

SPEECH = Path(str(resources.files("malgwi"))) / "data" / "commands"
NAME = "Malgwi demo"
CLIPS = 30
"""Joined to one recording, about a minute of it."""
_PAUSE = np.zeros(SAMPLE_RATE * 6 // 10, np.float32)
_OPEN, _HELD_OUT = "dev", "test"
"""The parts of the shipped speech that wait to be written, and that are held out."""
_ORDER = ("train", _HELD_OUT, _OPEN)

_Row = dict[str, str]


def fill(project: Project) -> None:
    """Fill a new project; one that the demo filled before stays as people left it.

    Raises:
        MalgwiError: the project is somebody's own.
    """
    if project.studio.demo:
        return
    if project.recordings():
        raise MalgwiError(
            f"{project.folder}: holds a project of your own; give another folder to --demo, or none"
        )
    with (SPEECH / "metadata.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    codes: dict[str, str] = {}
    with clip_progress("making the demo's project", len(rows)) as heard:
        for name, split, clips in _recordings(rows):
            voice = clips[0]["speaker"]
            if voice not in codes:
                person = Person(train=True, share=True, held_out=split == _HELD_OUT)
                codes[voice] = project.put_person(None, f"{voice} (synthetic)", person)
            sounds = [read(SPEECH / clip["file_name"]) for clip in clips]
            written = [] if split == _OPEN else [clip["transcription"] for clip in clips]
            _put(project, name, codes[voice], sounds, written)
            for sound in sounds:
                heard(len(sound) / SAMPLE_RATE)
    project.change(lambda now: Studio(NAME, "en", now.people, demo=True))


def _recordings(rows: Sequence[_Row]) -> Iterator[tuple[str, str, list[_Row]]]:
    """Yield what to call each recording, its part of the shipped speech, and its clips."""
    parts: dict[tuple[str, str], list[_Row]] = defaultdict(list)
    for row in rows:
        parts[row["speaker"], row["split"]].append(row)
    numbers: dict[str, int] = defaultdict(int)
    for (voice, split), clips in sorted(parts.items(), key=lambda part: _ORDER.index(part[0][1])):
        for first in range(0, len(clips), CLIPS):
            numbers[voice] += 1
            yield f"{voice} {numbers[voice]}", split, clips[first : first + CLIPS]


def _put(
    project: Project, name: str, person: str, sounds: Sequence[Samples], texts: Sequence[str]
) -> None:
    media = project.folder / MEDIA / f"{name.replace(' ', '-')}.wav"
    joined = [part for sound in sounds for part in (_PAUSE, sound)]
    media.write_bytes(wav_bytes(np.concatenate([*joined, _PAUSE])))

    def cut(samples: Path, length: int) -> Sequence[Segment]:
        if not texts:
            return at_pauses(samples, length)
        found, at = [], 0
        for one, sound, text in zip(new_ids(len(texts)), sounds, texts, strict=True):
            start = at + len(_PAUSE)
            at = start + len(sound)
            found.append(Segment(one, start, at, text, state=WRITTEN))
        return found

    file = File(f"{MEDIA}/{media.name}", digest(media))
    put(project, Source(name, file, 0, person=person), media, cut)
