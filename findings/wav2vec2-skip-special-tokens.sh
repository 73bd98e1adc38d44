#!/bin/sh
# Believed: skip_special_tokens=True drops <s>, </s> and <pad> from the decoded text and changes nothing
#   else; a careful evaluation sets it.
# True: Wav2Vec2CTCTokenizer throws the blanks out first and merges repeats then, so every double letter
#   that the blank between kept apart becomes a single one: "hello" comes out as "helo". Without the
#   option blanks and merging are right, and no special token shows.
# Versions: transformers 4.57.1 and 5.23.0, tokenizers 0.22.1 and 0.23.3.
# Matters here: it is a loss of words that looks like the model's. Texts are decoded by our own rule.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
export HF_HUB_OFFLINE=1 HF_HOME="$tmp"
cat > "$tmp/run.py" <<'EOF'
import json

from transformers import Wav2Vec2CTCTokenizer

tokens = {token: i for i, token in enumerate(["<pad>", "<s>", "</s>", "<unk>", "|", *"ehlo"])}
with open("vocab.json", "w") as file:
    json.dump(tokens, file)
frames = [tokens[token] for token in ["<pad>", "h", "h", "e", "l", "<pad>", "l", "l", "o", "<pad>"]]
tokenizer = Wav2Vec2CTCTokenizer("vocab.json")
print(tokenizer.decode(frames), tokenizer.decode(frames, skip_special_tokens=True))
EOF
cd "$tmp"
found=$(for versions in "4.57.1 0.22.1" "5.23.0 0.23.3"; do
  "$tmp/venv/bin/pip" install --quiet numpy==2.4.6 \
    "transformers==${versions% *}" "tokenizers==${versions#* }"
  echo "transformers ${versions% *}: $("$tmp/venv/bin/python" run.py 2> /dev/null)"
done)
echo "decoded as it is, and with skip_special_tokens:"
echo "$found"
test "$found" = "transformers 4.57.1: hello helo
transformers 5.23.0: hello helo"
