"""The command line is made from the configuration, and gives it again."""

import argparse
from dataclasses import fields, replace

import pytest

from malgwi.training.config import TrainConfig
from malgwi.training.flags import add_arguments, from_args, to_flags


def _parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


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
    adapted = from_args(_parse("--language-adapter", "auto", "--lora", "8"))
    assert (adapted.language_adapter, adapted.lora) == ("auto", 8)  # a name, whatever it is


def test_flags_change_only_what_they_name_in_a_recipe() -> None:
    config = from_args(_parse("--epochs", "3"), TrainConfig.tutorial())
    assert config == replace(TrainConfig.tutorial(), epochs=3.0)
    by_seconds = from_args(_parse("--batch-seconds", "20"), TrainConfig.tutorial())
    assert (by_seconds.batch_seconds, by_seconds.batch_clips) == (20.0, None)


@pytest.mark.parametrize(
    "config",
    [
        TrainConfig(),
        TrainConfig.starter(),
        TrainConfig.tutorial(),
        TrainConfig.student(),
        TrainConfig(keep=3),
        TrainConfig(language_adapter="azj-script_latin", adapters_only=True),
        TrainConfig(lora=8, lora_alpha=4.5),
    ],
)
def test_flags_give_the_configuration_again(config: TrainConfig) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert from_args(parser.parse_args(to_flags(config))) == config
