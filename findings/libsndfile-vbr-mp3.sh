#!/bin/sh
# Believed: a decoder reads a file to its end, and a reader that stops early says so.
# True: an MP3 of variable bit rate without the Xing header, as encoders write into a pipe, is read up to
#   the length that libsndfile guesses from the first frames. Where speech comes first and quiet after,
#   half the recording is missing, without an error; where quiet comes first, the header promises many
#   times the sound there is. FFmpeg decodes both whole.
# Versions: lameenc 1.9.0, soundfile 0.14.0 (libsndfile 1.2.2), av 18.1.0.
# Matters here: the lost end of a clip makes its text wrong, and nothing looks cut off.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 lameenc==1.9.0 soundfile==0.14.0 av==18.1.0
cd "$tmp"
"$tmp/venv/bin/python" - <<'EOF'
import sys

import av
import lameenc
import numpy as np
import soundfile

rate, seconds = 16_000, 20
noise = 0.1 * np.random.default_rng(0).standard_normal(rate * seconds)


def measure(sound):
    encoder = lameenc.Encoder()
    encoder.set_channels(1)
    encoder.set_in_sample_rate(rate)
    encoder.set_vbr(3)
    encoder.set_vbr_quality(4)
    pcm = (sound * 32_767).astype("<i2").tobytes()
    with open("sound.mp3", "wb") as file:
        file.write(bytes(encoder.encode(pcm)) + bytes(encoder.flush()))
    with av.open("sound.mp3") as container:
        ffmpeg = sum(frame.samples for frame in container.decode(audio=0)) / rate
    promised = soundfile.info("sound.mp3").frames / rate
    read = len(soundfile.read("sound.mp3")[0]) / rate
    print(f"{seconds} s: libsndfile promises {promised:.1f} and reads {read:.1f}, FFmpeg {ffmpeg:.1f}")
    return promised, read, ffmpeg


first_half = np.arange(len(noise)) < len(noise) // 2
promised, read, ffmpeg = measure(noise * first_half)
silent_loss = read < 0.75 * seconds and read == promised and abs(ffmpeg - seconds) < 0.2
promised, read, ffmpeg = measure(noise * ~first_half)
too_much = promised > 2 * seconds and abs(read - seconds) < 0.2 and abs(ffmpeg - seconds) < 0.2
sys.exit(not (silent_loss and too_much))
EOF
