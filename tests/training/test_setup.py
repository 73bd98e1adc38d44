"""What a run says of its checkpoint and its options before it trains."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import malgwi.training.setup
from malgwi.model.checkpoint import load_checkpoint
from malgwi.training.config import TrainConfig
from malgwi.training.train import train
from tiny import tiny_checkpoint, tiny_setup

CONFIG = TrainConfig(max_steps=1, batch_seconds=4, precision="fp32")


def test_what_cannot_be_exported_is_said_before_the_training(
    data: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = load_checkpoint(checkpoint).weights
    said: list[str] = []
    monkeypatch.setattr(malgwi.training.setup, "say", said.append)
    for most, expected in ((weights, 0), (weights - 1, 1)):
        monkeypatch.setattr("malgwi.model.checkpoint.MOST_EXPORTED", most)
        train(data, tmp_path / str(expected), CONFIG, checkpoint=checkpoint, quiet=True)
        assert sum("trained and evaluated, but not exported" in line for line in said) == expected


@pytest.mark.parametrize(("head", "said_so"), [(True, 1), (False, 0)])
def test_a_trained_head_that_nothing_spells_is_named(
    head: bool, said_so: int, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a checkpoint of the Trainer, which has no tokenizer; a pre-trained one has no head."""
    folder = tiny_checkpoint(tmp_path / "checkpoint-500")
    if not head:
        model: Any = load_checkpoint(folder).model
        model.wav2vec2.save_pretrained(folder)
    (folder / "vocab.json").unlink()
    said: list[str] = []
    monkeypatch.setattr(malgwi.training.setup, "say", said.append)
    setup = tiny_setup(CONFIG, data, str(folder), tmp_path / "run")
    assert setup.record.facts["known_tokens"] == 0
    assert (
        sum("its head is trained, but nothing beside it says" in line for line in said) == said_so
    )


@pytest.mark.parametrize(("normalised", "said_so"), [(True, 1), (False, 0)])
def test_loudness_that_is_undone_is_named(
    normalised: bool, said_so: int, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where clips are normalised their features stay the same, to half precision."""
    folder = tiny_checkpoint(tmp_path / "checkpoint")
    about = json.loads((folder / "preprocessor_config.json").read_text())
    about["do_normalize"] = normalised
    (folder / "preprocessor_config.json").write_text(json.dumps(about))
    said: list[str] = []
    monkeypatch.setattr(malgwi.training.setup, "say", said.append)
    config = replace(CONFIG, augment_gain_db=12.0)
    setup = tiny_setup(config, data, str(folder), tmp_path / "run")
    assert sum(line.startswith("--augment-gain-db 12: ") for line in said) == said_so
    if normalised:
        plain = tiny_setup(
            replace(config, augment_gain_db=0.0), data, str(folder), tmp_path / "run"
        )
        louder, same = (
            one.inputs.inputs(next(one.inputs.steps(0))).forward["features"].float()
            for one in (setup, plain)
        )
        assert torch.allclose(louder, same, rtol=0, atol=2e-3)
