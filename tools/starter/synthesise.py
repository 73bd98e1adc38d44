#!/usr/bin/env python3
"""Have an engine's voices read sentences: a folder of FLAC and metadata.csv, as `prepare` takes.

usage: tools/starter/synthesise.py ENGINE SENTENCES.txt OUTPUT --clips N [--held-out]

The voices take turns, so that a run that was stopped gives all of them. A clip that stands is kept,
so the same command goes on. A clip is dropped whose length can't be right for its text.
"""

from __future__ import annotations

import argparse
import csv
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import engines
import numpy as np
from voices import Voice, voices

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PACE = (5.0, 26.0)
"""Letters a second, outside which a clip is thought to be wrong."""
RATE = 16_000
COLUMNS = ("file_name", "transcription", "speaker", "split")


@dataclass(frozen=True)
class Clip:
    """One sentence by one voice."""

    number: int
    voice: Voice
    text: str

    @property
    def file_name(self) -> str:
        """Where it stands below the output: other sentences in the list are other clips."""
        return f"{self.voice.speaker}/{self.number:05}-{zlib.crc32(self.text.encode()):08x}.flac"


def plan(who: Sequence[Voice], sentences: Sequence[str], clips: int, engine: str) -> Iterator[Clip]:
    """Yield the clips of an engine: voices in turn, sentences in an order of the engine's own."""
    order = np.random.default_rng(zlib.crc32(engine.encode())).permutation(len(sentences))
    for number in range(clips):
        yield Clip(number, who[number % len(who)], sentences[order[number % len(order)]])


def plausible(letters: int, samples: int, rate: int) -> bool:
    """Say whether a clip's length can be right for its number of letters."""
    return PACE[0] <= letters * rate / max(samples, 1) <= PACE[1]


def main() -> None:
    """Write what isn't there."""
    import soundfile
    import soxr

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine")
    parser.add_argument("sentences", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--clips", type=int, required=True)
    parser.add_argument("--held-out", action="store_true", help="the voices never trained on")
    parser.add_argument("--styles", type=Path, help="kokoro's voices, of the package kokoro-js")
    args = parser.parse_args()
    who = voices(args.engine, held_out=args.held_out)
    given = [args.styles] if args.engine == "kokoro" else []
    speak: engines.Engine = getattr(engines, args.engine)(*given)
    sentences = args.sentences.read_text("utf-8").splitlines()
    args.output.mkdir(parents=True, exist_ok=True)
    split = "test" if args.held_out else "train"
    seconds = dropped = 0.0
    # Written anew: a line of a run that was killed may be half there.
    with (args.output / "metadata.csv").open("w", encoding="utf-8", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(COLUMNS)
        for clip in plan(who, sentences, args.clips, args.engine):
            place = args.output / clip.file_name
            if not place.exists():
                rng = np.random.default_rng([clip.number, zlib.crc32(clip.voice.speaker.encode())])
                samples, rate = speak(clip.voice, clip.text, rng)
                if not plausible(len(clip.text), len(samples), rate):
                    dropped += 1
                    continue
                samples = soxr.resample(samples, rate, RATE)
                samples *= 0.7 / max(float(np.abs(samples).max()), 1e-4)
                place.parent.mkdir(exist_ok=True)
                part = place.with_suffix(".part")
                soundfile.write(part, samples, RATE, format="FLAC", subtype="PCM_16")
                part.rename(place)
            seconds += soundfile.info(place).duration
            rows.writerow([clip.file_name, clip.text, clip.voice.speaker, split])
            table.flush()
    sys.stdout.write(f"{args.engine}: {seconds / 3600:.2f} h, {dropped:.0f} clips dropped\n")


if __name__ == "__main__":
    main()
