"""Projects of Studio for tests: recordings with segments, put down as `adding` would."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from malgwi.corpus.studio import File, Source, Studio, digest
from malgwi.speech.audio import SAMPLE_RATE, Samples
from malgwi.studio.project import open_project

Spoken = tuple[Samples, str]
"""A stretch of sound and its text; empty: nobody has written it."""
PAUSE = 4_160
"""Samples before and after each stretch: whole hops, since levels are spelt in hops."""


def new_project(folder: Path, language: str = "en") -> Path:
    """Make a project without recordings."""
    with open_project(folder) as project:
        project.change(lambda _: Studio("tiny", language))
    return folder


def add_recording(project: Path, number: int, spoken: Sequence[Spoken], person: str) -> Path:
    """Add a recording of stretches with pauses between, and return its WAV file."""
    parts, segments = [], []
    at = PAUSE
    for index, (samples, text) in enumerate(spoken):
        end = at + len(samples)
        parts += [np.zeros(PAUSE, np.float32), samples]
        segments.append(
            {
                "id": f"s{index}",
                "start": at,
                "end": end,
                "text": text,
                "person": None,
                "state": "written" if text else "open",
            }
        )
        at = end + PAUSE
    whole = np.concatenate([*parts, np.zeros(PAUSE, np.float32)])
    path = project / "media" / f"talk{number}.wav"
    soundfile.write(path, whole, SAMPLE_RATE, subtype="PCM_16")
    folder = project / "recordings" / f"{number:04d}"
    folder.mkdir()
    media = File(f"media/{path.name}", digest(path))
    source = Source(path.stem, media, len(whole), person=person, added="2026-11-28")
    (folder / "source.json").write_text(json.dumps(source.to_json()))
    first = {"rev": 1, "id": "import", "op": "import", "time": "2026-11-28T00:00:00Z"}
    line = json.dumps({**first, "before": [], "after": segments})
    (folder / "edits.jsonl").write_text(f"{line}\n")
    return path
