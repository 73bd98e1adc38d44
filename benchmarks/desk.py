"""What it costs to correct a draft at Studio's desk, against typing all of it.

    python benchmarks/desk.py MODEL [MODEL ...] --data DATASET [--minutes 10] [--split valid]

joins clips of a split into a recording of so many minutes, with pauses of their own quietest
sound, lets each model write a draft of it, and mends every mistake in it as an editor would who
makes none. A segment is a clip; a word of the draft belongs to the clip in whose time its middle
lies.

Keystrokes, which are counted: Enter, once a segment. Typing: each character. Correcting: the cursor
goes from word to word (Ctrl+Right); a wrong word is selected and typed anew (1 and its letters), or
its letters are mended from its beginning (moves, deletions, insertions), whichever is less; a word
too many goes with one key, a missing one costs its letters and a space.

Seconds, which are assumed: a key takes KEY_S; a segment is heard once to take it in, and typing it
all hears it once more to check it; each place that is mended is heard again, PLACE_S.

For segments by how sure a model is (the plain mean of the confidences, which the desk shows) a
table has both costs, and the line below it says below which mean an empty field is cheaper, or that
correcting always is.

    python benchmarks/desk.py MODEL --data DATASET --learn MINUTES

trains the model (a run or checkpoint) for so long on the segments that were corrected, selected by
the rest of the split, and scores both on the test split.
"""

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from long_form import join
from malgwi.dataset.manifest import (
    DATASET,
    MANIFEST,
    VOCAB,
    Dataset,
    Utterance,
    load_dataset,
    write_manifest,
)
from malgwi.dataset.sound import read_utterance
from malgwi.decoding.decode import TimedWord
from malgwi.evaluation.evaluate import evaluate
from malgwi.recognition.recognise import Recogniser, open_recogniser, transcribe_blocks
from malgwi.speech.audio import SAMPLE_RATE
from malgwi.speech.score import Edit, score_utterance
from malgwi.training.config import TrainConfig
from malgwi.training.train import train

KEY_S, PLACE_S = 0.25, 2.0
SURE = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)


@dataclass(frozen=True)
class Cost:
    """What one segment took."""

    keys: int
    seconds: float


@dataclass(frozen=True)
class Segment:
    """A clip, what it costs both ways, and how sure the model was of its draft."""

    sure: float
    errors: int
    words: int
    corrected: Cost
    typed: Cost


def letters_mended(old: str, new: str) -> int:
    """Return the fewest keys that make one word of another, the cursor before its first letter.

    A move over a letter that stays costs one, a deletion one, a typed letter one; what stays at
    the end of the word needs no move.
    """
    tail = 0
    while tail < min(len(old), len(new)) and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    old, new = old[: len(old) - tail], new[: len(new) - tail]
    costs = list(range(len(new) + 1))
    for row, letter in enumerate(old, 1):
        before, costs[0] = costs[0], row
        for column, typed in enumerate(new, 1):
            # A letter that stays is moved over, one that goes is deleted: a key either way. A
            # letter for another is both a deletion and a typed one.
            pair = before + (1 if letter == typed else 2)
            before = costs[column]
            costs[column] = min(pair, costs[column] + 1, costs[column - 1] + 1)
    return costs[-1]


def correction(alignment: Sequence[Edit]) -> tuple[int, int]:
    """Return the keys that mend a draft, and how many places they mend."""
    keys = steps = places = 0
    for edit in alignment:
        if edit.kind == "hit":
            steps += 1
            continue
        keys, steps, places = keys + steps, 0, places + 1
        if edit.kind == "substitution":
            anew = 1 + len(edit.reference)
            keys += min(anew, letters_mended(edit.hypothesis, edit.reference))
        elif edit.kind == "deletion":
            keys += len(edit.reference) + 1
        else:
            keys += 1
    return keys, places


def segment(reference: str, words: Sequence[TimedWord], seconds: float) -> Segment:
    """Return what one clip costs."""
    scored = score_utterance(reference, " ".join(word.text for word in words))
    keys, places = correction(scored.alignment)
    typed = len(reference) + 1
    return Segment(
        sure=float(np.mean([word.confidence for word in words])) if words else 0.0,
        errors=scored.words.errors,
        words=scored.words.reference,
        corrected=Cost(keys + 1, seconds + (keys + 1) * KEY_S + places * PLACE_S),
        typed=Cost(typed, 2 * seconds + typed * KEY_S),
    )


