#!/bin/sh
# Believed: a function of one's own, registered with transformers' AttentionInterface, is called with what the
#   built-in ones are called with: one that hands all its arguments on to `sdpa` gives what `sdpa` gives.
# True: it gets no mask. Masks are made by a second table, AttentionMaskInterface; where the name isn't in it,
#   attention_mask is None, whatever padding the batch has. Frames of padding are attended to, so that a clip's
#   logits depend on what it is batched with. Nothing is said. With sdpa_mask under the same name the two agree.
# Versions: torch 2.15.0, transformers 5.24.0.
# Matters here: export gives attention a form of its own. Of all families SEW alone has a mask there, and was
#   wrong by a fifth until its mask was registered, too.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 torch==2.15.0 transformers==5.24.0
cd "$tmp"
HF_HUB_OFFLINE=1 HF_HOME="$tmp" "$tmp/venv/bin/python" - <<'END'
import sys
import warnings

import torch
from transformers import (
    AttentionInterface,
    AttentionMaskInterface,
    Wav2Vec2Config,
    Wav2Vec2ForCTC,
)
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

torch.manual_seed(0)
config = Wav2Vec2Config(
    vocab_size=12, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
    conv_dim=[16] * 7, num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4,
    do_stable_layer_norm=True, feat_extract_norm="layer", attn_implementation="sdpa",
)
model = Wav2Vec2ForCTC(config).eval()
with torch.no_grad():
    for name, weight in model.named_parameters():
        if "attention" in name:
            weight.mul_(10)  # so that it matters which frames are attended to
seen = []


def mine(module, query, key, value, attention_mask, **rest):
    seen.append(attention_mask is not None)
    return sdpa_attention_forward(module, query, key, value, attention_mask, **rest)


def logits(name):
    """Return those of a clip of a second, beside one of two."""
    model.set_attn_implementation(name)
    sound = torch.randn(2, 32_000, generator=torch.Generator().manual_seed(1))
    given = torch.ones(2, 32_000, dtype=torch.long)
    given[0, 16_000:] = 0
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning would be a word about it
        return model(sound, attention_mask=given).logits[0, :49]


AttentionInterface.register("mine", mine)
usual = logits("sdpa")
without = (logits("mine") - usual).abs().max().item()
masks = any(seen)
AttentionMaskInterface.register("mine", sdpa_mask)
seen.clear()
with_mask = (logits("mine") - usual).abs().max().item()
print(f"registered by AttentionInterface alone: masks given: {masks}, logits differ by {without:.3f}")
print(f"and by AttentionMaskInterface: masks given: {all(seen)}, logits differ by {with_mask:.1e}")
sys.exit(masks or without < 0.01 or not all(seen) or with_mask > 1e-5)
END
