"""What the size of a window costs: WER against one pass, words invented in noise, time, memory.

    python benchmarks/windows.py MODEL DATASET --split valid

joins the clips of a split into one recording (0.3 s of their own quietest sound between them) and
recognises it in one pass and in windows of several sizes; then does ten minutes of noise, in which
nothing is said. Each line runs in a process of its own, on one thread; seconds are of processor
time, so that a busy machine changes them little; memory is the growth over the loaded model.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from malgwi.audio import SAMPLE_RATE, read
from malgwi.manifest import load_dataset
from malgwi.recognise import open_recogniser, transcribe_blocks
from malgwi.score import score_utterance
from malgwi.text import normalise
from malgwi.windows import Samples, WindowPlan

PLANS = [(5, 1), (10, 1), (10, 2), (15, 2), (20, 1), (20, 2), (30, 2), (30, 3)]
"""Seconds of a window, and of its context on each side."""
NOISE_DBFS = (-45, -55, -65)


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


def room_noise(dbfs: float, seconds: int, seed: int = 0) -> Samples:
    """Return noise that falls by 4 dB an octave, with a hum of 50 Hz, as quiet rooms have."""
    draw = np.random.default_rng(seed)
    spectrum = np.fft.rfft(draw.normal(size=seconds * SAMPLE_RATE))
    hertz = np.fft.rfftfreq(seconds * SAMPLE_RATE, 1 / SAMPLE_RATE)
    shaped = np.fft.irfft(spectrum / np.maximum(hertz, 40.0) ** (2 / 3))
    noise = shaped / shaped.std()
    noise += 0.5 * np.sin(2 * np.pi * 50 * np.arange(len(noise)) / SAMPLE_RATE)
    scaled: Samples = (noise / noise.std() * 10 ** (dbfs / 20)).astype(np.float32)
    return scaled


def measure(args: argparse.Namespace) -> dict[str, float]:
    """Run one plan; the whole recording is one window when `--window` is 0."""
    import torch

    torch.set_num_threads(1)
    opened = open_recogniser(args.model, threads=1)
    if args.noise is None:
        samples, text = joined(args.dataset, args.split)
    else:
        samples, text = room_noise(args.noise, args.minutes * 60), ""
    window = args.window * SAMPLE_RATE or len(samples) // 320 * 320 + 320
    context = args.context * SAMPLE_RATE if args.window else 640
    silence = -200.0 if args.noise is None else args.silence
    plan = WindowPlan(window, context, context, silence)
    recogniser = type(opened)(opened.name, opened.logits, opened.vocab, opened.grid, plan)
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
        "characters": len(transcript.text),
        "seconds": seconds,
        "memory_mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000,
    }


def _child(args: argparse.Namespace, **changes: object) -> dict[str, float]:
    options = {
        "window": 0,
        "context": 0,
        "minutes": args.minutes,
        "silence": args.silence,
        **changes,
    }
    command = [sys.executable, __file__, args.model, str(args.dataset), "--split", args.split]
    command += ["--one", *(f"--{name}={value}" for name, value in options.items())]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(ran.stdout)
    return result


def main() -> None:
    """Print two Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--split", default="valid")
    parser.add_argument("--minutes", type=int, default=10, help="of noise (10)")
    parser.add_argument("--silence", type=float, default=-200.0, help="dBFS, in the noise (off)")
    for name in ("window", "context"):
        parser.add_argument(f"--{name}", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--noise", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(args)))
        return
    print("| window s | context s | WER | CER | processor s | x real time | memory MB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for window, context in [(0, 0), *PLANS]:
        found = _child(args, window=window, context=context)
        size = str(window) if window else f"one pass, {found['audio_seconds']:.0f}"
        print(
            f"| {size} | {context} | {found['wer']:.3f} | {found['cer']:.3f} | "
            f"{found['seconds']:.1f} | {found['audio_seconds'] / found['seconds']:.0f} | "
            f"{found['memory_mb']:.0f} |",
            flush=True,
        )
    print("\n| window s | " + " | ".join(f"words in {n} dBFS" for n in NOISE_DBFS) + " |")
    print("| --- " * (1 + len(NOISE_DBFS)) + "|")
    for window, context in PLANS:
        words = [
            int(_child(args, window=window, context=context, noise=level)["words"])
            for level in NOISE_DBFS
        ]
        print(f"| {window}, {context} | " + " | ".join(map(str, words)) + " |", flush=True)


if __name__ == "__main__":
    main()
