"""Attention as one operator of onnxruntime, in graphs that are made for it.

Written out, a layer's attention holds numbers for each pair of frames and each head, twice over:
12 MB apiece for ten seconds of a base model, four times as much for twenty. onnxruntime's
`MultiHeadAttention` (domain `com.microsoft`, since 1.14) goes over them in blocks and never holds
them all (Dao et al. 2022). It gives the same but for the order of sums.
"""

from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

DOMAIN, OPERATOR = "com.microsoft", "MultiHeadAttention"
_NAME = "malgwi_one_operator"


def attend_by_one_operator(model: Any) -> None:
    """Have a model exported with the operator, in layers that attend in transformers' usual way.

    Where positions count in the attention itself (WavLM, SEW-D, a Conformer's relative ones), and
    where frames are masked (SEW), it stays as it is.
    """
    AttentionInterface.register(_NAME, _attend)
    AttentionMaskInterface.register(_NAME, sdpa_mask)  # by default masks would be left out, unsaid
    for module in model.modules():
        config: Any = getattr(module, "config", None)
        if getattr(config, "_attn_implementation", None) is not None:
            config._attn_implementation = _NAME


def _attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    **settings: Any,
) -> tuple[Tensor, None]:
    """Attend as transformers' functions do, from three of (1, heads, frames, size).

    What it gives has the heads of a frame side by side, as all callers have them next.
    """
    if attention_mask is not None or settings.get("position_bias") is not None:
        given: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, **settings
        )
        return given
    scale = settings.get("scaling") or query.shape[-1] ** -0.5
    flat = [heads.transpose(1, 2).flatten(2) for heads in (query, key, value)]
    return _OneOperator.apply(*flat, int(query.shape[1]), float(scale)), None


class _OneOperator(torch.autograd.Function):
    """In an exported graph, the operator; elsewhere what it computes."""

    @staticmethod
    def forward(
        _: Any, query: Tensor, key: Tensor, value: Tensor, heads: int, scale: float
    ) -> Tensor:
        query, key, value = (
            flat.view(*flat.shape[:2], heads, -1).transpose(1, 2) for flat in (query, key, value)
        )
        attend: Any = torch.nn.functional.scaled_dot_product_attention
        found: Tensor = attend(query, key, value, scale=scale)
        return found.transpose(1, 2).flatten(2)

    @staticmethod
    def symbolic(graph: Any, *given: Any) -> Any:
        *tensors, heads, scale = given
        node = graph.op(f"{DOMAIN}::{OPERATOR}", *tensors, num_heads_i=heads, scale_f=scale)
        node.setType(tensors[0].type())
        return node
