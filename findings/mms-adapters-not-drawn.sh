#!/bin/sh
# Believed: Wav2Vec2ForCTC.init_adapter_layers() draws the language adapters of an MMS checkpoint anew, as the
#   published recipe for a new language calls it between from_pretrained and training.
# True: it changes nothing. A weight that was loaded, or drawn once, is marked, and what draws weights passes
#   over those that are. Training starts from whatever language's adapters are in the model, and nothing
#   says so.
# Versions: torch 2.15.0, transformers 5.24.0.
# Matters here: a new language would start from another one's adapters. Malgwi draws them itself.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 torch==2.15.0 transformers==5.24.0
cd "$tmp"
HF_HUB_OFFLINE=1 HF_HOME="$tmp" "$tmp/venv/bin/python" - 2> /dev/null <<'EOF'
import sys

import torch
from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

SHAPE = {
    "vocab_size": 12, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
    "intermediate_size": 64, "conv_dim": [16] * 7, "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4, "do_stable_layer_norm": True,
    "feat_extract_norm": "layer", "adapter_attn_dim": 8,
}


def adapters(model):
    return {n: p for n, p in model.named_parameters() if "adapter_layer" in n}


made = Wav2Vec2ForCTC(Wav2Vec2Config(**SHAPE))
with torch.no_grad():
    for weight in adapters(made).values():
        weight.add_(1.0)  # as if some language had trained them
made.save_pretrained("checkpoint")
loaded = Wav2Vec2ForCTC.from_pretrained("checkpoint")
before = {name: weight.detach().clone() for name, weight in adapters(loaded).items()}
loaded.init_adapter_layers()
same = sum(torch.equal(weight, before[name]) for name, weight in adapters(loaded).items())
print(f"after init_adapter_layers: {same} of {len(before)} adapter weights are those that were loaded")
if not before or same != len(before):
    sys.exit("expected all of them")
EOF
