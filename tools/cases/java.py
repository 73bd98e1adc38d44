"""The same by the Java core: its command line, and what an app does with it (Listening.java)."""

import subprocess
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

import recordings
from cases.case import AtMost, Case, Exactly, Expectation, Topic
from cases.scoring import UNSPACED
from cases.sound import WAVS
from cases.speech import DEMO, RATE, clips, recogniser, speech
from malgwi.java import JAR, transcribe_in_java
from malgwi.recognition.recognise import transcribe_blocks
from malgwi.speech.audio import blocks
from malgwi.speech.channels import choose

_TOP = Path(__file__).resolve().parents[2]
_PROGRAM = Path(__file__).with_name("Listening.java")


def _same_as_python(folder: Path) -> str:
    """Read WAV files whose headers lie, and stereo, in both."""
    paths = [make(folder / f"{number}.wav") for number, make in enumerate(WAVS)]
    voice = speech(6)
    others = (-voice, -0.9 * voice, 0 * voice, np.roll(voice, 8), speech(6, 40))
    for number, other in enumerate(others):
        path = folder / f"stereo-{number}.wav"
        soundfile.write(path, np.stack([voice, other], 1), RATE, subtype="PCM_16")
        paths.append(path)
    there = [row["text"] for row in transcribe_in_java(_TOP / JAR, DEMO, paths)]
    same = sum(text == _heard(path) for text, path in zip(there, paths, strict=True))
    return f"{same} of {len(paths)} the same text"


def _heard(path: Path) -> str:
    sound = blocks(path, 10.0, lambda _: None, choose(path).channel)
    return transcribe_blocks(recogniser(), sound).text


def _run(*args: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own program
        ["java", "-cp", str(_TOP / JAR), str(_PROGRAM), *args],  # noqa: S607
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout.strip() or f"status {done.returncode}: {done.stderr[-200:]}"


def _wavs(folder: Path, count: int) -> list[str]:
    return [
        str(recordings.make(folder / f"{number}.wav", clip.samples(), subtype="PCM_16"))
        for number, clip in enumerate(clips("test")[:count])
    ]


def _end(decibels: int, speaks: bool, folder: Path) -> str:
    file = _wavs(folder, 1)[0] if speaks else ""
    return _run("end", str(DEMO), file, str(decibels))


def _threads(folder: Path) -> str:
    return _run("threads", str(DEMO), *_wavs(folder, 6))


class _Pause:
    """A pause that is told after 1.5 s."""

    def met(self, found: str) -> bool:
        """Return whether it is, give or take what the word's end is uncertain by."""
        words = found.split()
        return words[0] == "pause" and abs(int(words[1]) - 1_500) <= 500

    def __str__(self) -> str:
        """Return it in words."""
        return "a pause after 1.5 s, half a second more or less"


_PAUSE: Expectation = _Pause()
TOPIC = Topic(
    "Java",
    "The same by the core that apps use.",
    [
        Case("the WAV files above", "eight headers, five kinds of stereo",
             "", _same_as_python,
             Exactly("13 of 13 the same text")),
        *(
            Case("end of a command, live", f"a command, then 20 s of noise at {decibels} dBFS", "",
                 partial(_end, decibels, True), _PAUSE)
            for decibels in (-200, -60, -40)
        ),
        *(
            Case("nothing is said, live", f"20 s of noise at {decibels} dBFS", "",
                 partial(_end, decibels, False), Exactly("no speech 10000 ms"))
            for decibels in (-200, -50, -30)
        ),
        Case("eight threads at once", "60 recordings, one recogniser", "", _threads,
             Exactly("0 of 60 different")),
        Case("opened and closed again and again", "20 times; files open in the end", "",
             lambda _: _run("open", str(DEMO)), AtMost(0, "files more")),
        Case("subtitles without spaces", 'an hour of Chinese, one "word"',
             "", lambda _: _run("subtitles", UNSPACED),
             AtMost(21, "characters a line")),
    ],
)  # fmt: skip
