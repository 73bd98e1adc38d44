"""How many steps a run has: all of its passes, or those that fit into the minutes given."""

import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from accelerate.utils import gather_object

from malgwi.progress import say
from malgwi.speech.vocab import Vocab
from malgwi.training.clips import Clip, FeatureSource
from malgwi.training.config import TRAIN, TrainConfig
from malgwi.training.learner import Learner
from malgwi.training.optimise import trained_at, trains_cnn
from malgwi.training.sparing import gradients_that_fit
from malgwi.training.state import Position
from malgwi.training.step_inputs import Step, StepInputs
from malgwi.training.usable_clips import UsableClips
from malgwi.training.validate import validate

EVALUATIONS, FARTHEST = 20, 500
"""Evaluations of a run unless asked otherwise, and the most steps between two."""
_FOR_EVALUATIONS = 0.2
"""Of the time of a run that is to fit, unless asked otherwise."""
_FOR_TRYING = 0.05
_FEWEST_TRIED, _MOST_TRIED = 3, 30
_HEARD_S = 60.0
"""Of the validation split, for the time of an evaluation."""


@dataclass(frozen=True)
class Plan:
    """Where a run ends, and how often it is scored on the way."""

    steps: int
    eval_every: int


@dataclass(frozen=True)
class Pace:
    """What a machine takes, in seconds."""

    step: float
    evaluation: float


@dataclass(frozen=True)
class Trial:
    """What is tried to know the pace."""

    steps: Sequence[Step]
    heard: Sequence[Clip]
    """Of the validation split."""


def full_plan(config: TrainConfig, steps: int) -> Plan:
    """Return the plan of a run of so many steps."""
    return Plan(steps, config.eval_every or min(math.ceil(steps / EVALUATIONS), FARTHEST))


def plan_within(seconds: float, pace: Pace, config: TrainConfig, most: int) -> Plan:
    """Return the longest plan, of at most `most` steps, that takes no more than `seconds`.

    It has at least one step, and an evaluation at its end. Evaluations are farther apart than
    `FARTHEST` where so many would take more than their share of the time.
    """
    if config.eval_every is not None:
        a_step = pace.step + pace.evaluation / config.eval_every
        return Plan(_within(seconds - pace.evaluation, a_step, most), config.eval_every)
    affordable = max(int(_FOR_EVALUATIONS * seconds / max(pace.evaluation, 1e-9)), 1)
    wanted = max(EVALUATIONS, math.ceil(_within(seconds, pace.step, most) / FARTHEST))
    evaluations = min(wanted, affordable)
    steps = _within(seconds - evaluations * pace.evaluation, pace.step, most)
    if evaluations == wanted:
        return full_plan(config, steps)
    return Plan(steps, math.ceil(steps / evaluations))


def saved_plan(run: Path) -> Plan:
    """Return the plan of a run that is there, so that it goes on to the same end."""
    found = json.loads((run / TRAIN).read_text(encoding="utf-8"))
    return Plan(found["figures"]["total_steps"], found["facts"]["eval_every"])


def fitted_plan(
    config: TrainConfig,
    learner: Learner,
    inputs: StepInputs,
    splits: UsableClips,
    vocab: Vocab,
    *,
    position: Position,
) -> Plan:
    """Try some steps, and return the plan that fits into `config.fit_minutes` with the trial.

    The trial changes nothing: its learning rate is 0, the moments that it leaves are dropped, and
    the dropout of a run is seeded after it.
    """
    assert config.fit_minutes is not None  # noqa: S101 - else there is nothing to fit
    seconds = 60 * config.fit_minutes
    begun = time.perf_counter()
    trial = Trial(typical_steps(inputs, splits.train, _MOST_TRIED), sample(splits.valid))
    pace = try_pace(
        learner,
        inputs,
        trial,
        splits,
        vocab=vocab,
        config=config,
        position=position,
        patience=_FOR_TRYING * seconds,
    )
    left = seconds - (time.perf_counter() - begun)
    plan = plan_within(left, pace, config, inputs.total)
    if learner.accelerator.num_processes > 1:
        plan = gather_object([plan])[0]
    share = "all" if plan.steps == inputs.total else f"{plan.steps} of"
    say(
        f"--fit-minutes {config.fit_minutes:g}: {share} {inputs.total} steps, at {pace.step:.2g} s "
        f"a step and {pace.evaluation:.2g} s an evaluation"
    )
    return plan


