"""What a run takes along where its precision is another."""

from dataclasses import replace
from typing import Any, cast

import torch

from malgwi.model.ctc_model import CtcModel
from malgwi.training.config import TrainConfig
from malgwi.training.learner import Learner
from malgwi.training.optimise import adamw
from tiny import tiny_model

CPU = torch.device("cpu")


def test_a_run_goes_on_where_its_precision_is_another() -> None:
    """Begun in fp32 or bf16, it goes on on an older GPU, whose fp16 scales the loss."""
    ctc = CtcModel(tiny_model(), blank=6)
    begun = Learner(
        ctc=ctc,
        wrapped=ctc,
        optimizer=adamw(ctc, TrainConfig(), CPU),
        scaler=torch.amp.GradScaler("cpu", enabled=False),
        average=None,
        accelerator=cast("Any", None),
    )
    half = replace(begun, scaler=torch.amp.GradScaler("cpu"))
    half.go_on(begun.tensors())
    assert half.scaler.get_scale() == 65_536  # torch's first
    found = replace(begun, scaler=torch.amp.GradScaler("cpu", init_scale=512.0))
    half.go_on(found.tensors())
    assert half.scaler.get_scale() == 512
    begun.go_on(found.tensors())  # and back
    assert begun.scaler.get_scale() == 1
