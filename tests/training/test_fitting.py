"""Runs that fit into the minutes given."""

import hashlib
import time
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch

from malgwi.training import fitting
from malgwi.training.config import TrainConfig
from malgwi.training.fitting import Pace, Plan, full_plan, plan_within
from malgwi.training.log import read_metrics
from malgwi.training.train import train
from tiny import tiny_checkpoint, tiny_dataset

CONFIG = TrainConfig(
    epochs=20, batch_seconds=4, learning_rate=3e-3, precision="fp32", ema=0.9, hidden_dropout=0.1
)


def test_without_a_limit_all_steps_are_made() -> None:
    assert full_plan(TrainConfig(), 1000) == Plan(1000, 50)
    assert full_plan(TrainConfig(), 7) == Plan(7, 1)
    assert full_plan(TrainConfig(), 100_000) == Plan(100_000, 500)
    assert full_plan(TrainConfig(eval_every=3), 1000) == Plan(1000, 3)


def test_what_fits() -> None:
    """Of 600 s, 20 evaluations of 2 s leave 560, which are 1,120 steps of half a second."""
    pace = Pace(step=0.5, evaluation=2.0)
    assert plan_within(600, pace, TrainConfig(), 9999) == Plan(1120, 56)
    assert plan_within(600, pace, TrainConfig(), 1000) == Plan(1000, 50)
    # A fifth of the time, for evaluations of 30 s, is 4 of them: 480 s are left.
    assert plan_within(600, Pace(0.5, 30.0), TrainConfig(), 9999) == Plan(960, 240)
    # One at the end (2 s), and of 598 s each step takes 0.5 + 2 / 100.
    assert plan_within(600, pace, TrainConfig(eval_every=100), 9999) == Plan(1150, 100)
    assert plan_within(600, Pace(0.5, 0.0), TrainConfig(), 9999) == Plan(1200, 60)


def test_many_quick_steps_have_as_many_evaluations_as_there_is_time_for() -> None:
    """36,000 steps of a tenth of a second are an hour; 500 apart, they would have 72 evaluations.

    All of 2 s are 144 s, and leave 34,560 steps. Of 60 s a fifth of the hour is 12, which are
    farther apart; at 500 they would take 58 minutes more.
    """
    assert plan_within(3600, Pace(0.1, 2.0), TrainConfig(), 99_999) == Plan(34_560, 500)
    assert plan_within(3600, Pace(0.1, 60.0), TrainConfig(), 99_999) == Plan(28_800, 2400)


def test_there_is_a_step_even_where_none_fits() -> None:
    for seconds in (-5.0, 0.0, 0.1):
        assert plan_within(seconds, Pace(1.0, 20.0), TrainConfig(), 9999) == Plan(1, 1)


def test_the_trial_changes_nothing_and_a_resumed_run_ends_at_the_same_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that moves a second whenever it is read: a step takes one, an evaluation too.

    Of 36 s 4 are gone for steps (one to get ready, 3 to count), 1 for an evaluation, and the clock
    was read 3 times besides: of the 28 that are left a fifth, 5, goes to evaluations, 23 to steps.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    data = tiny_dataset(tmp_path / "data")
    checkpoint = str(tiny_checkpoint(tmp_path / "checkpoint"))
    clock = count()
    monkeypatch.setattr(time, "perf_counter", lambda: float(next(clock)))
    fits = replace(CONFIG, fit_minutes=0.6)
    fitted = train(data, tmp_path / "fits", fits, checkpoint=checkpoint, quiet=True)
    assert fitted.stopped == "finished"
    assert fitted.steps == fitted.total_steps == 23
    assert _evaluated(tmp_path / "fits") == [5, 10, 15, 20, 23]
    known = replace(CONFIG, max_steps=23, eval_every=5)
    train(data, tmp_path / "known", known, checkpoint=checkpoint)
    assert _weights(tmp_path / "fits") == _weights(tmp_path / "known")

    stopped = replace(fits, max_minutes=0.0)
    run = tmp_path / "stopped"
    train(data, run, stopped, checkpoint=checkpoint, quiet=True)
    monkeypatch.setattr(fitting, "fitted_plan", None)
    again = train(data, run, fits, checkpoint="", resume=True, quiet=True)
    assert again.total_steps == again.steps
    assert _weights(run) == _weights(tmp_path / "fits")
    torch.set_num_threads(before)


def _weights(run: Path) -> str:
    return hashlib.sha256((run / "model.safetensors").read_bytes()).hexdigest()


def _evaluated(run: Path) -> list[Any]:
    return [row["step"] for row in read_metrics(run / "metrics.jsonl") if "wer" in row]
