"""What sees only what lies under a frame, computed for one piece of a clip after the other."""

from typing import Any

import torch
from torch import Tensor, nn

FRAMES = 25
"""Of one piece: half a second."""
DOMAIN, OPERATOR = "malgwi", "Pieces"
"""What stands in an exported graph until `piece_loop` puts a loop there."""


class InPieces(nn.Module):
    """Steps (rows, steps, values) to frames (rows, frames, channels), by a module for a piece."""

    def __init__(self, piece: nn.Module, *, reach: int, hop: int, channels: int) -> None:
        """`reach` steps lie under a frame, the next frame begins `hop` steps later."""
        super().__init__()
        self.piece, self.reach, self.hop, self.channels = piece, reach, hop, channels
        self.name = ""
        """Of the node in the graph."""
        self.shapes: list[tuple[int, ...]] = []
        """Of what came in when the graph was written, the first cut to two frames."""

    def forward(self, steps: Tensor, *given: Tensor) -> Tensor:
        """Return the frames; `given` goes to each piece as it is."""
        if torch.onnx.is_in_onnx_export():
            self.shapes = [
                (int(steps.shape[0]), self.reach + self.hop, int(steps.shape[2])),
                *(tuple(int(size) for size in tensor.shape) for tensor in given),
            ]
            node: Tensor = _Node.apply(steps, *given, self)
            return node
        frames: Tensor = self.piece(steps, *given)
        return frames


class _Node(torch.autograd.Function):
    """In an exported graph, the node that a loop replaces; what it gives is of no account."""

    @staticmethod
    def forward(_: Any, *inputs: Any) -> Tensor:
        steps, *_given, module = inputs
        frames = (int(steps.shape[1]) - module.reach) // module.hop + 1
        return torch.zeros(len(steps), frames, module.channels)  # a trace wants constants here

    @staticmethod
    def symbolic(graph: Any, *inputs: Any) -> Any:
        steps, *given, module = inputs
        node = graph.op(f"{DOMAIN}::{OPERATOR}", steps, *given, name_s=module.name)
        node.setType(steps.type().with_sizes([module.shapes[0][0], None, module.channels]))
        return node
