#!/bin/sh
# Believed: a feature extractor normalises each clip, then pads; a clip's numbers don't depend on the
#   clips beside it.
# True: Wav2Vec2FeatureExtractor pads first. With return_attention_mask=False, its default, mean and
#   variance are taken over the padding as well, so a clip beside one twice as long is scaled by
#   1.4, and its padding isn't zero any more. With the mask asked for, clips come out as they do alone.
#   (The advice to give models with a group norm no mask is about the model, not about this step.)
# Versions: transformers 5.23.0.
# Matters here: batch size changes what the model hears. We normalise each clip before it is padded.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 transformers==5.23.0
cd "$tmp"
HF_HUB_OFFLINE=1 HF_HOME="$tmp" "$tmp/venv/bin/python" - 2> /dev/null <<'EOF'
import sys

import numpy as np
from transformers import Wav2Vec2FeatureExtractor

rng = np.random.default_rng(0)
long = (0.1 * rng.standard_normal(32_000) + 0.02).astype(np.float32)
short = long[:16_000]
found = []
for mask in (None, False, True):
    options = {} if mask is None else {"return_attention_mask": mask}
    extract = Wav2Vec2FeatureExtractor(**options)
    alone = extract(short, sampling_rate=16_000, return_tensors="np").input_values[0]
    batch = extract([long, short], sampling_rate=16_000, padding=True, return_tensors="np")
    inside, behind = batch.input_values[1, :16_000], batch.input_values[1, 16_000:]
    found.append((round(float(inside.std() / alone.std()), 1), bool(behind.any())))
    print(f"mask {mask}: beside the long clip {found[-1][0]} times as loud as alone;",
          f"padding {'not ' if found[-1][1] else ''}zero")
sys.exit(found != [(1.4, True), (1.4, True), (1.0, False)])
EOF
