#!/bin/sh
# Believed: TextGrid is a plain format; its readers for Python give the same intervals, or all complain.
# True: where an interval ends 1e-10 s after the next begins, as sums of times in floats leave it,
#   praatio refuses the file, TextGrid rounds to five places and sees nothing, and pympi makes up an
#   interval that ends before it begins. Rounding does not save TextGrid where the ends fall on
#   different sides of a step: then it refuses, too.
# Versions: praatio 6.2.2, TextGrid 1.6.1, pympi-ling 1.71.
# Matters here: edges must be snapped together before such files are read or written.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet praatio==6.2.2 textgrid==1.6.1 pympi-ling==1.71
cd "$tmp"
"$tmp/venv/bin/python" - <<'EOF'
import sys

import pympi
import textgrid
from praatio import textgrid as praat


def write(end, start):
    head = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0 \nxmax = 2 \n'
    tier = 'tiers? <exists> \nsize = 1 \nitem []: \n    item [1]:\n        class = "IntervalTier" \n'
    tier += '        name = "t" \n        xmin = 0 \n        xmax = 2 \n        intervals: size = 2 \n'
    for number, row in enumerate(((0, end, "a"), (start, 2, "b")), 1):
        tier += f"        intervals [{number}]:\n            xmin = {row[0]!r} \n"
        tier += f'            xmax = {row[1]!r} \n            text = "{row[2]}" \n'
    with open("a.TextGrid", "w") as file:
        file.write(head + tier)


readers = {
    "praatio": lambda: [tuple(e) for e in praat.openTextgrid("a.TextGrid", True).getTier("t").entries],
    "TextGrid": lambda: [
        (i.minTime, i.maxTime, i.mark) for i in textgrid.TextGrid.fromFile("a.TextGrid")[0]
    ],
    "pympi": lambda: list(pympi.Praat.TextGrid("a.TextGrid").get_tier("t").get_all_intervals()),
}
found = []
for end, start in ((1.0000000001, 1.0), (1.00000500005, 1.00000499995)):
    write(end, start)
    for name, read in readers.items():
        try:
            found.append(read())
        except Exception as error:
            found.append(type(error).__name__)
        print(f"ends at {end}, next begins at {start}, {name}: {found[-1]}")
first = ["TextgridStateError", [(0.0, 1.0, "a"), (1.0, 2.0, "b")],
         [(0.0, 1.0000000001, "a"), (1.0000000001, 1.0, ""), (1.0, 2.0, "b")]]
sys.exit(found[:3] != first or found[3:5] != ["TextgridStateError", "ValueError"])
EOF
