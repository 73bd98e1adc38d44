"""From a model's confidence in a word to the probability that the word is right.

The softmax of a CTC model is far too sure of itself. A map of two numbers mends that; it is fitted
by `malgwi.evaluation.calibration` and travels in the bundle (`docs/bundle.md`). The Java core obeys
the same rule (`tests/golden/calibration.json`).
"""

from dataclasses import dataclass, replace
from math import exp, log

from malgwi.decoding.decode import Transcript

LARGEST_SLOPE, LARGEST_OFFSET = 10.0, 200.0
"""Of a map; beyond them every confidence is 0 or 1."""
_LEAST = 1e-6


def log_odds(confidence: float) -> float:
    """Return ln(c / (1 - c)) of a confidence put between 1e-6 and 1 - 1e-6."""
    held = min(max(confidence, _LEAST), 1.0 - _LEAST)
    return log(held / (1.0 - held))


@dataclass(frozen=True, slots=True)
class ConfidenceMap:
    """A logistic curve over the log odds: 1 / (1 + exp(-(slope * log_odds + offset)))."""

    slope: float
    """0 to `LARGEST_SLOPE`, so that a surer word stays the surer one."""
    offset: float
    """-`LARGEST_OFFSET` to `LARGEST_OFFSET`."""

    def __call__(self, confidence: float) -> float:
        """Return the probability, 0 to 1, that a word of this confidence (0 to 1) is right."""
        return 1.0 / (1.0 + exp(-(self.slope * log_odds(confidence) + self.offset)))


def calibrated(transcript: Transcript, confidence: ConfidenceMap | None) -> Transcript:
    """Return a transcript with the confidences that its words deserve by a map, if there is one."""
    if confidence is None:
        return transcript
    words = (replace(w, confidence=confidence(w.confidence)) for w in transcript.words)
    return replace(transcript, words=tuple(words))
