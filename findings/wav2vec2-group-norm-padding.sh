#!/bin/sh
# Believed: with an attention mask a padded clip gives the logits that it gives alone.
# True: that holds for Wav2Vec2 checkpoints whose first convolution has a layer norm (feat_extract_norm="layer").
#   With a group norm, as in wav2vec2-base, the first layer takes its mean and variance over the clip
#   and the padding behind it, before any mask is looked at: beside a clip twice as long the logits
#   change by a third of their largest value and more (random weights), mask or not.
# Versions: torch 2.15.0, transformers 5.23.0.
# Matters here: a word error rate would depend on the batch size. Training
#   normalises over each clip's own positions.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 torch==2.15.0 transformers==5.23.0
cd "$tmp"
HF_HUB_OFFLINE=1 HF_HOME="$tmp" "$tmp/venv/bin/python" - 2> /dev/null <<'EOF'
import sys

import torch
from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

torch.manual_seed(0)
clip = torch.randn(1, 16_000)
padded = torch.nn.functional.pad(clip, (0, 16_000))
mask = torch.nn.functional.pad(torch.ones(1, 16_000, dtype=torch.long), (0, 16_000))
found = []
for norm in ("layer", "group"):
    config = Wav2Vec2Config(
        vocab_size=20, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, conv_dim=[16] * 7, num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4, feat_extract_norm=norm,
        do_stable_layer_norm=norm == "layer", conv_bias=norm == "layer",
    )
    model = Wav2Vec2ForCTC(config).eval()
    with torch.no_grad():
        alone = model(clip).logits
        batch = model(padded, attention_mask=mask).logits[:, : alone.shape[1]]
    change = ((alone - batch).abs().max() / alone.abs().max()).item()
    found.append(change)
    print(f"{norm} norm, padded and masked: logits change by {change:.1e} of the largest")
sys.exit(not (found[0] < 1e-4 and found[1] > 0.3))
EOF