def _within(seconds: float, a_step: float, most: int) -> int:
    return min(max(int(seconds / max(a_step, 1e-9)), 1), most)


def try_pace(
    learner: Learner,
    inputs: StepInputs,
    trial: Trial,
    splits: UsableClips,
    *,
    vocab: Vocab,
    config: TrainConfig,
    position: Position,
    patience: float,
) -> Pace:
    """Return what a step and an evaluation take; the learner is as it was before.

    Args:
        learner: as it is before its first step.
        inputs: what the steps of the trial are fed.
        trial: what is tried.
        splits: all that is evaluated, and its features.
        vocab: what the tokens are.
        config: what the steps train.
        position: remembers what they asked of memory.
        patience: seconds for the steps.
    """
    scaler = learner.scaler.state_dict()
    step = _try_steps(
        learner, inputs, trial.steps, config=config, position=position, patience=patience
    )
    learner.optimizer.state.clear()
    learner.scaler.load_state_dict(scaler)
    source = splits.valid_source
    if trains_cnn(config):  # as it is once these are trained
        source = FeatureSource(source.extractor, waveforms=source.waveforms)
    begun = time.perf_counter()
    validate(learner.ctc, trial.heard, source, vocab, learner.accelerator, interrupted=_never)
    share = _seconds(splits.valid) / _seconds(trial.heard)
    return Pace(step, (time.perf_counter() - begun) * share)


def _never() -> bool:
    return False


def _seconds(clips: Sequence[Clip]) -> float:
    return sum(clip.seconds for clip in clips)


def _try_steps(
    learner: Learner,
    inputs: StepInputs,
    steps: Sequence[Step],
    *,
    config: TrainConfig,
    position: Position,
    patience: float,
) -> float:
    """Return the seconds of a step in the mean, the first aside."""
    accelerator = learner.accelerator
    times: list[float] = []
    begun = time.perf_counter()
    for number, (step, fed) in enumerate(inputs.prepared(steps)):
        trained = trained_at(step.number, inputs.total, config)
        output = gradients_that_fit(
            learner, step, fed, trained=trained, config=config, position=position
        )
        learner.step(step, fed, output, rate=0.0, largest=config.gradient_clip)
        if accelerator.device.type == "cuda":
            torch.cuda.synchronize()
        took = time.perf_counter() - begun
        if number > 0:  # the first one gets libraries ready
            times.append(took)
        begun += took
        over = len(times) >= _FEWEST_TRIED and sum(times) >= patience
        if accelerator.num_processes > 1:
            over = max(gather_object([over]))
        if over:
            break
    return float(np.mean(times))


def typical_steps(inputs: StepInputs, clips: Sequence[Clip], many: int) -> list[Step]:
    """Return steps whose mean size is about that of all, however many of them are taken.

    The first is one more, to get libraries ready.
    """

    def size(step: Step) -> int:
        return len(step.batch) * max(clips[index].frames for index in step.batch)

    sized = sorted(inputs.steps(0), key=size)
    some = [sized[int((n + 0.5) * len(sized) / many)] for n in range(many)]
    order = np.random.default_rng(0).permutation(many).tolist()
    return [some[len(some) // 2], *(some[place] for place in order)]


def sample(clips: Sequence[Clip]) -> Sequence[Clip]:
    """Return about a minute of clips, of all lengths."""
    return clips[:: max(math.ceil(_seconds(clips) / _HEARD_S), 1)]
