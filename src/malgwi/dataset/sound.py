"""The sound of an utterance: its stretch of one decode of the recording, from the start on."""

import warnings
from collections.abc import Callable, Iterator

import numpy as np

from malgwi.dataset.manifest import Utterance
from malgwi.errors import MalgwiError
from malgwi.speech import audio
from malgwi.speech.audio import Samples

_BLOCK_S = 10.0


def read_utterance(utterance: Utterance) -> Samples:
    """Return the samples of an utterance, as many as its stretch has.

    Raises:
        MalgwiError: the recording can't be read, or is shorter than it was when it was prepared.
    """
    return np.concatenate([np.zeros(0, np.float32), *utterance_blocks(utterance, lambda _: None)])


def utterance_blocks(
    utterance: Utterance, warn: Callable[[str], object] = warnings.warn
) -> Iterator[Samples]:
    """Yield the samples of an utterance block by block; memory doesn't grow with the recording.

    `warn` is called with a sentence about a truncated file.

    Raises:
        MalgwiError: as `read_utterance`.
    """
    stretch, place = utterance.stretch, 0
    for block in audio.blocks(utterance.audio, _BLOCK_S, warn, stretch.channel):
        if place >= stretch.end:
            return
        part = block[max(stretch.first - place, 0) : max(stretch.end - place, 0)]
        place += len(block)
        if len(part):
            yield part
    if place < stretch.end:
        raise MalgwiError(
            f"{utterance.audio}: {place} samples at 16 kHz; {utterance.id} goes up to "
            f"{stretch.end}. The recording has changed since the data set was prepared: prepare it "
            "again"
        )
