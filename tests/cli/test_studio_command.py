"""`malgwi studio` without its extra, on Windows, and its icon; tests/studio has the server."""

import sys
from pathlib import Path

import pytest

from malgwi.cli import studio
from malgwi.cli.main import main


@pytest.mark.parametrize("missing", ["starlette", "uvicorn", "websockets", "segno"])
def test_what_isnt_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    monkeypatch.setattr(studio, "find_spec", lambda name: None if name == missing else name)
    assert main(["studio"]) == 2
    said = capsys.readouterr().err
    assert f"studio needs {missing}, which isn't installed" in said
    assert "pip install -e '.[studio]'" in said


def test_windows_is_told_of_wsl(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert main(["studio"]) == 2
    assert "WSL" in capsys.readouterr().err


def test_the_icon_opens_the_folder_that_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))  # no xdg-user-dir
    monkeypatch.setattr(sys, "platform", "linux")
    assert main(["studio", str(tmp_path / "mine"), "--shortcut"]) == 0
    place = tmp_path / ".local/share/applications/malgwi-studio.desktop"
    assert capsys.readouterr().out == f"{place}\n"
    assert f'"studio" "{tmp_path}/mine"' in place.read_text()
    assert not (tmp_path / "mine").exists()
