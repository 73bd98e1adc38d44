#!/bin/sh
# Believed: substitutions, deletions and insertions are facts of two texts, like their sum.
# True: several alignments have the same least sum, and each scorer picks its own. "a b" heard as "b c":
#   jiwer counts two substitutions, kaldialign and meeteval a deletion and an insertion. All say 100 %.
#   Over many texts the columns drift apart while the totals stay equal.
# Versions: jiwer 4.0.0 (rapidfuzz 3.14.6), kaldialign 0.12.0, meeteval 0.4.3.
# Matters here: "it swallows words" is read from these columns. They can only be compared between runs of
#   one scorer, the total between all.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 jiwer==4.0.0 rapidfuzz==3.14.6 \
  kaldialign==0.12.0 meeteval==0.4.3
"$tmp/venv/bin/python" - <<'EOF'
import random
import sys

import jiwer
import kaldialign
from meeteval.wer.wer.siso import siso_word_error_rate


def columns(reference, heard):
    j = jiwer.process_words(reference, heard)
    k = kaldialign.edit_distance(reference.split(), heard.split())
    m = siso_word_error_rate(reference, heard)
    return [
        (j.substitutions, j.deletions, j.insertions),
        (k["sub"], k["del"], k["ins"]),
        (m.substitutions, m.deletions, m.insertions),
    ]


names = "jiwer", "kaldialign", "meeteval"
short = columns("a b", "b c")
print('"a b" heard as "b c" (substitutions, deletions, insertions):', dict(zip(names, short)))
rng = random.Random(0)
pairs = [[" ".join(rng.choices("abcd", k=6)) for _ in range(2)] for _ in range(500)]
long = [columns(*pair) for pair in pairs]
totals = [[sum(column[i]) for column in long] for i in range(3)]
subs = [sum(column[i][0] for column in long) for i in range(3)]
print("500 random pairs, substitutions:", dict(zip(names, subs)), "errors:", sum(totals[0]))
same_totals = totals[0] == totals[1] == totals[2]
sys.exit(
    short != [(2, 0, 0), (0, 1, 1), (0, 1, 1)] or not same_totals or len(set(subs)) == 1
)
EOF
