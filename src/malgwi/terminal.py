"""What of outside texts may be printed on a terminal, and how where it lacks characters."""

import codecs
from typing import TextIO

_ESCAPED: set[str] = set()
"""Encodings that lacked characters, since `escape_missing` was called."""


def printable(text: str) -> str:
    """Return `text` for a terminal, where control characters of a corpus must do nothing."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def escape_missing(stream: TextIO) -> None:
    r"""Let a stream write as `\\uXXXX`, as JSON does, what its encoding lacks, rather than fail."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        codecs.register_error("malgwi", _as_json)
        reconfigure(errors="malgwi")
    _ESCAPED.clear()


def escaped() -> str:
    """Return the encoding that lacked characters, or nothing."""
    return ", ".join(_ESCAPED)


def _as_json(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    _ESCAPED.add(error.encoding)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = zip(units[::2], units[1::2], strict=True)
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in pairs), error.end