def segments(recogniser: Recogniser, clips: Sequence[Utterance]) -> list[Segment]:
    """Return what each clip costs in the draft of all of them, joined."""
    sounds = [read_utterance(clip) for clip in clips]
    samples, borders = join(sounds, 0)
    drafts: list[list[TimedWord]] = [[] for _ in clips]
    blocks = np.split(samples, range(160_000, len(samples), 160_000))
    for word in transcribe_blocks(recogniser, blocks).timed_words:
        middle = (word.start_ms + word.end_ms) / 2000
        drafts[min(int(np.searchsorted(borders, middle)), len(clips) - 1)].append(word)
    return [
        segment(clip.text, words, len(sound) / SAMPLE_RATE)
        for clip, words, sound in zip(clips, drafts, sounds, strict=True)
    ]


def report(name: str, found: Sequence[Segment]) -> None:
    """Print a row of all segments of a model."""
    keys = [sum(one.corrected.keys for one in found), sum(one.typed.keys for one in found)]
    took = [sum(one.corrected.seconds for one in found), sum(one.typed.seconds for one in found)]
    wer = sum(one.errors for one in found) / sum(one.words for one in found)
    print(
        f"| {name} | {len(found)} | {wer:.3f} "
        f"| {keys[0]:,} | {keys[1]:,} | {keys[0] / keys[1]:.2f} "
        f"| {took[0]:,.0f} | {took[1]:,.0f} | {took[0] / took[1]:.2f} |",
        flush=True,
    )


def by_sureness(name: str, found: Sequence[Segment]) -> None:
    """Print both costs by how sure a model was, and where correcting stops to pay."""
    print(f"\n| {name} is sure | segments | WER | keys, corrected : typed | seconds |")
    print("| --- " * 5 + "|")
    for low, high in pairwise(SURE):
        some = [one for one in found if low <= one.sure < high]
        if not some:
            continue
        wer = sum(one.errors for one in some) / sum(one.words for one in some)
        keys = sum(one.corrected.keys for one in some) / sum(one.typed.keys for one in some)
        took = sum(one.corrected.seconds for one in some) / sum(one.typed.seconds for one in some)
        print(f"| {low:g} to {high:g} | {len(some)} | {wer:.3f} | {keys:.2f} | {took:.2f} |")
    places = [one.sure for one in found]
    saved = {
        limit: sum(one.corrected.seconds - one.typed.seconds for one in found if one.sure < limit)
        for limit in [0.0, *sorted(places)]
    }
    best = max(saved, key=lambda limit: saved[limit])
    total = sum(one.corrected.seconds for one in found)
    if best == 0:
        print("\ncorrecting is cheaper however unsure the model is")
    else:
        print(
            f"\nan empty field below {best:.2f} saves {saved[best]:.0f} s of {total:.0f} s: "
            f"{sum(one.sure < best for one in found)} of {len(found)} segments"
        )


def learn(model: str, data: Dataset, corrected: Sequence[Utterance], minutes: float) -> None:
    """Train on what was corrected, and print the WER of the test split before and after."""
    ids = {clip.id for clip in corrected}
    rest = [clip for clip in data.split("valid") if clip.id not in ids]
    test = data.split("test")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "data"
        place.mkdir()
        for name in (DATASET, VOCAB):
            shutil.copyfile(data.folder / name, place / name)
        learnt = [replace(clip, split="train") for clip in corrected]
        write_manifest(place / MANIFEST, [*learnt, *rest, *test], place)
        config = replace(TrainConfig.starter(), fit_minutes=minutes)
        result = train(place, Path(folder) / "run", config, checkpoint=model)
        for name, one in (("before", model), ("after", str(result.run))):
            print(f"{name} training on the corrections: test WER {evaluate(one, place).wer:.3f}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="valid")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--learn", type=float, help="minutes of training on what was corrected")
    args = parser.parse_args()
    data = load_dataset(args.data)
    clips, seconds = [], 0.0
    for clip in data.split(args.split):
        if seconds < 60 * args.minutes:
            clips.append(clip)
            seconds += clip.duration
    print(f"{len(clips)} clips of {args.data.name}, {seconds / 60:.1f} min; a key {KEY_S} s\n")
    print("| draft | segments | WER | keys | typing | ratio | seconds | typing | ratio |")
    print("| --- " * 9 + "|")
    names = [Path(model).name for model in args.models]
    drafts = []
    for name, model in zip(names, args.models, strict=True):
        drafts.append(segments(open_recogniser(model, threads=1), clips))
        report(name, drafts[-1])
    for name, found in zip(names, drafts, strict=True):
        by_sureness(name, found)
    if args.learn:
        learn(args.models[0], data, clips, args.learn)


if __name__ == "__main__":
    main()
