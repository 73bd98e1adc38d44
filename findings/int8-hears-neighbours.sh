#!/bin/sh
# Believed: a row of a batch is computed alone, in int8 as in float; batching changes rounding at most.
# True: dynamic quantisation takes one scale for the whole tensor, so a loud row makes the steps coarse
#   for all others. Beside a row 100 times as loud, a row's error grows by more than ten times, to over
#   half of its own largest value.
# Versions: onnx 1.23.2, onnxruntime 1.28.0.
# Matters here: an int8 recogniser that is right at batch 1 can be wrong in a batch. Bundles run clips
#   one by one, and the convolutions' frames, the rows there, are divided by their own largest value.
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
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

rng = np.random.default_rng(0)
weights = rng.standard_normal((256, 64)).astype(np.float32)
x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 256])
y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 64])
product = helper.make_node("MatMul", ["x", "w"], ["y"], name="product")
graph = helper.make_graph([product], "g", [x], [y], [numpy_helper.from_array(weights, "w")])
opset = [helper.make_opsetid("", 17)]
onnx.save(helper.make_model(graph, ir_version=8, opset_imports=opset), "float.onnx")
quantize_dynamic("float.onnx", "int8.onnx", weight_type=QuantType.QInt8, reduce_range=True)
session = onnxruntime.InferenceSession("int8.onnx")

quiet = rng.standard_normal((1, 256)).astype(np.float32)
loud = 100 * rng.standard_normal((1, 256)).astype(np.float32)
exact = quiet @ weights
for name, batch in (("alone", quiet), ("beside a quiet row", np.vstack([quiet, -quiet])),
                    ("beside a loud row", np.vstack([quiet, loud]))):
    error = np.abs(session.run(None, {"x": batch})[0][0] - exact[0]).max() / np.abs(exact).max()
    print(f"error of the first row {name}: {error:.1%} of its largest value")
    fine = error < 0.05 if "loud" not in name else error > 0.5
    if not fine:
        sys.exit("expected under 5 %, and over 50 % beside the loud row")
EOF
