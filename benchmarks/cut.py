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
stretch. A kept one is off if it isn't right, or if it, or a border of its stretch that is its own,
begins or ends more than half a second beside the clip's first or last loud moment. Seconds are
those of the search, after the model has listened.

    python benchmarks/cut.py MODEL DATASET --learn MINUTES

does so, then trains the model for so long on what was cut out of the last scene, as a second round
of `malgwi cut --rounds 2` would, and does it again with that.

    python benchmarks/cut.py MODEL DATASET --slow TIMES

does so with slow speech, made of what the model hears: each blank of up to 0.2 s lasts so many
times as long.

    python benchmarks/cut.py --hour

searches an hour: logits of a text of 50,000 letters at random, peaked as models give them, without
every eighth sentence and with minutes of noise; it reports seconds and the most memory.
"""

import argparse
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from malgwi.bundle.golden import wav_bytes
from malgwi.dataset.manifest import load_dataset
from malgwi.dataset.prepare import prepare
from malgwi.dataset.sound import Recordings
from malgwi.decoding.decode import Logits, runs
from malgwi.decoding.search import KNOWN_TEXT
from malgwi.recognition.cut import cut
from malgwi.recognition.locate import Located, locate
from malgwi.recognition.pairs import Pair
from malgwi.recognition.recognise import open_recogniser
from malgwi.recognition.stretches import stretches
from malgwi.speech.audio import SAMPLE_RATE, Samples, read
from malgwi.speech.vocab import Vocab
from malgwi.training.config import TrainConfig
from malgwi.training.train import train

SENTENCES, EXTRA, MOVED = 150, 10, 15
OFF_S = 0.5
BETWEEN_LETTERS = 10
"""Frames that a blank within speech lasts at most (0.2 s)."""
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


def loud(samples: Samples) -> tuple[int, int]:
    """Return where a clip's speech begins and ends: its levels up to 25 dB under the loudest."""
    size = SAMPLE_RATE // 50
    pieces = samples[: len(samples) // size * size].reshape(-1, size)
    energy = np.square(pieces, dtype=np.float64).sum(axis=1)
    above = np.flatnonzero(energy > energy.max() * 10**-2.5)
    return int(above[0]) * size, int(above[-1] + 1) * size


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
        start, end = loud(clip.samples)
        places.append(((at + start) / SAMPLE_RATE, (at + end) / SAMPLE_RATE))
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


def judge(scene: Scene, located: Located, frame_s: float) -> tuple[int, int, int]:
    """Return how many sentences are right, how many right ones are kept, and how many are off."""
    parts, _ = stretches(located, frame_s)
    place_of = dict(zip(map(id, located.pieces), located.places, strict=True))
    kept = off = 0
    spans: dict[int, list[tuple[float, float]]] = {}
    total = Counter(piece.line for piece in located.pieces)
    for part in parts:
        for piece in part.pieces:
            place = place_of[id(piece)]
            if place is None:
                raise AssertionError("a stretch holds what was found")
            start = part.start_frame if piece is part.pieces[0] else place.start_frame
            end = part.end_frame if piece is part.pieces[-1] else place.end_frame
            span = spans.setdefault(piece.line, [])
            span += [(start, end), (place.start_frame, place.end_frame)]
    for line, found in spans.items():
        truth = scene.places[line - 1]
        kept += truth is not None and len(found) == 2 * total[line]
        if truth is None:
            off += 1
            continue
        outer = min(found)[0], max(end for _, end in found)
        inner = min(found[1::2])[0], max(end for _, end in found[1::2])
        borders = [outer, inner] if len(found) == 2 * total[line] else []
        off += any(
            abs(side * frame_s - true) > OFF_S
            for pair in borders
            for side, true in zip(pair, truth, strict=True)
        )
    return sum(truth is not None for truth in scene.places), kept, off


def slowed(
    scene: Scene, logits: Logits, blank: int, times: int, frame_s: float
) -> tuple[Scene, Logits]:
    """Return a scene and what is heard of it with longer blanks between letters."""
    repeats = np.ones(len(logits), dtype=np.int64)
    for run in runs(logits.argmax(axis=1)):
        if run.id == blank and run.end - run.start <= BETWEEN_LETTERS:
            repeats[run.start : run.end] = times
    starts = np.append(0, np.cumsum(repeats))

    def later(seconds: float) -> float:
        return float(starts[min(round(seconds / frame_s), len(logits))]) * frame_s

    places = tuple(place and (later(place[0]), later(place[1])) for place in scene.places)
    return replace(scene, places=places), np.repeat(logits, repeats, axis=0)


def hour() -> tuple[Logits, Vocab, str]:
    """Return an hour of made-up logits, its vocabulary, and a text that lacks some of it."""
    draw = np.random.default_rng(0)
    vocab = Vocab.from_texts(["abcdefghijklmnopqrstuvwxyz"])
    words = ["".join(draw.choice(list("eeeetttaaooiinnsshhrrdlcumwfgypbvk"), draw.integers(2, 9)))
             for _ in range(7_500)]  # fmt: skip
    lines = [" ".join(words[at : at + 10]) + "." for at in range(0, len(words), 10)]
    ids: list[int] = []
    for line in lines:
        for label in vocab.encode(vocab.normalise(line)):
            wrong = draw.random() < 0.3
            ids += [int(draw.integers(26)) if wrong else label, vocab.blank, vocab.blank]
        ids += [vocab.blank] * 25
    ids += [int(label) for label in draw.integers(len(vocab), size=180_000 - len(ids))]
    logits = draw.normal(0.0, 1.0, (len(ids), len(vocab))).astype(np.float32)
    logits[np.arange(len(ids)), ids] += 8.0
    return logits, vocab, "\n".join(line for at, line in enumerate(lines) if at % 8)


def search_hour() -> None:
    """Search an hour of made-up logits, and print what it took."""
    logits, vocab, text = hour()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    located = locate(logits, vocab, text)
    found = sum(place is not None for place in located.places)
    print(
        f"{len(logits) / 50 / 60:.1f} minutes, {len(text):,} characters: {found} of "
        f"{len(located.places)} sentences, {time.process_time() - begun:.1f} s, at most "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, of which "
        f"{before / 1024:.0f} MB stood there before (the logits are {logits.nbytes >> 20} MB)"
    )


def show(model: str, found: Sequence[Scene], slow: int = 1) -> None:
    """Let a model listen, and print a line a scene."""
    recogniser = open_recogniser(model, search=KNOWN_TEXT)
    heard = {}
    for scene in found:
        if len(scene.samples) not in heard:
            heard[len(scene.samples)] = recogniser.whole_logits([scene.samples])
        frame_s = recogniser.grid.hop / SAMPLE_RATE
        said, logits = slowed(
            scene, heard[len(scene.samples)], recogniser.vocab.blank, slow, frame_s
        )
        begun = time.process_time()
        located = locate(logits, recogniser.vocab, "\n".join(scene.lines))
        took = time.process_time() - begun
        right, kept, off = judge(said, located, frame_s)
        print(
            f"{scene.name:8} {len(logits) * frame_s / 60:5.1f} min: of {right} right "
            f"sentences {kept} kept ({kept / right:.1%}), {off} off, {took:.1f} s"
        )


def learnt(model: str, scene: Scene, folder: Path, minutes: float) -> str:
    """Return a model that was trained for so long on what another cut out of a scene."""
    pair = Pair(folder / "scene.wav", folder / "scene.txt")
    pair.audio.write_bytes(wav_bytes(scene.samples))
    pair.text.write_text("\n".join(scene.lines), encoding="utf-8")
    cut(model, [pair], folder / "corpus")
    vocab = open_recogniser(model).vocab
    dataset, run = folder / "dataset", folder / "run"
    prepare(folder / "corpus", dataset, allow_outside=True, vocab=vocab, vocab_from=model)
    base = TrainConfig.starter() if model == "starter" else TrainConfig()
    done = train(dataset, run, replace(base, max_minutes=minutes), checkpoint=model)
    print(f"trained for {done.steps} of {done.total_steps} steps")
    return str(run)


def main() -> None:
    """Parse the command line and print a line a scene."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", help="a run, checkpoint, bundle, or starter")
    parser.add_argument("dataset", type=Path, nargs="?")
    parser.add_argument("--other", type=Path, help="a folder with another reader's recordings")
    parser.add_argument("--first", type=int, default=0, help="number of the first clip (0)")
    parser.add_argument("--learn", type=float, metavar="MINUTES", help="and once more after that")
    parser.add_argument("--slow", type=int, default=1, metavar="TIMES", help="slow speech (1)")
    parser.add_argument("--hour", action="store_true")
    args = parser.parse_args()
    if args.hour:
        search_hour()
        return
    clips = clips_of(args.dataset, args.first, SENTENCES + EXTRA)
    found = scenes(clips[:SENTENCES], clips[SENTENCES:], other_reader(args.other))
    show(args.model, found, args.slow)
    if args.learn:
        with tempfile.TemporaryDirectory() as folder:
            show(learnt(args.model, found[-1], Path(folder), args.learn), found)


if __name__ == "__main__":
    main()
