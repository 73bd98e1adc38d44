"""Runs on growing shares of the speech → what more of it would bring, or why that can't be told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from dataclasses import replace as changed
from typing import Any

import numpy as np

from malgwi.evaluation.learning_curve import FEWEST, LEVEL, Forecast, forecast
from malgwi.speech.score import Counts, Measure, Score, UtteranceScore, interval

FARTHEST = 1.0
"""How much more speech is told of, as a part of what there is: the check went so far."""
WIDEST = 0.5
"""The widest interval that is told, as a part of the rate there is."""
FEWEST_PASSES = 3.0
"""Of a run with the further speech, at the same steps: below, the steps are what is short, and
measured errors fell by less than the curve said (docs/results.md)."""
LEARNT_NOTHING = {"WER": 0.95, "CER": 0.7}
"""From these rates on, as `malgwi train` says `stuck`."""
_DRAWN = 24
"""Places of the curve."""


@dataclass(frozen=True)
class Learnt:
    """What a run on a share of the clips came to."""

    share: float
    clips: int
    hours: float
    """That were learnt from: without clips set aside."""
    rate: float | None = None
    """WER or CER, whichever counts."""
    interval: tuple[float, float] | None = None
    """Of 95 %, by utterance."""
    wer: float | None = None
    cer: float | None = None
    best_step: int = 0
    passes: float = 0.0
    """How often the steps went through the share."""
    failed: str | None = None
    """Why there are no figures."""
    utterances: Sequence[UtteranceScore] = field(default=(), repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return all but the utterances as plain values."""
        return {name: value for name, value in vars(self).items() if name != "utterances"}


@dataclass(frozen=True)
class More:
    """What more speech of the same kind would bring."""

    hours: float
    """How much more."""
    low: float
    median: float
    high: float
    level: float = LEVEL
    """The share of such intervals that should hold what comes."""


def expect(
    runs: Sequence[Learnt], measure: Measure, more: float
) -> tuple[Forecast | None, float, str | None]:
    """Return what runs will measure, from the least hours to those there would be, or why not.

    Args:
        runs: with their rates, the last one on all clips.
        measure: what their rates are.
        more: hours that are thought of.

    Returns:
        The forecast, None where there is none; how many more hours its end is at, which
        `FARTHEST` bounds; and what speaks against it, if anything does.
    """
    last = runs[-1]
    further = min(more, FARTHEST * last.hours)
    usable = [run for run in runs if run.rate is not None and run.rate < LEARNT_NOTHING[measure]]
    why_not = _why_not(runs, usable, measure)
    if why_not is not None:
        return None, further, why_not
    seen = forecast(
        [run.hours for run in usable],
        [_counts(run, measure) for run in usable],
        np.geomspace(usable[0].hours, last.hours + further, _DRAWN).tolist(),
    )
    low, _, high = (bound[-1] for bound in seen.bounds())
    passes = last.passes * last.hours / (last.hours + further)
    if passes < FEWEST_PASSES:
        why_not = (
            f"with {duration(further)} more, the steps would go through all clips {passes:.1f} "
            f"times; below {FEWEST_PASSES:g} it is the steps that are short, not the speech; give "
            "more --minutes or --steps"
        )
    elif high - low > WIDEST * (last.rate or 0.0):
        why_not = (
            f"with {duration(further)} more, {measure} may go from {last.rate:.3f} to anything "
            f"between {low:.3f} and {high:.3f} ({LEVEL:.0%}); give more --minutes, or validate on "
            "more clips"
        )
    return seen, further, why_not


def _why_not(runs: Sequence[Learnt], usable: Sequence[Learnt], measure: Measure) -> str | None:
    """Return what is in the way of a curve, if anything is."""
    last = runs[-1]
    if last.rate is None:
        reason = last.failed or "no clip was heard by all runs"
        return f"the run on all clips has no figures ({reason})"
    if last.rate == 0:
        return "the run on all clips makes no error that more speech could mend"
    if last not in usable:
        return (
            f"the run on all clips has learnt nothing ({measure} {last.rate:.3f} after "
            f"{last.passes:.1f} passes); give more --minutes, or another --checkpoint"
        )
    if len(usable) < FEWEST:
        return (
            f"only {len(usable)} of {len(runs)} runs have learnt anything ({measure} below "
            f"{LEARNT_NOTHING[measure]:g}); give more --minutes, or another --checkpoint"
        )
    return None


def on_the_same(runs: Sequence[Learnt]) -> list[Learnt]:
    """Return runs with the utterances that all of them heard: a file may go meanwhile."""
    heard = [{utterance.id for utterance in run.utterances} for run in runs if run.utterances]
    all_heard = set.intersection(*heard)
    return [
        changed(run, utterances=tuple(u for u in run.utterances if u.id in all_heard))
        for run in runs
    ]


def rate(run: Learnt, measure: Measure) -> Learnt:
    """Return a run with its rates, where it was scored."""
    if not run.utterances:
        return run
    all_of_it, counts = Score.of(run.utterances), _counts(run, measure)
    return changed(
        run,
        rate=all_of_it.counts(measure).rate,
        interval=interval(counts),
        wer=all_of_it.wer,
        cer=all_of_it.cer,
    )


def _counts(run: Learnt, measure: Measure) -> list[Counts]:
    return [utterance.counts(measure) for utterance in run.utterances]


def duration(hours: float) -> str:
    """Return hours for people."""
    return f"{hours:.3g} h" if hours >= 1 else f"{60 * hours:.3g} min"
