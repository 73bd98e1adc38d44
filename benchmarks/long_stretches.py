"""How well `malgwi prepare --cut-long` cuts annotations of minutes.

    python benchmarks/long_stretches.py MODEL DATASET --first N

joins clips of a data set, from number N on, to nine stretches of 65 to 110 s, with pauses of 0.4 to
1 s of their own quietest sound between them, and cuts each with its text

    plain     as it is,
    bare      in small letters without punctuation,
    wrong     without the fourth of eight sentences, and behind the seventh one that nobody says,
    both      both.

A piece is right if its words are those of the clips that it holds. Where it begins or ends within a
clip it must begin or end with words of that clip.
"""

import argparse
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cut import Clip, clips_of, loud, pause
from malgwi.dataset.long_stretches import CutPiece
from malgwi.decoding.search import KNOWN_TEXT
from malgwi.recognition.cut_stretch import cut_stretch
from malgwi.recognition.recognise import open_recogniser
from malgwi.speech.audio import SAMPLE_RATE, Samples

STRETCHES, CLIPS = 9, 420
EDGE = SAMPLE_RATE // 50


@dataclass(frozen=True)
class Said:
    """A clip in a stretch."""

    first: int
    end: int
    words: tuple[str, ...]


@dataclass(frozen=True)
class Scene:
    """A stretch, its text, and what is said in it."""

    samples: Samples
    text: str
    said: tuple[Said, ...]


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text as they are compared."""
    return tuple(re.sub(r"[^\w' ]", " ", text).lower().split())


def scenes(clips: Iterator[Clip], draw: random.Random, *, bare: bool, wrong: bool) -> list[Scene]:
    """Return stretches of clips, one after the other."""
    found = []
    for _ in range(STRETCHES):
        length = draw.uniform(65, 110) * SAMPLE_RATE
        parts: list[Samples] = []
        texts: list[str] = []
        said: list[Said] = []
        at = 0
        while at < length:
            clip = next(clips)
            start, end = loud(clip.samples)
            turn = len(said) % 8
            said.append(Said(at + start, at + end, words_of(clip.text)))
            texts += [] if wrong and turn == 3 else [clip.text]
            texts += [next(clips).text] if wrong and turn == 6 else []
            parts += [clip.samples, pause(clip.samples, draw.uniform(0.4, 1.0))]
            at += len(parts[-1]) + len(parts[-2])
        text = " ".join(" ".join(words_of(text)) if bare else text for text in texts)
        found.append(Scene(np.concatenate(parts), text, tuple(said)))
    return found


def is_right(piece: CutPiece, scene: Scene) -> bool:
    """Say whether the words of a piece are those that are said in it."""
    inside = [s for s in scene.said if s.end > piece.first + EDGE and s.first < piece.end - EDGE]
    if not inside:
        return False
    said = [word for each in inside for word in each.words]
    got = list(words_of(piece.text))
    # Of a clip in which it begins or ends, how many words it may lack.
    before = len(inside[0].words) - 1 if inside[0].first < piece.first - EDGE else 0
    behind = len(inside[-1].words) - 1 if inside[-1].end > piece.end + EDGE else 0
    return any(
        said[first : first + len(got)] == got
        for first in range(before + 1)
        if 0 <= len(said) - len(got) - first <= behind
    )


def main() -> None:
    """Parse the command line and print a line a text."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="a run, checkpoint, bundle, or starter")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--first", type=int, default=0, help="number of the first clip (0)")
    args = parser.parse_args()
    recogniser = open_recogniser(args.model, search=KNOWN_TEXT)
    clips = clips_of(args.dataset, args.first, CLIPS)
    for name, bare, wrong in (
        ("plain", False, False),
        ("bare", True, False),
        ("wrong", False, True),
        ("both", True, True),
    ):
        draw = random.Random(0)  # noqa: S311 - no secret
        pieces = right = kept = total = 0
        for scene in scenes(iter(clips), draw, bare=bare, wrong=wrong):
            found = cut_stretch(recogniser, scene.samples, scene.text).pieces
            pieces += len(found)
            right += sum(is_right(piece, scene) for piece in found)
            kept += sum(len(words_of(piece.text)) for piece in found)
            total += sum(len(said.words) for said in scene.said)
        print(
            f"{name:5}: {pieces} pieces, {pieces - right} wrong, "
            f"{kept:,} of {total:,} words kept ({kept / total:.1%})",
            flush=True,
        )


if __name__ == "__main__":
    main()
