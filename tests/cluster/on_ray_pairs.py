"""What a Ray cluster cuts and aligns is what one machine does: `make cluster-test`."""

import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from folder_content import content
from level_model import level_clip
from malgwi.cli.main import main
from ray_clusters import at_work, deadly

SENTENCES = ["abba|" * 8 + "ab", "baab|" * 8 + "ba", "aabb|bb|" * 5 + "a"]
PAUSE = "_" * 10


def _said(text: str) -> str:
    """Return what is said of a text: a blank between equal letters."""
    return "".join(c + "_" * (text[at + 1 : at + 2] == c) for at, c in enumerate(text))


@pytest.fixture(autouse=True)
def _inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine recordings of different length, two that can't be cut, and one without a text."""
    at_work(tmp_path, monkeypatch)
    for n in range(9):
        texts = [SENTENCES[(n + k) % 3] for k in range(1 + (4 * n) % 9)]
        level_clip(Path(f"in/talk{n}.wav"), PAUSE + PAUSE.join(map(_said, texts)) + PAUSE)
        written = ["bbb " * 9, *texts] if n % 2 else texts
        Path(f"in/talk{n}.txt").write_text(". ".join(written).replace("|", " "), encoding="utf-8")
    Path("in/talk4.wav").write_bytes(b"RIFF and nothing else")
    Path("in/talk6.txt").write_bytes(b"\xff\x00\xfe\x81")
    Path("in/alone.wav").write_bytes(Path("in/talk1.wav").read_bytes())


def _cut(
    folder: str, more: str, capsys: pytest.CaptureFixture[str], failed: int = 2
) -> tuple[str, list[str]]:
    """Return what the command prints and warns of, but for the folder's name."""
    words = shlex.split(f"cut m.malgwi in --output {folder} {more}")
    assert main(words) == 2
    said = capsys.readouterr()
    warned = [line for line in said.err.splitlines() if line.startswith("malgwi: ")]
    assert f"{failed} of 9 recordings could not be cut" in warned[-1]
    return said.out.replace(folder, "the folder"), warned


@pytest.mark.parametrize("more", ["", "--clips"])
def test_the_corpus_is_that_of_one_machine(more: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = _cut("made-far", f"{more} --cluster local", capsys)
    assert said == _cut("made-one", more, capsys)
    found = content("made-far")
    assert found == content("made-one")
    assert len(found["manifest.jsonl"].splitlines()) > 20
    assert len(found) == (2 + len(found["manifest.jsonl"].splitlines()) if more else 2)


def test_a_recording_that_kills_its_process_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deadly(monkeypatch, "talk7.wav")
    _, warned = _cut("out", "--cluster local", capsys, failed=3)
    assert any("in/talk7.wav: its process died or gave no answer" in line for line in warned)
    assert "in/talk7.wav: its process died" in Path("out/left-out.jsonl").read_text("utf-8")
    assert "talk8.wav" in Path("out/manifest.jsonl").read_text("utf-8")


def test_aligned_files_are_those_of_one_machine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One more recording than one machine has kills its process; the others' files are there."""
    words = "align m.malgwi in --format json,srt,textgrid --output"

    def aligned(more: str, failed: int) -> list[str]:
        assert main(shlex.split(f"{words} {more}")) == 2
        told = capsys.readouterr().err.splitlines()
        said = [x for x in told if "malgwi: " in x and "recordings are through" not in x]
        assert f"{failed} of 9 recordings could not be aligned" in said[-1]
        return sorted(said)

    assert aligned("far --cluster local", 2) == aligned("one", 2)
    found = content("far")
    assert found == content("one")
    assert len(found) == 7 * 3
    deadly(monkeypatch, "talk7.wav")
    said = aligned("died --cluster local", 3)
    assert any("in/talk7.wav: its process died or gave no answer" in line for line in said)
    left = {name: content for name, content in found.items() if not name.startswith("talk7.")}
    assert content("died") == left


def test_aligning_that_is_killed_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split("align m.malgwi in --format json,srt --output")
    assert main([*words, "one"]) == 2
    command = [sys.executable, "-m", "malgwi", *words, "out", "--cluster", "local"]
    first = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    record = Path("out.parts/1-of-1.jsonl")
    while first.poll() is None and (
        not record.is_file() or len(record.read_bytes().splitlines()) < 4
    ):
        time.sleep(0.02)
    first.kill()
    first.wait()
    assert 3 <= len(record.read_bytes().splitlines()) - 1 <= 9
    capsys.readouterr()
    assert main([*words, "out", "--cluster", "local"]) == 2
    said = capsys.readouterr().err
    assert "9 of 9 recordings are through" in said
    assert "of them earlier" in said
    assert content("out") == content("one")
