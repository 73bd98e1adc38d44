#!/bin/sh
# Believed: reading a recording block by block gives the samples that reading it at once gives.
# True: for MP3 it doesn't. After each read soundfile seeks to where the file stands already, the decoder
#   starts anew there, and what it carried over from earlier frames is lost: the samples after some
#   seams are wrong, and mpg123 complains on stderr. WAV, FLAC, Ogg Vorbis and Opus come out equal. A
#   file that says it isn't seekable is read right.
# Versions: soundfile 0.14.0 with libsndfile 1.2.2.
# Matters here: long recordings are read in blocks, and a transcript must not depend on their size.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 soundfile==0.14.0
cd "$tmp"
"$tmp/venv/bin/python" - 2> "$tmp/complaints" <<'EOF'
import sys

import numpy as np
import soundfile

rng = np.random.default_rng(0)
t = np.arange(20 * 16_000) / 16_000
sound = 0.3 * np.sin(2 * np.pi * (200 + 20 * t) * t) + 0.05 * rng.standard_normal(len(t))


def in_blocks(name, seekable):
    with soundfile.SoundFile(name) as file:
        if not seekable:
            file.seekable = lambda: False
        parts = []
        while len(part := file.read(4096)):
            parts.append(part)
    return np.concatenate(parts)


for kind, subtype in (("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS"),
                      ("MP3", "MPEG_LAYER_III")):
    soundfile.write("sound", sound, 16_000, format=kind, subtype=subtype)
    whole = soundfile.read("sound")[0]
    usual = np.abs(in_blocks("sound", True) - whole).max()
    still = np.abs(in_blocks("sound", False) - whole).max()
    print(f"{kind} {subtype}: differs by {usual:.6f}, not seekable by {still:.6f}")
    if (usual > 1e-3) != (kind == "MP3") or still > 1e-6:
        sys.exit("expected a difference over 0.001 for MP3 only, and none where not seekable")
EOF
echo "complaints of the MP3 decoder: $(grep -c 'part2_3_length' "$tmp/complaints")"
grep -q 'part2_3_length' "$tmp/complaints"
