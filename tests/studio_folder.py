"""A project of Malgwi Studio from the shipped speech, for the page's tests and its pictures."""

import csv
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import soundfile as sf

from malgwi.corpus.studio import SAMPLE_RATE, Person
from malgwi.speech.audio import read
from malgwi.studio.adding import add
from malgwi.studio.drafts import save
from malgwi.studio.project import Project, open_project
from places import COMMANDS

HOME = {
    "emma_361": "close the blinds in the bedroom",
    "emma_363": "unlock the back door please",
    "emma_365": "set a timer for twelve hours",
    "emma_367": "turn on the kitchen fan",
    "emma_369": "unlock the cellar door after me",
}
ERRANDS = {
    "emma_377": "add eggs and rice to the shopping list",
    "emma_379": "take a photo and send it to emma",
    "emma_383": "add bread and sugar to the shopping list",
    "emma_391": "navigate to the nearest petrol station avoiding tolls",
}
MISHEARD = {"rice": "rie", "sugar": "shuger", "nearest": "narest", "tolls": "tols"}
"""What the demo's model made of them."""
PAUSE = SAMPLE_RATE


def make(folder: Path, outside: Path, home: Path) -> None:
    """Make the project: a recording with subtitles, two words of which are wrong, one with a draft.

    Args:
        folder: of the project.
        outside: where its recordings lie.
        home: the home folder meanwhile, which remembers that they were chosen.
    """
    outside.mkdir()
    talk = joined(outside / "at home.wav", list(HOME))
    texts = [text[0].upper() + text[1:] + "." for text in HOME.values()]
    wrong = [text.replace("blinds", "blends").replace("back", "black") for text in texts]
    subtitles(outside / "at home.srt", talk, wrong)
    errands = joined(outside / "errands.wav", list(ERRANDS))
    with patch.dict(os.environ, homed(home)), open_project(folder) as project:
        project.change(lambda now: replace(now, name="Kitchen interviews", language="en"))
        project.put_person(None, "Emma", Person(train=True, share=False))
        project.put_person(None, "Lewis", Person(held_out=True))
        add(folder, [str(outside)], [], "A01")
        drafted = next(one.id for one in project.recordings() if one.source.name == "errands")
        save(folder, drafted, 1, {"words": _words(errands)})


def add_demo_set(folder: Path, outside: Path, home: Path) -> None:
    """Add some of what the demo learns from and is tested on, as people have it: with subtitles."""
    with (COMMANDS / "metadata.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    for part, voice, person, most in (("train", "emma", "A01", 10), ("test", "lewis", "A02", 2)):
        meant = [row for row in rows if (row["split"], row["speaker"]) == (part, voice)][:most]
        place = outside / part
        place.mkdir(parents=True)
        clips = [Path(row["file_name"]).stem for row in meant]
        talk = joined(place / f"{part}.wav", clips, part)
        subtitles(place / f"{part}.srt", talk, [row["transcription"] for row in meant])
        with patch.dict(os.environ, homed(home)):
            add(folder, [str(place)], [], person)


def homed(home: Path) -> dict[str, str]:
    """Return the environment in which a folder is the home folder."""
    return {"HOME": str(home), "XDG_STATE_HOME": str(home / ".state")}


def recording(project: Path, name: str) -> str:
    """Return the id of a recording by its name."""
    return next(one.id for one in Project(project).recordings() if one.source.name == name)


def put_round(project: Path, demo: Path) -> None:
    """Make what the demo made the project's first round."""
    folder = project / "rounds" / "0001"
    folder.mkdir()
    for name in ("dataset/dataset.json", "dataset/manifest.jsonl", "run/metrics.jsonl"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(demo / name, folder / name)
    shutil.copytree(demo / "evaluation", folder / "evaluation")
    shutil.copy(demo / "evaluation.html", folder)
    shutil.copy(demo / "demo.malgwi", folder / "round-1.malgwi")
    about = {"number": 1, "job": "0001", "made": "2026-11-28", "start": "starter", "minutes": 2}
    (folder / "round.json").write_text(json.dumps(about))


def joined(target: Path, clips: Sequence[str], part: str = "dev") -> list[tuple[int, int]]:
    """Write clips with pauses between into one file; return where each is."""
    places, parts, at = list[tuple[int, int]](), [np.zeros(PAUSE, np.float32)], PAUSE
    for clip in clips:
        samples = read(COMMANDS / part / f"{clip}.ogg")
        places.append((at, at + len(samples)))
        parts += [samples, np.zeros(PAUSE, np.float32)]
        at += len(samples) + PAUSE
    sf.write(target, np.concatenate(parts), SAMPLE_RATE, subtype="PCM_16")
    return places


def subtitles(target: Path, places: Sequence[tuple[int, int]], texts: Sequence[str]) -> None:
    """Write SRT."""
    cues = [
        f"{number}\n{_time(start)} --> {_time(end)}\n{text}\n"
        for number, ((start, end), text) in enumerate(zip(places, texts, strict=True), 1)
    ]
    target.write_text("\n".join(cues), encoding="utf-8")


def _time(sample: int) -> str:
    ms = sample * 1000 // SAMPLE_RATE
    return f"00:{ms // 60_000:02}:{ms // 1000 % 60:02},{ms % 1000:03}"


def _words(places: Sequence[tuple[int, int]]) -> list[dict[str, object]]:
    """Words of the draft, spread evenly over each clip."""
    found = list[dict[str, object]]()
    for (start, end), text in zip(places, ERRANDS.values(), strict=True):
        words = text.split()
        for place, word in enumerate(words):
            first = start + (end - start) * place // len(words)
            found.append(
                {
                    "text": MISHEARD.get(word, word),
                    "start_ms": first // 16,
                    "end_ms": (first + (end - start) // len(words)) // 16,
                    "confidence": 0.3 if word in MISHEARD else 0.9,
                }
            )
    return found
