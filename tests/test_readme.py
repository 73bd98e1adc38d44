"""The commands of both READMEs run as they stand there, on a few of the demo's clips."""

import csv
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
SHORT = {"train": ["--max-steps", "3", "--checkpoint", "starter"]}
"""What is added to a command so that it ends in seconds, without the network."""


def _commands(readme: str) -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", (TOP / readme).read_text(encoding="utf-8"), re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    words = [shlex.split(line, comments=True) for line in lines]
    return [w for w in words if w and w[0] == "malgwi"]


def _recordings(folder: Path) -> None:
    commands = resources.files("malgwi") / "data" / "commands"
    with resources.as_file(commands) as source:
        table = (source / "metadata.csv").read_text(encoding="utf-8")
        rows = list(csv.DictReader(table.splitlines()))
        chosen = [*rows[:12], *rows[-12:]]
        folder.mkdir()
        for number, row in enumerate(chosen, 1):
            shutil.copy(source / row["file_name"], folder / f"{number:03}.ogg")
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["file_name", "transcription"])
        writer.writerows([f"{n:03}.ogg", r["transcription"]] for n, r in enumerate(chosen, 1))


@pytest.mark.parametrize(
    ("readme", "recordings"), [("README.md", "recordings"), ("README.ko.md", "녹음")]
)
def test_commands_of_the_readme(readme: str, recordings: str, tmp_path: Path) -> None:
    commands = _commands(readme)
    assert [c[1] for c in commands][:3] == ["prepare", "show", "train"]
    _recordings(tmp_path / recordings)
    # The READMEs speak of WAV files; any recording may have that name.
    for name in ("clip.wav", "회의.wav", f"{recordings}/001.wav"):
        shutil.copy(tmp_path / recordings / "001.ogg", tmp_path / name)
    for words in commands:
        done = subprocess.run(
            [sys.executable, "-m", *words, *SHORT.get(words[1], [])],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ
            | {"PYTHONIOENCODING": "utf-8"}
            | {"HOME": str(tmp_path), "MALGWI_KEY_PASSWORD": "of the test"},
        )
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}{done.stderr}"
