"""`--part` and `malgwi join` as they are typed."""

import json
from pathlib import Path

import pytest

from bundles import level_bundle
from level_model import level_clip, level_dataset
from malgwi.cli.main import main


@pytest.fixture(autouse=True)
def _inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    level_bundle(Path("m.malgwi"))
    level_clip(Path("in/a.wav"), "_ab_")
    level_clip(Path("in/b.wav"), "_b|a_")


def _run(line: str) -> None:
    assert main(line.split()) == 0


def test_transcribe_a_folder_in_parts(capsys: pytest.CaptureFixture[str]) -> None:
    _run("transcribe m.malgwi in --output one")
    for number in (2, 1):
        _run(f"transcribe m.malgwi in --output out --part {number}/2")
    capsys.readouterr()
    _run("join out --json")
    assert json.loads(capsys.readouterr().out) == {"parts": 2, "recordings": 2}
    assert (Path("out/a.txt").read_text(), Path("out/b.txt").read_text()) == ("ab\n", "b a\n")
    assert [p.name for p in Path("out").iterdir()] == [p.name for p in Path("one").iterdir()]
    Path("list").write_text("in/b.wav\n")
    _run("transcribe m.malgwi --list list")
    assert capsys.readouterr().out == "b a\n"


def test_evaluate_in_parts(capsys: pytest.CaptureFixture[str]) -> None:
    level_dataset(Path("data"), [("x", "amy", "_a_", "a"), ("y", "amy", "_b|b_", "b a")])
    for number in (2, 1):
        _run(f"evaluate m.malgwi data --output out --part {number}/2")
        assert f"part {number}/2: 1 utterances; after all parts: malgwi join out" in (
            capsys.readouterr().out
        )
    _run("join out --json")
    assert json.loads(capsys.readouterr().out) == json.loads(Path("out/results.json").read_text())
    assert json.loads(Path("out/results.json").read_text())["wer"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("transcribe m.malgwi in --part 1/2", "--part 1/2: give --output FOLDER, one for all"),
        ("transcribe m.malgwi in --output out --part 3", "--part 3: expected a part and how"),
        ("transcribe m.malgwi in - --output out --part 1/2", "-: comes through a pipe; give it as"),
        ("transcribe m.malgwi in/a.wav --into x.eaf --part 1/1 --output y", "--into takes one"),
        ("transcribe m.malgwi --output out --part 1/2", "no recording given"),
        ("transcribe m.malgwi in --output out --part 1/3", "there are 2 recordings, which make at"),
        ("evaluate m.malgwi data --part 1/2", "--part 1/2: give --output FOLDER, one for all"),
        ("evaluate m.malgwi data --part 1/2 --output o --json", "--json: a part has no figures"),
        ("evaluate m.malgwi data --part 1/2 --output o --html p.html", "--html: a part has no"),
        ("join out", "out.parts: no parts there; give the --output of the commands with --part"),
    ],
)
def test_what_cannot_be_done(line: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line.split()) == 2
    assert message in capsys.readouterr().err
    assert not list(Path().glob("o*"))
