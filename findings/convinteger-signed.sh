#!/bin/sh
# Believed (and still advised widely): onnxruntime can't run a convolution whose weights quantize_dynamic
#   made signed; only unsigned weights work on CPUs.
# True: so it was up to 1.23, where such a model doesn't load. From 1.24 on both kinds load and run, and
#   their errors are alike.
# Versions: onnx 1.23.2; onnxruntime 1.23.2 (refuses) and 1.24.4.
# Matters here: the advice decides between int8 and uint8 for a whole model, and ours are signed. That
#   they run says nothing of speed, nor of one scale for a whole clip, for which Malgwi unfolds its
#   convolutions.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cat > "$tmp/run.py" <<'EOF'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

rng = np.random.default_rng(0)
weights = numpy_helper.from_array(rng.standard_normal((8, 4, 3)).astype(np.float32), "w")
x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, "n"])
y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 8, "m"])
conv = helper.make_node("Conv", ["x", "w"], ["y"], name="conv")
graph = helper.make_graph([conv], "g", [x], [y], [weights])
opset = [helper.make_opsetid("", 17)]
onnx.save(helper.make_model(graph, ir_version=8, opset_imports=opset), "float.onnx")
sound = {"x": rng.standard_normal((1, 4, 50)).astype(np.float32)}
exact = onnxruntime.InferenceSession("float.onnx").run(None, sound)[0]
for name, kind in (("signed", QuantType.QInt8), ("unsigned", QuantType.QUInt8)):
    quantize_dynamic("float.onnx", "int8.onnx", weight_type=kind)
    try:
        result = onnxruntime.InferenceSession("int8.onnx").run(None, sound)[0]
    except Exception as error:
        print(name, "refused:", "ConvInteger" in str(error))
    else:
        print(name, "runs, error under 5 %:", np.abs(result - exact).max() < 0.05 * np.abs(exact).max())
EOF
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet numpy==2.4.6 sympy==1.14.0 onnx==1.23.2
found=$(for version in 1.23.2 1.24.4; do
  venv/bin/pip install --quiet onnxruntime==$version
  echo "onnxruntime $version"
  venv/bin/python run.py 2> /dev/null
done)
echo "$found"
test "$found" = "onnxruntime 1.23.2
signed refused: True
unsigned runs, error under 5 %: True
onnxruntime 1.24.4
signed runs, error under 5 %: True
unsigned runs, error under 5 %: True"
