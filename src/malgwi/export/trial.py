"""Several versions of one model on the same clips: error rates, and how far they are apart."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from malgwi.bundle.contract import Decoding
from malgwi.bundle.golden import Heard, hear
from malgwi.bundle.runtime import OnnxModel
from malgwi.dataset.manifest import Utterance
from malgwi.dataset.sound import Recordings
from malgwi.decoding.decode import Logits
from malgwi.progress import audio_progress
from malgwi.speech.score import Score, UtteranceScore, score_utterance
from malgwi.speech.text import Normalisation, normalise


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

    def add(self, heard: Heard, utterance: Utterance, rules: Normalisation) -> None:
        """Take in one clip, whose texts `rules` normalise."""
        self.heard.append(heard)
        self.scores.append(
            score_utterance(
                normalise(utterance.text, rules),
                normalise(heard.text, rules),
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
    recordings = Recordings()
    with audio_progress(label, sum(u.duration for u in utterances)) as advance:
        for utterance in utterances:
            samples = recordings.read(utterance)
            first: Logits | None = None
            for model, trial in zip(models, trials, strict=True):
                logits = model.whole_logits(samples)
                first = logits if first is None else first
                trial.compare(logits, first)
                trial.add(hear(logits, decoding), utterance, decoding.vocab.rules)
            advance(utterance.duration)
    return trials
