"""How long a model will take for recordings: a minute of the first of them, heard."""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from malgwi.decoding.search import Search
from malgwi.errors import MalgwiError
from malgwi.recognition.recognise import (
    BLOCK_S,
    Recogniser,
    open_recogniser,
    transcribe_blocks,
)
from malgwi.speech.audio import SAMPLE_RATE, Samples, blocks

PROBE_S = 60.0
"""Sound that is heard, at most."""
_WARM_S = 1.0
"""Heard before: the first run of a model takes longer than others."""


class Pace(NamedTuple):
    """What hearing some sound took."""

    seconds: float
    """Of sound."""
    processor: float
    """Seconds of all processors together, the decoder's among them."""

    @property
    def share(self) -> float:
        """Seconds of a processor for a second of sound."""
        return self.processor / self.seconds


def measure_pace(
    model: str | Path, files: Sequence[Path], *, threads: int, search: Search
) -> Pace | None:
    """Hear the beginning of recordings; None where there is none that can be read.

    Args:
        model: as `malgwi.recognition.recognise.open_recogniser` takes it.
        files: recordings, of which the first are heard, a minute in all.
        threads: of the model.
        search: how words are found.

    Raises:
        MalgwiError: the model can't be opened.
    """
    recogniser = open_recogniser(model, threads=threads, search=search, warn=lambda _: None)
    heard = 0
    for most in (_WARM_S, PROBE_S):
        begun, heard = time.process_time(), 0
        for file in files:
            if (left := round(most * SAMPLE_RATE) - heard) <= 0:
                break
            heard += _hear(recogniser, file, left)
    took = time.process_time() - begun
    return Pace(heard / SAMPLE_RATE, took) if heard else None


def _hear(recogniser: Recogniser, file: Path, most: int) -> int:
    """Hear the first samples of a recording; say how many, none where it can't be read."""
    heard = 0

    def beginning() -> Iterator[Samples]:
        nonlocal heard
        for block in blocks(file, BLOCK_S, lambda _: None):
            yield block[: most - heard]
            heard += len(block[: most - heard])
            if heard == most:
                return

    with suppress(MalgwiError, OSError):
        transcribe_blocks(recogniser, beginning())
        return heard
    return 0
