"""ONNX's Loop over the pieces of a clip, in the place of the node that stands for it."""

from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from malgwi.export.pieces import DOMAIN, FRAMES, OPERATOR, InPieces

STEPS, OUTPUT = "steps", "frames"
"""The names of what goes into a piece's graph first, and of what comes out."""


def given_name(number: int) -> str:
    """Return the name of what else goes into a piece's graph."""
    return f"given_{number}"


def in_a_loop(model: Any, of_piece: Any, stands_for: InPieces) -> None:
    """Replace the node that stands for a module in an exported model by the loop that it means.

    Args:
        model: as it was exported, with one node of the module's name.
        of_piece: the module's piece, exported as a model of its own.
        stands_for: the module, its name no other's.
    """
    graph = model.graph
    number, node = next((i, n) for i, n in enumerate(graph.node) if _name(n) == stands_for.name)
    loop = _Loop(stands_for)
    nodes = list(graph.node)
    nodes[number : number + 1] = loop.nodes(node, of_piece.graph)
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*of_piece.graph.initializer, *loop.constants()])
    domains = [opset for opset in model.opset_import if opset.domain != DOMAIN]
    del model.opset_import[:]
    model.opset_import.extend(domains)


def _name(node: Any) -> str:
    """Return the name of the module that a node stands for, or nothing."""
    if node.op_type != OPERATOR:
        return ""
    (name,) = (attribute.s for attribute in node.attribute)
    return str(name, "utf-8")


class _Loop:
    """The nodes of one loop; all names in it begin with the module's."""

    def __init__(self, stands_for: InPieces) -> None:
        self.module, self.prefix = stands_for, stands_for.name
        self.rows = stands_for.shapes[0][0]

    def nodes(self, stand_in: Any, of_piece: Any) -> list[Any]:
        """Return what takes the place of a node; names in the piece's graph become the model's."""
        steps, *given = stand_in.input
        handed = {given_name(n): self._own(f"handed_{n}") for n in range(len(given))}
        names = self._renamed(of_piece, handed)
        for tensor in of_piece.initializer:
            tensor.name = names(tensor.name)
        for inner in of_piece.node:
            inner.name = f"{self.prefix}{inner.name}"
            inner.input[:] = [names(name) for name in inner.input]
            inner.output[:] = [names(name) for name in inner.output]
        body = helper.make_graph(
            [*self._cut(steps, names(STEPS)), *of_piece.node, *self._put_behind(names(OUTPUT))],
            self.prefix,
            [
                helper.make_tensor_value_info(self._own("number"), TensorProto.INT64, []),
                helper.make_tensor_value_info(self._own("more"), TensorProto.BOOL, []),
                self._frames("before"),
            ],
            [
                helper.make_tensor_value_info(self._own("go_on"), TensorProto.BOOL, []),
                self._frames("after"),
            ],
        )
        loop = self._node("Loop", [self._own("count"), "", self._own("none")], stand_in.output[0])
        loop.attribute.append(helper.make_attribute("body", body))
        # Behind a node they are no constants, which `quantise` would turn into bytes: samples would
        # have to be, too, those of the whole clip on one scale.
        kept = [
            self._node("Identity", [name], handed[given_name(n)]) for n, name in enumerate(given)
        ]
        return [*self._counted(steps), *kept, loop]

    def constants(self) -> list[Any]:
        """Return the numbers that the loop reckons with."""
        reach, hop = self.module.reach, self.module.hop
        numbers = {"axis": [1], "hop": [FRAMES * hop], "ahead": [(FRAMES - 1) * hop + reach]}
        numbers |= {"reach": [reach], "frame": [hop], "frames": [FRAMES], "scalar": []}
        nothing = np.zeros((self.rows, 0, self.module.channels), dtype=np.float32)
        return [
            numpy_helper.from_array(nothing, self._own("none")),
            *(
                numpy_helper.from_array(np.array(value, dtype=np.int64), self._own(name))
                for name, value in numbers.items()
            ),
        ]

    def _own(self, name: str) -> str:
        return f"{self.prefix}/loop/{name}"

    def _renamed(self, graph: Any, handed: dict[str, str]) -> Any:
        """Return how names of the piece's graph are called in the model; the empty one stays so."""
        own = {name for node in graph.node for name in (*node.input, *node.output) if name}
        own |= {tensor.name for tensor in graph.initializer}
        names = {name: f"{self.prefix}/{name}" for name in own} | handed
        return lambda name: names.get(name, name)

    def _frames(self, name: str) -> Any:
        shape = [self.rows, None, self.module.channels]
        return helper.make_tensor_value_info(self._own(name), TensorProto.FLOAT, shape)

    def _node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> Any:
        name = self._own(output.rsplit("/", 1)[-1])
        return helper.make_node(operator, inputs, [output], name, **attributes)

    def _reckon(self, operator: str, inputs: str, output: str) -> Any:
        return self._node(operator, [self._own(i) for i in inputs.split()], self._own(output))

    def _counted(self, steps: str) -> list[Any]:
        """Return the nodes that count pieces: frames, rounded up to whole pieces."""
        return [
            self._node("Shape", [steps], self._own("length"), start=1, end=2),
            self._reckon("Sub", "length reach", "behind"),
            self._reckon("Div", "behind frame", "hops"),
            self._reckon("Add", "hops frames", "rounded"),  # hops + 1 frames and a piece less one
            self._reckon("Div", "rounded frames", "counted"),
            self._reckon("Reshape", "counted scalar", "count"),
        ]

    def _cut(self, steps: str, into: str) -> list[Any]:
        """Return the nodes that cut one piece's steps out."""
        bounds = [self._own(name) for name in ("start", "end", "axis")]
        return [
            self._reckon("Mul", "number hop", "start"),
            self._reckon("Add", "start ahead", "end"),
            self._node("Slice", [steps, *bounds], into),
        ]

    def _put_behind(self, frames: str) -> list[Any]:
        """Return the nodes that put a piece's frames behind those before it."""
        after = self._node("Concat", [self._own("before"), frames], self._own("after"), axis=1)
        return [after, self._reckon("Identity", "more", "go_on")]
