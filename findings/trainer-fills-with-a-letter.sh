#!/bin/sh
# Believed: argmax of the logits that transformers' Trainer returns is what the model said.
# True: clips of all batches stand in one array, and behind the frames of a shorter batch each class has
#   -100. The largest of equal numbers is the first, so argmax gives token 0 there. Where the blank comes
#   last, as in the best-known tutorial for CTC, token 0 is a letter: it is added to the end of every clip
#   that isn't in the longest batch, and of short sentences each has a word wrong more.
# Versions: torch 2.15.0, transformers 5.24.0, accelerate 1.15.0.
# Matters here: WER in that tutorial's training table is .282, of the same model clip by clip .186. We score
#   clip by clip; benchmarks/timit.py shows both.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 torch==2.15.0 transformers==5.24.0 accelerate==1.15.0
cd "$tmp"
HF_HUB_OFFLINE=1 HF_HOME="$tmp" "$tmp/venv/bin/python" - 2> /dev/null <<'EOF'
import sys

import numpy as np
import torch
from transformers import Trainer, TrainingArguments, Wav2Vec2Config, Wav2Vec2ForCTC

torch.manual_seed(0)
model = Wav2Vec2ForCTC(Wav2Vec2Config(
    hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
    conv_dim=[16] * 7, num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4,
    vocab_size=5, pad_token_id=4,
))
with torch.no_grad():
    model.lm_head.bias[:] = torch.tensor([0.0, 0.0, 0.0, 0.0, 50.0])  # blank in every frame
short, long = torch.randn(8_000), torch.randn(16_000)
trainer = Trainer(
    model=model,
    args=TrainingArguments(
        output_dir="none", per_device_eval_batch_size=1, use_cpu=True, report_to=[],
        remove_unused_columns=False, disable_tqdm=True,
    ),
    data_collator=lambda batch: {"input_values": torch.stack([c["input_values"] for c in batch])},
)
logits = trainer.predict([{"input_values": short}, {"input_values": long}]).predictions
ids = np.argmax(logits, axis=-1)
heard = model._get_feat_extract_output_lengths(torch.tensor(8_000)).item()
print(f"frames: {logits.shape[1]}, of the short clip {heard}")
print("behind it:", np.unique(logits[0, heard:]).tolist(), "-> tokens", np.unique(ids[0, heard:]).tolist())
sys.exit(
    set(ids[0, :heard].tolist()) != {4}
    or set(ids[1].tolist()) != {4}
    or logits.shape[1] <= heard
    or set(np.unique(logits[0, heard:]).tolist()) != {-100.0}
    or set(ids[0, heard:].tolist()) != {0}
)
EOF
