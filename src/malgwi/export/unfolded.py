"""The convolutions of the feature extractor as products of matrices, one piece of a clip at a time.

A convolution of three taps is the sum of three products, one for each tap, over every second
position; products can be of integers (`quantise`), convolutions can't. All frames at once would
fill memory with the first layers: 65 MB for ten seconds of a base model, several times over. What
follows the first layer sees only what lies under a frame, so the graph goes over the clip in a loop
(`pieces`), a piece of half a second after the other, which also stays in the processor's cache.

A group norm in the first layer averages over the whole clip. But the first layer is linear, so the
mean and variance of its output follow from those of the samples under its windows: with mean m and
covariance C of all windows, a filter w gives the mean w m and the variance w C w. So norm and first
layer are one product, whose weights are the clip's own.
"""

from typing import Any

import torch
from torch import Tensor, nn

from malgwi.export.pieces import InPieces

_GELU_DEPTH = 0.17  # what the features go through has no lower value
_NOTHING = 1e-9  # so that frames of zeros stay so


class ScaledProduct(nn.Module):
    """A linear layer over features, each frame divided by its own largest value (`_Unfolded`)."""

    def __init__(self, linear: nn.Linear) -> None:
        """Take over a layer, which stays as it is."""
        super().__init__()
        self.weight = nn.Parameter(linear.weight.detach().T.contiguous())
        self.bias = linear.bias

    def forward(self, features: Tensor) -> Tensor:
        """Return (1, frames, width) for (1, frames, channels)."""
        largest = features.abs().amax(-1, keepdim=True).clamp(min=_NOTHING)
        product: Tensor = (features / largest) @ self.weight * largest + self.bias
        return product


class Convolutions(nn.Module):
    """All layers in the place of the first: (1, 1, samples) to (1, channels, frames)."""

    def __init__(self, layers: Any) -> None:
        """Take over the layers of a model, which stay as they are."""
        super().__init__()
        first = layers[0]
        self.kernel, self.stride = first.conv.kernel_size[0], first.conv.stride[0]
        self.filters = nn.Parameter(first.conv.weight.detach()[:, 0].T.contiguous())
        """(kernel, channels)"""
        self.bias = first.conv.bias
        norm = getattr(first, "layer_norm", None)
        self.over_clip = norm if isinstance(norm, nn.GroupNorm) else None
        self.in_pieces = _piece(layers)

    def forward(self, samples: Tensor) -> Tensor:  # noqa: D102 - the class says it
        windows = self._windows(samples[:, 0])
        weight, shift = self._of_the_clip(windows) if self.over_clip else self._as_trained()
        features: Tensor = self.in_pieces(windows, weight, shift)
        return features.transpose(1, 2)

    def _windows(self, samples: Tensor) -> Tensor:
        """Return the samples under each position of the first layer, (1, positions, kernel)."""
        last = self.kernel - 1
        taps = [samples[:, tap : (tap - last) or None : self.stride] for tap in range(self.kernel)]
        shortest = taps[last].shape[1]
        return torch.stack([tap[:, :shortest] for tap in taps], -1)

    def _as_trained(self) -> tuple[Tensor, Tensor]:
        none = torch.zeros(self.filters.shape[1])
        return self.filters, none if self.bias is None else self.bias

    def _of_the_clip(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Return filters and shift of the first layer with its norm over the clip (Wu & He 2018).

        The layer's own bias is part of every value's mean, so the norm takes it out again.
        """
        norm: Any = self.over_clip
        mean = windows.mean(1, keepdim=True)
        centred = windows - mean
        covariance = (centred.transpose(1, 2) @ centred)[0] / windows.shape[1]
        # In this order, since `quantise` turns right factors that are constant into bytes.
        variance = (self.filters.T @ covariance * self.filters.T).sum(1)
        weight = self.filters * (norm.weight / torch.sqrt(variance + norm.eps))
        return weight, norm.bias - (mean[0] @ weight)[0]


def _piece(layers: Any) -> InPieces:
    """Return how a model's layers go over a clip; steps are windows of samples."""
    reach, hop = 1, 1
    for layer in list(layers)[1:]:
        reach += (layer.conv.kernel_size[0] - 1) * hop
        hop *= layer.conv.stride[0]
    return InPieces(_Piece(layers), reach=reach, hop=hop, channels=layers[-1].conv.out_channels)


class _Piece(nn.Module):
    """From windows of samples to features: what needs nothing of the rest of the clip."""

    def __init__(self, layers: Any) -> None:
        """Take over the layers of a model."""
        super().__init__()
        self.conv_layers = nn.ModuleList(
            _Layer(layer, first=layer is layers[0]) for layer in layers
        )

    def forward(self, windows: Tensor, weight: Tensor, shift: Tensor) -> Tensor:
        """Return features, (1, frames, channels).

        Args:
            windows: (1, positions, kernel).
            weight: of the first layer, (kernel, channels).
            shift: what is added there, (channels,).
        """
        hidden = windows @ weight + shift
        for layer in self.conv_layers:
            hidden = layer(hidden)
        return hidden


class _Layer(nn.Module):
    """Product (but for the first, whose is the clip's own), norm over channels, activation."""

    def __init__(self, layer: Any, *, first: bool) -> None:
        super().__init__()
        self.conv = nn.Identity() if first else _Unfolded(layer.conv)
        norm = getattr(layer, "layer_norm", None)
        self.norm = norm if isinstance(norm, nn.LayerNorm) else nn.Identity()
        self.activation = layer.activation

    def forward(self, steps: Tensor) -> Tensor:
        activated: Tensor = self.activation(self.norm(self.conv(steps)))
        return activated


class _Unfolded(nn.Module):
    """An unpadded convolution along time as a sum of products of matrices, one for each tap.

    Eight bits for a whole piece would hold its loud frames and lose the quiet ones, and with them
    the word: every frame is divided by its own largest value first.
    """

    def __init__(self, conv: Any) -> None:
        super().__init__()
        self.stride = conv.stride[0]
        taps = conv.weight.detach().permute(2, 1, 0)
        self.taps = nn.ParameterList(nn.Parameter(tap.contiguous()) for tap in taps)
        self.bias = conv.bias

    def forward(self, steps: Tensor) -> Tensor:
        largest = steps.amax(-1, keepdim=True).clamp(min=_GELU_DEPTH)
        scaled = steps / largest
        product = torch.zeros(())
        for tap, weight in enumerate(self.taps):
            product = product + self._under(tap, scaled) @ weight * self._under(tap, largest)
        return product if self.bias is None else product + self.bias

    def _under(self, tap: int, steps: Tensor) -> Tensor:
        # An end counted from the end is a constant of the graph, whatever the length.
        return steps[:, tap : (tap - len(self.taps) + 1) or None : self.stride]
