"""A checkpoint with fewer transformer layers, still one of its family that others load.

Which stay: the first and the last, since the convolutions feed the one and the head reads the
other, and between them as evenly as whole numbers allow (of 8, 4 stay: 1, 3, 6 and 8; of 12, 6: 1,
3, 5, 8, 10 and 12). One alone is the first, which in WavLM holds the position bias of all.
"""

from torch import nn

from malgwi.model.checkpoint import Checkpoint
from malgwi.model.families import encoder_config, family_of


def layer_count(checkpoint: Checkpoint) -> int:
    """Return how many transformer layers a checkpoint has."""
    holder, name = _place(checkpoint)
    return len(getattr(holder, name))


def kept_layers(there: int, wanted: int) -> list[int]:
    """Return which of `there` layers stay where `wanted` do, counted from 0."""
    gaps = max(wanted - 1, 1)
    return [(2 * number * (there - 1) + gaps) // (2 * gaps) for number in range(wanted)]


def keep_layers(checkpoint: Checkpoint, wanted: int) -> None:
    """Leave `wanted` of its layers in a checkpoint's model."""
    holder, name = _place(checkpoint)
    layers = getattr(holder, name)
    kept = kept_layers(len(layers), wanted)
    setattr(holder, name, nn.ModuleList([layers[number] for number in kept]))
    encoder_config(checkpoint.model).num_hidden_layers = wanted


def _place(checkpoint: Checkpoint) -> tuple[nn.Module, str]:
    """Return the module that has the layers, and its name for them."""
    family = family_of(checkpoint.model)
    inside, _, name = family.layers.rpartition(".")
    holder: nn.Module = family.base(checkpoint.model).get_submodule(inside)
    return holder, name
