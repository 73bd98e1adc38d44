#!/bin/sh
# Believed: resampling silence gives silence, and "resampling" to the same rate gives the samples back.
# True: for 16-bit input soxr adds dither before it rounds. Of a second of zeros, thousands become
#   1 or -1, and at equal rates some of the samples change. The noise is the same each time. In float32
#   silence stays silent and equal rates change nothing.
# Versions: soxr 1.1.0.
# Matters here: normalising to unit variance raises a quiet clip's dither to full level, and tests for
#   silence (all zeros) fail. Recordings are resampled as float32.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 soxr==1.1.0
"$tmp/venv/bin/python" - <<'EOF'
import sys

import numpy as np
import soxr

silence = np.zeros(48_000)
tone = 1_000 * np.sin(np.arange(48_000) / 20)
found = []
for kind in (np.int16, np.float32):
    heard = soxr.resample(silence.astype(kind), 48_000, 16_000)
    again = soxr.resample(silence.astype(kind), 48_000, 16_000)
    same_rate = soxr.resample(tone.astype(kind), 16_000, 16_000)
    loud = np.count_nonzero(heard) / len(heard)
    changed = np.count_nonzero(same_rate != tone.astype(kind)) / len(tone)
    print(f"{kind.__name__}: {loud:.1%} of silence isn't zero; equal rates change {changed:.1%}")
    found.append((loud > 0.1, changed > 0.1, bool((heard == again).all())))
sys.exit(found != [(True, True, True), (False, False, True)])
EOF
