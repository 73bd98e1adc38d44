"""Padded convolutions in groups, such as positional ones, as one product of matrices a group.

onnxruntime has no quick convolution of integers (`quantise`), and holds the weights of one in
floats, 19 MB for the positional convolution of a base model, and what lies under ten seconds of
frames, 12 MB. A product can be of integers; it runs for one piece of a clip after the other
(`pieces`), since its factor has every frame as often as the convolution has taps.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from malgwi.export.pieces import InPieces

_RUN = 8
"""Taps that are put side by side first: whole runs are copied sooner than 128 single frames."""


class GroupedProduct(nn.Module):
    """In the place of a convolution: (1, channels, steps) to (1, channels, frames)."""

    def __init__(self, conv: nn.Conv1d) -> None:
        """Take over a convolution that is padded with zeros and not dilated."""
        super().__init__()
        self.groups, self.bias = conv.groups, conv.bias
        short = -conv.kernel_size[0] % _RUN  # taps of zeros make whole runs
        self.padding = int(conv.padding[0]), int(conv.padding[0]) + short
        weight = functional.pad(conv.weight.detach(), (0, short))
        by_group = weight.view(conv.groups, -1, *weight.shape[1:]).permute(0, 3, 2, 1)
        self.in_pieces = InPieces(
            _Piece(by_group, conv.stride[0]),
            reach=weight.shape[2],
            hop=conv.stride[0],
            channels=by_group.shape[3],
        )

    def forward(self, hidden: Tensor) -> Tensor:  # noqa: D102 - the class says it
        padded = functional.pad(hidden, self.padding)[0]
        steps = padded.view(self.groups, -1, padded.shape[1]).transpose(1, 2)
        joined: Tensor = self.in_pieces(steps).transpose(1, 2).flatten(0, 1)[None]
        return joined if self.bias is None else joined + self.bias[:, None]


class _Piece(nn.Module):
    """Steps (groups, steps, values) to frames (groups, frames, channels)."""

    def __init__(self, taps: Tensor, stride: int) -> None:
        """`taps` are (groups, taps, values of a step, channels)."""
        super().__init__()
        self.runs, self.stride = taps.shape[1] // _RUN, stride
        self.weight = nn.Parameter(taps.flatten(1, 2).contiguous())

    def forward(self, steps: Tensor) -> Tensor:
        # Ends are counted from the end: so they are constants of the graph, whatever the length.
        run = torch.cat([steps[:, tap : (tap - _RUN + 1) or None] for tap in range(_RUN)], -1)
        starts = range(0, self.runs * _RUN, _RUN)
        ends = [(start - starts[-1]) or None for start in starts]
        under = [run[:, i : end : self.stride] for i, end in zip(starts, ends, strict=True)]
        return torch.cat(under, -1) @ self.weight


def multiply_in_groups(model: Any) -> None:
    """Put `GroupedProduct` in the place of convolutions in groups of several channels."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.Conv1d) and _in_groups(child):
                setattr(module, name, GroupedProduct(child))


def _in_groups(conv: nn.Conv1d) -> bool:
    several = 1 < conv.groups < conv.in_channels
    return several and conv.dilation == (1,) and conv.padding_mode == "zeros"
