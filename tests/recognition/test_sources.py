from pathlib import Path

import pytest

from malgwi.errors import MalgwiError
from malgwi.recognition.sources import recordings


def test_files_folders_and_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("in/b.wav", "in/a/c.MP3", "in/notes.txt", "in/.hidden.wav"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    Path("list").write_text("x y.wav\r\n\nü.ogg\n", encoding="utf-8")
    assert recordings([Path("z.raw"), Path("in")], Path("list")) == [
        Path(name) for name in ("z.raw", "in/b.wav", "in/a/c.MP3", "x y.wav", "ü.ogg")
    ]
    Path("in/a/d").mkdir()
    with pytest.raises(MalgwiError, match="in/a/d: no recording in it; name another folder"):
        recordings([Path("in/a/d")])
    Path("list").write_text("\n")
    with pytest.raises(MalgwiError, match="list: empty; expected a recording a line"):
        recordings([], Path("list"))
    with pytest.raises(MalgwiError, match="gone: can't be read"):
        recordings([], Path("gone"))
