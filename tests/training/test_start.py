"""What a run starts from, in short."""

from dataclasses import replace

import pytest

from malgwi.errors import MalgwiError
from malgwi.training.config import TrainConfig
from malgwi.training.start import Start, usual_config


def test_what_is_told_replaces_the_usual_numbers() -> None:
    assert Start().config() == usual_config("starter") == TrainConfig.starter()
    assert Start("a").config() == usual_config("a") == TrainConfig()
    told = Start("a", "kor", 4, 1e-3).config()
    assert told == TrainConfig(language_adapter="kor", lora=4, learning_rate=1e-3)


def test_beside_lora_no_convolutions_are_trained() -> None:
    """Those of the starter are otherwise, which `malgwi train` refuses."""
    config = Start(lora=8).config()
    assert config == replace(TrainConfig.starter(), lora=8, freeze_cnn=True)
    with pytest.raises(MalgwiError, match="--lora: trains no convolutions"):
        replace(TrainConfig.starter(), lora=8)


def test_it_reads_as_it_was_typed() -> None:
    assert str(Start("a b:c")) == "a b:c"
    assert Start("a", "kor", 4, 0.001).flags == (
        "--language-adapter kor --lora 4 --learning-rate 0.001"
    )
    assert str(Start("a", lora=4)) == "a --lora 4"
    with pytest.raises(MalgwiError, match="--learning-rate: 2 is out of range"):
        Start(learning_rate=2).config()
