"""Several versions of one model on the same clips: error rates, and how far they are apart."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from malgwi.bundle.bundle import Decoding
from malgwi.bundle.runtime import OnnxModel
from malgwi.dataset.manifest import Utterance
from malgwi.decoding.decode import Logits, Word, decode
from malgwi.decoding.windows import Samples, stitch
from malgwi.progress import audio_progress
from malgwi.speech.audio import SAMPLE_RATE, read
from malgwi.speech.score import Score, UtteranceScore, score_utterance
from malgwi.speech.text import normalise


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


@dataclass
class Trial:
    """One model over all clips, beside the first model of the same run."""

    heard: list[Heard] = field(default_factory=list)
    scores: list[UtteranceScore] = field(default_factory=list)
    largest_difference: float = 0.0
    """Of two logits, from the first model's."""
    _frames: int = 0
    _same: int = 0

    @property
    def score(self) -> Score:
        """The counts of all clips together."""
        return Score.of(self.scores)

    @property
    def same_tokens(self) -> float:
        """Share of frames with the first model's best token, 0 to 1."""
        return self._same / max(self._frames, 1)

    def add(self, heard: Heard, utterance: Utterance) -> None:
        """Take in one clip."""
        self.heard.append(heard)
        self.scores.append(
            score_utterance(
                normalise(utterance.text),
                normalise(heard.text),
                id=utterance.id,
                speaker=utterance.speaker,
            )
        )

    def compare(self, logits: Logits, first: Logits) -> None:
        """Take in how far the logits of one clip are from the first model's."""
        difference = float(np.abs(logits - first).max(initial=0.0))
        self.largest_difference = max(self.largest_difference, difference)
        self._frames += len(logits)
        self._same += int((logits.argmax(axis=1) == first.argmax(axis=1)).sum())


def run_trials(
    models: Sequence[OnnxModel],
    decoding: Decoding,
    utterances: Sequence[Utterance],
    label: str = "comparing",
) -> list[Trial]:
    """Run every model on every clip, clip by clip, and score it.

    Raises:
        MalgwiError: a clip can't be read.
    """
    trials = [Trial() for _ in models]
    with audio_progress(label, sum(u.duration for u in utterances)) as advance:
        for utterance in utterances:
            samples = read(utterance.audio)
            first: Logits | None = None
            for model, trial in zip(models, trials, strict=True):
                logits = whole(model, decoding, samples)
                first = logits if first is None else first
                trial.compare(logits, first)
                trial.add(hear(logits, decoding), utterance)
            advance(utterance.duration)
    return trials


def whole(model: OnnxModel, decoding: Decoding, samples: Samples) -> Logits:
    """Return the logits of a clip of any length, (frames, vocabulary)."""
    parts = stitch([samples], decoding.windows, decoding.grid, decoding.vocab, model.logits)
    return np.concatenate([np.zeros((0, len(decoding.vocab)), np.float32), *parts])


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
