"""What more speech would bring: equal runs on growing shares of a data set, and their curve.

Every run makes the same steps, of the same size, from the same checkpoint, and is scored on the
validation split; so they differ by how much speech they learnt from. What a run of more steps would
come to isn't told: the order of the steps is that of short runs.
"""

import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

from malgwi.dataset.manifest import Dataset, Utterance, load_dataset
from malgwi.dataset.shares import first_share, in_fair_order, write_part
from malgwi.errors import MalgwiError
from malgwi.evaluation.evaluate import evaluate
from malgwi.evaluation.hours import Hours, draw
from malgwi.evaluation.learning_curve import Forecast
from malgwi.evaluation.more_speech import Learnt, More, duration, expect, on_the_same, rate
from malgwi.progress import clock, say
from malgwi.publish import publish_folder
from malgwi.speech.score import Measure, measure_for
from malgwi.training.batches import default_seconds
from malgwi.training.config import TrainConfig
from malgwi.training.outlook import Outlook, look_ahead
from malgwi.training.setup import start_processes
from malgwi.training.start import Start
from malgwi.training.train import train

FIGURES, PICTURE = "hours.json", "hours.png"
SHARES = (1 / 8, 1 / 4, 1 / 2, 1.0)
FEWEST_CLIPS, FEWEST_HEARD = 40, 10
"""Clips of the training and the validation split: below, an eighth and a rate say nothing."""
FEW_WORDS = 1000
"""Words of the validation split, below which letters are counted: one word more or less is much."""
_EVALUATIONS = 4
"""Of a run whose steps are given."""
_PART, _RUN = "part", "run"
"""Folders that a run works in."""


@dataclass(frozen=True)
class Plan:
    """What all runs have in common."""

    config: TrainConfig
    shares: Sequence[float]
    clips: int
    hours: float
    """Of the training split."""
    outlook: Outlook | None
    """Of one run, where it was tried out."""

    @property
    def seconds(self) -> float | None:
        """What all runs take, each scored once more at its end; None where nothing was tried."""
        if self.outlook is None:
            return None
        one = self.outlook
        each = one.seconds - one.cache_seconds + one.evaluation_seconds
        return one.cache_seconds + len(self.shares) * each

    def to_text(self) -> str:
        """Return it for people."""
        shares = ", ".join(_fraction(share) for share in self.shares)
        runs = (
            f"{len(self.shares)} runs of {self.config.max_steps} steps, on {shares} of "
            f"{self.clips} clips ({duration(self.hours)})"
        )
        if self.outlook is None:
            return runs
        return f"{runs}: about {clock(self.seconds or 0.0)}\n{self.outlook.to_text('a run')}"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "steps": self.config.max_steps,
            "shares": list(self.shares),
            "clips": self.clips,
            "hours": self.hours,
            "seconds": self.seconds,
            "run": None if self.outlook is None else self.outlook.to_json(),
        }


def plan_hours(
    dataset: Path,
    output: Path,
    *,
    start: Start | None = None,
    minutes: float = 40.0,
    steps: int | None = None,
    seed: int = 0,
) -> Plan:
    """Return what the runs will be, and what they will take, after a trial that leaves nothing.

    Args:
        dataset: a folder written by `malgwi prepare`.
        output: where it all will be.
        start: a hub id, a folder or `starter` (unless given), with what is told of it.
        minutes: of the steps and evaluations of all runs.
        steps: of each run, instead; then nothing is tried.
        seed: of the runs, and of which clips are in the shares.

    Raises:
        MalgwiError: the data set or the checkpoint can't be used, or holds too little.
    """
    if not 0 < minutes < math.inf:
        raise MalgwiError(f"--minutes {minutes:g}: expected more than 0")
    if steps is not None and steps < 1:
        raise MalgwiError(f"--steps {steps}: expected 1 or more")
    data = load_dataset(dataset)
    clips, heard = data.split("train"), data.split("valid")
    for split, found, fewest in (
        ("train", clips, FEWEST_CLIPS),
        ("valid", heard, FEWEST_HEARD),
    ):
        if len(found) < fewest:
            raise MalgwiError(
                f"{dataset}: the split {split!r} has {len(found)} clips, which say nothing of "
                f"more; expected {fewest} or more: record more, or cut long clips at their pauses"
            )
    start = start or Start()
    config = equal_config(clips, SHARES, start=start, seed=seed)
    outlook = None
    if steps is None:
        each = changed(config, fit_minutes=minutes / len(SHARES))
        outlook = look_ahead(dataset, output, each, checkpoint=start.checkpoint)
        steps = outlook.steps
        config = changed(config, eval_every=math.ceil(steps / outlook.evaluations))
    else:
        config = changed(config, eval_every=math.ceil(steps / _EVALUATIONS))
    config = changed(config, max_steps=steps)
    return Plan(config, SHARES, len(clips), _hours(clips), outlook)


