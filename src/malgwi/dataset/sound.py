"""The sound of utterances: their stretches of one decode of the recording.

A stretch far into an hour costs no more than one at its beginning: WAV and FLAC of 16 kHz are read
in place, and other recordings are decoded once for all stretches that are asked for in the order
of time, which is that of the manifest. `in_time` brings others into it.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from malgwi.dataset.manifest import Utterance
from malgwi.errors import MalgwiError
from malgwi.speech import audio
from malgwi.speech.audio import Samples
from malgwi.speech.recording import Warn

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK_S = 10.0


def read_utterance(utterance: Utterance) -> Samples:
    """Return the samples of one utterance, as many as its stretch has.

    Raises:
        MalgwiError: as `Recordings.read`.
    """
    return Recordings().read(utterance)


def in_time(utterances: Iterable[Utterance]) -> list[Utterance]:
    """Return utterances with those of a recording together, channel by channel, in time.

    Recordings stay in the order in which they come first, and so do whole clips.
    """
    places: dict[Path, int] = {}

    def key(u: Utterance) -> tuple[int, int, int]:
        channel = -1 if u.stretch.channel is None else u.stretch.channel
        return places.setdefault(u.audio, len(places)), channel, u.stretch.first

    return sorted(utterances, key=key)


def by_recording(utterances: Iterable[Utterance]) -> list[list[Utterance]]:
    """Return utterances in their order, those that follow each other in a recording together."""
    return [list(together) for _, together in groupby(utterances, key=lambda u: u.audio)]


class Recordings:
    """Recordings that utterances are read from, one after the other; for one thread."""

    def __init__(self) -> None:
        """Begin without one."""
        self._decode: _Decode | None = None
        self._seeks: tuple[Path, bool] | None = None

    def read(self, utterance: Utterance, warn: Warn = lambda _: None) -> Samples:
        """Return the samples of an utterance, as many as its stretch has.

        Memory is bounded by the stretch, not by the recording. `warn` is called with a sentence
        about a truncated file where the utterance is at its end.

        Raises:
            MalgwiError: the recording can't be read, or is shorter than it was when it was
                prepared.
        """
        try:
            samples = self._read(utterance, warn)
        except OSError as error:  # a disk or a share that fails while it is read
            self._decode = None
            reason = error.strerror or error
            raise MalgwiError(f"{utterance.audio}: not readable ({reason})") from error
        stretch = utterance.stretch
        if len(samples) < stretch.samples:
            self._decode = None
            raise MalgwiError(
                f"{utterance.audio}: ends before sample {stretch.end:,} at 16 kHz, up to which "
                f"{utterance.id} goes. The recording has changed since the data set was prepared: "
                "prepare it again"
            )
        return samples

    def _read(self, utterance: Utterance, warn: Warn) -> Samples:
        """Return the samples of an utterance, as far as they are there."""
        if self.in_place(utterance):
            return _sought(utterance)
        if self._decode is None or not self._decode.leads_to(utterance):
            self._decode = _Decode(utterance)
        return self._decode.read(utterance, warn)

    def in_place(self, utterance: Utterance) -> bool:
        """Say whether an utterance further into its recording is read without what is before it.

        Raises:
            MalgwiError: the recording can't be read.
        """
        if not utterance.stretch.first:
            return False  # there is nothing before it
        if self._seeks is None or self._seeks[0] != utterance.audio:
            self._seeks = utterance.audio, audio.seeks(utterance.audio) is not None
        return self._seeks[1]


def _sought(utterance: Utterance) -> Samples:
    """Return the samples of an utterance that is read in place, as far as they are there."""
    stretch = utterance.stretch
    parts, left = [], stretch.samples
    for block in audio.blocks(
        utterance.audio,
        left / audio.SAMPLE_RATE,
        lambda _: None,
        stretch.channel,
        stretch.first,
    ):
        parts.append(block[:left])
        left -= len(parts[-1])
        if not left:
            break
    return _joined(parts)


class _Decode:
    """A recording on its way through the decoder, and what was decoded last."""

    def __init__(self, utterance: Utterance) -> None:
        channel = utterance.stretch.channel
        self._of = utterance.audio, channel
        self._said: list[str] = []
        self._blocks = audio.blocks(utterance.audio, _BLOCK_S, self._said.append, channel)
        self._held: list[Samples] = []
        """What the next utterance may need."""
        self._start = self._end = 0
        """Of what is held."""

    def leads_to(self, utterance: Utterance) -> bool:
        """Say whether the beginning of an utterance is held, or still to come."""
        same = self._of == (utterance.audio, utterance.stretch.channel)
        return same and self._start <= utterance.stretch.first

    def read(self, utterance: Utterance, warn: Warn) -> Samples:
        """Return the samples of an utterance, as far as they are there."""
        first, end = utterance.stretch.first, utterance.stretch.end
        self._drop(first)
        while self._end <= end:  # that a file is cut shows when its end is looked for
            block = next(self._blocks, None)
            if block is None:
                break
            self._held.append(block)
            self._end += len(block)
            self._drop(first)
        for sentence in self._said:
            warn(sentence)
        self._said.clear()
        return _joined(self._held)[max(first - self._start, 0) : end - self._start]

    def _drop(self, first: int) -> None:
        """Drop the blocks that end before sample `first`."""
        while self._held and self._start + len(self._held[0]) <= first:
            self._start += len(self._held.pop(0))


def _joined(blocks: Sequence[Samples]) -> Samples:
    return np.concatenate([np.zeros(0, np.float32), *blocks])
