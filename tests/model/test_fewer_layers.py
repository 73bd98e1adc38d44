"""Which layers stay, and that what is left is a checkpoint that plain transformers load."""

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from malgwi.model.checkpoint import load_checkpoint, save_checkpoint
from malgwi.model.families import logits_of
from malgwi.model.fewer_layers import keep_layers, kept_layers, layer_count
from tiny import FAMILIES, tiny_checkpoint


@pytest.mark.parametrize(
    ("there", "wanted", "kept"),
    [
        (8, 4, [0, 2, 5, 7]),
        (12, 6, [0, 2, 4, 7, 9, 11]),
        (24, 2, [0, 23]),
        (5, 4, [0, 1, 3, 4]),
        (3, 1, [0]),
        (2, 2, [0, 1]),
    ],
)
def test_the_first_the_last_and_evenly_between(there: int, wanted: int, kept: list[int]) -> None:
    assert kept_layers(there, wanted) == kept


@pytest.mark.parametrize(
    ("family", "layers"),
    [(name, "encoder.layers.{}.") for name in (*FAMILIES, "sew", "conformer-relative", "bert")]
    + [("sew-d", "encoder.encoder.layer.{}."), ("omniasr", "audio_tower.layers.{}.")],
)
def test_plain_transformers_load_it_with_the_weights_it_had(
    family: str, layers: str, tmp_path: Path
) -> None:
    place = tiny_checkpoint(tmp_path / "whole", family, num_hidden_layers=3)
    whole = load_checkpoint(place).model.state_dict()
    checkpoint = load_checkpoint(place)
    keep_layers(checkpoint, 2)
    assert layer_count(checkpoint) == 2
    save_checkpoint(tmp_path, checkpoint)
    plain: Any
    plain, info = getattr(transformers, type(checkpoint.model).__name__).from_pretrained(
        tmp_path, output_loading_info=True
    )
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    for name, weight in plain.eval().state_dict().items():
        before = name.replace(layers.format(1), layers.format(2))
        assert torch.equal(weight, whole[before]), name
    samples = torch.randn(1, 4000)
    with torch.inference_mode():
        one, other = logits_of(plain, samples), logits_of(checkpoint.model, samples)
    torch.testing.assert_close(one, other)
