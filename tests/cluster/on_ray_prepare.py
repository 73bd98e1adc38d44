"""A data set prepared on a Ray cluster is that of one machine: `make cluster-test`."""

import json
import shlex
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from folder_content import content
from level_model import level_clip, level_talk
from malgwi.cli.main import main
from malgwi.dataset.manifest import load_dataset
from ray_clusters import at_work, deadly, hook

CLIPS = 30


@pytest.fixture(autouse=True)
def measured_here() -> None:
    """Not here: the processes that measure are part of it."""


@pytest.fixture(autouse=True)
def _inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clips, some broken, one recording of 11 minutes in stretches, one stretch of 80 s."""
    at_work(tmp_path, monkeypatch)
    rows: list[dict[str, object]] = []
    for n in range(CLIPS):
        spelling = "_" * 10 + "ab|ba"[: n % 5 + 1] * (n // 5 + 2) + "_" * 10
        level_clip(Path(f"in/{n:02}.wav"), spelling)
        rows.append({"audio_filepath": f"{n:02}.wav", "text": "ab ba"[: n % 4 + 1]})
    Path("in/04.wav").write_bytes(b"RIFF and nothing else")
    cut = Path("in/05.wav")
    cut.write_bytes(cut.read_bytes()[:-2_000])
    noise = np.random.default_rng(0).normal(0, 0.05, 11 * 60 * 16_000).astype(np.float32)
    soundfile.write("in/hour.wav", noise, 16_000)
    rows += [
        {"audio_filepath": "hour.wav", "offset": 2.0 * n, "duration": 1.5, "text": "ab"}
        for n in range(325)
    ]
    text = level_talk(Path("in/long.wav"))
    rows.append({"audio_filepath": "long.wav", "text": text, "split": "train"})
    for n, row in enumerate(rows):
        row["split"] = row.get("split") or ("train", "train", "valid", "test")[n % 4]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    Path("in/manifest.jsonl").write_text(lines, encoding="utf-8")


def _prepared(folder: str, more: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what the command prints, but for the folder's name."""
    words = f"prepare in/manifest.jsonl --output {folder} {more}"
    assert main(shlex.split(words)) == 0
    said = capsys.readouterr().out
    return said.replace(folder, "the folder")


def test_the_folder_and_the_report_are_those_of_one_machine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One clip crashes the decoder's own process."""
    deadly(monkeypatch, "07.wav", process="measure.py")
    models = "--check-with m.malgwi --cut-long m.malgwi"
    said = _prepared("made-far", f"{models} --cluster local", capsys)
    assert said == _prepared("made-one", models, capsys)
    alone, found = content("made-one"), content("made-far")
    assert found == alone
    assert {"manifest.jsonl", "preflight.json", "suspects.json", "suspects.html"} <= found.keys()
    faults = json.loads(found["preflight.json"])
    crashed = "07.wav: the decoder crashed on it; convert it again or leave it out"
    assert crashed in json.dumps(faults)
    utterances = load_dataset(Path("made-far")).utterances
    assert sum("cut_from" in u.columns for u in utterances) > 5
    assert len(json.loads(found["suspects.json"])["clips"]) > 300


def test_a_recording_that_kills_a_process_of_ray_is_set_aside(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not the decoder's process dies, but the one that asks it."""
    hook(
        monkeypatch,
        "import json, os, sys\n"
        "real = json.dumps\n"
        "def dumps(value, *args, **more):\n"
        "    if 'default_worker' in sys.argv[0] and '08.wav' in str(value):\n"
        "        os.kill(os.getpid(), 11)\n"
        "    return real(value, *args, **more)\n"
        "json.dumps = dumps\n",
    )
    _prepared("made-far", "--cluster local", capsys)
    preflight = Path("made-far/preflight.json").read_text(encoding="utf-8")
    assert "08.wav: its process died or gave no answer, also when begun again" in preflight
    assert "09" in {u.id for u in load_dataset(Path("made-far")).utterances}


def test_a_run_that_is_killed_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    models = "--check-with m.malgwi --cut-long m.malgwi"
    line = f"prepare in/manifest.jsonl --output made-far {models} --cluster local"
    said = _prepared("made-one", models, capsys)
    record = Path("made-far.parts/1-of-1.jsonl")
    for lines in (2, 5):
        first = subprocess.Popen(
            [sys.executable, "-m", "malgwi", *shlex.split(line)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while first.poll() is None and (
            not record.is_file() or len(record.read_bytes().splitlines()) < lines
        ):
            time.sleep(0.02)
        assert len(record.read_bytes().splitlines()) >= lines
        first.kill()
        first.wait()
    # What is recorded holds, whatever else is asked for; here something that can't be. Where the
    # second was killed when the data set stood and the model listened, it is to be replaced.
    assert main([*shlex.split(line), "--replace", "--drop-sa"]) == 2
    wrong = capsys.readouterr().err
    assert "another work" not in wrong
    assert "already holds a result" not in wrong
    assert len(record.read_bytes().splitlines()) >= 5
    assert _prepared("made-far", f"{models} --cluster local --replace", capsys) == said
    assert content("made-far") == content("made-one")
    assert not record.exists()
