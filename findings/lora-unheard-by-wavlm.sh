#!/bin/sh
# Believed: LoRA beside q_proj, k_proj, v_proj and out_proj changes attention in every model that has layers
#   of these names, so what trains Wav2Vec2 trains WavLM.
# True: WavLM hands the four layers' weights to a function of torch instead of calling them, and peft's
#   wrapper answers with the weights of the layer below. Factors drawn at random change no logit there, and
#   get no gradient; nothing says so.
# Versions: torch 2.15.0, transformers 5.24.0, peft 0.21.2.
# Matters here: such a run would train the head alone and look like a poor checkpoint. Malgwi puts LoRA
#   beside WavLM's feed-forward layers, and holds in tests that every factor is heard.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 torch==2.15.0 transformers==5.24.0 peft==0.21.2
cd "$tmp"
HF_HUB_OFFLINE=1 HF_HOME="$tmp" "$tmp/venv/bin/python" - 2> /dev/null <<'EOF'
import sys

import torch
from peft import LoraConfig, inject_adapter_in_model
from transformers import AutoConfig, AutoModelForCTC

SHAPE = {
    "vocab_size": 12, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
    "intermediate_size": 64, "conv_dim": [16] * 7, "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4, "feat_extract_norm": "layer",
}
HEARD = {"wav2vec2": 16, "hubert": 16, "unispeech-sat": 16, "wavlm": 0}
noise = torch.randn(1, 16_000, generator=torch.Generator().manual_seed(0))
wrong = []
for family, expected in HEARD.items():
    torch.manual_seed(0)
    model = AutoModelForCTC.from_config(AutoConfig.for_model(family, **SHAPE)).eval()
    before = model(noise).logits
    lora = LoraConfig(
        r=4, target_modules=["q_proj", "k_proj", "v_proj", "out_proj"], init_lora_weights=False
    )
    inject_adapter_in_model(lora, model)
    after = model(noise).logits
    if after.requires_grad:
        after.square().sum().backward()
    factors = [p for n, p in model.named_parameters() if "lora_" in n]
    learn = sum(p.grad is not None and bool(p.grad.abs().max() > 0) for p in factors)
    change = float((after - before).abs().max())
    print(f"{family}: logits change by {change:.4f}; {learn} of {len(factors)} factors have a gradient")
    if learn != expected or (change > 0) != (expected > 0):
        wrong.append(family)
if wrong:
    sys.exit(f"expected otherwise of {', '.join(wrong)}")
EOF
