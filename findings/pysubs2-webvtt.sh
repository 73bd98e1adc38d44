#!/bin/sh
# Believed: a subtitle reader keeps what isn't spoken out of the text: cue names, comments, escapes.
# True: pysubs2 reads a comment (NOTE) and the name of the next cue as the end of the text before, and
#   leaves &amp; and &lt; as they stand. It writes `<3` unescaped, which is a tag to WebVTT: of "I <3
#   you > me" the reader webvtt gets "I  me".
# Versions: pysubs2 1.8.1, webvtt-py 0.6.0.
# Matters here: subtitles are where transcripts of long recordings come from; names like "cue-17" would
#   be learnt as words. Our own WebVTT files escape their text.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet pysubs2==1.8.1 webvtt-py==0.6.0
cd "$tmp"
cat > a.vtt <<'EOF'
WEBVTT

cue-1
00:00:00.000 --> 00:00:01.000
bed &amp; breakfast

NOTE check the next one

cue-2
00:00:01.000 --> 00:00:02.000
good night
EOF
"$tmp/venv/bin/python" - <<'EOF'
import sys

import pysubs2
import webvtt

read = [event.plaintext for event in pysubs2.load("a.vtt")]
print("pysubs2 reads:", read)
loved = pysubs2.SSAFile()
loved.append(pysubs2.SSAEvent(0, 1_000, "I <3 you > me"))
loved.save("b.vtt")
back = [caption.text for caption in webvtt.read("b.vtt")]
print("webvtt reads what pysubs2 wrote:", back)
names_as_text = "NOTE check the next one" in read[0] and "cue-2" in read[0]
sys.exit(not (names_as_text and "&amp;" in read[0] and back == ["I  me"]))
EOF
