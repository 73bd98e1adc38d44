"""Text files of users: UTF-8, with or without a byte order mark."""

from pathlib import Path

from malgwi.errors import MalgwiError


def read_text(path: Path) -> str:
    """Return the text of a file, every end of a line as U+000A.

    Raises:
        MalgwiError: it can't be read, or isn't UTF-8 text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise MalgwiError(f"{path}: can't be read ({error.strerror}); give a text file") from error
    except UnicodeDecodeError as error:
        raise MalgwiError(
            f"{path}: not UTF-8 (byte {error.start}); convert it, such as: "
            f"iconv -f latin1 -t utf-8 OLD > NEW"
        ) from error
    if "\0" in text:  # UTF-16 of plain letters is UTF-8, too
        raise MalgwiError(
            f"{path}: not UTF-8 text (a zero in it); convert it, such as: "
            f"iconv -f utf-16 -t utf-8 OLD > NEW"
        )
    return text
