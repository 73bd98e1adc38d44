#!/bin/sh
# Believed: an annotation on a tier of ELAN that can be aligned in time has a begin and an end.
# True: time slots within a subdivided annotation need no time (ELAN spreads them evenly when it shows
#   them). pympi gives None for these borders, and its to_textgrid leaves out every annotation that has
#   such a border, without a word: of a sentence of four words none is left, though their order and the
#   ends of the sentence are known.
# Versions: pympi-ling 1.71.
# Matters here: words that nobody moved yet would be missing from the texts. Spread the slots between
#   their neighbours that have times.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet pympi-ling==1.71
cd "$tmp"
"$tmp/venv/bin/python" - <<'EOF'
import sys
from pathlib import Path

import pympi

WORDS = ("we", "went", "home", "early")


def annotation(number, first, last, text):
    return (
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}" TIME_SLOT_REF1="ts{first}" '
        f'TIME_SLOT_REF2="ts{last}"><ANNOTATION_VALUE>{text}</ANNOTATION_VALUE>'
        "</ALIGNABLE_ANNOTATION></ANNOTATION>"
    )


words = "".join(annotation(2 + n, 1 + n, 2 + n, word) for n, word in enumerate(WORDS))
Path("corpus.eaf").write_text(f"""<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2026-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>
<TIME_ORDER>
<TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="0"/>
<TIME_SLOT TIME_SLOT_ID="ts2"/><TIME_SLOT TIME_SLOT_ID="ts3"/><TIME_SLOT TIME_SLOT_ID="ts4"/>
<TIME_SLOT TIME_SLOT_ID="ts5" TIME_VALUE="2000"/>
</TIME_ORDER>
<TIER LINGUISTIC_TYPE_REF="sentence" TIER_ID="sentence">{annotation(1, 1, 5, " ".join(WORDS))}</TIER>
<TIER LINGUISTIC_TYPE_REF="word" PARENT_REF="sentence" TIER_ID="words">{words}</TIER>
<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="sentence" TIME_ALIGNABLE="true"/>
<LINGUISTIC_TYPE CONSTRAINTS="Time_Subdivision" LINGUISTIC_TYPE_ID="word" TIME_ALIGNABLE="true"/>
<CONSTRAINT DESCRIPTION="no gaps" STEREOTYPE="Time_Subdivision"/>
</ANNOTATION_DOCUMENT>
""")
corpus = pympi.Elan.Eaf("corpus.eaf")
read = corpus.get_annotation_data_for_tier("words")
grid = corpus.to_textgrid()
kept = {
    tier.name: [text for _, _, text in tier.get_all_intervals() if text] for tier in grid.get_tiers()
}
print("words and their times:", read)
print("the TextGrid:", kept)
borders = [(0, None), (None, None), (None, None), (None, 2000)]
sys.exit([word[:2] for word in read] != borders or kept != {"sentence": [" ".join(WORDS)], "words": []})
EOF
