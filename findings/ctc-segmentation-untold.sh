#!/bin/sh
# Believed: speech that the transcript leaves out costs the alignment its place, the gap; the utterances
#   around keep theirs.
# True: three sentences are said and the second isn't in the text. ctc-segmentation puts the first one
#   behind where it was said, onto the sound of the second, though each frame's letter is as
#   good as certain. With blank_transition_cost_zero=True both sentences are found again.
# Versions: ctc-segmentation 1.7.5.
# Matters here: every real recording holds asides that nobody wrote down, and the clips cut there would
#   teach wrong words. Who cuts with this package sets the option.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet setuptools==84.2.1 numpy==2.4.6 ctc-segmentation==1.7.5
"$tmp/venv/bin/python" - <<'EOF'
import sys

import numpy as np
from ctc_segmentation import (
    CtcSegmentationParameters,
    ctc_segmentation,
    determine_utterance_segments,
    prepare_text,
)

alphabet = ["_", *"abcdefghijklmnopqrstuvwxyz "]
said = ["hello there", "good morning", "see you later"]
spoken = [*"_" * 25]
true = []
for sentence in said:
    start = len(spoken)
    for letter in sentence:
        spoken += [letter, letter, "_"]
    true.append((start * 0.02, len(spoken) * 0.02))
    spoken += "_" * 25
likely = np.full((len(spoken), len(alphabet)), 0.01 / (len(alphabet) - 1))
likely[range(len(spoken)), [alphabet.index(letter) for letter in spoken]] = 0.99


def places(texts, **options):
    settings = CtcSegmentationParameters(char_list=alphabet, index_duration=0.02, blank=0, **options)
    truth, begins = prepare_text(settings, texts)
    times, chars, _ = ctc_segmentation(settings, np.log(likely), truth)
    return determine_utterance_segments(settings, begins, chars, times, texts)


def share(found, place):
    """Return the share of `place` that `found` covers."""
    return max(0.0, min(found[1], place[1]) - max(found[0], place[0])) / (place[1] - place[0])


text = [said[0], said[2]]
found = {"all of the text": places(said)[0], "second sentence untold": places(text)[0],
         "the same, blanks free": places(text, blank_transition_cost_zero=True)[0]}
for name, place in found.items():
    print(f"{name}: first sentence at {place[0]:.2f} to {place[1]:.2f} s;",
          f"said at {true[0][0]:.2f} to {true[0][1]:.2f}: {share(place, true[0]):.0%} covered")
sys.exit([share(place, true[0]) > 0.9 for place in found.values()] != [True, False, True]
         or share(found["second sentence untold"], true[0]) > 0)
EOF
