#!/bin/sh
# Believed: a runtime that only multiplies matrices leaves no trace outside its process, and what is
#   set before the first session is set in time.
# True: onnxruntime's Linux wheels report to their maker from 1.29 on. Importing the package and
#   running one session leaves an id of the device and a database of events in the user's cache.
#   ORT_DISABLE_TELEMETRY=1 prevents that only when it is set before the import; set right after it,
#   or with disable_telemetry_events(), both files are there all the same.
# Versions: onnxruntime 1.28.0 (silent) and 1.32.0. Run without a network and with a home of its own.
# Matters here: people record others in private. The lock file stays below 1.29, and whoever embeds a
#   newer one must set the variable outside the program.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cat > "$tmp/run.py" <<'EOF'
import os
import sys

when = sys.argv[1]
if when == "before":
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

if when == "after":
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
if when == "call":
    onnxruntime.disable_telemetry_events()
import numpy
from onnx import TensorProto, helper

ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in "xy"]
graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", ends[:1], ends[1:])
opset = [helper.make_opsetid("", 17)]
model = helper.make_model(graph, ir_version=8, opset_imports=opset).SerializeToString()
onnxruntime.InferenceSession(model).run(None, {"x": numpy.ones(3, numpy.float32)})
EOF
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 onnx==1.23.2

# left WHEN: the files that one run leaves in an empty home. A network namespace of its own
# has no way out.
left() {
  mkdir "$tmp/home"
  env -i HOME="$tmp/home" PATH="$PATH" TMPDIR="$tmp/home" \
    unshare --map-root-user --net "$tmp/venv/bin/python" "$tmp/run.py" "$1" 2> "$tmp/errors" ||
    { cat "$tmp/errors"; exit 1; }
  (cd "$tmp/home" && find .cache -type f 2> /dev/null | sed 's|.*/||' | sort | tr '\n' ' ')
  rm -rf "${tmp:?}/home"
}
found=$(
  "$tmp/venv/bin/pip" install --quiet onnxruntime==1.28.0
  echo "1.28.0 never: $(left never)"
  "$tmp/venv/bin/pip" install --quiet onnxruntime==1.32.0
  for when in never before after call; do echo "1.32.0 $when: $(left "$when")"; done
)
echo "variable set or function called: files left in the cache"
echo "$found"
test "$found" = "1.28.0 never: 
1.32.0 never: deviceid onnxruntime.db 
1.32.0 before: 
1.32.0 after: deviceid onnxruntime.db 
1.32.0 call: deviceid onnxruntime.db "
