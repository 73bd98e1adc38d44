"""Train a few steps and keep the first step's gradients; started alone and by accelerate.

python one_gradient.py DATA CHECKPOINT RUN GRADIENTS
"""

import sys
from pathlib import Path
from typing import Any

import torch

import malgwi.training.train
from malgwi.model.ctc_model import CtcModel
from malgwi.training.config import TrainConfig
from tiny import NO_DROPOUT

CONFIG = TrainConfig(
    max_steps=3,
    eval_every=2,
    batch_clips=5,
    precision="fp32",
    **NO_DROPOUT,
)


def main() -> None:
    """Write the gradients of the first step, as the optimizer sees them, to the last argument."""
    data, checkpoint, run, gradients = sys.argv[1:]
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

    CtcModel.forward = remembered  # type: ignore[method-assign]
    torch.nn.utils.clip_grad_norm_ = noted  # type: ignore[assignment]
    result = malgwi.training.train.train(
        Path(data), Path(run), CONFIG, checkpoint=checkpoint, quiet=True
    )
    torch.save({"gradients": kept, "steps": result.steps, "wer": result.best_wer}, gradients)


if __name__ == "__main__":
    main()
