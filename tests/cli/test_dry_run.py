"""What is said before anything starts."""

from pathlib import Path

import pytest

from bundles import level_bundle
from level_model import level_clip
from malgwi.cli.main import main
from malgwi.recognition import pace
from malgwi.recognition.pace import Pace


@pytest.fixture(autouse=True)
def _inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two recordings of half an hour, by their headers; a second takes .25 s."""
    monkeypatch.chdir(tmp_path)
    level_bundle(Path("m.malgwi"))
    for name in ("a", "b"):
        level_clip(Path(f"in/{name}.wav"), "_ab_")
    monkeypatch.setattr("malgwi.speech.audio.known_seconds", lambda _: 1_800.0)
    monkeypatch.setattr(pace, "measure_pace", lambda *_, **__: Pace(60.0, 15.0))


def _said(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["transcribe", "m.malgwi", "in", "--dry-run", *line.split()]) == 0
    assert not Path("out").exists()
    return " ".join(capsys.readouterr().out.split())


def test_time_and_cost(capsys: pytest.CaptureFixture[str]) -> None:
    said = _said("--processors 4 --processor-price 2", capsys)
    assert said == (
        "2 recordings, 1.00 hours by their headers; without a length that can be read: 0 "
        "time: about 15:00 of a processor; an estimate by 60 s of sound, of which this machine "
        "hears a second in 0.250 s of a processor "
        "on 4 processors like this one's: about 3:45 "
        "processors: 0.50 at 2 an hour of one"
    )
    assert "about 7:30 of a processor" in _said("--output out --part 1/2", capsys)


def test_on_a_cluster(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is joined, so how many processors another cluster has isn't known."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _: range(9), raising=False)
    said = _said("--cluster local --output out", capsys)
    assert "on 9 processors like this one's: about 1:40" in said
    assert "processors like" not in _said("--cluster h:1 --output out", capsys)
    said = _said("--cluster h:1 --output out --processors 900", capsys)
    assert "on 900 processors like this one's: about 0:01" in said


def test_nothing_that_can_be_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "measure_pace", lambda *_, **__: None)
    assert "time" not in _said("--processor-price 1", capsys)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("in/a.wav --processors 3", "--processors: is for --dry-run; leave it out"),
        ("in/a.wav --dry-run --processors 0", "--processors 0: expected 1 or more"),
        ("in/a.wav --dry-run --processor-price nan", "--processor-price nan: expected 0 or more"),
    ],
)
def test_what_cannot_be_asked(line: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["transcribe", "m.malgwi", *line.split()]) == 2
    assert message in capsys.readouterr().err
