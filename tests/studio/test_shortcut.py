"""The icon: its entry as the specification has it, and where it lies."""

import re
import sys
from pathlib import Path

import pytest

from malgwi.errors import MalgwiError
from malgwi.studio.shortcut import entry, make


def _command(text: str) -> list[str]:
    """Return the words of Exec as a desktop reads them: two layers of escapes, then fields."""
    line = next(one for one in text.splitlines() if one.startswith("Exec="))
    value = line.removeprefix("Exec=").replace("\\\\", "\\")
    words = re.findall(r'"((?:\\.|[^"\\])*)"(?: |$)', value)
    return [re.sub(r'\\(["`$\\])', r"\1", word).replace("%%", "%") for word in words]


@pytest.mark.parametrize(
    "folder",
    ["/a/Malgwi", "/a b/내 녹음", '/x/"quoted"', "/x/$HOME `id`", "/x/100%", "/x/back\\slash"],
)  # fmt: skip
def test_the_command_is_what_was_meant(folder: str) -> None:
    text = entry(Path(folder))
    assert _command(text) == [sys.executable, "-P", "-m", "malgwi", "studio", folder]
    assert text.startswith("[Desktop Entry]\nType=Application\n")
    assert "\nTerminal=true\n" in text


def test_a_folder_with_a_line_break_is_refused() -> None:
    with pytest.raises(MalgwiError, match="plainer name"):
        entry(Path("/x/a\nExec=evil"))


def test_it_lies_in_the_menu_and_on_the_desktop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # no xdg-user-dir
    home = tmp_path / "home"
    menu = home / ".local" / "share" / "applications" / "malgwi-studio.desktop"
    assert make(tmp_path / "p", home=home, platform="linux") == [menu]
    (home / "Desktop").mkdir()
    icon = home / "Desktop" / "malgwi-studio.desktop"
    assert make(tmp_path / "p", home=home, platform="linux") == [menu, icon]
    assert icon.read_text() == menu.read_text() == entry(tmp_path / "p")
    assert icon.stat().st_mode & 0o111


def test_other_systems_are_told_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(MalgwiError, match=r"not on darwin; .* -m malgwi studio "):
        make(tmp_path / "p", home=tmp_path, platform="darwin")
    assert not list(tmp_path.iterdir())
