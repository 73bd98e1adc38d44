"""Why a training run is stuck, said while it runs.

A CTC model that starts from a new head first learns to say blank everywhere; the validation errors
stay at 1.0 for hundreds of steps and then fall. That plateau is normal. The same picture after
the model had been right about something is a collapse, and the two need opposite answers.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from malgwi.speech.score import Measure, rank

ALL_BLANK = 0.98
"""Share of blank frames from which on a model counts as silent; speech models rest near 0.5-0.8."""

LEARNT_WER, LEARNT_CER = 0.95, 0.7
"""A validation rate below either shows that the model had learnt something; letters at random have
a CER of 0.8 and more."""

EARLY = 0.3
"""Share of the run within which silence is no sign of trouble."""

STILL_FALLING = 0.98
"""The loss falls while it is below this multiple of the one before."""

MANY_UNKNOWN = 0.05
"""Share of labels that are `[UNK]` from which on the vocabulary is suspect."""

GIVE_UP = 20
"""Steps in a row without finite gradients after which a run has diverged."""

Kind = Literal["plateau", "collapse", "stuck", "vocabulary", "not-finite"]


@dataclass(frozen=True)
class Checkup:
    """What is known of a run at one evaluation."""

    step: int
    loss: float
    """Mean training loss per label since the evaluation before."""
    wer: float
    cer: float
    """Of the validation split."""
    blank_share: float
    """Share of validation frames whose best token is the blank."""

    @property
    def learnt(self) -> bool:
        """Whether the model says something right."""
        right = self.wer < LEARNT_WER or self.cer < LEARNT_CER
        return right and self.blank_share < ALL_BLANK

    def rate(self, measure: Measure) -> float:
        """Return the rate that the run is judged by."""
        return self.wer if measure == "WER" else self.cer


def checkups(rows: Sequence[Mapping[str, Any]]) -> list[Checkup]:
    """Return the evaluations among the rows of a `metrics.jsonl`."""
    return [
        Checkup(row["step"], row["mean_loss"], row["wer"], row["cer"], row["valid_blank_share"])
        for row in rows
        if "wer" in row
    ]


def latest_rates(rows: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    """Return the validation WER and CER of the latest evaluation among the rows, or None."""
    latest: Mapping[str, Any] = next((row for row in reversed(rows) if "wer" in row), {})
    return {name: latest.get(name) for name in ("wer", "cer")}


def latest_diagnosis(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the kind that was diagnosed at the latest evaluation among the rows, if any."""
    for row in reversed(rows):
        if "wer" in row:
            return None
        if row.get("finding") not in (None, "not-finite"):
            return str(row["finding"])
    return None


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong, or only looks so."""

    kind: Kind
    message: str
    """What was seen, the likely cause, what to do."""


def diagnose(
    checkups: Sequence[Checkup],
    *,
    measure: Measure,
    total_steps: int,
    learning_rate: float,
    unknown_share: float = 0.0,
) -> Diagnosis | None:
    """Explain the latest of `checkups`; None when nothing looks wrong."""
    if not checkups:
        return None
    now = checkups[-1]
    if now.blank_share < ALL_BLANK:
        return _wrong_text(checkups, measure, total_steps, unknown_share)
    seen = f"{now.blank_share:.1%} of the validation frames are blank at step {now.step}"
    learnt = [c for c in checkups[:-1] if c.learnt]
    if learnt:
        best = min(learnt, key=lambda c: rank(measure, c.wer, c.cer))
        return Diagnosis(
            "collapse",
            f"{seen}, though {measure} was {best.rate(measure):.3f} at step {best.step}: the model "
            f"collapsed. The likely cause is a learning rate ({learning_rate:g}) too high; start "
            f"again with a third of it, or with a longer warm-up",
        )
    if now.step <= EARLY * total_steps or _falling(checkups):
        return Diagnosis(
            "plateau",
            f"{seen}: normal before a new head has learnt its letters; the loss is "
            f"{now.loss:.2f} and {measure} falls once it goes well below 2.8",
        )
    if unknown_share > MANY_UNKNOWN:
        return Diagnosis("vocabulary", f"{seen}, and {_unknown(unknown_share)}")
    return Diagnosis(
        "stuck",
        f"{seen} of {total_steps}, and the loss ({now.loss:.2f}) no longer falls. Likely causes, "
        f"in this order: too few steps for a new head, a learning rate ({learning_rate:g}) too "
        "low or too high by a factor of three or more, transcripts of other clips",
    )


def _wrong_text(
    checkups: Sequence[Checkup], measure: Measure, total_steps: int, unknown_share: float
) -> Diagnosis | None:
    """Judge a model that says something."""
    now = checkups[-1]
    if unknown_share > MANY_UNKNOWN:
        return Diagnosis("vocabulary", _unknown(unknown_share))
    late = now.step > EARLY * total_steps
    if late and not any(c.learnt for c in checkups) and not _falling(checkups):
        return Diagnosis(
            "stuck",
            f"the model says letters, but {measure} is {now.rate(measure):.2f} at step {now.step} "
            f"and the loss ({now.loss:.2f}) no longer falls: check that the transcripts belong to "
            "the clips (malgwi show), then try another learning rate",
        )
    return None


def not_finite(clips: Sequence[str], step: int, *, skipped: bool) -> Diagnosis:
    """Explain losses that were infinite or not a number."""
    cause = (
        "the gradients weren't finite either, so the step was left out; if it goes on, lower "
        "--learning-rate or use --precision fp32"
        if skipped
        else "they have fewer frames than labels and repeats, so they count as zero"
    )
    named = ", ".join(clips[:5]) + (f" and {len(clips) - 5} more" if len(clips) > 5 else "")
    return Diagnosis(
        "not-finite",
        f"step {step}: the loss of {len(clips)} clips was not finite ({named}): {cause}",
    )


class Streak:
    """Steps in a row whose gradients weren't finite.

    In fp16 the loss is multiplied by a scale, at first 65,536, that halves at every such step: so
    the scaler finds what half precision can hold, and the steps down to a scale of 1 are a matter
    of course. Gradients that aren't finite after that aren't the scale's fault.
    """

    def __init__(self) -> None:
        """Start with no such step."""
        self.length = 0
        self._search = 0

    def count(self, *, finite: bool, scale: float) -> None:
        """Count a step that was made at this scale (1: none)."""
        if finite:
            self.length = 0
            return
        if self.length == 0:
            self._search = max(math.ceil(math.log2(scale)), 0) if scale > 0 else 0
        self.length += 1

    @property
    def searching(self) -> bool:
        """Whether the latest step was one of the scaler's search."""
        return 0 < self.length <= self._search

    @property
    def diverged(self) -> bool:
        """Whether there are too many of them."""
        return self.length >= self._search + GIVE_UP


def _falling(checkups: Sequence[Checkup]) -> bool:
    return len(checkups) < 2 or checkups[-1].loss < STILL_FALLING * checkups[-2].loss


def _unknown(unknown_share: float) -> str:
    return (
        f"{unknown_share:.1%} of the labels are [UNK]: the vocabulary doesn't hold the letters of "
        "the transcripts; prepare the data set again"
    )
