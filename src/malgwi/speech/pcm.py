"""KsponSpeech's .pcm: samples without a header, whose format only the corpus's papers state."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from malgwi.speech.recording import AudioInfo, Frames, Warn

_RATE = 16_000
_BYTES = 2
_NAME = re.compile(r"KsponSpeech_E?\d+\.pcm")


def reads(path: Path) -> bool:
    """Say whether a name is one that KsponSpeech gives; other .pcm could be anything."""
    return _NAME.fullmatch(path.name) is not None


class PcmReader:
    """Mono, 16 kHz, 16 bits, little-endian. Some files have an odd byte at their end: no sample."""

    def info(self, path: Path) -> AudioInfo:
        """Read the length of the file."""
        return AudioInfo(_RATE, 1, path.stat().st_size // _BYTES)

    def frames(self, path: Path, block_s: float, warn: Warn) -> Iterator[tuple[int, Frames]]:  # noqa: ARG002 - nothing can be wrong
        """Yield the samples in order."""
        size = max(1, int(block_s * _RATE)) * _BYTES
        with path.open("rb") as file:
            while block := file.read(size):
                samples = np.frombuffer(block[: len(block) // _BYTES * _BYTES], "<i2")
                if len(samples):
                    yield _RATE, samples.astype(np.float32)[:, None] / np.float32(32768)
