import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from fcntl import ioctl
from pathlib import Path
from termios import FIONREAD

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles import level_bundle
from level_model import level_logits, level_recogniser, level_samples
from malgwi.cli.main import main
from malgwi.decoding.decode import Logits
from malgwi.errors import MalgwiError
from malgwi.recognition import listen as module
from malgwi.recognition.listen import JsonLines, Lines, listen, microphone, pipe
from malgwi.recognition.recognise import Listening, Update, transcribe_blocks
from malgwi.speech.audio import Samples

SPOKEN = level_samples("_ab_b|" + "_" * 6 + "ba_a" + "_" * 6 + "b_b")
"""Two pauses of 0.36 s: three segments."""


def _bytes(samples: Samples) -> bytes:
    return np.rint(samples * 32_768).astype("<i2").tobytes()


@given(st.lists(st.integers(1, 9_000), max_size=8), st.booleans())
def test_the_final_text_is_that_of_the_whole_whatever_is_fed(
    sizes: list[int], previewing: bool
) -> None:
    listening = Listening(level_recogniser())
    stable = [""]
    for part in np.split(SPOKEN, np.minimum(np.cumsum(sizes), len(SPOKEN))):
        listening.feed(part)
        if previewing:
            listening.preview()
        update = listening.update()
        assert update.stable.startswith(stable[-1])
        stable.append(update.stable)
    final = listening.finish()
    assert final == transcribe_blocks(level_recogniser(), [SPOKEN])
    assert final.text == "abb baa bb"
    assert final.text.startswith(stable[-1])


def test_a_pause_settles_what_was_said() -> None:
    listening = Listening(level_recogniser())
    listening.feed(SPOKEN[: 960 * 5])
    assert listening.update() == Update("", "")
    listening.preview()
    assert listening.update() == Update("", "abb")
    assert listening.feed(SPOKEN[960 * 5 : 960 * 14])
    assert listening.update() == Update("abb", "")
    listening.preview()
    assert listening.update() == Update("abb", "ba")
    assert listening.update().text == "abb ba"


def test_a_pipe_is_read_to_its_end() -> None:
    told: list[Update] = []
    # Half a sample at the end is none.
    transcript = listen(level_recogniser(), io.BytesIO(_bytes(SPOKEN) + b"1"), told.append)
    assert transcript.text == "abb baa bb"
    assert transcript.samples == len(SPOKEN)
    assert [update.stable for update in told if not update.moving] == ["abb", "abb baa"]
    assert listen(level_recogniser(), io.BytesIO(), told.append).text == ""


def test_without_previews_only_what_is_settled_is_told() -> None:
    told: list[Update] = []
    listen(level_recogniser(), io.BytesIO(_bytes(SPOKEN)), told.append, preview_s=0)
    assert told == [Update("abb", ""), Update("abb baa", "")]


def test_lines_grow() -> None:
    out = io.StringIO()
    printed = Lines(out)
    for update in (Update("", "a"), Update("ab", ""), Update("ab", "c"), Update("ab cd ef", "")):
        printed(update)
    printed.end(transcribe_blocks(level_recogniser(), [np.zeros(0, np.float32)]))
    assert out.getvalue() == "ab\ncd ef\n"


def test_on_a_terminal_what_moves_stays_on_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes over its end can't be overwritten; Korean syllables take two columns."""
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((12, 24)))
    out = io.StringIO()
    monkeypatch.setattr(out, "isatty", lambda: True)
    printed = Lines(out)
    printed(Update("", "abcdefghijklm"))
    printed(Update("가", "문을 닫아 주세요"))
    assert out.getvalue() == "\r\x1b[Kcdefghijklm\r\x1b[K가\n닫아 주세요"
    printed(Update("가", "하나둘셋넷다섯"))
    assert out.getvalue().endswith("\r\x1b[K둘셋넷다섯")


def test_json_is_a_line_a_change() -> None:
    out = io.StringIO()
    printed = JsonLines(out)
    printed(Update("a", "b"))
    printed.end(transcribe_blocks(level_recogniser(), [level_samples("_ab")]))
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert lines[0] == {"stable": "a", "moving": "b"}
    assert (lines[1]["text"], lines[1]["duration_ms"]) == ("ab", 185)


def test_without_a_program_that_records_it_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with (
        pytest.raises(MalgwiError, match=r"none of arecord, parec, rec.*pipe sound in"),
        microphone(),
    ):
        pass


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--preview", "-1"], "--preview -1: expected 0 to 60"), (["--grammar", "x"], "one command")],
)
def test_options_that_make_no_sense(
    tmp_path: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = level_bundle(tmp_path / "level.malgwi")
    assert main(["listen", str(bundle), "-", *options]) == 2
    assert message in capsys.readouterr().err


def test_ctrl_c_ends_it_while_the_pipe_stays_open(tmp_path: Path) -> None:
    """Nothing may hold stdin when Python ends, or that ends in a fatal error."""
    model = level_bundle(tmp_path / "levels.malgwi")
    command = [sys.executable, "-m", "malgwi", "listen", str(model), "-", "--preview", "0"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as listener:
        assert listener.stdin
        assert listener.stdout
        assert listener.stderr
        listener.stdin.write(_bytes(SPOKEN) + bytes(16_000))  # 0.5 s, the last of which may be lost
        listener.stdin.flush()
        first = listener.stdout.readline()
        while int.from_bytes(ioctl(listener.stdin, FIONREAD, bytes(4)), sys.byteorder):
            time.sleep(0.02)  # what it hasn't taken would be lost
        listener.send_signal(signal.SIGINT)
        text, errors = first + listener.stdout.read(), listener.stderr.read()
    assert (listener.returncode, errors) == (0, b"")
    whole = transcribe_blocks(level_recogniser(), [SPOKEN]).text
    assert text.decode().split() == whole.split()


def test_ctrl_c_while_a_segment_is_run_loses_nothing() -> None:
    presses, before = [signal.SIGINT], signal.getsignal(signal.SIGINT)

    def interrupted(samples: Samples) -> Logits:
        if presses:
            signal.raise_signal(presses.pop())
        return level_logits(samples)

    recogniser = replace(level_recogniser(), logits=interrupted)
    transcript = listen(recogniser, io.BytesIO(_bytes(SPOKEN)), lambda _: None, preview_s=0)
    assert not presses
    assert transcript.text.startswith("abb")
    assert signal.getsignal(signal.SIGINT) is before


def test_sound_that_cannot_be_read_is_an_error() -> None:
    class Broken(io.BytesIO):
        def read(self, _: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(MalgwiError, match=r"can't be read \(Input/output error\)"):
        listen(level_recogniser(), Broken(), lambda _: None)


def test_a_recorder_that_fails_is_named_one_that_is_ended_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def first_byte(script: str) -> bytes:
        monkeypatch.setattr(module, "_MICROPHONES", (("sh", "-c", script),))
        with microphone() as source:
            return source.read(1)

    with pytest.raises(MalgwiError, match="sh ended with status 3"):
        first_byte("exit 3")
    # arecord, too, says that it failed when it is told to end.
    assert first_byte("trap 'exit 1' TERM; echo; while :; do sleep 0.01; done") == b"\n"


def test_a_closed_stdin_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object, **__: object) -> None:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr("builtins.open", closed)
    with pytest.raises(MalgwiError, match=r"stdin can't be read \(Bad file descriptor\)"), pipe():
        pass
