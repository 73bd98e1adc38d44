"""Where speech is: pauses, noise, long recordings."""

import resource
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from cases.case import AtMost, Case, Exactly, Topic
from cases.noises import at, coloured, fan, hum, keyboard, music, sixteen_bits, white
from cases.speech import DEMO, RATE, Clip, clips, level, recogniser
from malgwi.decoding.decode import Transcript
from malgwi.decoding.search import Search
from malgwi.lm.make import make_lm
from malgwi.recognition.recognise import open_recogniser, transcribe_blocks
from malgwi.speech.audio import Samples
from malgwi.speech.score import wer

Noise = Callable[[int], np.ndarray]


def _heard(samples: Samples) -> Transcript:
    return transcribe_blocks(recogniser(), [samples])


def _letters_in(make: Noise, decibels: float, seconds: int, _: Path) -> str:
    text = _heard(sixteen_bits(at(decibels, make(seconds * RATE)))).text
    return f"{len(text.replace(' ', ''))} letters"


def _letters_behind_speech(folder: Path) -> str:
    """Follow a command by a minute of noise, and look for words with a language model."""
    lines = folder / "lines.txt"
    lines.write_text("".join(f"{clip.text}\n" for clip in clips("train")), encoding="utf-8")
    make_lm([lines], folder / "lm.arpa", language="en")
    searching = open_recogniser(DEMO, threads=2, search=Search(lm=folder / "lm.arpa"))
    voice = clips("test")[0].samples()
    sound = np.concatenate([voice, sixteen_bits(at(-50, white(60 * RATE)))])
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
            pause = at(-55, white(len(pause)))
        sound = np.concatenate([first, sixteen_bits(pause), other.samples()])
        begin, end = len(first) / 16, len(first) / 16 + gap_s * 1000
        words = _heard(sound).timed_words
        joined += any(word.start_ms < begin and word.end_ms > end for word in words)
    return f"{joined} of {pairs} joined"


def _wers(sounds: Sequence[Samples], chosen: Sequence[Clip], gap_s: float) -> tuple[float, float]:
    """Return the WER of clips one by one and of all of them joined by pauses."""
    single = wer([clip.text for clip in chosen], [_heard(sound).text for sound in sounds])
    pause = sixteen_bits(at(-60, white(round(gap_s * RATE))))
    long = np.concatenate([part for sound in sounds for part in (sound, pause)])
    return single, wer([" ".join(clip.text for clip in chosen)], [_heard(long).text])


def _long(quieter: float, _: Path) -> str:
    chosen = clips("test")
    sounds = [
        level(clip.samples(), -quieter if number % 2 else 0) for number, clip in enumerate(chosen)
    ]
    single, joined = _wers(sounds, chosen, 0.5)
    return f"{joined - single:.3f} above clip by clip ({single:.3f})"


def _offset(share: float, _: Path) -> str:
    """Add a constant to a recording, as cheap sound cards do; the highest sample stays under 1."""
    chosen = clips("test")
    pause = sixteen_bits(at(-60, white(RATE // 2)))
    long = np.concatenate([part for clip in chosen for part in (level(clip.samples(), -6), pause)])
    text = " ".join(clip.text for clip in chosen)
    plain, shifted = (wer([text], [_heard(long + np.float32(c)).text]) for c in (0, share))
    return f"{shifted - plain:.3f} above without the offset ({plain:.3f})"


def _memory(_: Path) -> str:
    """Recognise noise of ever other lengths, and see what memory the process holds."""
    rng, held = np.random.default_rng(0), 0
    for number in range(120):
        _heard(sixteen_bits(0.05 * rng.standard_normal(int(rng.integers(400, 160_000)))))
        if number == 20:
            held = _resident_bytes()
    return f"{(_resident_bytes() - held) / 1e6:.0f} MB more than after the first 20"


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()


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


_NOISES: tuple[tuple[str, Noise, float], ...] = (
    ("white noise", white, -50),
    ("white noise", white, -30),
    ("pink noise", partial(coloured, 1), -50),
    ("brown noise", partial(coloured, 2), -30),
    ("hum of 50 Hz", hum, -40),
    ("a fan", fan, -40),
    ("a keyboard", keyboard, -40),
    ("music-like tones", music, -30),
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
             partial(_letters_in, white, -50, 600), AtMost(5, "letters"), slow=True),
        Case("noise becomes words", "a command, then 60 s of white noise, a language model",
             "18 words behind the command", _letters_behind_speech,
             AtMost(0, "words behind the command")),
        Case("long recordings", "the 26 test clips joined with pauses of 0.5 s", "",
             partial(_long, 0), AtMost(0.01, "above clip by clip"), open=True),
        Case("long recordings, two levels", "the same, every second clip 18 dB quieter", "",
             partial(_long, 18), AtMost(0.01, "above clip by clip"), open=True),
        *(
            Case("a sound card with an offset",
                 "the 26 test clips at -6 dB, joined with pauses of 0.5 s, "
                 f"{share:g} of full scale added", before,
                 partial(_offset, share), AtMost(0.01, "above without the offset"))
            for share, before in ((0.01, "0.215 above"), (0.1, "0.128 above"))
        ),
        Case("one session", "120 recordings of 0.03 to 10 s", "", _memory,
             AtMost(30, "MB more than after the first 20")),
        Case("a click before quiet speech", "10 ms at full scale, 0.5 s, test clips at -18 dB", "",
             _click, AtMost(0.02, "above without the click"), open=True),
    ],
)  # fmt: skip
