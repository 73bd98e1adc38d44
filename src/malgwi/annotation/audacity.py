"""Audacity's label tracks: a line a label, begin, end and text with tabs between."""

import re
from collections.abc import Iterable
from pathlib import Path

from malgwi.annotation.annotation import Annotated, Annotation, Problem, Tier, check_size
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles

_LABEL = re.compile(r"(-?\d{1,9}(?:[.,]\d+)?)\t(-?\d{1,9}(?:[.,]\d+)?)(?:\t(.*))?")
_HEAD = 4096


def is_labels(path: Path) -> bool:
    """Say whether a .txt begins as a label track does."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    line = head.removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip("\r\n").splitlines()[:1]
    return bool(line and _LABEL.fullmatch(line[0]))


def read_labels(path: Path, files: TextFiles) -> Annotated:
    r"""Read a label track; lines that begin with \ hold a label's frequencies.

    Raises:
        MalgwiError: there is no label in it.
    """
    check_size(path)
    found: list[Annotation] = []
    problems: list[Problem] = []
    for number, line in enumerate(files.read(path).split("\n"), 1):
        label = _LABEL.fullmatch(line.rstrip("\r"))
        if label:
            start, end = (float(label[place].replace(",", ".")) for place in (1, 2))
            found.append(Annotation(start, end, (label[3] or "").strip()))
        elif line.strip() and not line.startswith("\\"):
            problems.append(Problem(f"line {number}", f"no label: {line.strip()[:60]!r}"))
    if not found:
        raise MalgwiError(f"{path}: no labels; expected lines of begin, end and text with tabs")
    return Annotated(path, (Tier("labels", tuple(found)),), problems=tuple(problems))


def labels(annotations: Iterable[Annotation]) -> str:
    """Return a label track; texts are words with single spaces."""
    return "".join(f"{one.start:.6f}\t{one.end:.6f}\t{one.text}\n" for one in annotations)
