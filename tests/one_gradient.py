"""Train a few steps and keep the first step's gradients; called, and started by torchrun.

python one_gradient.py DATA CHECKPOINT RUN GRADIENTS FROZEN_LAYERS
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from malgwi.model.ctc_model import CtcModel
from malgwi.training import run_folder
from malgwi.training.config import TrainConfig
from malgwi.training.train import train
from tiny import NO_DROPOUT

CONFIG = TrainConfig(
    max_steps=3,
    eval_every=2,
    batch_clips=5,
    precision="fp32",
    **NO_DROPOUT,
)


def first_gradients(data: Path, checkpoint: Path, run: Path, frozen_layers: int) -> dict[str, Any]:
    """Return the gradients of the first step, as the optimizer sees them, and how the run ended."""
    kept: dict[str, torch.Tensor] = {}
    models: list[CtcModel] = []
    forward, clip = CtcModel.forward, torch.nn.utils.clip_grad_norm_

    def remembered(self: CtcModel, *args: Any, **inputs: Any) -> Any:
        models[:] = [self]
        return forward(self, *args, **inputs)

    def noted(parameters: Any, largest: float) -> torch.Tensor:
        if not kept:
            named = models[0].named_parameters()
            kept.update({n: p.grad.clone() for n, p in named if p.grad is not None})
        return clip(parameters, largest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CtcModel, "forward", remembered)
        patch.setattr(torch.nn.utils, "clip_grad_norm_", noted)
        patch.setattr(run_folder, "draw_curve", lambda *_: None)
        config = replace(CONFIG, freeze_layers=frozen_layers)
        result = train(data, run, config, checkpoint=str(checkpoint), quiet=True)
    return {"gradients": kept, "steps": result.steps, "wer": result.best_wer}


if __name__ == "__main__":
    data, checkpoint, run = map(Path, sys.argv[1:4])
    torch.save(first_gradients(data, checkpoint, run, int(sys.argv[5])), sys.argv[4])
