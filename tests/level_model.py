"""A recogniser that spells by loudness, and recordings for it: what tests can work out by hand.

A level is held by a square wave with a period of one hop, since a constant is no sound. A frame
at about 0.2, 0.4 or 0.6 is `a`, `b` or the delimiter; else the blank.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soundfile

from corpora import whole
from malgwi.dataset.manifest import Stretch, Utterance, write_manifest
from malgwi.decoding.decode import Logits
from malgwi.decoding.segments import SegmentPlan
from malgwi.recognition.recognise import Recogniser
from malgwi.speech.audio import Samples
from malgwi.speech.frames import WAV2VEC2
from malgwi.speech.vocab import Vocab

VOCAB = Vocab(("a", "b", "|", "[PAD]"), blank=3, delimiter=2)
LEVELS = {"a": 0.2, "b": 0.4, "|": 0.6, "_": 0.0}
WAVE = np.repeat(np.array([1, -1], np.float32), 160)
PLAN = SegmentPlan(window_samples=32_000, left_samples=3_200, right_samples=6_400)


def level_logits(samples: Samples) -> Logits:
    starts = np.arange(WAV2VEC2.count(len(samples))) * 320
    held = abs(samples[starts] - samples[starts + 160]) / 2
    token = np.select([abs(held - LEVELS[t]) < 0.05 for t in "ab|"], [0, 1, 2], 3)
    logits = np.zeros((len(starts), 4), dtype=np.float32)
    logits[np.arange(len(starts)), token] = 5.0
    return logits


def level_recogniser(plan: SegmentPlan = PLAN) -> Recogniser:
    return Recogniser("levels", level_logits, VOCAB, WAV2VEC2, plan)


def level_samples(spelling: str) -> Samples:
    """Return samples that are heard as `spelling`: 3 frames a character, `_` is the blank."""
    levels = np.array([LEVELS[char] for char in spelling], dtype=np.float32)
    return np.append(np.outer(np.repeat(levels, 3), WAVE), np.zeros(80, np.float32))


def level_clip(path: Path, spelling: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, level_samples(spelling), 16_000)
    return path


def level_talk(path: Path) -> str:
    """Write a recording of 80 s, 26 sentences with pauses between, and return its text."""
    one, two = "abba|" * 8 + "ab", "baab|" * 8 + "ba"
    said = ("_" * 10).join([one, two] * 13)
    level_clip(path, "_" * 10 + said.replace("bb", "b_b").replace("aa", "a_a"))
    return ". ".join([one, two] * 13).replace("|", " ")


def level_dataset(folder: Path, rows: Iterable[tuple[str, str, str, str]]) -> Path:
    """Write a data set of (id, speaker, spelling or nothing for no file, text) rows."""
    folder.mkdir()
    utterances: list[Utterance] = []
    for name, speaker, spelling, text in rows:
        audio = folder / "clips" / f"clip{len(utterances)}.wav"
        if spelling:
            level_clip(audio, spelling)
        stretch = whole(audio) if spelling else Stretch("0" * 64, 80)
        utterances.append(Utterance(name, audio, stretch, text, "test", speaker))
    write_manifest(folder / "manifest.jsonl", utterances, folder)
    (folder / "vocab.json").write_text('{"a": 0, "b": 1, "|": 2, "[PAD]": 3}')
    (folder / "dataset.json").write_text(
        '{"name": "levels", "unit": "character", "normalisation": {"version": 2}}'
    )
    return folder
