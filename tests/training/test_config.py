"""The configuration checks itself, and the command line is made from it."""

import argparse
import json
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest

from malgwi.errors import MalgwiError
from malgwi.training.config import (
    TRAIN,
    TrainConfig,
    config_from_dict,
    differences,
    read_config,
)
from malgwi.training.flags import add_arguments, from_args, to_flags


def _parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


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


def test_auto_leaves_the_choice_open(capsys: pytest.CaptureFixture[str]) -> None:
    """It also takes back what a recipe says: batches of 32 clips."""
    config = from_args(_parse("--batch-seconds", "auto"), TrainConfig.tutorial())
    assert (config.batch_seconds, config.batch_clips) == (None, None)
    assert from_args(_parse("--warmup-steps", "auto"), TrainConfig.tutorial()).warmup_steps is None
    for words in (("--epochs", "auto"), ("--batch-seconds", "some")):
        with pytest.raises(SystemExit):
            _parse(*words)
        assert f"{words[0]}: invalid float value: '{words[1]}'" in capsys.readouterr().err


def test_every_field_has_a_flag_and_an_explanation() -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    helps = {action.dest: action.help for action in parser._actions}
    for field in fields(TrainConfig):
        assert helps[field.name], field.name
    assert "Peak learning rate of AdamW. (default: 0.0003)" in parser.format_help().replace(
        "\n", " "
    ).replace("  ", "") or "Peak learning rate" in str(helps["learning_rate"])


def test_flags_become_fields_of_their_type() -> None:
    config = from_args(_parse("--epochs", "2.5", "--seed", "7", "--no-freeze-cnn", "--patience=3"))
    assert (config.epochs, config.seed, config.freeze_cnn, config.patience) == (2.5, 7, False, 3)
    assert from_args(_parse()) == TrainConfig()


def test_flags_change_only_what_they_name_in_a_recipe() -> None:
    config = from_args(_parse("--epochs", "3"), TrainConfig.tutorial())
    assert config == replace(TrainConfig.tutorial(), epochs=3.0)
    by_seconds = from_args(_parse("--batch-seconds", "20"), TrainConfig.tutorial())
    assert (by_seconds.batch_seconds, by_seconds.batch_clips) == (20.0, None)


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


@pytest.mark.parametrize(
    "config", [TrainConfig(), TrainConfig.starter(), TrainConfig.tutorial(), TrainConfig(keep=3)]
)
def test_flags_give_the_configuration_again(config: TrainConfig) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert from_args(parser.parse_args(to_flags(config))) == config
