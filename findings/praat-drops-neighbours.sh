#!/bin/sh
# Believed: a word without length, as rounding and corrections leave it, is at worst a tick in a TextGrid: what reads it
#   refuses it or shows it, and its neighbours are safe.
# True: tgt and pympi write it without a word, and Praat reads it without a word, but the interval that begins where it
#   stands is gone: of a, x (no length), b and c remain a, x and c. An empty interval does it, too, such as a gap that
#   rounds to nothing; at a tier's end nothing is lost. (TextGrid and praatio refuse to write one.)
# Versions: Praat 6.1.38 in praat-parselmouth 0.4.7, tgt 1.5, pympi-ling 1.71.
# Matters here: words that people add have no sound of their own, and times are written in milliseconds. In what is
#   written for Praat such a word gets a millisecond, or stands in its neighbour's interval.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet praat-parselmouth==0.4.7 tgt==1.5 pympi-ling==1.71
cd "$tmp"
"$tmp/venv/bin/python" - <<'END'
import sys

import parselmouth
import pympi
import tgt
from parselmouth.praat import call


def by_tgt(said, path):
    tier = tgt.IntervalTier(0, said[-1][1], "words")
    for start, end, text in said:
        tier.add_interval(tgt.Interval(start, end, text))
    grid = tgt.TextGrid()
    grid.add_tier(tier)
    tgt.write_to_file(grid, path, format="long")


def by_pympi(said, path):
    grid = pympi.TextGrid(xmax=float(said[-1][1]))
    tier = grid.add_tier("words")
    for start, end, text in said:
        tier.add_interval(float(start), float(end), text)
    grid.to_file(path)


def read_by_praat(path):
    grid = parselmouth.read(path)
    count = call(grid, "Get number of intervals", 1)
    return [call(grid, "Get label of interval", 1, number) for number in range(1, count + 1)]


cases = (
    ("all have a length", [(0, 1, "a"), (1, 2, "b"), (2, 3, "c")], ["a", "b", "c"]),
    ("a word has none", [(0, 1, "a"), (1, 1, "x"), (1, 2, "b"), (2, 3, "c")], ["a", "x", "c"]),
    ("a gap has none", [(0, 1, "a"), (1, 1, ""), (1, 2, "b"), (2, 3, "c")], ["a", "", "c"]),
    ("the last one has none", [(0, 1, "a"), (1, 3, "c"), (3, 3, "x")], ["a", "c", "x"]),
)
differ = False
for write in (by_tgt, by_pympi):
    for what, said, expected in cases:
        write(said, "words.TextGrid")
        seen = read_by_praat("words.TextGrid")
        print(f"{write.__name__}, {what}: written {[text for *_, text in said]}, in Praat {seen}")
        differ |= seen != expected
sys.exit(differ)
