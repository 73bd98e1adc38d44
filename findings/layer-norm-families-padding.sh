#!/bin/sh
# Believed: where the first convolution has a layer norm, a mask is enough: a padded clip gives the logits
#   that it gives alone, in every family that shares Wav2Vec2's convolutions and mask.
# True: it holds for Wav2Vec2, HuBERT and UniSpeech. data2vec-audio has five positional convolutions one
#   behind the other and a Conformer has a convolution in every layer: only what enters the first is set to
#   zero behind the clip, so from the second on they hear what the padding became. SEW joins two frames
#   to one and pools the mask by its maximum, so a clip with an odd number of frames keeps half a frame
#   of padding as sound.
# Versions: torch 2.15.0, transformers 5.24.0.
# Matters here: a word error rate would depend on the batch. Malgwi silences the padding in front of
#   every convolution along time, and rounds SEW's mask down.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 torch==2.15.0 transformers==5.24.0
cd "$tmp"
HF_HUB_OFFLINE=1 HF_HOME="$tmp" "$tmp/venv/bin/python" - 2> /dev/null <<'EOF'
import sys

import torch
from transformers import AutoConfig, AutoModelForCTC

SHAPE = {
    "vocab_size": 20, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
    "intermediate_size": 64, "conv_dim": [16] * 7, "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4, "feat_extract_norm": "layer", "conv_bias": True,
}
FAMILIES = {
    "wav2vec2": {"do_stable_layer_norm": True},
    "hubert": {"do_stable_layer_norm": True},
    "unispeech": {"do_stable_layer_norm": True},
    "data2vec-audio": {"num_conv_pos_embeddings": 5},
    "wav2vec2-conformer": {},
    "sew": {"conv_dim": [16] * 13},
}
HEARS = {"data2vec-audio", "wav2vec2-conformer", "sew"}
SAMPLES = 16_000  # 49 frames
wrong = []
for family, own in FAMILIES.items():
    torch.manual_seed(0)
    model = AutoModelForCTC.from_config(AutoConfig.for_model(family, **(SHAPE | own))).eval()
    clip = torch.randn(1, SAMPLES)
    padded = torch.nn.functional.pad(clip, (0, 16_000))
    mask = (torch.arange(padded.shape[1]) < SAMPLES).long()[None]
    with torch.no_grad():
        alone = model(clip).logits
        batch = model(padded, attention_mask=mask).logits[:, : alone.shape[1]]
    change = ((alone - batch).abs().max() / alone.abs().max()).item()
    print(f"{family}: logits change by {change:.1e} of the largest")
    if (change > 1e-2) != (family in HEARS) or 1e-4 < change < 1e-2:
        wrong.append(family)
sys.exit(bool(wrong))
EOF
