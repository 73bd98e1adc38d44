import pytest

from malgwi.progress import audio_progress


def test_no_terminal_gets_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 0.0, 10.0, 40.0, 50.0])
    monkeypatch.setattr("malgwi.progress.time.monotonic", lambda: next(clock))
    next(clock)
    with audio_progress("listening", 400.0) as heard:
        for _ in range(3):
            heard(80.0)
    out, err = capfd.readouterr()
    assert out == ""
    # At 40 s, 160 s of audio are done: 4 x real time, 240 s of audio to go.
    assert err == "listening: 160 of 400 s, 4.0 x real time, 60 s left\n"


def test_a_terminal_gets_a_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with audio_progress("listening", 10.0) as heard:
        heard(10.0)
    assert capsys.readouterr().out == ""
