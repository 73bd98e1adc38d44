"""Small files of a project."""

import os
import stat
from pathlib import Path

import pytest

from malgwi.studio.files import read_json, state_of, write_json


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    write_json(path, {"name": "말귀"})
    assert path.read_text("utf-8") == '{"name": "말귀"}\n'
    assert read_json(path) == {"name": "말귀"}
    before = state_of(path)
    write_json(path, {"name": "ear"}, indent=2, private=True)
    assert path.read_text("utf-8") == '{\n  "name": "ear"\n}\n'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert state_of(path) != before


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"a":', b"\xff", b"[" * 100_000])
def test_what_holds_no_object_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "one.json"
    path.write_bytes(content)
    assert read_json(path) is None


def test_what_is_no_file_is_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # reading it would wait for ever
    assert read_json(tmp_path / "pipe") is None
    assert read_json(tmp_path) is read_json(tmp_path / "absent") is None
    with pytest.raises(FileNotFoundError):
        state_of(tmp_path / "absent")
