"""Dropout that a CPU draws quickly.

On a CPU torch draws one number after the other for `nn.Dropout`, on one thread: on two cores that
was a third of a training step of the starter. Sixteen random bits a value are plenty, and torch's
generator gives 64 at a time; what is drawn is still part of its random state, so a resumed run
drops what it would have dropped.
"""

import torch
from torch import Tensor, nn

_LEVELS = 1 << 16


class CpuDropout(nn.Module):
    """`nn.Dropout` (Srivastava et al. 2014), its probability rounded to 1/65,536."""

    def __init__(self, p: float) -> None:
        """`p` is the chance that a value is set to zero, at least 0 and below 1."""
        super().__init__()
        self.p = p
        self._dropped = round(p * _LEVELS)

    def forward(self, hidden: Tensor) -> Tensor:
        """Return values zeroed at random and the others scaled up; all as they are in eval mode."""
        if not self.training or self._dropped == 0:
            return hidden
        count = hidden.numel()
        words = torch.empty((count + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
        drawn = words.view(torch.int16)[:count].view(hidden.shape)
        kept = (drawn >= self._dropped - _LEVELS // 2).to(hidden.dtype)
        return hidden * kept.mul_(_LEVELS / (_LEVELS - self._dropped))


def use_cpu_dropout(model: nn.Module) -> None:
    """Put `CpuDropout` in the place of every `nn.Dropout` of a model that trains on a CPU."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if type(child) is nn.Dropout:
                setattr(module, name, CpuDropout(child.p).train(child.training))
