"""Which weights of a model a run may change; the others have neither gradients nor moments."""

from typing import Any

from malgwi.errors import MalgwiError
from malgwi.model.ctc_model import CtcModel
from malgwi.model.families import family_of
from malgwi.model.language_adapters import is_adapter
from malgwi.model.lora import is_lora
from malgwi.model.lower_layers import weights_above
from malgwi.progress import say
from malgwi.training.config import TrainConfig
from malgwi.training.optimise import trains_cnn


def freeze_the_rest(ctc: CtcModel, config: TrainConfig) -> None:
    """Freeze what no step may change.

    That is the convolutions, or all up to some layer, or all but LoRA's factors, adapters and head.

    Raises:
        MalgwiError: adapters are asked for that aren't there, or convolutions beside them.
    """
    if trains_cnn(config) and not any(True for _ in ctc.cnn.parameters()):
        raise MalgwiError(
            "--no-freeze-cnn, --unfreeze-cnn-after: the checkpoint hears log-mel features and has "
            "no convolutions to train; give --freeze-cnn, or leave it out"
        )
    if not trains_cnn(config):
        ctc.cnn.requires_grad_(False)
    if ctc.frozen_layers:
        above = {id(weight) for weight in weights_above(ctc.model, ctc.frozen_layers)}
        for weight in ctc.model.parameters():
            weight.requires_grad_(id(weight) in above)
        there = len(family_of(ctc.model).layers_of(ctc.model))
        say(
            f"the first {ctc.frozen_layers} of {there} layers and all below them stay as they are: "
            f"{trained_weights(ctc) / 1e6:.2g} x 10^6 weights are trained"
        )
        return
    if config.lora is None and not _adapters_only(ctc.model, config):
        return
    head = f"{family_of(ctc.model).head}."
    for name, weight in ctc.model.named_parameters():
        weight.requires_grad_(is_lora(name) or is_adapter(name) or name.startswith(head))
    what = "its adapters" if config.lora is None else f"LoRA's factors of rank {config.lora}"
    say(f"only {what} and the head are trained: {trained_weights(ctc) / 1e6:.2g} x 10^6 weights")


def trained_weights(ctc: CtcModel) -> int:
    """Return how many numbers a run learns."""
    return sum(weight.numel() for weight in ctc.parameters() if weight.requires_grad)


def _adapters_only(model: Any, config: TrainConfig) -> bool:
    there = any(is_adapter(name) for name, _ in model.named_parameters())
    if config.adapters_only and not there:
        raise MalgwiError(
            "--adapters-only: the checkpoint has no language adapters, as MMS has; leave it out"
        )
    wanted = there if config.adapters_only is None else config.adapters_only
    if wanted and trains_cnn(config):
        raise MalgwiError(
            "--no-freeze-cnn, --unfreeze-cnn-after: the checkpoint has language adapters, and only "
            "they and the head are trained; give --freeze-cnn, or --no-adapters-only to train all"
        )
    return wanted
