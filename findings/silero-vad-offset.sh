#!/bin/sh
# Believed: a constant added to the samples changes nothing that can be heard, so a voice detector that
#   was trained on all kinds of microphones doesn't mind the offset that cheap sound cards add.
# True: where speech is loud it hardly does; of speech at -46 dBFS Silero's model finds three quarters of
#   the blocks without an offset, and none with one of 2 % of full scale.
# Versions: silero-vad 6.2.3 with onnxruntime 1.28.0.
# Matters here: what the detector doesn't call speech isn't run at all, so a quiet voice on a cheap sound
#   card would vanish without a word. The mean is taken off before the detector hears anything.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 onnxruntime==1.28.0 espeakng-loader==0.2.4
"$tmp/venv/bin/pip" install --quiet --no-deps silero-vad==6.2.3
cd "$tmp"
"$tmp/venv/bin/python" - <<'EOF'
import ctypes
import importlib.util
import sys
from pathlib import Path

import espeakng_loader
import numpy as np
import onnxruntime

# A sentence, spoken by espeak-ng: 16-bit samples come in pieces, through a callback.
espeak = ctypes.CDLL(espeakng_loader.get_library_path())
pieces = []


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
def take(samples, count, _):
    if samples and count > 0:
        pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
    return 0


rate = espeak.espeak_Initialize(2, 0, espeakng_loader.get_data_path().encode(), 0)
espeak.espeak_SetSynthCallback(take)
espeak.espeak_SetVoiceByName(b"en-us")
text = b"The speaker read two long sentences before the recording ended, and nobody said a word."
espeak.espeak_Synth(text, len(text) + 1, 0, 0, 0, 1, None, None)
espeak.espeak_Synchronize()
spoken = np.concatenate(pieces) / 32_768
places = np.arange(0, len(spoken), rate / 16_000)
speech = np.interp(places, np.arange(len(spoken)), spoken).astype(np.float32)

package = Path(importlib.util.find_spec("silero_vad").origin).parent
options = onnxruntime.SessionOptions()
options.log_severity_level = 3
model = onnxruntime.InferenceSession(str(package / "data" / "silero_vad.onnx"), options)


def share(level, offset):
    """Return which share of the blocks is speech."""
    heard = speech / np.abs(speech).max() * np.float32(level) + np.float32(offset)
    state, before, found = np.zeros((2, 1, 128), np.float32), np.full(64, offset, np.float32), []
    for start in range(0, len(heard) - 511, 512):
        block = np.append(before, heard[start : start + 512])
        feed = {"input": block[None], "state": state, "sr": np.array(16_000)}
        probability, state = model.run(None, feed)
        found.append(probability.item() > 0.5)
        before = block[-64:]
    print(f"peak {level}, offset {offset}: {np.mean(found):.0%} of the blocks are speech")
    return np.mean(found)


clear, shifted = share(0.5, 0.0), share(0.5, 0.1)
quiet, lost = share(0.005, 0.0), share(0.005, 0.02)
sys.exit(bool(clear < 0.9 or shifted < 0.9 or quiet < 0.6 or lost > 0.1))
EOF
