"""A checkpoint as an ONNX graph: raw samples in, logits out, of any length, one clip at a time.

Normalisation stands inside the graph where the checkpoint's feature extractor asks for it
(zero mean, population variance, the family's epsilon), so whoever runs it needs to know none of
this, and weight norm is folded. The TorchScript exporter does it: the newer one of `torch.export`
is not needed for a model without control flow, and fixes lengths more readily than one wants.
"""

import copy
import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from malgwi.bundle.contract import METADATA_KEY, Decoding
from malgwi.errors import MalgwiError
from malgwi.export.attention import attend_by_one_operator
from malgwi.export.grouped import multiply_in_groups
from malgwi.export.piece_loop import OUTPUT, STEPS, given_name, in_a_loop
from malgwi.export.pieces import InPieces
from malgwi.export.unfolded import Convolutions, ScaledProduct
from malgwi.model.checkpoint import Checkpoint
from malgwi.model.families import (
    compute_positions_afresh,
    convolutions_of,
    encoder_config,
    family_of,
    logits_of,
)

IR_VERSION, OPSET = 8, 17
"""Fixed by hand: onnx writes its newest by default, which an older onnxruntime can't read."""


def write_onnx(
    checkpoint: Checkpoint, decoding: Decoding, path: Path, *, unfold: bool = False
) -> None:
    """Write the checkpoint's model as fp32 ONNX; the checkpoint stays as it is.

    Args:
        checkpoint: a model with a vocabulary.
        decoding: goes into the model's metadata.
        path: the file to write.
        unfold: write what onnxruntime runs in less memory: the feature extractor's convolutions
            (log-mel features stay in double precision) and positional ones (but for a HuBERT's
            without a norm before them) as products of matrices, which `quantise` can turn into
            8-bit ones, over one piece of the clip after the other, and attention as one operator of
            its own.

    Raises:
        MalgwiError: the weights are more than an ONNX file may hold.
    """
    if not checkpoint.exportable:
        raise MalgwiError(
            f"checkpoint {checkpoint.source!r}: {4e-9 * checkpoint.weights:.1f} x 10^9 bytes of "
            "fp32 weights; an ONNX file may have 2.1 x 10^9. Fine-tune a smaller checkpoint"
        )
    ready = _ready(checkpoint.model)
    if unfold:
        _unfold(ready)
    names = (decoding.input, decoding.output)
    lengths = {names[0]: {1: "samples"}, names[1]: {1: "frames"}}
    wrapped = _RawSamples(ready, checkpoint.epsilon).eval()
    _trace(wrapped, (torch.zeros(1, 16_000),), path, names, lengths)
    graph = onnx.load(path)
    for module in _in_pieces(ready):
        in_a_loop(graph, _exported(module, path.with_suffix(".piece")), module)
    graph.ir_version = IR_VERSION
    entry = graph.metadata_props.add()
    entry.key, entry.value = METADATA_KEY, json.dumps(decoding.to_json(), ensure_ascii=False)
    onnx.save(graph, path)


def _trace(
    module: nn.Module,
    inputs: tuple[Tensor, ...],
    path: Path,
    names: Sequence[str],
    lengths: dict[str, dict[int, str]],
) -> None:
    """Write a module as ONNX; the last name is that of its output."""
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on shapes that a trace fixes: parity.py tests lengths
        torch.onnx.export(
            module,
            inputs,
            str(path),
            input_names=[*names[:-1]],
            output_names=[names[-1]],
            dynamic_axes=lengths,
            opset_version=OPSET,
            dynamo=False,
        )


def _unfold(model: Any) -> None:
    """Have a model computed as `write_onnx` says."""
    if not family_of(model).log_mel:
        layers = convolutions_of(model)
        unfolded = Convolutions(layers).eval()
        del layers[:]
        layers.append(unfolded)
    if getattr(encoder_config(model), "feat_proj_layer_norm", True):
        multiply_in_groups(model)
    else:  # nothing levels loud and quiet frames, which would share a scale in both products
        projection = family_of(model).base(model).feature_projection
        projection.projection = ScaledProduct(projection.projection)
    attend_by_one_operator(model)
    for name, module in model.named_modules():
        if isinstance(module, InPieces):
            module.name = name.replace(".", "/")


def _in_pieces(model: Any) -> list[InPieces]:
    """Return what stands in the graph; a Conformer may have a convolution that it doesn't use."""
    return [m for m in model.modules() if isinstance(m, InPieces) and m.shapes]


def _exported(module: InPieces, path: Path) -> Any:
    """Return the graph of one piece; the file goes again."""
    inputs = tuple(torch.zeros(shape) for shape in module.shapes)
    names = [STEPS, *(given_name(number) for number in range(len(inputs) - 1)), OUTPUT]
    try:
        _trace(module.piece, inputs, path, names, {STEPS: {1: "steps"}, OUTPUT: {1: "frames"}})
        return onnx.load(path)
    finally:
        path.unlink(missing_ok=True)


def _ready(model: Any) -> Any:
    """Return a copy with folded weight norm."""
    model = copy.deepcopy(model).eval()
    compute_positions_afresh(model)
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.Conv1d) and is_parametrized(child):
                setattr(module, name, _folded(child))
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
