"""What it costs clip by clip that recordings are cut at pauses; and what other rules would cost.

    python benchmarks/segments.py MODEL DATASET --change pause_samples=6400 --change floor_db=7

runs each clip of the splits in one pass, without segments and detector, then as `transcribe` does,
then with each change to the plan of segments (several keys of one change: joined by commas).
`--noise 18` adds white noise that much under the level that a twentieth of a clip's hops exceed.
The interval is of a paired bootstrap over the clips, against one pass.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from long_form import Counts, counts_of, interval, rate
from malgwi.dataset.manifest import load_dataset
from malgwi.dataset.sound import read_utterance
from malgwi.decoding.decode import assemble, best_tokens
from malgwi.decoding.segments import SegmentPlan, limited, loudness
from malgwi.recognition.recognise import Recogniser, open_recogniser, transcribe_blocks
from malgwi.speech.audio import SAMPLE_RATE, Samples


def noisy(samples: Samples, decibels: float, seed: int) -> Samples:
    """Return a clip with white noise so many dB under its loud level."""
    level = loudness(samples, 320) * 10 ** (-decibels / 20)
    noise = np.random.default_rng(seed).normal(size=len(samples)) * level
    added: Samples = (samples + noise).astype(np.float32)
    return added


def whole(recogniser: Recogniser, samples: Samples) -> str:
    """Return the text of one pass over all of a clip."""
    logits = recogniser.logits(limited(samples, recogniser.segments, recogniser.grid))
    hop, frames = recogniser.grid.hop, best_tokens(logits)
    return assemble(
        frames, recogniser.vocab, samples=len(samples), hop=hop, sample_rate=SAMPLE_RATE
    ).text


def changed(plan: SegmentPlan, change: str) -> SegmentPlan:
    """Return a plan with `key=value,...` in it."""
    pairs = [one.split("=") for one in change.split(",")]
    return replace(plan, **{key: int(value) for key, value in pairs})


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--splits", default="valid,test")
    parser.add_argument("--change", action="append", default=[], help="key=value,...")
    parser.add_argument("--noise", type=float, help="dB under the loud level (none)")
    args = parser.parse_args()
    recogniser = open_recogniser(args.model, threads=1)
    data, splits = load_dataset(args.dataset), args.splits.split(",")
    utterances = [u for name in splits for u in data.split(name)]
    clips, texts = [read_utterance(u) for u in utterances], [u.text for u in utterances]
    if args.noise is not None:
        clips = [noisy(clip, args.noise, i) for i, clip in enumerate(clips)]
    borders = np.cumsum([len(data.split(name)) for name in splits])[:-1]
    print("| rule | words wrong | " + " | ".join(splits) + " | above one pass, 95 % |")
    print("| --- " * (len(splits) + 3) + "|")
    alone = counts_of(texts, [whole(recogniser, clip) for clip in clips])
    _line("one pass", alone, alone, borders)
    for change in ("", *args.change):
        plan = changed(recogniser.segments, change) if change else recogniser.segments
        one = replace(recogniser, segments=plan)
        heard = [transcribe_blocks(one, [clip]).text for clip in clips]
        _line(change or "segments", counts_of(texts, heard), alone, borders)


def _line(name: str, found: Counts, alone: Counts, borders: Counts) -> None:
    parts = " | ".join(str(part[:, 0].sum()) for part in np.split(found, borders))
    errors, words = found.sum(axis=0)
    low, high = interval(alone, found)
    print(
        f"| {name} | {errors} of {words} | {parts} | {rate(found) - rate(alone):+.4f}, "
        f"{low:+.3f} to {high:+.3f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
