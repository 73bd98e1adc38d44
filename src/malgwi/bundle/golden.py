"""Golden clips: recordings that travel in a bundle with what its model makes of them."""

import io
import struct
import wave
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from malgwi.bundle.contract import LONGEST_CLIP_S, Decoding
from malgwi.decoding.decode import Logits, Word, decode
from malgwi.speech.audio import SAMPLE_RATE, Samples, from_16_bits, to_16_bits


@dataclass(frozen=True)
class Golden:
    """A clip that travels in the bundle, and what its model makes of it."""

    audio: str
    """The entry's name, such as `golden/1.wav`."""
    text: str
    tokens: tuple[int, ...]
    """The best token id of every frame."""
    lm_text: str | None = None
    """With the bundle's language model; None where it has none."""


@dataclass(frozen=True)
class GoldenClip:
    """A golden clip to be written."""

    wav: bytes
    """`wav_bytes` of it."""
    text: str
    tokens: Sequence[int]
    lm_text: str | None = None
    """Where a language model goes with it."""


def wav_bytes(samples: Samples) -> bytes:
    """Return samples from -1 to 1 as a 16-bit mono WAV file at 16 kHz."""
    data = to_16_bits(samples).astype("<i2")
    out = io.BytesIO()
    with wave.open(out, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(SAMPLE_RATE)
        wav.writeframes(data.tobytes())
    return out.getvalue()


def wav_samples(wav: bytes) -> Samples:
    """Return what `wav_bytes` wrote as float32 from -1 to 1.

    Raises:
        ValueError: it is no WAV file, or one of another form.
    """
    try:
        with wave.open(io.BytesIO(wav)) as file:
            form = (file.getnchannels(), file.getsampwidth() * 8, file.getframerate())
            data = file.readframes(LONGEST_CLIP_S * SAMPLE_RATE + 1)
    except (wave.Error, EOFError, struct.error, RuntimeError) as error:
        raise ValueError(f"not a WAV file ({error})") from error
    if form != (1, 16, SAMPLE_RATE):
        raise ValueError(
            f"{form[0]} channels of {form[1]} bits at {form[2]} Hz; expected one of 16 bits at "
            f"{SAMPLE_RATE} Hz"
        )
    whole = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2")
    return from_16_bits(whole)


@dataclass(frozen=True)
class Heard:
    """One clip as one model hears it."""

    text: str
    """As decoded, before it is normalised for scoring."""
    words: tuple[Word, ...]
    tokens: NDArray[np.int64]
    """The best token of every frame."""
    margin: float
    """The least gap, over the frames, between the best logit and the next."""


def hear(logits: Logits, decoding: Decoding) -> Heard:
    """Decode the logits of a whole clip."""
    tokens = logits.argmax(axis=1)
    two = np.sort(logits, axis=1)[:, -2:]
    margin = float((two[:, 1] - two[:, 0]).min(initial=np.inf))
    samples = len(tokens) * decoding.grid.hop
    found = decode(
        logits, decoding.vocab, samples=samples, hop=decoding.grid.hop, sample_rate=SAMPLE_RATE
    )
    return Heard(found.text, found.words, tokens, margin)
