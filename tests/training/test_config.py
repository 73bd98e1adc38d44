"""The configuration checks itself, and is read as it was written."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from malgwi.errors import MalgwiError
from malgwi.training.config import (
    TRAIN,
    TrainConfig,
    config_from_dict,
    differences,
    read_config,
)


def test_the_tutorials_numbers() -> None:
    config = TrainConfig.tutorial()
    assert (config.batch_clips, config.epochs, config.learning_rate) == (32, 30, 1e-4)
    assert (config.weight_decay, config.warmup_steps, config.eval_every) == (0.005, 1000, 500)
    assert (config.keep, config.schedule) == (2, "linear")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("epochs", 0, "--epochs: 0 is out of range; give a value between 0.01 and 100000"),
        ("batch_clips", -1, "--batch-clips: -1 is out of range"),
        ("learning_rate", 3.0, "--learning-rate: 3 is out of range; give a value between 0 and 1"),
        ("ema", 1.0, "--ema: 1 is out of range"),
        ("max_steps", 0, "--max-steps: 0 is out of range; give a value at least 1"),
        ("fit_minutes", float("inf"), "--fit-minutes: inf is out of range; give a value between 0"),
        ("layerdrop", float("nan"), "--layerdrop: nan is out of range"),
        ("precision", "fp8", "--precision: 'fp8' is unknown; give one of auto, fp32, bf16, fp16"),
    ],
)
def test_a_bad_value_is_named(field: str, value: object, message: str) -> None:
    with pytest.raises(MalgwiError, match="^" + message.replace("(", r"\(")):
        TrainConfig(**{field: value})  # type: ignore[arg-type]


def test_flags_that_exclude_each_other() -> None:
    with pytest.raises(MalgwiError, match="--batch-clips and --batch-seconds"):
        TrainConfig(batch_clips=8, batch_seconds=20)
    with pytest.raises(MalgwiError, match="--unfreeze-cnn-after: makes no sense"):
        TrainConfig(freeze_cnn=False, unfreeze_cnn_after=0.5)


@pytest.mark.parametrize(
    ("others", "message"),
    [
        (
            {"freeze_cnn": False},
            "--freeze-layers 4: leaves the convolutions as they are, too; give --freeze-cnn",
        ),
        ({"unfreeze_cnn_after": 0.5}, "and no --unfreeze-cnn-after, or leave it out"),
        ({"lora": 8}, "--freeze-layers 4 and --lora: give only one of them"),
        ({"adapters_only": True}, "--freeze-layers 4 and --adapters-only: give only one of them"),
        (
            {"feat_proj_dropout": 0.1},
            "--feat-proj-dropout: 0.1 would be below the frozen layers, where nothing is dropped",
        ),
        ({"freeze_layers": -1}, "--freeze-layers: -1 is out of range"),
    ],
)
def test_what_frozen_layers_exclude(others: dict[str, Any], message: str) -> None:
    with pytest.raises(MalgwiError, match=message):
        TrainConfig(**({"freeze_layers": 4} | others))


def test_what_goes_with_frozen_layers() -> None:
    """Also what would do nothing anyway, as 0 for a dropout that isn't there elsewhere."""
    TrainConfig(freeze_layers=4, feat_proj_dropout=0.0, head_first=0.1, augment_speed=0.1)
    TrainConfig(freeze_layers=4, adapters_only=False, hidden_dropout=0.1, mask_feature_prob=0.1)
    with pytest.raises(MalgwiError, match="the recipe starter has --no-freeze-cnn"):
        replace(TrainConfig.starter(), freeze_layers=4)


def test_saved_and_read_again(tmp_path: Path) -> None:
    config = TrainConfig(epochs=3, ema=0.99, unfreeze_cnn_after=0.5)
    (tmp_path / TRAIN).write_text(json.dumps({"config": asdict(config)}))
    assert read_config(tmp_path) == config


def test_a_missing_or_damaged_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(MalgwiError, match="no run to resume; start it without --resume"):
        read_config(tmp_path)
    (tmp_path / TRAIN).write_text("{")
    with pytest.raises(MalgwiError, match="not readable"):
        read_config(tmp_path)
    with pytest.raises(MalgwiError, match="unknown setting 'colour'"):
        config_from_dict({"colour": 1})


def test_what_may_not_change_on_resume() -> None:
    saved = TrainConfig()
    assert differences(saved, replace(saved, max_minutes=5.0, keep=3)) == []
    assert differences(saved, replace(saved, seed=1)) == ["--seed: the run has 0, given 1"]
