"""How weights change: precision, what is trained when, learning rate, AdamW, averaged weights."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from malgwi.errors import MalgwiError
from malgwi.model.ctc_model import CtcModel, Trained
from malgwi.training.config import TrainConfig

PRECISIONS = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}
"""Names of autocast's types; None is no autocast."""


def precision(config: TrainConfig, device: torch.device) -> torch.dtype | None:
    """Return the type of autocast in training steps; None for fp32.

    Raises:
        MalgwiError: half precision was asked for on a CPU, which can't scale its gradients.
    """
    if config.precision == "auto":
        return _fast_precision(device)
    if config.precision == "fp16" and device.type == "cpu":
        raise MalgwiError("--precision: fp16 can't be trained on a CPU; give bf16 or fp32")
    return PRECISIONS[config.precision]


def _fast_precision(device: torch.device) -> torch.dtype | None:
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.get_device_capability(device)[0] >= 8 else torch.float16
    if device.type == "cpu":
        checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        if any(getattr(torch.cpu, check, lambda: False)() for check in checks):
            return torch.bfloat16
    return None


def precision_name(dtype: torch.dtype | None) -> str:
    """Return `fp32`, `bf16` or `fp16`."""
    return next(name for name, known in PRECISIONS.items() if known is dtype)


def trained_at(step: int, total: int, config: TrainConfig) -> Trained:
    """Return what step `step` (0 to total - 1) changes."""
    if step < config.head_first * total:
        return "head"
    late = config.unfreeze_cnn_after is not None and step >= config.unfreeze_cnn_after * total
    return "all" if late or not config.freeze_cnn else "encoder"


def trains_cnn(config: TrainConfig) -> bool:
    """Return whether any step may change the convolutions."""
    return not config.freeze_cnn or config.unfreeze_cnn_after is not None


def learning_rate(step: int, total: int, config: TrainConfig) -> float:
    """Return the rate of step `step` (0 to total - 1): linear warm-up, then decay to 0."""
    warmup = config.warmup_steps
    if warmup is None:
        warmup = round(config.warmup_share * total)
    if step < warmup:
        return config.learning_rate * (step + 1) / warmup
    rest = min((total - step) / max(total - warmup, 1), 1.0)
    if config.schedule == "cosine":
        rest = 0.5 * (1 - math.cos(math.pi * rest))
    return config.learning_rate * rest


def adamw(model: CtcModel, config: TrainConfig, device: torch.device) -> torch.optim.AdamW:
    """Return AdamW (Loshchilov and Hutter 2019) over the weights that may change.

    Vectors (biases, norms) don't decay; each group's `scale` multiplies the learning rate.
    """
    in_cnn = {id(p) for p in model.cnn.parameters()}
    groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
    for parameter in model.parameters():
        if parameter.requires_grad:
            groups.setdefault((id(parameter) in in_cnn, parameter.ndim > 1), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "weight_decay": config.weight_decay if decays else 0.0,
                "scale": config.cnn_learning_rate_scale if cnn else 1.0,
            }
            for (cnn, decays), parameters in groups.items()
        ],
        lr=config.learning_rate,
        fused=device.type in ("cpu", "cuda"),
    )


class Average:
    """A running average of the trained weights (Polyak and Juditsky 1992).

    It forgets faster in the first steps, so that it doesn't keep the weights of the start.
    """

    def __init__(self, model: CtcModel, decay: float) -> None:
        """Start with the weights as they are."""
        self._decay = decay
        self._weights = {n: p for n, p in model.named_parameters() if p.requires_grad}
        self.average = {n: p.detach().clone() for n, p in self._weights.items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after step `step`, counted from 0."""
        decay = min(self._decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(
            list(self.average.values()), [w.data for w in self._weights.values()], 1 - decay
        )

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Exchange the weights for their average, and back."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    def _exchange(self) -> None:
        for name, weight in self._weights.items():
            weight.data, self.average[name] = self.average[name], weight.data

    def load(self, average: dict[str, torch.Tensor]) -> None:
        """Take over a saved average."""
        for name, value in average.items():
            self.average[name].copy_(value)