def equal_config(
    clips: Sequence[Utterance], shares: Sequence[float], *, start: Start, seed: int
) -> TrainConfig:
    """Return the numbers that all runs share: steps of one size, which the least speech fills."""
    base = changed(start.config(), seed=seed, keep=1)
    accelerated = start_processes(base).device.type != "cpu"
    seconds = 3600 * _hours(clips)
    most = max(seconds * min(shares) / 2, 0.1)
    return changed(base, batch_seconds=min(default_seconds(seconds, accelerated), most))


def learn_hours(
    dataset: Path,
    output: Path,
    *,
    start: Start | None = None,
    minutes: float = 40.0,
    steps: int | None = None,
    more: float = 1.0,
    seed: int = 0,
    replace: bool = False,
) -> Hours:
    """Train on growing shares of the training split, and say what more speech would bring.

    Args:
        dataset: as `plan_hours` takes it, and so are the others.
        output: a folder for `hours.json` and `hours.png`.
        start: what every run starts from.
        minutes: of all runs.
        steps: of each run, instead.
        more: hours of speech that are thought of.
        seed: of the runs and the shares.
        replace: whether `output` may replace an earlier one.

    Raises:
        MalgwiError: the data set, the checkpoint or `output` can't be used. Single runs that
            fail are in `Learnt.failed`.
        KeyboardInterrupt: it was stopped before a run was done.
    """
    if not 0 < more < math.inf:
        raise MalgwiError(f"--more {more:g}: expected hours above 0")
    start = start or Start()
    with publish_folder(output, replace=replace) as folder:
        plan = plan_hours(dataset, output, start=start, minutes=minutes, steps=steps, seed=seed)
        say(plan.to_text())
        data = load_dataset(dataset)
        runs = learn_shares(data, folder, plan.config, plan.shares, checkpoint=start.checkpoint)
        found = tell(data, runs, plan.config, start=start, more=more)
        text = json.dumps(found.to_json(), indent=2, ensure_ascii=False)
        (folder / FIGURES).write_text(f"{text}\n", encoding="utf-8")
        draw(found, folder / PICTURE)
    return found


def learn_shares(
    data: Dataset,
    folder: Path,
    config: TrainConfig,
    shares: Sequence[float],
    *,
    checkpoint: str,
) -> list[Learnt]:
    """Train and score a run on each share, from the smallest; nothing of it stays in `folder`.

    Who stops it (Ctrl-C) gets those that are done.

    Args:
        data: its splits `train` and `valid` are used.
        folder: to work in.
        config: of all runs; its seed is that of the shares, too.
        shares: of the training split's seconds, growing.
        checkpoint: what every run starts from.

    Raises:
        MalgwiError: the checkpoint or the clips can't be used, or not one run could be scored.
        KeyboardInterrupt: it was stopped before a run was done.
    """
    ordered = in_fair_order(data.split("train"), seed=config.seed)
    runs: list[Learnt] = []
    took = 0.0
    for number, share in enumerate(shares, 1):
        clips = first_share(ordered, share)
        left = (
            f"; about {clock(took * (len(shares) - number + 1) / len(runs))} left" if runs else ""
        )
        say(
            f"run {number} of {len(shares)}: {len(clips)} of {len(ordered)} clips "
            f"({duration(_hours(clips))}){left}"
        )
        try:
            one, seconds, ended = _learn(data, clips, share, folder, config, checkpoint=checkpoint)
        except KeyboardInterrupt:
            if not runs:
                raise
            break  # what the others came to took minutes
        finally:
            for name in (_PART, _RUN, f"{_RUN}.cache"):
                shutil.rmtree(folder / name, ignore_errors=True)
        if ended:  # fewer steps than the others: not to be compared
            if not runs:
                raise KeyboardInterrupt
            break
        runs.append(one)
        took += seconds
    if all(run.failed for run in runs):
        raise MalgwiError(f"{data.folder}: no run could be scored; the first: {runs[0].failed}")
    return runs


