#!/bin/sh
# Believed: any initializer of an ONNX model may lie in an external file; onnx writes them all there when it
#   is asked to (size_threshold=0), its checker takes the model, and so does onnxruntime.
# True: the checker does, unless it is asked for shapes too (full_check). Shape inference reads no external
#   data: where an operator's axes, such as those of an Unsqueeze, lie outside, loading ends in a
#   ShapeInferenceError. The threshold that onnx has unless told otherwise, 1,024 bytes, hides it, since such
#   tensors are small.
# Versions: onnx 1.23.2, onnxruntime 1.28.0.
# Matters here: bundles keep large weights beside the model; which ones may go there isn't free.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 onnx==1.23.2 onnxruntime==1.28.0
cd "$tmp"
ORT_DISABLE_TELEMETRY=1 "$tmp/venv/bin/python" - <<'EOF'
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

onnxruntime.set_default_logger_severity(4)
graph = helper.make_graph(
    [helper.make_node("Add", ["x", "w"], ["z"]), helper.make_node("Unsqueeze", ["z", "axes"], ["y"])],
    "g",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [300])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 300])],
    [
        numpy_helper.from_array(np.arange(300, dtype=np.float32), "w"),
        numpy_helper.from_array(np.array([0]), "axes"),
    ],
)


def load(threshold: int) -> str:
    """Write the model with its tensors of so many bytes outside, and say what becomes of it."""
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save_model(
        model, "m.onnx", save_as_external_data=True, location=f"w{threshold}", size_threshold=threshold
    )
    outside = [t.name for t in onnx.load("m.onnx", load_external_data=False).graph.initializer
               if t.data_location == TensorProto.EXTERNAL]
    onnx.checker.check_model("m.onnx")
    try:
        session = onnxruntime.InferenceSession("m.onnx", providers=["CPUExecutionProvider"])
    except Exception as error:
        said = str(error).splitlines()[0]
        print(f"outside: {outside}; refused: {said[:160]}")
        return "refused" if "ShapeInferenceError" in said else "another error"
    [y] = session.run(None, {"x": np.ones(300, np.float32)})
    print(f"outside: {outside}; y of shape {y.shape}")
    return "heard"


found = load(1024), load(0)  # w has 1,200 bytes, axes 8
sys.exit(found != ("heard", "refused"))
EOF
