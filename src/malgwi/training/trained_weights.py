"""Which weights of a model a run may change; the others have neither gradients nor moments."""

from typing import Any

from malgwi.errors import MalgwiError
from malgwi.model.ctc_model import CtcModel
from malgwi.model.families import family_of
from malgwi.model.language_adapters import is_adapter
from malgwi.progress import say
from malgwi.training.config import TrainConfig
from malgwi.training.optimise import trains_cnn


def freeze_the_rest(ctc: CtcModel, config: TrainConfig) -> None:
    """Freeze what no step may change: convolutions, or all but language adapters and head.

    Raises:
        MalgwiError: adapters are asked for that aren't there, or convolutions beside them.
    """
    if not trains_cnn(config):
        ctc.cnn.requires_grad_(False)
    if _adapters_only(ctc.model, config):
        head = f"{family_of(ctc.model).head}."
        for name, weight in ctc.model.named_parameters():
            if not is_adapter(name) and not name.startswith(head):
                weight.requires_grad_(False)
        say(f"only its adapters and head are trained: {trained_weights(ctc) / 1e6:.2g} x 10^6")


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
