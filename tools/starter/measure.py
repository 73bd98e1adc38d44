#!/usr/bin/env python3
"""Measure starters on sets of clips: greedy WER and CER, the WER with its 95 % interval.

usage: tools/starter/measure.py CHECKPOINT ... --sets NAME=FOLDER[:SPLIT][@PREFIX] ... [--clips N]

A folder holds metadata.csv; PREFIX keeps the files whose names begin with it. What each checkpoint
learnt from is printed above its figures, and a set whose voice it has heard is marked.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from malgwi.model.checkpoint import STARTER, WEIGHTS, starter_folder
from malgwi.recognition.recognise import Recogniser, open_recogniser
from malgwi.speech.audio import read
from malgwi.speech.score import Score, UtteranceScore, interval, score_utterance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FIRST = "synthetic voices only (the README beside it)"
"""What the starter of before this recipe learnt from."""
UNKNOWN = "nobody wrote down what it learnt from"


@dataclass(frozen=True)
class Clips:
    """A set to measure with."""

    name: str
    rows: tuple[tuple[Path, str, str], ...]
    """Recording, transcript, speaker."""

    @classmethod
    def parse(cls, text: str, most: int | None = None) -> Clips:
        """Read `NAME=FOLDER[:SPLIT][@PREFIX]`; `most` leaves every so many-th clip.

        Raises:
            ValueError: there is no such clip.
        """
        name, _, place = text.partition("=")
        place, _, prefix = place.partition("@")
        folder, _, split = place.partition(":")
        with (Path(folder) / "metadata.csv").open(encoding="utf-8", newline="") as table:
            rows = [
                (Path(folder) / row["file_name"], row["transcription"], row.get("speaker", ""))
                for row in csv.DictReader(table)
                if split in ("", row.get("split")) and row["file_name"].startswith(prefix)
            ]
        if not rows:
            raise ValueError(f"{text}: no such clip; give NAME=FOLDER[:SPLIT][@PREFIX]")
        step = -(-len(rows) // most) if most else 1
        return cls(name, tuple(rows[::step]))

    @property
    def speakers(self) -> set[str]:
        """Who speaks, where that is said."""
        return {speaker for _, _, speaker in self.rows if speaker}


def heard(recogniser: Recogniser, clips: Clips) -> list[UtteranceScore]:
    """Return each clip's score, decoded greedily."""
    scores = []
    for path, said, speaker in clips.rows:
        best = recogniser.whole_logits([read(path)]).argmax(-1)
        text = recogniser.vocab.decode(best.tolist())
        spoken = recogniser.vocab.normalise(said)
        scores.append(score_utterance(spoken, text, id=path.name, speaker=speaker or None))
    return scores


def line(name: str, scores: Sequence[UtteranceScore], *, known: bool) -> str:
    """Return one row of the table."""
    total = Score.of(scores)
    bounds = interval([score.words for score in scores])
    between = f"{bounds[0]:.3f} to {bounds[1]:.3f}" if bounds else "-"
    mark = " (voice trained on)" if known else ""
    return f"| {name}{mark} | {len(scores)} | {total.wer:.3f} | {between} | {total.cer:.3f} |"


def origin(folder: Path) -> tuple[str, set[str]]:
    """Return what a checkpoint learnt from, in words, and its speakers' names."""
    place = folder / "provenance.json"
    if not place.exists():
        return (FIRST if folder == starter_folder() else UNKNOWN), set()
    learnt = json.loads(place.read_text("utf-8"))
    parts = [
        f"{source['folder']} ({source['hours']} h, {len(source['speakers'])} voices)"
        for source in learnt["trained_on"]
    ]
    earlier = learnt.get("earlier", [])
    parts += [f"before that: {source['folder']}" for source in earlier]
    speakers = {name for s in [*learnt["trained_on"], *earlier] for name in s["speakers"]}
    return f"trained on from {learnt['start']}: {', '.join(parts)}", speakers


def report(checkpoints: Iterable[Path], sets: Sequence[Clips], threads: int) -> Iterable[str]:
    """Yield the lines of a report in Markdown."""
    for folder in checkpoints:
        print_of = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()[:16]
        learnt, speakers = origin(folder)
        yield f"\n{folder}, weights {print_of}; {learnt}\n"
        yield "| set | clips | WER | 95 % | CER |\n| --- | --- | --- | --- | --- |"
        recogniser = open_recogniser(str(folder), threads=threads)
        for clips in sets:
            known = bool(speakers & clips.speakers)
            yield line(clips.name, heard(recogniser, clips), known=known)


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoints", nargs="+", help=f"folders, or {STARTER!r}")
    parser.add_argument("--sets", nargs="+", required=True)
    parser.add_argument("--clips", type=int, help="most clips of a set")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    folders = [starter_folder() if c == STARTER else Path(c) for c in args.checkpoints]
    sets = [Clips.parse(text, args.clips) for text in args.sets]
    for text in report(folders, sets, args.threads):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
