"""Progress for people on stderr and for programs in a file; whom it reaches, and what fails."""

import json
import math
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from malgwi import progress
from malgwi.cli.main import main
from malgwi.errors import MalgwiError
from malgwi.progress import audio_progress, clip_progress, limited, say, stage, write_to


class Clock:
    """Stands in for `time`."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_no_terminal_gets_a_line_now_and_then(
    clock: Clock, capfd: pytest.CaptureFixture[str]
) -> None:
    with audio_progress("listening", 400.0) as heard:
        for now in (10, 40, 50):
            clock.now = 1000.0 + now
            heard(80.0)
    out, err = capfd.readouterr()
    assert out == ""
    # At 40 s, 160 s of audio are done: 4 x real time, 240 s of audio to go.
    assert err == "listening: 160 of 400 s, 4.0 x real time, 1:00 left\n"


def test_clips_count_as_one_each(clock: Clock, capfd: pytest.CaptureFixture[str]) -> None:
    with clip_progress("checking", 3) as checked:
        clock.now += 30
        checked(90.0)
    # One clip of three took 30 s, so two more take a minute.
    assert capfd.readouterr().err == "checking: 1 of 3 clips, 3.0 x real time, 1:00 left\n"


def test_training_goes_on_from_where_it_was(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with stage("training", 100, "steps", done=10) as update:
        say("[bold] is no markup")
        update(20, 5.0, loss=1.5, wer=None)
        clock.now += 40
        update(30, 6.0, loss=1.25, wer=0.5, step=30)
        clock.now += 1
        update(31, 6.0)
    out, err = capsys.readouterr()
    assert out == ""
    # 20 steps took 40 s; 70 are to come.
    assert err.splitlines() == [
        "[bold] is no markup",
        "training: 30 of 100 steps, 6.0 x real time, loss 1.250, WER 0.500, 2:20 left",
    ]


def test_a_terminal_gets_a_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with audio_progress("listening", 10.0) as heard:
        heard(5.0)
        say("above the bar")
    out, err = capsys.readouterr()
    assert out == ""
    assert "above the bar" in err


def test_programs_get_json_lines(clock: Clock, tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    path.write_text('{"from": "before"}\n')
    with write_to(path), stage("training", 10, "steps", done=2) as update:
        clock.now += 0.4
        update(3, 7.5, loss=2.0, wer=None, step=3)
        clock.now += 0.4
        update(4, 7.5, loss=math.nan, wer=0.5, step=4)
        clock.now += 0.4
        update(5, 7.5, loss=1.0, wer=0.5, step=5)
    start = {
        "stage": "training", "done": 2, "total": 10, "unit": "steps", "seconds_elapsed": 0.0,
        "seconds_left": None, "x_real_time": None, "ended": False,
    }  # fmt: skip
    # At 0.8 s two steps were made and six are left; the step at 0.4 s came too soon for a line.
    second = start | {
        "done": 4, "seconds_elapsed": 0.8, "seconds_left": 2.4, "x_real_time": 7.5,
        "loss": None, "wer": 0.5, "step": 4,
    }  # fmt: skip
    # Three steps in 1.2 s, five are left.
    last = second | {
        "done": 5, "seconds_elapsed": 1.2, "seconds_left": 2.0, "loss": 1.0, "step": 5,
        "ended": True,
    }  # fmt: skip
    assert _rows(path) == [{"from": "before"}, start, second, last]
    with stage("another", 1, "clips") as update:
        update(1)
    assert len(_rows(path)) == 4  # outside the block nothing is written


def _listen_in_vain() -> None:
    with audio_progress("listening", 10.0) as heard:
        heard(1.0)
        raise ValueError


def test_a_stage_that_fails_has_no_end(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    with write_to(path), pytest.raises(ValueError):
        _listen_in_vain()
    assert [row["ended"] for row in _rows(path)] == [False]


def test_whom_it_reaches(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "progress.jsonl"
    with write_to(path):
        with limited(screen=False, file=True), stage("quiet", 1, "clips"):
            say("nothing")
        with limited(screen=False, file=False), stage("another process", 1, "clips"):
            say("nothing")
        say("something")
    assert capsys.readouterr().err == "something\n"
    assert [row["stage"] for row in _rows(path)] == ["quiet", "quiet"]


def test_a_file_that_cannot_be_written_is_said_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(MalgwiError, match="can't be written"), write_to(tmp_path / "no" / "file"):
        pytest.fail("the work began")
    place = tmp_path / "no" / "file"
    assert main(["prepare", "nothing", "--output", "data", "--progress", str(place)]) == 2
    assert capsys.readouterr().err == (
        f"malgwi: error: --progress {place}: can't be written (No such file or directory); "
        "give another file\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_stops_the_file_and_not_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    with write_to(Path("/dev/full")):
        for _ in range(2):
            with audio_progress("listening", 1.0) as heard:
                heard(1.0)
    assert capsys.readouterr().err == (
        "--progress /dev/full: no longer written (No space left on device)\n"
    )


def test_a_reader_that_leaves_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader: list[str] = []

    def read() -> None:
        with pipe.open() as lines:
            reader.append(lines.readline())

    thread = threading.Thread(target=read)
    thread.start()
    with write_to(pipe), audio_progress("listening", 1.0) as heard:
        thread.join()
        heard(1.0)
    assert json.loads(reader[0])["stage"] == "listening"
    assert "no longer written (Broken pipe)" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    ["prepare", "train", "evaluate", "transcribe", "align", "cut", "tune", "export", "demo"],
)
def test_long_commands_have_the_option(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert "--progress FILE" in capsys.readouterr().out
