#!/usr/bin/env python3
"""Write the clips of the app's self-test: one recording as WAV, m4a, mp3 and ogg.

usage: tools/selftest_clips.py CLIP.wav   (16 kHz, mono, 16 bits; about two seconds)

The recording is one of the project's own synthetic commands, "open the curtains in the garage",
which also is the first golden clip of `malgwi demo`. Encoded with PyAV.
"""

from __future__ import annotations

import shutil
import sys
import wave
from pathlib import Path
from typing import Literal, NamedTuple

import av
import numpy as np

ASSETS = Path(__file__).parents[1] / "android" / "app" / "src" / "main" / "assets" / "selftest"


class Form(NamedTuple):
    """How a clip is packed: sample rate in Hz, bits per second."""

    name: str
    codec: Literal["aac", "mp3", "libopus"]
    container: str
    rate: int
    sample_format: str
    bits: int


FORMS = [
    Form("clip.m4a", "aac", "ipod", 44_100, "fltp", 48_000),
    Form("clip.mp3", "mp3", "mp3", 44_100, "s16p", 48_000),
    Form("clip.ogg", "libopus", "ogg", 48_000, "flt", 40_000),
]


def read(path: Path) -> av.AudioFrame:
    """Return the recording as one frame."""
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate = file.getframerate()
    return frame


def encode(clip: av.AudioFrame, form: Form) -> None:
    """Write the recording in one form."""
    resampler = av.AudioResampler(form.sample_format, "mono", form.rate)
    fifo = av.AudioFifo()
    for part in [*resampler.resample(clip), *resampler.resample(None)]:
        fifo.write(part)
    bitexact = {"fflags": "+bitexact"}
    with av.open(str(ASSETS / form.name), "w", format=form.container, options=bitexact) as out:
        stream = out.add_stream(form.codec, rate=form.rate)
        stream.bit_rate = form.bits
        stream.codec_context.layout = "mono"
        done = 0
        while (frame := fifo.read(stream.codec_context.frame_size, partial=True)) is not None:
            frame.pts = done
            done += frame.samples
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def main() -> None:
    """Write all forms of the recording named on the command line."""
    source = Path(sys.argv[1])
    ASSETS.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, ASSETS / "clip.wav")
    clip = read(source)
    for form in FORMS:
        encode(clip, form)


if __name__ == "__main__":
    main()
