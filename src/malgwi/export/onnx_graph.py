"""A checkpoint as an ONNX graph: raw samples in, logits out, of any length, one clip at a time.

Normalisation stands inside the graph where the checkpoint's feature extractor asks for it
(zero mean, population variance, the family's epsilon), so whoever runs it needs to know none of
this, and weight norm is folded. The TorchScript exporter does it: the newer one of `torch.export`
is not needed for a model without control flow, and fixes lengths more readily than one wants.
"""

import copy
import json
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from malgwi.bundle.contract import METADATA_KEY, Decoding
from malgwi.export.attention import attend_by_one_operator
from malgwi.export.grouped import multiply_in_groups
from malgwi.export.piece_loop import OUTPUT, STEPS, given_name, in_a_loop
from malgwi.export.pieces import InPieces
from malgwi.export.unfolded import Convolutions, ScaledProduct
from malgwi.export.weights_apart import save
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
        path: the file to write; large weights of more than 2 GiB lie beside it (`save`).
        unfold: write what onnxruntime runs in less memory: the feature extractor's convolutions
            (log-mel features stay in double precision) and positional ones (but for a HuBERT's
            without a norm before them) as products of matrices, which `quantise` can turn into
            8-bit ones, over one piece of the clip after the other, and attention as one operator of
            its own.
    """
    ready = _ready(checkpoint.model)
    if unfold:
        _unfold(ready)
    names = (decoding.input, decoding.output)
    lengths = {names[0]: {1: "samples"}, names[1]: {1: "frames"}}
    wrapped = _RawSamples(ready, checkpoint.epsilon).eval()
    graph = _traced(wrapped, (torch.zeros(1, 16_000),), names, lengths, path.parent)
    for module in _in_pieces(ready):
        in_a_loop(graph, _piece(module, path.parent), module)
    graph.ir_version = IR_VERSION
    entry = graph.metadata_props.add()
    entry.key, entry.value = METADATA_KEY, json.dumps(decoding.to_json(), ensure_ascii=False)
    save(graph, path)


def _traced(
    module: nn.Module,
    inputs: tuple[Tensor, ...],
    names: Sequence[str],
    lengths: dict[str, dict[int, str]],
    place: Path,
) -> Any:
    """Return a module as an ONNX graph, all of it in memory; the last name is that of its output.

    `place` is a folder with room for the weights: above 2 GiB torch writes a file for each.
    """
    with (
        tempfile.TemporaryDirectory(prefix="trace-", dir=place) as folder,
        torch.inference_mode(),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # on shapes that a trace fixes: parity.py tests lengths
        path = Path(folder) / "traced.onnx"
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
        return onnx.load(path)


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


def _piece(module: InPieces, place: Path) -> Any:
    """Return the graph of one piece."""
    inputs = tuple(torch.zeros(shape) for shape in module.shapes)
    names = [STEPS, *(given_name(number) for number in range(len(inputs) - 1)), OUTPUT]
    lengths = {STEPS: {1: "steps"}, OUTPUT: {1: "frames"}}
    return _traced(module.piece, inputs, names, lengths, place)


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
