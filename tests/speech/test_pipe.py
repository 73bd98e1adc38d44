"""Sound through a pipe: pipe.py."""

import io
import os
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from malgwi.speech.pipe import spooled


def test_stdin_and_pipes_become_files_that_go_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"from stdin")))
    plain, pipe = tmp_path / "x.wav", tmp_path / "pipe"
    plain.write_bytes(b"plain")
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"from a pipe",))
    writer.start()
    with spooled([plain, Path("-"), pipe]) as files:
        assert files[0] == plain
        for _ in range(2):
            assert [file.read_bytes() for file in files] == [
                b"plain",
                b"from stdin",
                b"from a pipe",
            ]
    writer.join()
    assert [file.exists() for file in files] == [True, False, False]
