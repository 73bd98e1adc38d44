#!/bin/sh
# Believed: FFmpeg cuts off what MP3 encoders put before and behind the sound, so joining two MP3 files end
#   to end (as `cat` and many recorders do) gives the samples of both.
# True: it does so once a file, by the first one's note. The second one's padding stays, and the frame
#   that holds its note is decoded as sound: 0.04 to 0.15 s too much at the joint, and all behind it late.
#   The second one's ID3 tag, which FFmpeg's own MP3 writer puts there by default, is an error of the
#   decoder in the middle of a file that is whole.
# Versions: PyAV 18.1.0 (libavformat 62.12.102, libavcodec 62.28.102, LAME by its wheel).
# Matters here: words behind a joint have wrong times, and clips that are cut by them lose their edges;
#   a reader that takes every error for damage refuses whole recordings.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 av==18.1.0
"$tmp/venv/bin/python" - <<'EOF'
import io
import sys

import av
import numpy as np


def mp3(rate, seconds, options):
    t = np.arange(rate * seconds) / rate
    sound = (9000 * np.sin(2 * np.pi * 300 * t)).astype(np.int16)[None]
    content = io.BytesIO()
    with av.open(content, "w", format="mp3", options=options) as container:
        track = container.add_stream("libmp3lame", rate=rate, layout="mono")
        for first in range(0, sound.shape[1], 1152):
            block = np.ascontiguousarray(sound[:, first : first + 1152])
            frame = av.AudioFrame.from_ndarray(block, format="s16p", layout="mono")
            frame.sample_rate, frame.pts = rate, first
            container.mux(track.encode(frame))
        container.mux(track.encode(None))
    return content.getvalue(), sound.shape[1]


def decoded(content):
    samples = errors = 0
    with av.open(io.BytesIO(content)) as container:
        for packet in container.demux(audio=0):
            try:
                samples += sum(frame.samples for frame in packet.decode())
            except av.FFmpegError:
                errors += 1
    return samples, errors


for tags, options in (("with tags", {}), ("without tags", {"id3v2_version": "0"})):
    for rate in (16_000, 44_100):
        (one, long), (two, short) = mp3(rate, 3, options), mp3(rate, 2, options)
        alone = decoded(one), decoded(two)
        samples, errors = decoded(one + two)
        more = (samples - long - short) / rate
        print(f"{rate} Hz, {tags}: alone {alone}, joined {samples} samples, {more:.3f} s too many, {errors} errors")
        if alone != ((long, 0), (short, 0)):
            sys.exit("expected that each alone is read exactly")
        if not 0.04 < more < 0.2 or errors != (tags == "with tags"):
            sys.exit("expected 0.04 to 0.2 s too many, and one error for a tag")
EOF
