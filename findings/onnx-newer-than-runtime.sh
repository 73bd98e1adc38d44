#!/bin/sh
# Believed: the newest onnx writes models that the newest onnxruntime but a few can read; what a model
#   doesn't use can't stand in its way.
# True: a model of one Relu, made with onnx's defaults, gets the newest file format (IR 14) and the
#   newest operators (28). onnxruntime 1.28 refuses the file for its IR version alone and, with an older
#   one, for its operators, though Relu hasn't changed since opset 14.
# Versions: onnx 1.23.2; onnxruntime 1.28.0 refuses, 1.32.0 reads.
# Matters here: 1.28 is the last onnxruntime that doesn't report to its maker, and phones keep old
#   ones. The exporter names IR 8 and opset 17 instead of taking defaults.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cat > "$tmp/run.py" <<'EOF'
import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime
from onnx import TensorProto, helper

ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in "xy"]
graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", ends[:1], ends[1:])
for given in ({}, {"ir_version": 8}, {"ir_version": 8, "opset_imports": [helper.make_opsetid("", 17)]}):
    model = helper.make_model(graph, **given)
    try:
        onnxruntime.InferenceSession(model.SerializeToString())
        verdict = "reads"
    except Exception as error:
        verdict = "refuses: " + ("IR" if "IR version" in str(error) else "opset")
    print(f"IR {model.ir_version}, opset {model.opset_import[0].version}:", verdict)
EOF
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 onnx==1.23.2
found=$(for version in 1.28.0 1.32.0; do
  "$tmp/venv/bin/pip" install --quiet onnxruntime==$version
  echo "onnxruntime $version"
  "$tmp/venv/bin/python" "$tmp/run.py" 2> /dev/null
done)
echo "$found"
test "$found" = "onnxruntime 1.28.0
IR 14, opset 28: refuses: IR
IR 8, opset 28: refuses: opset
IR 8, opset 17: reads
onnxruntime 1.32.0
IR 14, opset 28: reads
IR 8, opset 28: reads
IR 8, opset 17: reads"
