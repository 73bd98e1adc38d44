"""fp32 ONNX to int8: products of matrices with 8-bit weights, everything else as it was.

Weights are symmetric and per output channel (int8, zero point 0, the form that every processor's
kernels are written for); the other factor is quantised as it comes (uint8, per tensor), the
scheme of onnxruntime's dynamic quantisation. Written here rather than taken from
`onnxruntime.quantization` since an unfolded convolution should be quantised once, before its
frames are copied under each tap.

Convolutions themselves can't be quantised dynamically (slow or wrong in onnxruntime); where one
stays, such as a Conformer's, its weights are stored in 8 bits and become floats again when
onnxruntime loads the model.
"""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from malgwi.export.weights_apart import save

_SMALLEST = 8_192
"""Weights with fewer values stay as they are: there is nothing to gain."""

_LAYER = re.compile(
    r"(conv_layers\.\d+|feature_projection|subsampling/projection|pos_conv_embed|encode_positions"
    r"|layers?\.\d+/(?:attention|self_attn|feed_forward|ffn\d|conv_module|intermediate|output)"
    r"|upsample|lm_head|ctc_head)"
)

_UNFOLDED = ("conv_layers", "pos_conv_embed", "encode_positions")
"""Convolutions that are products here (`unfolded`, `grouped`)."""


def quantise(
    source: Path, target: Path, *, reduce_range: bool = False, keep: Collection[str] = ()
) -> None:
    """Write an int8 version of an fp32 model.

    Args:
        source: what `write_onnx` wrote, best with `unfold`.
        target: the file to write.
        reduce_range: weights of 7 bits. The sum of two products of 8 by 8 bits overflows the
            16 bits of processors without VNNI (x86 before 2019); of 7 by 8 bits it doesn't.
        keep: names of layers (`layers`) that stay in fp32.
    """
    model = onnx.load(source)
    graph = _Graph(model.graph)
    levels = 63 if reduce_range else 127
    for node in graph.heavy():
        if layer_name(node.name) in keep:
            continue
        if node.op_type == "MatMul":
            graph.quantise_product(node, levels)
        else:
            graph.store_in_bytes(node, levels)
    graph.finish()
    save(model, target)


def layers(source: Path) -> list[str]:
    """Return the names of the layers that `quantise` would touch, in the model's order."""
    graph = _Graph(onnx.load(source).graph)
    return list(dict.fromkeys(layer_name(node.name) for node in graph.heavy()))


def layer_name(node: str) -> str:
    """Return the layer that a node belongs to, such as `layers.3.attention`."""
    found = _LAYER.search(node)
    return (found[1] if found else node.strip("/")).replace("/", ".")


