"""What people call the channels of a recording."""

from collections.abc import Mapping

from malgwi.errors import MalgwiError

MIX, EACH = "mix", "each"
"""Asked for instead of a number: the average of all; every channel by itself."""
CALLED: Mapping[str, int | str] = {
    "a": 0,
    "b": 1,
    "l": 0,
    "r": 1,
    "left": 0,
    "right": 1,
    "average": MIX,
    MIX: MIX,
}
"""What corpora write, in small letters, where it isn't a number from 0."""


def read_asked(text: str | None) -> int | str | None:
    """Read what `--channel` was given.

    Raises:
        MalgwiError: neither a number nor one of the words.
    """
    if text is None or text in {MIX, EACH}:
        return text
    if text.isascii() and text.isdigit():
        return int(text)
    raise MalgwiError(f"--channel {text}: expected a number from 0, {MIX} or {EACH}")
