#!/bin/sh
# Believed: a folder of clips with a metadata.csv that lists them is one data set, whatever the clips
#   are called.
# True: datasets looks for words like "test", "dev", "train" or "eval" in file names. If one clip is
#   called mic-test.wav, that clip alone becomes the data set, as the split "test", and all others
#   are left out without a word. The same happens with folders: beside train/ and test/, a folder ben/
#   is ignored. Words inside others ("contest") don't count.
# Versions: datasets 5.2.0.
# Matters here: speakers name their first recording "test". `malgwi prepare` goes by the list.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet numpy==2.4.6 datasets==5.2.0
cd "$tmp"
HF_HUB_OFFLINE=1 HF_HOME="$tmp/home" "$tmp/venv/bin/python" - 2> /dev/null <<'EOF'
import sys
import wave
from pathlib import Path

from datasets import load_dataset_builder


def split(folder, *names, listed=False):
    for name in names:
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as sound:
            sound.setparams((1, 2, 16_000, 0, "NONE", ""))
            sound.writeframes(bytes(3_200))
    if listed:
        rows = "".join(f"{name},good day\n" for name in names)
        Path(folder, "metadata.csv").write_text("file_name,text\n" + rows)
    parts = load_dataset_builder("audiofolder", data_dir=folder).config.data_files
    found = {str(part): sorted(Path(file).name for file in files if file.endswith(".wav"))
             for part, files in parts.items()}
    print(*names, "->", found)
    return found


plain = split("plain", "contest.wav", "monday.wav", "tuesday.wav", listed=True)
named = split("named", "mic-test.wav", "monday.wav", "tuesday.wav", listed=True)
folders = split("folders", "train/a.wav", "test/b.wav", "ben/c.wav")
sys.exit(
    plain != {"train": ["contest.wav", "monday.wav", "tuesday.wav"]}
    or named != {"test": ["mic-test.wav"]}
    or folders != {"train": ["a.wav"], "test": ["b.wav"]}
)
EOF