class _Graph:
    """An ONNX graph while it is rewritten; nodes are added before the first that needs them."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self.blocks = [
            graph,
            *(loop.attribute[0].g for loop in graph.node if loop.op_type == "Loop"),
        ]
        """The graph itself and what runs in its loops (`piece_loop`), which reads its weights."""
        self.nodes = list(_in_order(graph))
        self.weights = {tensor.name: tensor for tensor in graph.initializer}
        self.producer = {name: node for node in self.nodes for name in node.output}
        self.block_of = {
            name: number
            for number, block in enumerate(self.blocks)
            for node in block.node
            for name in node.output
        }
        self.quantised: dict[str, list[str]] = {}
        self.cut: dict[str, list[str]] = {}
        self.before: dict[str, list[Any]] = {}  # an output name: nodes to put before its maker
        self.used_up: set[str] = set()

    def heavy(self) -> list[Any]:
        """Return the products and convolutions whose weights are constant and many."""
        return [
            node
            for node in self.nodes
            if node.op_type in ("MatMul", "Conv")
            and (weight := self.weights.get(node.input[1])) is not None
            and weight.data_type == TensorProto.FLOAT
            and np.prod(weight.dims) >= _SMALLEST
        ]

    def quantise_product(self, node: Any, levels: int) -> None:
        """Replace a MatMul by integers: quantise, multiply, and scale back."""
        values, scale = _to_bytes(self._take(node.input[1]), levels, axis=-2)
        name = node.output[0]
        weight = self._constant(f"{name}_int8", values)
        weight_scale = self._constant(f"{name}_scale", scale[0] if scale.ndim == 2 else scale)
        factor, factor_scale, zero = self._factor(node)
        self.before.setdefault(name, []).extend(
            [
                helper.make_node(
                    "MatMulInteger", [factor, weight, zero], [f"{name}_sum"], f"{node.name}_int8"
                ),
                helper.make_node("Cast", [f"{name}_sum"], [f"{name}_float"], to=TensorProto.FLOAT),
                helper.make_node("Mul", [factor_scale, weight_scale], [f"{name}_scales"]),
            ]
        )
        node.op_type = "Mul"
        node.input[:] = [f"{name}_float", f"{name}_scales"]

    def _factor(self, node: Any) -> list[str]:
        """Return the names of the quantised left factor, its scale and its zero point."""
        if layer_name(node.name).startswith(_UNFOLDED):
            return self._in_bytes(node.input[0], node.output[0])
        return self._quantised(node.input[0], node.output[0])

    def _in_bytes(self, name: str, reader: str) -> list[str]:
        """Return the same of what stands under taps: it is quantised once, then cut and joined."""
        made = self.producer.get(name)
        if made is None or made.op_type not in ("Slice", "Concat"):
            return self._quantised(name, reader)
        parts = list(made.input[:1] if made.op_type == "Slice" else made.input)
        if any(self.block_of.get(part) != self.block_of[name] for part in parts):
            return self._quantised(name, reader)  # a piece, which the loop cuts from the clip
        if name not in self.cut:
            found = [self._in_bytes(part, name) for part in parts]
            made.input[: len(parts)] = [part[0] for part in found]
            (facts,) = {tuple(part[1:]) for part in found}  # one scale for all
            self.cut[name] = [*facts]
        return [name, *self.cut[name]]

    def _quantised(self, name: str, reader: str) -> list[str]:
        """Quantise a tensor once, before the node that makes `reader`."""
        if name not in self.quantised:
            outputs = [f"{name}_uint8", f"{name}_uint8_scale", f"{name}_uint8_zero"]
            node = helper.make_node("DynamicQuantizeLinear", [name], outputs)
            self.before.setdefault(reader, []).append(node)
            self.quantised[name] = outputs
        return self.quantised[name]

    def store_in_bytes(self, node: Any, levels: int) -> None:
        """Keep a convolution's weights as bytes that become floats when the model is loaded."""
        weight = self._take(node.input[1])
        values, scale = _to_bytes(weight, levels, axis=tuple(range(1, weight.ndim)))
        name = node.output[0]
        stored = self._constant(f"{name}_int8", values)
        scales = self._constant(f"{name}_scale", scale)
        self.before.setdefault(name, []).extend(
            [
                helper.make_node("Cast", [stored], [f"{name}_float"], to=TensorProto.FLOAT),
                helper.make_node("Mul", [f"{name}_float", scales], [f"{name}_weight"]),
            ]
        )
        node.input[1] = f"{name}_weight"

    def _take(self, name: str) -> NDArray[np.float32]:
        """Return a weight that isn't needed in fp32 any more."""
        self.used_up.add(name)
        weight: NDArray[np.float32] = numpy_helper.to_array(self.weights[name])
        return weight

    def _constant(self, name: str, values: NDArray[Any]) -> str:
        self.graph.initializer.append(numpy_helper.from_array(values, name))
        return name

    def finish(self) -> None:
        """Put the new nodes in their places and drop the weights that nothing reads."""
        read: set[str] = set()
        for block in reversed(self.blocks):  # a loop's before the graph that a copy of it goes into
            nodes = []
            for node in block.node:
                for name in node.output:
                    nodes += self.before.get(name, [])
                nodes.append(node)
            read |= {name for node in nodes for name in node.input}
            del block.node[:]
            block.node.extend(nodes)
        kept = [t for t in self.graph.initializer if t.name in read or t.name not in self.used_up]
        del self.graph.initializer[:]
        self.graph.initializer.extend(kept)


def _in_order(graph: Any) -> Iterator[Any]:
    """Yield all nodes as they run, those of a loop in its place."""
    for node in graph.node:
        yield node
        if node.op_type == "Loop":
            yield from node.attribute[0].g.node


def _to_bytes(
    weight: NDArray[np.float32], levels: int, axis: int | tuple[int, ...]
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return integers from -levels to levels, and the scale of each channel."""
    largest = np.abs(weight).max(axis=axis, keepdims=True)
    scale = np.where(largest > 0, largest / levels, 1.0).astype(np.float32)
    return np.rint(weight / scale).astype(np.int8), scale
