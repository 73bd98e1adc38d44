#!/bin/sh
# Believed: Silero's voice detector takes blocks of 512 samples at 16 kHz. That is the size its wrapper
#   asks for, and its ONNX file runs on [1, 512] without an error and gives a probability for each.
# True: each block must have the 64 samples before it in front, [1, 576]; only the wrapper, which needs
#   torch, puts them there. Without them no block of clear speech reaches 0.5; with them nearly all do.
# Versions: silero-vad 6.2.3 with onnxruntime 1.28.0.
# Matters here: a detector that is fed from the ONNX file alone, as in Java or on a phone, takes all
#   speech for silence, and nothing says so. Hand the last 64 samples on, and pin the probabilities of
#   a clip.
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


def share(context):
    """Return which share of the blocks is speech, and the largest probability."""
    state, before, found = np.zeros((2, 1, 128), np.float32), np.zeros(context, np.float32), []
    for start in range(0, len(speech) - 511, 512):
        block = np.append(before, speech[start : start + 512])
        feed = {"input": block[None], "state": state, "sr": np.array(16_000)}
        probability, state = model.run(None, feed)
        found.append(probability.item())
        before = block[len(block) - context :]
    print(f"{context} samples before each block: {np.mean(np.array(found) > 0.5):.0%} of "
          f"{len(found)} blocks are speech, at most {max(found):.3f}")
    return np.mean(np.array(found) > 0.5)


bare, whole = share(0), share(64)
sys.exit(bool(bare != 0 or whole < 0.9))
EOF
