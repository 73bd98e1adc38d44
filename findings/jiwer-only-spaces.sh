#!/bin/sh
# Believed: jiwer splits words at white space, as Python's split does and as its default transformation
#   suggests, which strips a text and merges spaces.
# True: only U+0020 parts words. "good\tmorning" is one word, so against "good morning" it costs one
#   substitution and one insertion: a word error rate of 200 %. A line break, a no-break space (French
#   texts, web pages) and the ideographic space (Chinese, Japanese, Korean) do the same.
# Versions: jiwer 4.0.0 (rapidfuzz 3.14.6).
# Matters here: `malgwi evaluate` has jiwer's counts, but splits at all white space first.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet jiwer==4.0.0 rapidfuzz==3.14.6
"$tmp/venv/bin/python" - <<'EOF'
import sys

import jiwer

found = []
for name, space in (("two spaces", "  "), ("tab", "\t"), ("line break", "\n"),
                    ("no-break space", "\u00a0"), ("ideographic space", "\u3000")):
    reference = f"good{space}morning"
    found.append((len(reference.split()), jiwer.wer(reference, "good morning")))
    print(f"{name}: {found[-1][0]} words to Python, WER {found[-1][1]:.0%}")
sys.exit(found != [(2, 0.0), *[(2, 2.0)] * 4])
EOF
