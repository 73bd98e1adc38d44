"""Where a running server is: so that starting it once more opens its page instead of failing.

The link holds the token, so its file is the person's alone, and is there only while a server is.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from malgwi.publish import publish_file
from malgwi.studio.jobs import is_held
from malgwi.studio.project import LOCK

LINK = "link"
_OURS = re.compile(r"http://127\.0\.0\.1:\d{1,5}/\?token=[\w-]{20,}")


def running(folder: Path) -> str | None:
    """Return the link of the server that has a project open, if one has."""
    path = folder / LINK
    if not folder.is_dir() or not is_held(folder / LOCK) or not path.is_file():
        return None
    said = path.read_text(encoding="ascii", errors="replace").strip()
    return said if _OURS.fullmatch(said) else None


@contextmanager
def kept(folder: Path, link: str) -> Iterator[None]:
    """Keep the link of this server beside the lock that it holds."""
    with publish_file(folder / LINK) as fresh:
        fresh.touch(mode=0o600)
        fresh.write_text(f"{link}\n", encoding="ascii")
    try:
        yield
    finally:
        (folder / LINK).unlink(missing_ok=True)
