"""ONNX's Loop over the pieces of a clip, in the place of the node that stands for it."""

from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from malgwi.export.unfolded import DOMAIN, FRAMES, OPERATOR, Piece

_PREFIX = "piece"
INPUTS, OUTPUT = ("windows", "weight", "shift"), "features"
"""The names of a piece's graph."""


def in_a_loop(model: Any, of_piece: Any, piece: Piece) -> None:
    """Replace the node of `unfolded.Convolutions` in an exported model by the loop that it means.

    Args:
        model: as it was exported, with one such node.
        of_piece: `piece`, exported as a model of its own, with `INPUTS` and `OUTPUT`.
        piece: how many windows its frames need.
    """
    graph = model.graph
    number, node = next((i, n) for i, n in enumerate(graph.node) if n.op_type == OPERATOR)
    windows, weight, shift = node.input
    given = {"weight": f"{_PREFIX}_weight", "shift": shift}
    names = _renamed(of_piece.graph, given)
    for tensor in of_piece.graph.initializer:
        tensor.name = names(tensor.name)
        graph.initializer.append(tensor)
    inside = []
    for inner in of_piece.graph.node:
        inner.name = f"/{_PREFIX}{inner.name}"
        inner.input[:] = [names(name) for name in inner.input]
        inner.output[:] = [names(name) for name in inner.output]
        inside.append(inner)
    body = helper.make_graph(
        [*_cut(windows, names("windows")), *inside, *_put_behind(names(OUTPUT))],
        _PREFIX,
        [
            helper.make_tensor_value_info(f"{_PREFIX}_number", TensorProto.INT64, []),
            helper.make_tensor_value_info(f"{_PREFIX}_more", TensorProto.BOOL, []),
            helper.make_tensor_value_info(
                f"{_PREFIX}_before", TensorProto.FLOAT, [1, None, piece.channels]
            ),
        ],
        [
            helper.make_tensor_value_info(f"{_PREFIX}_go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info(
                f"{_PREFIX}_after", TensorProto.FLOAT, [1, None, piece.channels]
            ),
        ],
    )
    _constants(graph, piece)
    loop = helper.make_node(
        "Loop", [f"{_PREFIX}_count", "", f"{_PREFIX}_none"], [node.output[0]], f"/{_PREFIX}s"
    )
    loop.attribute.append(helper.make_attribute("body", body))
    nodes = list(graph.node)
    # Behind a node it is no constant, which `quantise` would turn into bytes: samples would have to
    # be, too, those of the whole clip on one scale.
    filters = helper.make_node("Identity", [weight], [given["weight"]], f"/{_PREFIX}s/weight")
    nodes[number : number + 1] = [*_counted(windows), filters, loop]
    del graph.node[:]
    graph.node.extend(nodes)
    domains = [opset for opset in model.opset_import if opset.domain != DOMAIN]
    del model.opset_import[:]
    model.opset_import.extend(domains)


def _renamed(graph: Any, given: dict[str, str]) -> Any:
    """Return how names of the piece's graph are called in the model; the empty one stays so."""
    own = {name for node in graph.node for name in (*node.input, *node.output) if name}
    own |= {tensor.name for tensor in graph.initializer}
    names = {name: f"{_PREFIX}/{name}" for name in own} | given
    return lambda name: names.get(name, name)


def _constants(graph: Any, piece: Piece) -> None:
    """Add the numbers that the loop reckons with."""
    ahead = (FRAMES - 1) * piece.hop + piece.reach
    numbers = {"axis": [1], "hop": [FRAMES * piece.hop], "ahead": [ahead]}
    numbers |= {"reach": [piece.reach], "frame": [piece.hop], "frames": [FRAMES]}
    for name, value in numbers.items():
        tensor = numpy_helper.from_array(np.array(value, dtype=np.int64), f"{_PREFIX}_{name}")
        graph.initializer.append(tensor)
    scalar = numpy_helper.from_array(np.array([], dtype=np.int64), f"{_PREFIX}_scalar")
    nothing = np.zeros((1, 0, piece.channels), dtype=np.float32)
    graph.initializer.extend([scalar, numpy_helper.from_array(nothing, f"{_PREFIX}_none")])


def _nodes(*lines: tuple[str, str, str, dict[str, Any]]) -> list[Any]:
    """Return nodes of lines (operator, inputs, output, attributes), names without the prefix."""
    return [
        helper.make_node(
            operator,
            [name if "/" in name else f"{_PREFIX}_{name}" for name in inputs.split()],
            [output if "/" in output else f"{_PREFIX}_{output}"],
            f"/{_PREFIX}s/{output.removeprefix(_PREFIX + '/')}",
            **attributes,
        )
        for operator, inputs, output, attributes in lines
    ]


def _counted(windows: str) -> list[Any]:
    """Return the nodes that count pieces: frames, rounded up to whole pieces."""
    shape = helper.make_node("Shape", [windows], [f"{_PREFIX}_length"], start=1, end=2)
    return [
        shape,
        *_nodes(
            ("Sub", "length reach", "behind", {}),
            ("Div", "behind frame", "hops", {}),
            ("Add", "hops frames", "rounded", {}),  # hops + 1 frames, and all but one of a piece
            ("Div", "rounded frames", "counted", {}),
            ("Reshape", "counted scalar", "count", {}),
        ),
    ]


def _cut(windows: str, into: str) -> list[Any]:
    """Return the nodes that cut one piece's windows out."""
    slice_ = helper.make_node(
        "Slice",
        [windows, f"{_PREFIX}_start", f"{_PREFIX}_end", f"{_PREFIX}_axis"],
        [into],
        f"/{_PREFIX}s/windows",
    )
    return [
        *_nodes(
            ("Mul", "number hop", "start", {}),
            ("Add", "start ahead", "end", {}),
        ),
        slice_,
    ]


def _put_behind(features: str) -> list[Any]:
    """Return the nodes that put a piece's features behind those before it."""
    concat = helper.make_node(
        "Concat",
        [f"{_PREFIX}_before", features],
        [f"{_PREFIX}_after"],
        f"/{_PREFIX}s/after",
        axis=1,
    )
    return [concat, *_nodes(("Identity", "more", "go_on", {}))]
