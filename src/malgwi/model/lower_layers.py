"""The first layers of a model, with all below them, that a run leaves as they are.

They stand in a copy of the model that shares its weights and is always in eval mode: without
dropout and layer drop, whatever the model itself is doing, in whichever thread. So a clip's
activations are the same in every epoch.
"""

from collections.abc import Iterator
from copy import deepcopy
from threading import Lock
from typing import Any

import torch
from torch import Tensor, nn

from malgwi.errors import MalgwiError
from malgwi.model.ctc_model import CtcModel
from malgwi.model.families import encoder_config, family_of
from malgwi.model.language_adapters import is_adapter

_NOT_HEARD = frozenset(
    {
        "apply_spec_augment",
        "architectures",
        "bos_token_id",
        "dtype",
        "eos_token_id",
        "layerdrop",
        "malgwi",
        "num_hidden_layers",
        "pad_token_id",
        "transformers_version",
        "vocab_size",
    }
)
"""Settings that activations in eval mode don't depend on, beside masks and dropout."""


def check_layers(model: Any, name: str, count: int) -> None:
    """Refuse to freeze `count` layers of a checkpoint's model where that can't be.

    Args:
        model: of one of the families.
        name: what errors call the checkpoint.
        count: at least 1.

    Raises:
        MalgwiError: it has no more layers, squeezes frames before them, or has language adapters.
    """
    family, flag = family_of(model), f"--freeze-layers {count}"
    there = len(family.layers_of(model))
    if count >= there:
        raise MalgwiError(
            f"{flag}: {name} has {there} layers; give 0 to {there - 1}, so that one is trained "
            "(--head-first 1 trains the head alone)"
        )
    if family.encode_from is None:
        raise MalgwiError(
            f"{flag}: {model.config.model_type} squeezes several frames into one before its "
            "layers, so that their activations aren't those of frames; leave it out"
        )
    if any(is_adapter(weight) for weight, _ in model.named_parameters()):
        raise MalgwiError(
            f"{flag}: {name} has a language adapter in every layer, which must learn the "
            "language; leave it out"
        )


def weights_above(model: Any, count: int) -> Iterator[nn.Parameter]:
    """Yield what is trained over `count` frozen layers: other layers, their norm, the head."""
    family = family_of(model)
    yield from family.layers_of(model)[count:].parameters()
    if norm := family.last_norm(model):
        yield from family.base(model).get_submodule(norm).parameters()
    yield from getattr(model, family.head).parameters()


class LowerLayers:
    """From the convolutions' features to what goes into the first layer that is trained."""

    def __init__(self, ctc: CtcModel) -> None:
        """Take the frozen layers of a model that has some, on its device."""
        shared = {id(weight): weight for weight in (*ctc.parameters(), *ctc.buffers())}
        self.count = ctc.frozen_layers
        # A batch's padding and positions lie in modules, and scoring is done beside the thread
        # that prepares the next step.
        self._one_batch = Lock()
        self._below: CtcModel = deepcopy(ctc, shared).eval()
        self._below.frozen_layers = 0
        model = self._below.model
        family = family_of(model)
        self._below.base.set_submodule(family.layers, family.layers_of(model)[: self.count])
        if norm := family.last_norm(model):
            self._below.base.set_submodule(norm, nn.Identity())

    @property
    def width(self) -> int:
        """Of the activations of a frame."""
        return int(encoder_config(self._below.model).hidden_size)

    def activations(self, features: Tensor, frame_lengths: Tensor) -> Tensor:
        """Return (clips, frames, width), fp32, for a batch as `CtcModel.forward` takes it.

        The batch may lie elsewhere than the layers: on a Mac log-mel features are computed on the
        CPU.
        """
        device = next(self._below.parameters()).device
        with self._one_batch, torch.no_grad():
            return self._below.encode(features.to(device), frame_lengths.to(device)).float()

    def settings(self) -> dict[str, Any]:
        """Return all but the weights that activations depend on."""
        config = encoder_config(self._below.model)
        heard = {
            name: value
            for name, value in config.to_dict().items()
            if name not in _NOT_HEARD
            and not name.startswith(("_", "mask_"))
            and "dropout" not in name
        }
        return {**heard, "layers": self.count, "attention": config._attn_implementation}

    def weights(self) -> dict[str, Tensor]:
        """Return the encoder's weights up to here, by name."""
        weights: dict[str, Tensor] = self._below.base.state_dict()
        return weights
