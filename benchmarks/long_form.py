"""What recordings cost that hold more than a clip: pauses, levels, noise; and the detector.

    python benchmarks/long_form.py MODEL DATASET [DATASET ...] --splits valid,test

joins the clips of the splits into one recording a data set, with pauses of 0.2 to 2 s of each
clip's own quietest 50 ms between them, every second clip up to 18 dB quieter, and scores it beside
the same clips one by one: words of the joined recording belong to the clip in whose time they lie.
The interval is of a paired bootstrap over the clips. Then pairs of clips are joined with silence,
and the words counted that reach across it; ten minutes of each noise are listened to, and the
letters counted. Seconds are of processor time, of one thread. `--offset` is added to every sample
of the clips and of the joined recording, as a cheap sound card does.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from malgwi.dataset.manifest import load_dataset
from malgwi.dataset.sound import read_utterance
from malgwi.decoding.long_form import anything
from malgwi.recognition.recognise import Recogniser, open_recogniser, transcribe_blocks
from malgwi.speech.audio import SAMPLE_RATE, Samples
from malgwi.speech.score import score_utterance

LEVELS = (0, 6, 12, 18)
PAUSES_S = (0.2, 2.0)
NOISE_LEVELS = (-60, -40, -20)
_TILE = SAMPLE_RATE // 20
_DRAWS = 2_000

Counts = npt.NDArray[np.int64]


def quietest(samples: Samples, length: int) -> Samples:
    """Return a pause made of a clip's quietest 50 ms, there and back."""
    pieces = samples[: len(samples) // _TILE * _TILE].reshape(-1, _TILE)
    piece = pieces[np.square(pieces).sum(axis=1).argmin()]
    return np.resize(np.append(piece, piece[::-1]), length)


def pauses(clips: int) -> list[float]:
    """Return the pause after each clip of a joined recording, in seconds."""
    draw = np.random.default_rng(0)
    return [draw.uniform(*PAUSES_S) for _ in range(clips)]


def join(clips: Sequence[Samples], level: int) -> tuple[Samples, list[float]]:
    """Return clips as one recording, and where the middle of each pause lies, in seconds."""
    parts: list[Samples] = []
    borders, place = [], 0
    for i, (clip, seconds) in enumerate(zip(clips, pauses(len(clips)), strict=True)):
        scaled = clip * np.float32(10 ** (-level / 20) if i % 2 else 1)
        pause = quietest(scaled, int(seconds * SAMPLE_RATE))
        parts += [scaled, pause]
        borders.append((place + len(clip) + len(pause) / 2) / SAMPLE_RATE)
        place += len(clip) + len(pause)
    whole: Samples = (np.rint(np.concatenate(parts) * 32_768) / 32_768).astype(np.float32)
    return whole, borders


def clip_by_clip(
    recogniser: Recogniser, clips: Sequence[Samples], texts: Sequence[str], offset: np.float32
) -> Counts:
    """Return errors and words of each clip by itself."""
    heard = [transcribe_blocks(recogniser, [clip + offset]).text for clip in clips]
    return counts_of(texts, heard)


def joined(
    recogniser: Recogniser,
    clips: Sequence[Samples],
    texts: Sequence[str],
    level: int,
    offset: np.float32,
) -> Counts:
    """Return errors and words of each clip in the joined recording."""
    samples, borders = join(clips, level)
    heard: list[list[str]] = [[] for _ in clips]
    for word in transcribe_blocks(recogniser, _blocks(samples + offset)).timed_words:
        middle = (word.start_ms + word.end_ms) / 2000
        heard[min(int(np.searchsorted(borders, middle)), len(clips) - 1)].append(word.text)
    return counts_of(texts, [" ".join(words) for words in heard])


def _blocks(samples: Samples) -> list[Samples]:
    return np.split(samples, range(160_000, len(samples), 160_000))


def counts_of(texts: Sequence[str], heard: Sequence[str]) -> Counts:
    """Return errors and words of each text."""
    scores = [score_utterance(a, b).words for a, b in zip(texts, heard, strict=True)]
    return np.array([(one.errors, one.reference) for one in scores])


def rate(counts: Counts) -> float:
    """Return the WER of counts of errors and words."""
    return float(counts[:, 0].sum() / counts[:, 1].sum())


def interval(first: Counts, second: Counts) -> tuple[float, float]:
    """Return the middle 95 % of the second WER minus the first, over clips drawn anew."""
    draw = np.random.default_rng(0)
    found = []
    for _ in range(_DRAWS):
        some = draw.integers(len(first), size=len(first))
        found.append(rate(second[some]) - rate(first[some]))
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def by_pause(alone: Counts, together: Counts) -> str:
    """Say how many more words are wrong, by the shorter of the pauses beside a clip."""
    after = np.array(pauses(len(alone)))
    shorter = np.minimum(after, np.append(PAUSES_S[1], after[:-1]))
    more = together[:, 0] - alone[:, 0]
    found = []
    for least, most in ((0.0, 0.3), (0.3, 0.5), (0.5, PAUSES_S[1] + 1)):
        those = (shorter >= least) & (shorter < most)
        found.append(f"from {least} s: {more[those].sum():+d} in {those.sum()} clips")
    return ", ".join(found)


def merged(recogniser: Recogniser, clips: Sequence[Samples], seconds: float) -> tuple[int, int]:
    """Return in how many pairs, joined with silence, a word reaches across; of how many."""
    across = 0
    pairs = list(zip(clips[::2], clips[1::2], strict=False))[:20]
    for one, other in pairs:
        silence = np.zeros(int(seconds * SAMPLE_RATE), np.float32)
        words = transcribe_blocks(recogniser, [one, silence, other]).timed_words
        end = len(one) * 1000 // SAMPLE_RATE
        across += any(w.start_ms < end and w.end_ms > end + seconds * 1000 for w in words)
    return across, len(pairs)


def noises(seconds: int) -> dict[str, Callable[[], npt.NDArray[np.float64]]]:
    """Return what makes each noise, of any level."""
    draw, size = np.random.default_rng(0), seconds * SAMPLE_RATE
    t = np.arange(size) / SAMPLE_RATE

    def shaped(power: float) -> npt.NDArray[np.float64]:
        hertz = np.maximum(np.fft.rfftfreq(size, 1 / SAMPLE_RATE), 40.0)
        made = np.fft.irfft(np.fft.rfft(draw.normal(size=size)) / hertz**power, size)
        scaled: npt.NDArray[np.float64] = made / made.std()
        return scaled

    def hum() -> npt.NDArray[np.float64]:
        made: npt.NDArray[np.float64] = sum(
            (np.sin(2 * np.pi * 50 * k * t) / k for k in range(1, 8)), np.zeros(size)
        )
        return made

    def keyboard() -> npt.NDArray[np.float64]:
        made = 0.01 * shaped(2 / 3)
        for at in np.cumsum(draw.uniform(0.08, 0.4, 5 * seconds)) * SAMPLE_RATE:
            stroke = made[int(at) : int(at) + 800]
            stroke += draw.normal(size=len(stroke)) * np.exp(-np.arange(len(stroke)) / 120)
        return made

    def tones() -> npt.NDArray[np.float64]:
        made, at = np.zeros(size), 0
        while at < size:
            note = made[at : at + int(draw.uniform(0.15, 0.6) * SAMPLE_RATE)]
            k = np.arange(len(note)) / SAMPLE_RATE
            hertz = 220 * 2 ** (draw.integers(0, 25) / 12)
            for h in range(1, 6):
                note += (
                    np.minimum(k / 0.01, 1) * np.exp(-3 * k) * np.sin(2 * np.pi * hertz * h * k) / h
                )
            at += len(note)
        return made

    return {
        "white": lambda: shaped(0),
        "pink": lambda: shaped(0.5),
        "brown": lambda: shaped(1),
        "hum": hum,
        "room": lambda: shaped(2 / 3) + 0.7 * np.sin(2 * np.pi * 50 * t),
        "fan": lambda: (
            shaped(0.8) * (1 + 0.3 * np.sin(14 * np.pi * t)) + np.sin(240 * np.pi * t) / 2
        ),
        "keyboard": keyboard,
        "tones": tones,
    }


def letters(recogniser: Recogniser, noise: npt.NDArray[np.float64], level: int) -> int:
    """Return how many letters are heard in a noise at a level."""
    scaled = noise / noise.std() * 10 ** (level / 20)
    samples = np.clip(np.rint(scaled * 32_768), -32_768, 32_767).astype(np.float32) / 32_768
    text = transcribe_blocks(recogniser, _blocks(samples.astype(np.float32))).text
    return len(text.replace(" ", ""))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("datasets", type=Path, nargs="+")
    parser.add_argument("--splits", default="valid,test")
    parser.add_argument("--minutes", type=int, default=10, help="of each noise (10; 0: none)")
    parser.add_argument("--most", type=int, help="clips of a data set")
    parser.add_argument("--offset", type=np.float32, default=0, help="a share of full scale")
    args = parser.parse_args()
    recogniser = open_recogniser(args.model, threads=1)
    print("| data | clips | clip by clip | dB apart | joined | difference | 95 % |")
    print("| --- " * 7 + "|")
    for folder in args.datasets:
        data = load_dataset(folder)
        utterances = [u for name in args.splits.split(",") for u in data.split(name)][: args.most]
        clips, texts = [read_utterance(u) for u in utterances], [u.text for u in utterances]
        alone = clip_by_clip(recogniser, clips, texts, args.offset)
        for level in LEVELS:
            together = joined(recogniser, clips, texts, level, args.offset)
            low, high = interval(alone, together)
            print(
                f"| {folder.name} | {len(clips)} | {rate(alone):.3f} | {level} "
                f"| {rate(together):.3f} | {rate(together) - rate(alone):+.3f} "
                f"| {low:+.3f} to {high:+.3f} |",
                flush=True,
            )
            print(f"  words wrong by the shorter pause beside a clip: {by_pause(alone, together)}")
        for seconds in (0.5, 1, 2, 5, 15):
            across, pairs = merged(recogniser, clips, seconds)
            print(f"{folder.name}, {seconds} s of silence: {across} of {pairs} pairs merged")
        samples = join(clips, 0)[0]
        for name, one in (
            ("with", recogniser),
            ("without", replace(recogniser, is_speech=anything)),
        ):
            started = time.process_time()
            transcribe_blocks(one, _blocks(samples))
            spent = time.process_time() - started
            print(
                f"{folder.name}, {name} detector: {spent:.2f} s for {len(samples) / 16_000:.0f} s"
            )
    for name, make in noises(60 * args.minutes).items() if args.minutes else ():
        noise = make()
        found = [letters(recogniser, noise, level) for level in NOISE_LEVELS]
        print(f"{args.minutes} min of {name} at {NOISE_LEVELS} dBFS: {found} letters", flush=True)


if __name__ == "__main__":
    main()
