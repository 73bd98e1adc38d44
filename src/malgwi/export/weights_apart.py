"""A model's large weights in a file of their own, which onnxruntime maps instead of reading it.

Weights inside an ONNX file stand in memory twice while it is loaded: in the message that was read
and as tensors; those of a mapped file once, in the form that its kernels want.
"""

from pathlib import Path

import onnx
from onnx import external_data_helper

from malgwi.bundle.container import WEIGHTS
from malgwi.model.checkpoint import MOST_EXPORTED

_LEAST = 1 << 16
"""Bytes of a tensor that is worth it."""
_PAGE = 1 << 14
"""Where tensors begin: pages are mapped, of up to 16 kB on phones."""


def save(model: onnx.ModelProto, path: Path) -> list[Path]:
    """Write a model into one file, or, since a message holds 2 GiB, with its large weights apart.

    Args:
        model: has all its weights; it may lose them.
        path: the file to write; weights lie beside it, under its name with the ending `.weights`.

    Returns:
        the files that the model is made of then.
    """
    if sum(len(tensor.raw_data) for tensor in model.graph.initializer) <= MOST_EXPORTED:
        onnx.save(model, path)
        return [path]
    return _save_apart(model, path, path.with_suffix(".weights"))


def set_weights_apart(model: Path) -> list[Path]:
    """Move the large weights of a model out of its file into `model.weights` beside it.

    Equal models give equal bytes.

    Args:
        model: an ONNX file alone in its folder; it is written anew.

    Returns:
        the files that the model is made of then: without large weights, the one.
    """
    return _save_apart(onnx.load(model), model, model.with_name(WEIGHTS))


def _save_apart(model: onnx.ModelProto, path: Path, weights: Path) -> list[Path]:
    large = [t for t in model.graph.initializer if len(t.raw_data) >= _LEAST]
    if large:
        with weights.open("wb") as out:
            for tensor in large:
                out.seek(-(-out.tell() // _PAGE) * _PAGE)
                start, size = out.tell(), out.write(tensor.raw_data)
                external_data_helper.set_external_data(tensor, weights.name, start, size)
                tensor.ClearField("raw_data")
    onnx.save(model, path)
    return [path, weights] if large else [path]
