"""`malgwi tiers`, and what prepare shows and refuses of annotations."""

import json
from pathlib import Path

import pytest

from annotation_files import media, simple_eaf
from corpora import write_clip
from malgwi.cli.main import main

SAID = {
    "Ana": [(0, 1000, "one two"), (1000, 2000, "three\x9b four")],
    "Interviewer": [(500, 1500, "and then")],
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_clip(Path("p/talk.wav"), 3.0)
    write_clip(Path("p/other.wav"), 1.0)
    simple_eaf(Path("p/talk.eaf"), SAID, [media("x.mp4"), media("talk.wav", origin=40)])
    simple_eaf(Path("p/gone.eaf"), {"Ana": [(0, 1000, "five")]}, [media("https://x.org/g.wav")])
    return Path("p")


def test_tiers_for_people(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tiers", "p"]) == 0
    out = capsys.readouterr().out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[1].startswith("gone.eaf not found: links to https://x.org/g.wav, which isn't")
    assert "talk.eaf talk.wav link, from +0.040 s" in lines
    assert "recordings without annotations: other.wav" in lines
    assert "type utterance files 2 annotations 3 minutes 0.1 beside others 0.0 min" in lines
    assert "three\\x9b four" in lines
    assert "\x9b" not in out
    assert "Choose with malgwi prepare --tier NAME" in out


def test_a_recording_outside_is_not_called_missing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_clip(Path("elsewhere/far.wav"), 3.0)
    simple_eaf(project / "f.eaf", {"Ana": [(0, 1000, "six")]}, [media("../elsewhere/far.wav")])
    assert main(["tiers", "p"]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "f.eaf not taken: links to ../elsewhere/far.wav, which lies outside" in words
    assert main(["tiers", "p", "--allow-outside"]) == 0
    assert "far.wav link" in " ".join(capsys.readouterr().out.split())


def test_tiers_as_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tiers", "p", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    ana, interviewer = found["tiers"]
    assert (ana["name"], ana["files"], ana["annotations"], ana["minutes"]) == ("Ana", 2, 3, 0.05)
    assert interviewer["overlap_minutes"] == round(1 / 60, 3)
    assert interviewer["samples"] == ["and then"]
    gone, talk = found["pairs"]
    assert (talk["recording"], talk["by"], talk["origin"]) == ("p/talk.wav", "link", 0.04)
    assert (gone["recording"], gone["why_not"][:24]) == (None, "links to https://x.org/g")
    assert found["without_annotations"] == ["other.wav"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["prepare", "p"], "which tiers are to be learnt? There are 'Ana' (3), 'Interviewer' (1)"),
        (["prepare", "p", "--tier", "Anna"], "--tier Anna: no tier or annotation fits"),
        (["prepare", "p", "--tier", "Ana", "--media", "q"], "--media q: no such folder"),
        (
            ["prepare", "csv", "--tier", "Ana"],
            "--tier, --not-tier, --speaker-from and --media: are ",
        ),
        (["tiers", "q"], "q: no such file or folder"),
        (["tiers", "p/talk.wav"], "p/talk.wav: no annotations"),
    ],
)
def test_refusals_are_one_line(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    Path("csv").mkdir()
    Path("csv/a.csv").write_text("path,text\na.wav,one\n")
    output = ["--output", "out"] if words[0] == "prepare" else []
    assert main([*words, *output]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert not Path("out").exists()
