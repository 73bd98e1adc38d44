"""An icon on the desktop and in the menu, for people who'd never open a terminal.

It opens a small window that says where the page is; closing that window ends Studio.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from malgwi.errors import MalgwiError
from malgwi.publish import publish_file

FILE = "malgwi-studio.desktop"
_SPECIAL = re.compile(r'(["`$\\])')


def make(folder: Path, *, home: Path | None = None, platform: str = sys.platform) -> list[Path]:
    """Write the icon that opens a project, and return where it is.

    Raises:
        MalgwiError: this system has no such icons, or they can't be written.
    """
    if platform != "linux":
        raise MalgwiError(
            f"--shortcut: icons are made on Linux only, not on {platform}; make one by hand that "
            f"runs: {sys.executable} -m malgwi studio {folder}"
        )
    home = home or Path.home()
    menu = home / ".local" / "share" / "applications"
    menu.mkdir(parents=True, exist_ok=True)
    places = [menu / FILE]
    if (desktop := _desktop(home)) is not None:
        places.append(desktop / FILE)
    for place in places:
        with publish_file(place) as fresh:
            fresh.write_text(entry(folder.absolute()), encoding="utf-8")
            fresh.chmod(0o755)  # else desktops show it as text
    return places


def entry(folder: Path) -> str:
    """Return the entry as freedesktop.org's specification has it.

    Raises:
        MalgwiError: the folder's name can't stand in one.
    """
    words = [sys.executable, "-P", "-m", "malgwi", "studio", str(folder)]
    if any(not word.isprintable() for word in words):
        raise MalgwiError(f"{str(folder)!r}: can't stand in a shortcut; give a plainer name")
    lines = {
        "Type": "Application",
        "Name": "Malgwi Studio",
        "Name[ko]": "말귀 스튜디오",
        "Comment": "From recordings to a recogniser on a phone",
        "Comment[ko]": "녹음에서 휴대전화의 인식기까지",
        "Exec": " ".join(map(_quoted, words)),
        "Icon": "audio-input-microphone",
        "Terminal": "true",
        "Categories": "AudioVideo;Education;",
    }
    return "\n".join(["[Desktop Entry]", *(f"{key}={text}" for key, text in lines.items()), ""])


def _quoted(word: str) -> str:
    """Return a word of Exec: quoted for the command, then escaped as every text of the file is."""
    command = _SPECIAL.sub(r"\\\1", word).replace("%", "%%")
    return f'"{command}"'.replace("\\", "\\\\")


def _desktop(home: Path) -> Path | None:
    """Return the folder of the desktop, if there is one; it may be called otherwise."""
    if program := shutil.which("xdg-user-dir"):
        asked = subprocess.run(  # noqa: S603 - a program of the desktop
            (program, "DESKTOP"), capture_output=True, text=True, check=False
        )
        found = Path(asked.stdout.strip() or home)
    else:
        found = home / "Desktop"
    return found if found != home and found.is_dir() else None
