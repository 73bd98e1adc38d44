#!/usr/bin/env python3
"""Write folders of clips as Ogg Opus of about 22 kbit/s, a sixth of FLAC: to carry to a GPU.

usage: tools/starter/pack.py FOLDER ... OUTPUT

Each folder lands in OUTPUT under its name. A clip that stands is kept.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

from malgwi.speech.audio import SAMPLE_RATE, read

COMPRESSION = 0.93
"""Of libsndfile, 0 to 1; measured: 0.9 gives 27, 0.95 gives 18 kbit/s."""


def pack(folder: Path, output: Path) -> int:
    """Write a folder's clips below `output`; return the bytes of all of them."""
    import soundfile

    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    size = 0
    for row in rows:
        source, name = folder / row["file_name"], Path(row["file_name"]).with_suffix(".ogg")
        place = output / name
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            part = place.with_suffix(".part")
            soundfile.write(
                part,
                read(source),
                SAMPLE_RATE,
                format="OGG",
                subtype="OPUS",
                compression_level=COMPRESSION,
            )
            part.rename(place)
        size += place.stat().st_size
        row["file_name"] = name.as_posix()
    output.mkdir(parents=True, exist_ok=True)
    with (output / "metadata.csv").open("w", encoding="utf-8", newline="") as table:
        writer = csv.DictWriter(table, ("file_name", "transcription", "speaker", "split"))
        writer.writeheader()
        writer.writerows(rows)
    return size


def main() -> None:
    """Pack all folders."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("output", type=Path)
    args = parser.parse_args()
    for folder in args.folders:
        size = pack(folder, args.output / folder.name)
        sys.stdout.write(f"{folder.name}: {size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
