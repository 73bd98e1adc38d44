"""What two runs are compared by: all that they wrote, byte for byte."""

from pathlib import Path


def content(folder: str) -> dict[str, bytes]:
    """Return all files by their place, but hidden ones: the mark of whose folder it is is drawn."""
    found = Path(folder).rglob("[!.]*")
    return {str(p.relative_to(folder)): p.read_bytes() for p in found if p.is_file()}
