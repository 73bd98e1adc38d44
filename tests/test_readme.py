"""The commands of both READMEs run as they stand there, on a few of the demo's clips."""

import csv
import itertools
import re
import shlex
import shutil
from importlib import resources
from pathlib import Path

import pytest

from malgwi.cli.main import main
from places import TOP

SHORT = {"train": ["--max-steps", "3", "--checkpoint", "starter"]}
"""What is added to a command so that it ends in seconds, without the network."""
KOREAN = [
    f"{room} {wish} 줘"
    for room, wish in itertools.product(
        ("거실", "복도", "침실", "부엌", "욕실", "서재"), ("불 켜", "불 꺼", "문 열어", "문 닫아")
    )
]
"""What the Korean README's recordings are said to hold, so that a model learns its letters."""


def _commands(readme: str) -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", (TOP / readme).read_text(encoding="utf-8"), re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    words = [shlex.split(line, comments=True) for line in lines]
    return [w for w in words if w and w[0] == "malgwi"]


def _recordings(folder: Path, transcripts: list[str] | None) -> None:
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
        said = transcripts or [row["transcription"] for row in chosen]
        writer.writerows([f"{n:03}.ogg", text] for n, text in enumerate(said, 1))


@pytest.mark.parametrize(
    ("readme", "recordings", "transcripts"),
    [("README.md", "recordings", None), ("README.ko.md", "녹음", KOREAN)],
)
def test_commands_of_the_readme(
    readme: str,
    recordings: str,
    transcripts: list[str] | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commands = _commands(readme)
    assert [c[1] for c in commands][:3] == ["prepare", "show", "train"]
    _recordings(tmp_path / recordings, transcripts)
    # The READMEs speak of WAV files; any recording may have that name.
    for name in ("clip.wav", "회의.wav", f"{recordings}/001.wav"):
        shutil.copy(tmp_path / recordings / "001.ogg", tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MALGWI_KEY_PASSWORD", "of the test")
    for words in commands:
        assert main([*words[1:], *SHORT.get(words[1], [])]) == 0, shlex.join(words)