def _learn(
    data: Dataset,
    clips: Sequence[Utterance],
    share: float,
    folder: Path,
    config: TrainConfig,
    *,
    checkpoint: str,
) -> tuple[Learnt, float, bool]:
    """Return what a run on some clips came to, its seconds, and whether the user has had enough."""
    part, run = folder / _PART, folder / _RUN
    write_part(data, (*clips, *data.split("valid")), part)
    facts: dict[str, Any] = {"share": share, "clips": len(clips), "hours": _hours(clips)}
    try:
        trained = train(part, run, config, checkpoint=checkpoint)
        used = [clip for clip in clips if clip.id not in trained.set_aside]
        facts |= {
            "clips": len(used),
            "hours": _hours(used),
            "best_step": trained.best_step,
            "passes": trained.audio_seconds / max(3600 * _hours(used), 1e-9),
        }
        if trained.stopped == "signal":
            return Learnt(**facts), trained.seconds, True
        results = evaluate(run, part, split="valid")
    except MalgwiError as error:
        reason = str(error).replace(str(part), str(data.folder)).replace(str(run), "the run")
        return Learnt(**facts, failed=reason), 0.0, False
    return Learnt(**facts, utterances=results.utterances), trained.seconds + results.seconds, False


def measure_of(utterances: Sequence[Utterance], data: Dataset) -> Measure:
    """Return what is counted: letters where words are few or spaces don't separate them."""
    texts = [utterance.text for utterance in utterances]
    if sum(len(text.split()) for text in texts) < FEW_WORDS:
        return "CER"
    return measure_for(texts, delimiter=data.vocab.delimiter is not None)


def tell(
    data: Dataset, runs: Sequence[Learnt], config: TrainConfig, *, start: Start, more: float
) -> Hours:
    """Return what runs say of more speech.

    Args:
        data: what they learnt from.
        runs: of `learn_shares`.
        config: what they had in common.
        start: what they started from.
        more: hours that are thought of.
    """
    measure = measure_of(data.split("valid"), data)
    rated = [rate(run, measure) for run in on_the_same(runs)]
    seen, further = None, more
    why_not: str | None = "it was stopped before the run on all clips was done"
    if rated[-1].share == 1.0:
        seen, further, why_not = expect(rated, measure, more)
    curve = () if seen is None else _along(seen)
    return Hours(
        dataset=str(data.folder),
        start=start,
        measure=measure,
        utterances=max(len(run.utterances) for run in rated),
        steps=config.max_steps or 0,
        seed=config.seed,
        voices=_voices(data),
        runs=rated,
        asked_hours=more,
        more=changed(curve[-1], hours=further) if curve else None,
        why_not=why_not,
        curve=curve,
    )


def _along(seen: Forecast) -> list[More]:
    bounds = zip(seen.hours, *seen.bounds(), strict=True)
    return [More(*(float(value) for value in one)) for one in bounds]


def _voices(data: Dataset) -> str:
    """Return whose speech more of the same would be."""
    learnt = {utterance.speaker for utterance in data.split("train")}
    heard = {utterance.speaker for utterance in data.split("valid")}
    if None in learnt | heard:
        return "of the same kind"
    one = len(learnt) == 1
    voices = "voice" if one else f"{len(learnt)} voices"
    if heard <= learnt:
        return f"of the same {voices} and {'room' if one else 'rooms'}"
    return f"of the same {voices}, which aren't those of the validation split,"


def _hours(utterances: Sequence[Utterance]) -> float:
    return sum(utterance.duration for utterance in utterances) / 3600


def _fraction(share: float) -> str:
    return "all" if share == 1 else f"1/{1 / share:g}"
