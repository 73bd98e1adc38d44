#!/bin/sh
# Believed: mask_time_prob=0.05 hides 5 % of the frames from the model in training, in every clip.
# True: it is the share of a long clip. At least two spans of ten frames are hidden in any clip
#   (mask_time_min_masks), so of one second (49 frames) more than a third is gone, and of 0.4 s
#   about half. 5 % is true from eight seconds on.
# Versions: torch 2.15.0, transformers 5.23.0 (the configuration's defaults).
# Matters here: commands are a second long. Our masks shrink with the clip and never cover more than
#   half of it.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 torch==2.15.0 transformers==5.23.0
cd "$tmp"
HF_HUB_OFFLINE=1 HF_HOME="$tmp" "$tmp/venv/bin/python" - 2> /dev/null <<'EOF'
import sys

import numpy as np
import torch
from transformers import Wav2Vec2Config, Wav2Vec2Model

config = Wav2Vec2Config(
    hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
    conv_dim=[16] * 7, num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4,
)
model = Wav2Vec2Model(config).train()
np.random.seed(0)
torch.manual_seed(0)
found = {}
seen = []
model.encoder.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
for seconds in (0.4, 1, 2, 8, 20):
    seen.clear()
    with torch.no_grad():
        for _ in range(40):
            model(torch.randn(1, int(seconds * 16_000)))
    masked = torch.cat([(h == model.masked_spec_embed).all(-1) for h in seen])
    found[seconds] = masked.float().mean().item()
    print(f"{seconds} s, {masked.shape[1]} frames: {found[seconds]:.0%} hidden")
print("mask_time_prob:", config.mask_time_prob)
sys.exit(
    config.mask_time_prob != 0.05
    or not (found[0.4] > 0.45 and 0.33 < found[1] < 0.42 and found[2] > 0.15)
    or abs(found[8] - 0.05) > 0.01
    or abs(found[20] - 0.05) > 0.01
)
EOF
