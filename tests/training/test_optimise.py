"""Learning rate, what is trained when, weight decay, averaged weights: by hand."""

import pytest
import torch

from malgwi.errors import MalgwiError
from malgwi.model.ctc_model import CtcModel
from malgwi.training.config import TrainConfig
from malgwi.training.optimise import (
    Average,
    adamw,
    learning_rate,
    precision,
    precision_name,
    trained_at,
    trains_cnn,
)
from tiny import tiny_model

CPU = torch.device("cpu")


def _model() -> CtcModel:
    return CtcModel(tiny_model(), blank=6)


def test_linear_schedule_by_hand() -> None:
    config = TrainConfig(learning_rate=1.0, warmup_steps=4)
    rates = [learning_rate(step, 8, config) for step in range(8)]
    assert rates == [0.25, 0.5, 0.75, 1.0, 1.0, 0.75, 0.5, 0.25]


def test_cosine_schedule_and_share_of_warm_up() -> None:
    config = TrainConfig(learning_rate=1.0, warmup_share=0.5, schedule="cosine")
    rates = [learning_rate(step, 8, config) for step in range(8)]
    assert rates[:5] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert rates[6] == pytest.approx(0.5)


def test_a_warm_up_longer_than_the_run() -> None:
    config = TrainConfig(learning_rate=1.0, warmup_steps=1000)
    assert learning_rate(9, 10, config) == 0.01


def test_what_is_trained_when() -> None:
    config = TrainConfig(head_first=0.2, unfreeze_cnn_after=0.5)
    phases = [trained_at(step, 10, config) for step in range(10)]
    assert phases == ["head"] * 2 + ["encoder"] * 3 + ["all"] * 5
    assert trained_at(0, 10, TrainConfig()) == "encoder"
    assert trained_at(0, 10, TrainConfig(freeze_cnn=False)) == "all"
    assert [trains_cnn(c) for c in (config, TrainConfig())] == [True, False]


def test_vectors_do_not_decay_and_convolutions_have_their_scale() -> None:
    model = _model()
    config = TrainConfig(weight_decay=0.1, cnn_learning_rate_scale=0.5, freeze_cnn=False)
    optimizer = adamw(model, config, CPU)
    in_cnn = {id(p) for p in model.cnn.parameters()}
    seen = 0
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            seen += 1
            assert group["weight_decay"] == (0.1 if parameter.ndim > 1 else 0.0)
            assert group["scale"] == (0.5 if id(parameter) in in_cnn else 1.0)
    assert seen == len(list(model.parameters()))


def test_frozen_weights_are_left_out() -> None:
    model = _model()
    model.cnn.requires_grad_(False)
    held = {id(p) for g in adamw(model, TrainConfig(), CPU).param_groups for p in g["params"]}
    assert held.isdisjoint(id(p) for p in model.cnn.parameters())


def test_the_average_by_hand() -> None:
    model = _model()
    weight = model.model.lm_head.bias
    with torch.no_grad():
        weight.fill_(0.0)
    average = Average(model, 0.5)
    with torch.no_grad():
        weight.fill_(1.0)
    average.update(0)  # the first decay is 1/10
    assert average.average["model.lm_head.bias"].tolist() == pytest.approx([0.9] * 7)
    average.update(1000)  # then 0.5
    with average.applied():
        assert model.model.lm_head.bias.tolist() == pytest.approx([0.95] * 7)
    assert model.model.lm_head.bias.tolist() == [1.0] * 7


def test_precision() -> None:
    assert precision(TrainConfig(precision="bf16"), CPU) is torch.bfloat16
    assert precision(TrainConfig(precision="fp32"), CPU) is None
    assert precision(TrainConfig(), CPU) in (None, torch.bfloat16)
    with pytest.raises(MalgwiError, match="--precision: fp16 can't be trained on a CPU"):
        precision(TrainConfig(precision="fp16"), CPU)
    assert [precision_name(d) for d in (None, torch.bfloat16)] == ["fp32", "bf16"]
