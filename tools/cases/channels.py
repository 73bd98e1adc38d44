"""Channels: which of them is listened to, and what is said of it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from cases.case import Case, Exactly, Starts, Topic
from cases.speech import RATE, prepared, speech
from malgwi.speech.audio import Samples, blocks
from malgwi.speech.channels import choose, listened


def _stereo(other: Callable[[Samples], Samples], folder: Path) -> str:
    voice = speech(6)
    path = folder / "x.wav"
    soundfile.write(path, np.stack([voice, other(voice)], 1), RATE, subtype="PCM_16")
    choice = choose(path)
    if choice.channel is None:
        return "the average of all"
    return f"channel {choice.channel}, {choice.why}"


def _opposed_in_noise(folder: Path) -> str:
    voice, (one, other) = speech(6), np.random.default_rng(1).standard_normal((2, 6 * RATE))
    both = np.stack([voice + 3e-4 * one, -voice + 3e-4 * other], 1)
    soundfile.write(folder / "x.wav", both, RATE, subtype="PCM_16")
    choice = choose(folder / "x.wav")
    return "the average of all" if choice.channel is None else f"channel alone, {choice.why}"


def _each(folder: Path) -> str:
    voices = [speech(6), speech(6, 40)]
    path = folder / "x.wav"
    soundfile.write(path, np.stack(voices, 1), RATE, subtype="FLOAT")
    channels = listened(path, "each", lambda _: None)
    same = len(channels) == 2 and all(
        np.array_equal(np.concatenate(list(blocks(path, 10.0, channel=channel))), voice)
        for channel, voice in zip(channels, voices, strict=True)
    )
    return "each as by itself" if same else f"channels {channels}"


def _noise(voice: Samples) -> Samples:
    return np.asarray(0.3 * np.random.default_rng(3).standard_normal(len(voice)), np.float32)


def _calls(folder: Path) -> str:
    rows = []
    for number in range(6):
        both = np.stack([speech(1.6, number), speech(1.6, number + 6)], 1)
        soundfile.write(folder / f"call{number}.wav", both, RATE)
        rows += [
            f'{{"audio_filepath": "call{number}.wav", "text": "one {side}", '
            f'"channel_selector": {channel}, "speaker": "{side}"}}\n'
            for channel, side in enumerate(("here", "there"))
        ]
    (folder / "train_manifest.json").write_text("".join(rows), encoding="utf-8")
    result = prepared(folder)
    count = sum(int(part["clips"]) for part in result.info["splits"].values())
    speakers = {name for part in result.info["splits"].values() for name in part["speakers"]}
    return f"{count} utterances of {len(speakers)} speakers"


TOPIC = Topic(
    "Channels",
    "The average of all channels can be silence, or a voice under another's noise. Now the one to "
    "listen to is chosen, and said, or each is heard by itself ([data.md](data.md)).",
    [
        Case("out of phase", "stereo, right = -left", "silence",
             partial(_stereo, lambda voice: -voice),
             Exactly("channel 0, the channels cancel each other")),
        Case("out of phase under noise", "the same, both with noise of 0.0003", "",
             _opposed_in_noise, Starts("channel")),
        Case("nearly out of phase", "stereo, right = -0.9 left", "26 dB quieter",
             partial(_stereo, lambda voice: -0.9 * voice),
             Exactly("channel 0, the channels cancel each other")),
        Case("dead channel", "stereo, right silent", "half the level",
             partial(_stereo, lambda voice: 0 * voice),
             Exactly("channel 0, there is silence in 1")),
        Case("noisy channel", "stereo, right white noise of 0.3", "speech under noise",
             partial(_stereo, _noise), Exactly("channel 0, there is noise in 1")),
        Case("two microphones", "stereo, right half a millisecond later", "the average of all",
             partial(_stereo, lambda voice: np.roll(voice, 8)), Exactly("the average of all")),
        Case("two voices at once", "stereo, another voice in each; `--channel each`",
             "both voices mixed", _each, Exactly("each as by itself")),
        Case("a voice a channel", "six calls, NeMo manifest with `channel_selector`",
             "second row set aside, both voices mixed", _calls,
             Exactly("12 utterances of 2 speakers")),
    ],
)  # fmt: skip
