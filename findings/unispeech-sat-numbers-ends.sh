#!/bin/sh
# Believed: the configurations of the wav2vec2 families differ in names and sizes; what a CTC model of one takes, such as
#   no token that begins or ends a text (None, as CTC has none), the others take, too.
# True: since configurations are typed, each field is checked as it is set. For bos, eos and pad UniSpeechSatConfig has
#   `int` where its nine relatives have `int | None`, so that None raises there, as an argument and as an attribute:
#   code that was tried with any of the others fails with this one alone.
# Versions: transformers 5.24.0, huggingface_hub 2.4.0.
# Matters here: training gives every checkpoint its data's vocabulary, and set both to None. UniSpeech-SAT, which was
#   said to be supported, ended in an error before its first step.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet transformers==5.24.0 huggingface_hub==2.4.0
cd "$tmp"
HF_HUB_OFFLINE=1 HF_HOME="$tmp" "$tmp/venv/bin/python" - <<'END'
import sys

import transformers

FAMILIES = (
    "Data2VecAudio", "Hubert", "SEW", "SEWD", "UniSpeech", "UniSpeechSat", "Wav2Vec2", "Wav2Vec2Bert",
    "Wav2Vec2Conformer", "WavLM",
)
refused = []
for family in FAMILIES:
    make = getattr(transformers, f"{family}Config")
    for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
        config = make()
        for way in (lambda: setattr(config, name, None), lambda: make(**{name: None})):
            try:
                way()
            except Exception as error:
                refused.append((family, name))
                print(f"{family}Config, {name} None: {type(error).__name__}")
expected = [
    ("UniSpeechSat", name) for name in ("bos_token_id", "eos_token_id", "pad_token_id") for _ in range(2)
]
print(f"{len(FAMILIES)} families, refused by {sorted({family for family, _ in refused})}")
sys.exit(refused != expected)
END
