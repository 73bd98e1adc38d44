#!/bin/sh
# Believed: the container is a wrapper; the same encoded sound decodes to the same samples from .m4a and
#   from .aac.
# True: the sound that an encoder puts before the first sample is cut off only where the container says
#   how long it is. AAC decoded from ADTS (.aac) or MPEG-TS starts 1,024 samples late (64 ms at 16 kHz),
#   MP3 from AVI 1,105 samples; from MP4, MOV and Matroska, or as a plain .mp3, it is in time.
# Versions: av 18.1.0.
# Matters here: word times of such files are three frames late, and texts aligned on one container
#   don't fit the other. The delay isn't in the file, so no reader can mend it.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 av==18.1.0
cd "$tmp"
"$tmp/venv/bin/python" - <<'EOF'
import sys
from fractions import Fraction

import av
import numpy as np

rate = 16_000
sound = np.zeros(4 * rate, np.float32)
for start in (8_000, 24_000, 40_000):
    sound[start : start + 800] = 0.5 * np.random.default_rng(start).standard_normal(800)


def delay(name, codec):
    with av.open(name, "w") as target:
        stream = target.add_stream(codec, rate=rate)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for packet in stream.encode(frame) + stream.encode(None):
            target.mux(packet)
    with av.open(name) as source:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in source.decode(audio=0)])
    size = 1 << 17
    spectra = np.fft.rfft(np.abs(heard), size) * np.conj(np.fft.rfft(np.abs(sound), size))
    return int(np.fft.irfft(spectra).argmax())


found = {name: delay(name, "aac") for name in ("a.m4a", "a.mov", "a.mkv", "a.aac", "a.ts")}
found |= {name: delay(name, "libmp3lame") for name in ("a.mp3", "a.avi")}
for name, late in found.items():
    print(f"{name}: {late} samples late")
sys.exit(list(found.values()) != [0, 0, 0, 1024, 1024, 0, 1105])
EOF
