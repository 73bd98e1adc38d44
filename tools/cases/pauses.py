"""Where speech is: pauses, noise, long recordings."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from cases.case import AtMost, Case, Exactly, Topic
from cases.speech import DEMO, RATE, Clip, clips, level, recogniser
from malgwi.decoding.decode import Transcript
from malgwi.decoding.search import Search
from malgwi.lm.make import make_lm
from malgwi.recognition.align import align_text
from malgwi.recognition.recognise import open_recogniser, transcribe_blocks
from malgwi.speech.audio import Samples
from malgwi.speech.score import wer

Noise = Callable[[int], np.ndarray]


def _heard(samples: Samples) -> Transcript:
    return transcribe_blocks(recogniser(), [samples])


def _sixteen_bits(samples: np.ndarray) -> Samples:
    return np.asarray(np.rint(np.clip(samples, -1, 1) * 32_767) / 32_768, np.float32)


def _white(count: int) -> np.ndarray:
    return np.random.default_rng(1).standard_normal(count)


def _coloured(power: float, count: int) -> np.ndarray:
    """Return noise whose power falls with the frequency: 1 is pink, 2 is brown."""
    spectrum = np.fft.rfft(_white(count))
    place = np.maximum(np.arange(len(spectrum)), 1)
    return np.asarray(np.fft.irfft(spectrum / place ** (power / 2), count))


def _hum(count: int) -> np.ndarray:
    seconds = np.arange(count) / RATE
    waves = [np.sin(2 * np.pi * 50 * harmonic * seconds) / harmonic for harmonic in range(1, 8)]
    return np.asarray(np.sum(waves, axis=0))


def _fan(count: int) -> np.ndarray:
    return _coloured(2, count) / 50 + 0.02 * _hum(count)


def _keyboard(count: int) -> np.ndarray:
    """Return a key four times a second, 20 ms of noise that dies away."""
    rng = np.random.default_rng(2)
    key = rng.standard_normal(320) * np.exp(-np.arange(320) / 60)
    sound = np.zeros(count)
    for begin in range(0, count - 2_320, RATE // 4):
        sound[begin + int(rng.integers(0, 2_000)) :][:320] += key
    return sound


def _music(count: int) -> np.ndarray:
    """Return notes of half a second, with four harmonics that die away."""
    rng = np.random.default_rng(3)
    sound = np.zeros(count)
    for begin in range(0, count, RATE // 2):
        hertz = 220 * 2 ** (int(rng.integers(0, 12)) / 12)
        seconds = np.arange(min(RATE // 2, count - begin)) / RATE
        for harmonic in range(1, 5):
            tone = np.sin(2 * np.pi * hertz * harmonic * seconds)
            sound[begin : begin + len(seconds)] += np.exp(-3 * seconds) * tone / harmonic
    return sound


def _at(decibels: float, sound: np.ndarray) -> np.ndarray:
    """Return a sound at so many dB of full scale."""
    loudness = float(np.sqrt(np.mean(sound**2)))
    return sound / loudness * float(10 ** (decibels / 20))


def _letters_in(make: Noise, decibels: float, seconds: int, _: Path) -> str:
    text = _heard(_sixteen_bits(_at(decibels, make(seconds * RATE)))).text
    return f"{len(text.replace(' ', ''))} letters"


def _letters_behind_speech(folder: Path) -> str:
    """Follow a command by a minute of noise, and look for words with a language model."""
    lines = folder / "lines.txt"
    lines.write_text("".join(f"{clip.text}\n" for clip in clips("train")), encoding="utf-8")
    make_lm([lines], folder / "lm.arpa", language="en")
    searching = open_recogniser(DEMO, threads=2, search=Search(lm=folder / "lm.arpa"))
    voice = clips("test")[0].samples()
    sound = np.concatenate([voice, _sixteen_bits(_at(-50, _white(60 * RATE)))])
    words = transcribe_blocks(searching, [sound]).timed_words
    end = len(voice) / RATE * 1000 + 200
    return f"{sum(word.start_ms > end for word in words)} words"


def _pairs_joined(gap_s: float, kind: Literal["zeros", "noise"], pairs: int, _: Path) -> str:
    """Count the pairs of commands that have one word across the pause between them."""
    joined = 0
    for one, other in zip(
        clips("dev")[: 2 * pairs : 2], clips("dev")[1 : 2 * pairs : 2], strict=True
    ):
        first = one.samples()
        pause = np.zeros(round(gap_s * RATE))
        if kind == "noise":
            pause = _at(-55, _white(len(pause)))
        sound = np.concatenate([first, _sixteen_bits(pause), other.samples()])
        begin, end = len(first) / 16, len(first) / 16 + gap_s * 1000
        words = _heard(sound).timed_words
        joined += any(word.start_ms < begin and word.end_ms > end for word in words)
    return f"{joined} of {pairs} joined"


def _wers(sounds: Sequence[Samples], chosen: Sequence[Clip], gap_s: float) -> tuple[float, float]:
    """Return the WER of clips one by one and of all of them joined by pauses."""
    single = wer([clip.text for clip in chosen], [_heard(sound).text for sound in sounds])
    pause = _sixteen_bits(_at(-60, _white(round(gap_s * RATE))))
    long = np.concatenate([part for sound in sounds for part in (sound, pause)])
    return single, wer([" ".join(clip.text for clip in chosen)], [_heard(long).text])


def _long(quieter: float, _: Path) -> str:
    chosen = clips("test")
    sounds = [
        level(clip.samples(), -quieter if number % 2 else 0) for number, clip in enumerate(chosen)
    ]
    single, joined = _wers(sounds, chosen, 0.5)
    return f"{joined - single:.3f} above clip by clip ({single:.3f})"


def _click(_: Path) -> str:
    """Put 10 ms at full scale before quiet speech."""
    chosen = clips("test")
    quiet = [level(clip.samples(), -18) for clip in chosen]
    click = np.full(160, 0.999, np.float32)
    pause = np.zeros(RATE // 2, np.float32)
    texts = [clip.text for clip in chosen]
    plain = wer(texts, [_heard(sound).text for sound in quiet])
    clicked = wer(texts, [_heard(np.concatenate([click, pause, sound])).text for sound in quiet])
    return f"{clicked - plain:.3f} above without the click ({plain:.3f})"


def _aligned(before: Callable[[int], np.ndarray], seconds: int, _: Path) -> str:
    """Align a text with a recording that begins with other sound."""
    chosen = clips("test")[:10]
    pause = _sixteen_bits(_at(-50, _white(RATE * 2 // 5)))
    body = np.concatenate([part for clip in chosen for part in (clip.samples(), pause)])
    text = " ".join(clip.text for clip in chosen)
    other = _sixteen_bits(before(seconds * RATE))
    starts = []
    for sound in (body, np.concatenate([other, body])):
        logits = recogniser().whole_logits([sound])
        aligned = align_text(logits, recogniser().vocab, text, samples=len(sound), hop=320)
        starts.append([word.start_ms for word in aligned.transcript.timed_words])
    off = sum(abs(b - a - seconds * 1000) > 500 for a, b in zip(*starts, strict=True))
    return f"{off} of {len(starts[0])} words"


_NOISES: tuple[tuple[str, Noise, float], ...] = (
    ("white noise", _white, -50),
    ("white noise", _white, -30),
    ("pink noise", partial(_coloured, 1), -50),
    ("brown noise", partial(_coloured, 2), -30),
    ("hum of 50 Hz", _hum, -40),
    ("a fan", _fan, -40),
    ("a keyboard", _keyboard, -40),
    ("music-like tones", _music, -30),
)
TOPIC = Topic(
    "Pauses, noise, long recordings",
    "With the demo's model. Nothing knew where speech begins and ends.",
    [
        Case("words run together", "20 pairs of commands, 1 s of zeros between", "6 of 20 joined",
             partial(_pairs_joined, 1.0, "zeros", 20), Exactly("0 of 20 joined")),
        Case("words run together", "20 pairs of commands, 1 s of noise at -55 dBFS between", "",
             partial(_pairs_joined, 1.0, "noise", 20), Exactly("0 of 20 joined")),
        Case("words run together", "5 pairs of commands, 25 s of zeros between",
             "one word of 26 s", partial(_pairs_joined, 25.0, "zeros", 5),
             Exactly("0 of 5 joined")),
        *(
            Case("noise becomes text", f"{name} at {decibels:g} dBFS, 60 s",
                 "1,853 letters in ten minutes of room noise" if number == 0 else "",
                 partial(_letters_in, make, decibels, 60), AtMost(5, "letters"))
            for number, (name, make, decibels) in enumerate(_NOISES)
        ),
        Case("noise becomes text", "white noise at -50 dBFS, ten minutes", "",
             partial(_letters_in, _white, -50, 600), AtMost(5, "letters"), slow=True),
        Case("noise becomes words", "a command, then 60 s of white noise, a language model",
             "18 words behind the command", _letters_behind_speech,
             AtMost(0, "words behind the command")),
        Case("long recordings", "the 26 test clips joined with pauses of 0.5 s", "",
             partial(_long, 0), AtMost(0.01, "above clip by clip"), open=True),
        Case("long recordings, two levels", "the same, every second clip 18 dB quieter", "",
             partial(_long, 18), AtMost(0.01, "above clip by clip"), open=True),
        Case("a click before quiet speech", "10 ms at full scale, 0.5 s, test clips at -18 dB", "",
             _click, AtMost(0.02, "above without the click"), open=True),
        Case("a text and other sound before it", "`align`: 60 s of zeros, then ten commands",
             "", partial(_aligned, np.zeros, 60),
             Exactly("0 of 60 words")),
        Case("a text and other sound before it", "`align`: 10 s of music, then ten commands",
             "", partial(_aligned, lambda count: _at(-20, _music(count)), 10),
             AtMost(1, "of 60 words")),
    ],
)  # fmt: skip
