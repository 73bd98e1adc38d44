#!/bin/sh
# Believed: quantize_dynamic turns every product with a constant matrix into int8, or says why not.
# True: it looks for the matrix among the graph's initializers only. The same matrix held by a Constant
#   node, or reached through a Transpose or an Identity, stays float, without an error; so does all of a
#   model when an operator's name is misspelt, and a name of a node to exclude that isn't there
#   excludes nothing.
# Versions: onnx 1.23.2, onnxruntime 1.28.0.
# Matters here: exporters write weights in each of these ways. Malgwi has its own quantiser; after any
#   other, count the MatMulInteger nodes.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 sympy==1.14.0 onnx==1.23.2 onnxruntime==1.28.0
cd "$tmp"
"$tmp/venv/bin/python" - 2> /dev/null <<'EOF'
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

matrix = np.random.default_rng(0).standard_normal((32, 16)).astype(np.float32)
plain, turned = numpy_helper.from_array(matrix, "w"), numpy_helper.from_array(matrix.T.copy(), "v")
product = helper.make_node("MatMul", ["x", "w"], ["y"], name="product")


def outcome(nodes, initializers, **options):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 32])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 16])
    graph = helper.make_graph([*nodes, product], "g", [x], [y], initializers)
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, ir_version=8, opset_imports=opset), "float.onnx")
    quantize_dynamic("float.onnx", "int8.onnx", weight_type=QuantType.QInt8, **options)
    ops = [node.op_type for node in onnx.load("int8.onnx").graph.node]
    return "int8" if "MatMulInteger" in ops else "float"


found = {
    "initializer": outcome([], [plain]),
    "Constant": outcome([helper.make_node("Constant", [], ["w"], value=plain)], []),
    "Transpose": outcome([helper.make_node("Transpose", ["v"], ["w"], perm=[1, 0])], [turned]),
    "Identity": outcome(
        [helper.make_node("Identity", ["u"], ["w"])], [numpy_helper.from_array(matrix, "u")]
    ),
    "misspelt operator": outcome([], [plain], op_types_to_quantize=["Matmul"]),
    "unknown node excluded": outcome([], [plain], nodes_to_exclude=["produkt"]),
}
for name, kind in found.items():
    print(f"{name}: {kind}")
sys.exit(list(found.values()) != ["int8", "float", "float", "float", "float", "int8"])
EOF
