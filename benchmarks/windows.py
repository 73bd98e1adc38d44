"""What the size of a window costs: WER against one pass, words invented in noise, time, memory.

    python benchmarks/windows.py MODEL DATASET --split valid

joins the clips of a split into one recording (0.3 s of their own quietest sound between them) and
recognises it in one pass and in windows of several sizes; beside it stand the words that the same
windows hear in ten minutes of room noise, in which nothing is said (the level that counts as
silence is off). Each figure comes from a process of its own, on one thread; seconds are of
processor time, so that a busy machine changes them little; memory is what the recording adds to
the loaded model.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from malgwi.dataset.manifest import load_dataset
from malgwi.decoding.segments import SegmentPlan
from malgwi.recognition.recognise import open_recogniser, transcribe_blocks
from malgwi.speech.audio import SAMPLE_RATE, Samples, read
from malgwi.speech.score import score_utterance
from malgwi.speech.text import normalise

PLANS = [(5, 1), (6, 1), (8, 1), (8, 2), (10, 1), (10, 2), (15, 2), (20, 2), (30, 3)]
"""Seconds of a window, and of its context on each side."""
NOISE_DBFS = -50.0
"""Any level would do: the model's input is scaled to unit variance."""


def joined(dataset: Path, split: str) -> tuple[Samples, str]:
    """Return a split's clips as one recording, and its transcript."""
    parts, texts = [], []
    for utterance in load_dataset(dataset).split(split):
        samples = read(utterance.audio)
        parts += [samples, _pause(samples)]
        texts.append(normalise(utterance.text))
    return np.concatenate(parts), " ".join(texts)


def _pause(samples: Samples) -> Samples:
    """Return 0.3 s made of a clip's quietest 50 ms, there and back."""
    size = SAMPLE_RATE // 20
    pieces = samples[: len(samples) // size * size].reshape(-1, size)
    quietest = pieces[np.square(pieces).sum(axis=1).argmin()]
    return np.tile(np.append(quietest, quietest[::-1]), 3)


def room_noise(seconds: int, seed: int = 0) -> Samples:
    """Return noise that falls by 4 dB an octave, with a hum of 50 Hz, as quiet rooms have."""
    draw = np.random.default_rng(seed)
    spectrum = np.fft.rfft(draw.normal(size=seconds * SAMPLE_RATE))
    hertz = np.fft.rfftfreq(seconds * SAMPLE_RATE, 1 / SAMPLE_RATE)
    shaped = np.fft.irfft(spectrum / np.maximum(hertz, 40.0) ** (2 / 3))
    noise = shaped / shaped.std()
    noise += 0.5 * np.sin(2 * np.pi * 50 * np.arange(len(noise)) / SAMPLE_RATE)
    scaled: Samples = (noise / noise.std() * 10 ** (NOISE_DBFS / 20)).astype(np.float32)
    return scaled


def measure(args: argparse.Namespace) -> dict[str, float]:
    """Run one plan; the whole recording is one window where `args.window` is 0."""
    import torch

    torch.set_num_threads(1)
    opened = open_recogniser(args.model, threads=1)
    if args.noise:
        samples, text = room_noise(args.noise), ""
    else:
        samples, text = joined(args.dataset, args.split)
    window = args.window * SAMPLE_RATE or len(samples) // 320 * 320 + 320
    context = args.context * SAMPLE_RATE if args.window else 640
    recogniser = replace(opened, windows=SegmentPlan(window, context, context, -200.0))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    blocks = (samples[at : at + 160_000] for at in range(0, len(samples), 160_000))
    transcript = transcribe_blocks(recogniser, blocks)
    seconds = time.process_time() - started
    scored = score_utterance(text, normalise(transcript.text))
    return {
        "audio_seconds": len(samples) / SAMPLE_RATE,
        "wer": scored.words.rate,
        "cer": scored.characters.rate,
        "words": len(transcript.words),
        "seconds": seconds,
        "memory_mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000,
    }


def _child(args: argparse.Namespace, **options: int) -> dict[str, float]:
    command = [sys.executable, __file__, args.model, str(args.dataset), "--split", args.split]
    command += ["--one", *(f"--{name}={value}" for name, value in options.items())]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(ran.stdout)
    return result


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--split", default="valid")
    parser.add_argument("--minutes", type=int, default=10, help="of noise (10)")
    for name in ("window", "context", "noise"):
        parser.add_argument(f"--{name}", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(args)))
        return
    heads = ("window s", "context s", "WER", "CER", "processor s", "x real time", "memory MB")
    print("| " + " | ".join((*heads, "words in noise")) + " |")
    print("| --- " * 8 + "|")
    for window, context in [(0, 0), *PLANS]:
        found = _child(args, window=window, context=context)
        size, words = f"one pass, {found['audio_seconds']:.0f}", "-"
        if window:
            size = str(window)
            noise = _child(args, window=window, context=context, noise=60 * args.minutes)
            words = f"{noise['words']:.0f}"
        print(
            f"| {size} | {context} | {found['wer']:.3f} | {found['cer']:.3f} | "
            f"{found['seconds']:.1f} | {found['audio_seconds'] / found['seconds']:.0f} | "
            f"{found['memory_mb']:.0f} | {words} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
