"""A checkpoint as an ONNX graph: raw samples in, logits out, of any length, one clip at a time.

Normalisation stands inside the graph where the checkpoint's feature extractor asks for it
(zero mean, population variance, the family's epsilon), so whoever runs it needs to know none of
this, and weight norm is folded. The TorchScript exporter does it: the newer one of `torch.export`
is not needed for a model without control flow, and fixes lengths more readily than one wants.
"""

import copy
import json
import warnings
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from malgwi.bundle.container import LARGEST_MODEL
from malgwi.bundle.contract import METADATA_KEY, Decoding
from malgwi.errors import MalgwiError
from malgwi.model.checkpoint import Checkpoint
from malgwi.model.families import compute_positions_afresh, convolutions_of, logits_of

IR_VERSION, OPSET = 8, 17
"""Fixed by hand: onnx writes its newest by default, which an older onnxruntime can't read."""

_GELU_DEPTH = 0.17  # what the features go through has no lower value
_ROOM = 16 << 20  # what a graph needs besides its weights


def write_onnx(
    checkpoint: Checkpoint, decoding: Decoding, path: Path, *, unfold: bool = False
) -> None:
    """Write the checkpoint's model as fp32 ONNX; the checkpoint stays as it is.

    Args:
        checkpoint: a model with a vocabulary.
        decoding: goes into the model's metadata.
        path: the file to write.
        unfold: write the convolutions of the feature extractor as products of matrices, which
            `quantise` can turn into 8-bit ones.

    Raises:
        MalgwiError: the weights are more than an ONNX file may hold.
    """
    size = sum(p.numel() * 4 for p in checkpoint.model.parameters()) + _ROOM
    if size > LARGEST_MODEL:
        raise MalgwiError(
            f"checkpoint {checkpoint.source!r}: {size / 1e9:.1f} x 10^9 bytes of fp32 weights; "
            "an ONNX file may have 2.1 x 10^9. Fine-tune a smaller checkpoint"
        )
    wrapped = _RawSamples(_ready(checkpoint.model, unfold), checkpoint.epsilon).eval()
    names = (decoding.input, decoding.output)
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on shapes that a trace fixes: parity.py tests lengths
        torch.onnx.export(
            wrapped,
            (torch.zeros(1, 16_000),),
            str(path),
            input_names=[names[0]],
            output_names=[names[1]],
            dynamic_axes={names[0]: {1: "samples"}, names[1]: {1: "frames"}},
            opset_version=OPSET,
            dynamo=False,
        )
    graph = onnx.load(path)
    graph.ir_version = IR_VERSION
    entry = graph.metadata_props.add()
    entry.key, entry.value = METADATA_KEY, json.dumps(decoding.to_json(), ensure_ascii=False)
    onnx.save(graph, path)


def _ready(model: Any, unfold: bool) -> Any:
    """Return a copy with folded weight norm and, if asked for, unfolded convolutions."""
    model = copy.deepcopy(model).eval()
    compute_positions_afresh(model)
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.Conv1d) and is_parametrized(child):
                setattr(module, name, _folded(child))
    if unfold:
        layers: Any = convolutions_of(model)
        for layer in layers:
            if layer.conv.in_channels > 1:  # the first reads raw samples: little to gain
                layer.conv = _Unfolded(layer.conv)
    return model


def _folded(conv: Any) -> nn.Conv1d:
    """Return a plain convolution with the weights that weight norm gives.

    A new module, since torch removes a parametrization from the class that all copies share.
    """
    plain = nn.Conv1d(
        conv.in_channels,
        conv.out_channels,
        conv.kernel_size,
        conv.stride,
        padding=conv.padding,
        groups=conv.groups,
        bias=conv.bias is not None,
    )
    plain.weight = nn.Parameter(conv.weight.detach().clone())
    plain.bias = conv.bias
    return plain


class _RawSamples(nn.Module):
    """Raw samples to logits."""

    def __init__(self, model: Any, epsilon: float | None) -> None:
        super().__init__()
        self.model, self.epsilon = model, epsilon

    def forward(self, samples: Tensor) -> Tensor:
        if self.epsilon is not None:
            centred = samples - samples.mean(-1, keepdim=True)
            variance = centred.square().mean(-1, keepdim=True)
            samples = centred / torch.sqrt(variance + self.epsilon)
        return logits_of(self.model, samples)


class _Unfolded(nn.Module):
    """An unpadded convolution along time as a sum of products of matrices, one for each tap.

    Eight bits for a whole clip would hold its loud frames and lose the quiet ones, and with them
    the word: every frame is divided by its own largest value first.
    """

    def __init__(self, conv: Any) -> None:
        super().__init__()
        self.stride = conv.stride[0]
        taps = conv.weight.detach().permute(2, 1, 0)
        self.taps = nn.ParameterList(nn.Parameter(tap.contiguous()) for tap in taps)
        self.bias = conv.bias

    def forward(self, hidden: Tensor) -> Tensor:
        steps = hidden.transpose(1, 2)
        largest = steps.amax(-1, keepdim=True).clamp(min=_GELU_DEPTH)
        scaled = steps / largest
        product = torch.zeros(())
        for tap, weight in enumerate(self.taps):
            product = product + self._under(tap, scaled) @ weight * self._under(tap, largest)
        if self.bias is not None:
            product = product + self.bias
        return product.transpose(1, 2)

    def _under(self, tap: int, steps: Tensor) -> Tensor:
        # An end counted from the end is a constant of the graph, whatever the length.
        return steps[:, tap : (tap - len(self.taps) + 1) or None : self.stride]
