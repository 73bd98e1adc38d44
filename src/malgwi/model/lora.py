"""LoRA (Hu et al. 2022) by peft: low-rank changes beside frozen projections, in place.

The factors A and B of a projection W give W + (alpha / rank) B A. They stand within the model, so
that all that calls its parts finds them; what others load has them merged (`plain_weights`).
"""

from typing import Any

import torch
from torch import Tensor, nn

from malgwi.errors import MalgwiError
from malgwi.extras import install
from malgwi.model.families import family_of

_NAME = "default"


def is_lora(weight: str) -> bool:
    """Return whether a weight of this name is one of LoRA's factors."""
    return ".lora_A." in weight or ".lora_B." in weight


def add_lora(model: Any, rank: int, alpha: float, *, seed: int) -> None:
    """Put factors beside the projections that the family's table names; B is 0, so nothing changes.

    Args:
        model: of one of the families, on the CPU.
        rank: of every change, at least 1.
        alpha: the change counts `alpha / rank` times.
        seed: of the factors A.

    Raises:
        MalgwiError: the factors have no fewer weights than the projections, or peft isn't there.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise MalgwiError(f"--lora: peft isn't installed; {install('train')}") from error
    ends = tuple(f".{name}" for name in family_of(model).adapted)
    linear = {n: m for n, m in model.named_modules() if isinstance(m, nn.Linear)}
    targets = {name: module for name, module in linear.items() if name.endswith(ends)}
    widths = [(module.in_features, module.out_features) for module in targets.values()]
    most = min((wide * high - 1) // (wide + high) for wide, high in widths)
    if rank > most:
        raise MalgwiError(
            f"--lora {rank}: the factors would have as many weights as the projections that they "
            f"change; give 1 to {most} for this checkpoint"
        )
    how: dict[str, Any] = {"lora_alpha": alpha, "lora_dropout": 0.0}  # peft says int, any will do
    config = LoraConfig(r=rank, target_modules=sorted(targets), **how)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inject_adapter_in_model(config, model, _NAME)


def plain_weights(model: Any) -> dict[str, Tensor]:
    """Return a model's weights by the names that transformers has for them, LoRA's factors merged.

    The model's own stay as they are: merging in place and back would round them.
    """
    weights: dict[str, Tensor] = {}
    for name, weight in model.state_dict().items():
        if not is_lora(name):
            weights[name.replace(".base_layer.", ".")] = weight
    with torch.no_grad():
        for name, module in model.named_modules():
            if hasattr(module, "lora_A"):
                key = f"{name}.weight"
                weights[key] = weights[key] + module.get_delta_weight(_NAME)
    return weights
