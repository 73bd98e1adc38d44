#!/bin/sh
# Believed: the words of an annotation in an ELAN file have times of their own, and an export to
#   TextGrid holds every annotation that has a text.
# True: on tiers that subdivide their parent symbolically, which is how words are glossed, pympi gives
#   each word the whole span of the parent. Its to_textgrid then keeps the first word of each annotation
#   and drops the others without a word, as it drops what overlaps on any tier.
# Versions: pympi-ling 1.71.
# Matters here: clips cut by such times are the sentence once per word, and texts from the TextGrid are
#   one word long. Group by parent and join.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet pympi-ling==1.71
cd "$tmp"
"$tmp/venv/bin/python" - <<'EOF'
import sys

import pympi

corpus = pympi.Elan.Eaf()
corpus.remove_tier("default")
corpus.add_linguistic_type("word", constraints="Symbolic_Subdivision", timealignable=False)
corpus.add_tier("sentence")
corpus.add_tier("words", ling="word", parent="sentence")
for start, text in ((0, "we went home"), (2_000, "it rained")):
    corpus.add_annotation("sentence", start, start + 1_500, text)
    before = None
    for word in text.split():
        corpus.add_ref_annotation("words", "sentence", start + 100, word, prev=before)
        before = f"a{corpus.maxaid}"
corpus.to_file("corpus.eaf")

read = pympi.Elan.Eaf("corpus.eaf")
times = sorted((word[:2], word[2]) for word in read.get_ref_annotation_data_for_tier("words"))
intervals = read.to_textgrid().get_tier("words").get_all_intervals()
kept = [text for _, _, text in intervals if text]
print("words and their times:", times)
print("words in the TextGrid:", kept)
spans = [span for span, _ in times]
sys.exit(spans != [(0, 1_500)] * 3 + [(2_000, 3_500)] * 2 or kept != ["we", "it"])
EOF
