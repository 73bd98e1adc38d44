"""What of outside texts may be printed on a terminal."""


def printable(text: str) -> str:
    """Return `text` for a terminal, where control characters of a corpus must do nothing."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
