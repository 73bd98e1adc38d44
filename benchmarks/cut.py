"""How well `malgwi cut` finds sentences where text and recording don't agree.

    python benchmarks/cut.py MODEL DATASET --other FOLDER

joins 150 clips of a data set into one recording, with pauses of 0.4 to 1 s of their own quietest
sound between them, and cuts it with their texts as they are, and then

    missing   without every eighth sentence,
    extra     with ten sentences that nobody says, from other clips,
    music     behind 40 s of tones and noise,
    reader    with another reader's paragraph in the middle, the recordings of FOLDER,
    moved     with fifteen sentences moved elsewhere in the text,
    all       all of it at once.

Right sentences are those that are said where the text has them. One is kept if it stands in a
stretch, and off if a border of it lies more than half a second beside the clip.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from malgwi.dataset.manifest import load_dataset
from malgwi.dataset.sound import Recordings
from malgwi.speech.audio import SAMPLE_RATE, Samples, read

SENTENCES, EXTRA, MOVED = 150, 10, 15
OFF_S = 0.5
SOUND = {".wav", ".flac", ".ogg", ".opus", ".mp3"}


@dataclass(frozen=True)
class Clip:
    """A sentence and its sound."""

    text: str
    samples: Samples


@dataclass(frozen=True)
class Scene:
    """A recording, a text with a sentence a line, and where each line is said, if it is."""

    name: str
    samples: Samples
    lines: tuple[str, ...]
    places: tuple[tuple[float, float] | None, ...]
    """Seconds; None is a line that must be left out."""


def clips_of(dataset: Path, first: int, number: int) -> list[Clip]:
    """Return clips of a data set in the order of their ids, from number `first` on."""
    utterances = sorted(load_dataset(dataset).utterances, key=lambda u: u.id)
    recordings = Recordings()
    chosen = utterances[first : first + number]
    return [Clip(" ".join(u.raw_text.split()), recordings.read(u, print)) for u in chosen]


def pause(clip: Samples, seconds: float) -> Samples:
    """Return a pause made of a clip's quietest 50 ms, there and back."""
    size = SAMPLE_RATE // 20
    pieces = clip[: len(clip) // size * size].reshape(-1, size)
    quietest = pieces[np.square(pieces).sum(axis=1).argmin()]
    whole = np.append(quietest, quietest[::-1])
    return np.resize(whole, round(seconds * SAMPLE_RATE)).astype(np.float32)


def music(seconds: int, draw: random.Random) -> Samples:
    """Return tones with overtones, two a second, over noise."""
    t = np.arange(seconds * SAMPLE_RATE) / SAMPLE_RATE
    sound = 0.01 * np.random.default_rng(draw.randrange(1000)).standard_normal(len(t))
    for beat in range(2 * seconds):
        part = (t >= beat / 2) & (t < beat / 2 + 0.6)
        faded = np.exp(-3.0 * (t[part] - beat / 2))
        tone = 220.0 * 2.0 ** (draw.randrange(12) / 12)
        for over in range(1, 5):
            sound[part] += 0.1 / over * faded * np.sin(2 * np.pi * tone * over * t[part])
    return sound.astype(np.float32)


def joined(
    clips: Sequence[Clip], other: Samples, intro: Samples, draw: random.Random
) -> tuple[Samples, list[tuple[float, float]]]:
    """Return one recording of clips, behind an introduction, `other` in the middle, and places."""
    parts, places, at = [intro], [], len(intro)
    for number, clip in enumerate(clips):
        if number == len(clips) // 2 and len(other):
            parts.append(other)
            at += len(other)
        places.append((at / SAMPLE_RATE, (at + len(clip.samples)) / SAMPLE_RATE))
        parts += [clip.samples, pause(clip.samples, 0.4 + 0.6 * draw.random())]
        at += len(parts[-1]) + len(parts[-2])
    return np.concatenate(parts), places


def scenes(clips: Sequence[Clip], spare: Sequence[Clip], other: Samples) -> list[Scene]:
    """Return the same sentences with every kind of disagreement."""
    draw = random.Random(0)  # noqa: S311 - no secret
    nothing = np.zeros(0, np.float32)
    intro = music(40, draw)
    recordings = {
        "plain": joined(clips, nothing, nothing, random.Random(1)),  # noqa: S311
        "music": joined(clips, nothing, intro, random.Random(1)),  # noqa: S311
        "reader": joined(clips, other, nothing, random.Random(1)),  # noqa: S311
        "all": joined(clips, other, intro, random.Random(1)),  # noqa: S311
    }
    missing = set(range(7, len(clips), 8))
    extra = {len(clips) * (k + 1) // (EXTRA + 1): clip.text for k, clip in enumerate(spare[:EXTRA])}
    moved = (range(len(clips) // 4, len(clips) // 4 + MOVED), len(clips) * 3 // 4)
    found = []
    for name, missed, added, shifted in (
        ("plain", set(), {}, None),
        ("missing", missing, {}, None),
        ("extra", set(), extra, None),
        ("music", set(), {}, None),
        ("reader", set(), {}, None),
        ("moved", set(), {}, moved),
        ("all", missing, extra, moved),
    ):
        samples, places = recordings.get(name, recordings["plain"])
        lines: list[tuple[str, tuple[float, float] | None]] = []
        for number, clip in enumerate(clips):
            if number in added:
                lines.append((added[number], None))
            if shifted and number == shifted[1]:
                lines += [(clips[k].text, None) for k in shifted[0]]
            if number not in missed and not (shifted and number in shifted[0]):
                lines.append((clip.text, places[number]))
        texts, where = zip(*lines, strict=True)
        found.append(Scene(name, samples, texts, where))
    return found


def other_reader(folder: Path | None) -> Samples:
    """Return the recordings of a folder, up to half a minute, one behind the other."""
    if folder is None:
        return np.zeros(0, np.float32)
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SOUND)
    parts = [sound for path in files[:12] for sound in (read(path), pause(read(path), 0.6))]
    return np.concatenate(parts)[: 30 * SAMPLE_RATE]
