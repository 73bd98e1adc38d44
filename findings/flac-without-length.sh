#!/bin/sh
# Believed: a valid FLAC file is a safe file; a reader that opens it and can seek in it can read it.
# True: FLAC may leave its length open (0 in the header), as encoders that write into a pipe do.
#   libsndfile then reports 2**63 - 1 frames: reading all of it asks numpy for an impossible array, and
#   reading in blocks ends in an error that swallows the last block. FFmpeg reads every sample.
# Versions: soundfile 0.14.0 (libsndfile 1.2.2), av 18.1.0.
# Matters here: recorders stream FLAC, and the length in a header must not be believed. A file that isn't
#   seekable to soundfile is read to its end.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 soundfile==0.14.0 av==18.1.0
cd "$tmp"
"$tmp/venv/bin/python" - <<'EOF'
import sys
from pathlib import Path

import av
import numpy as np
import soundfile

length = 159_500
soundfile.write("sound.flac", 0.3 * np.sin(np.arange(length) / 20), 16_000, subtype="PCM_16")
data = bytearray(Path("sound.flac").read_bytes())
data[21] &= 0xF0  # the 36 bits of the length in STREAMINFO
data[22:26] = bytes(4)
Path("sound.flac").write_bytes(data)

frames = soundfile.info("sound.flac").frames
try:
    whole = str(len(soundfile.read("sound.flac")[0]))
except ValueError as error:
    whole = type(error).__name__
read, blocks = 0, "no error"
with soundfile.SoundFile("sound.flac") as file:
    try:
        while got := len(file.read(1_000)):
            read += got
    except soundfile.LibsndfileError as error:
        blocks = type(error).__name__
with av.open("sound.flac") as container:
    ffmpeg = sum(frame.samples for frame in container.decode(audio=0))
print(f"{length} samples; soundfile says {frames}, at once: {whole}, in blocks: {read}, then {blocks}")
print(f"FFmpeg: {ffmpeg}")
found = (frames, whole, read, blocks, ffmpeg)
sys.exit(found != (2**63 - 1, "ValueError", 159_000, "LibsndfileError", length))
EOF
