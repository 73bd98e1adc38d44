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
    return len(family_of(checkpoint.model).layers_of(checkpoint.model))


def kept_layers(there: int, wanted: int) -> list[int]:
    """Return which of `there` layers stay where `wanted` do, counted from 0."""
    gaps = max(wanted - 1, 1)
    return [(2 * number * (there - 1) + gaps) // (2 * gaps) for number in range(wanted)]


def keep_layers(checkpoint: Checkpoint, wanted: int) -> None:
    """Leave `wanted` of its layers in a checkpoint's model."""
    model = checkpoint.model
    family = family_of(model)
    layers = family.layers_of(model)
    kept = nn.ModuleList([layers[number] for number in kept_layers(len(layers), wanted)])
    family.base(model).set_submodule(family.layers, kept)
    encoder_config(model).num_hidden_layers = wanted
