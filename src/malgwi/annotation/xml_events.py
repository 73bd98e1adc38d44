"""A large or hostile XML file, element by element: no entities, nothing fetched, memory bounded."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from malgwi.annotation.annotation import check_size
from malgwi.errors import MalgwiError

DEEPEST = 100
"""Levels; the deepest format here, FLEx's, has about ten."""


def events(path: Path, root: str, whole: frozenset[str]) -> Iterator[tuple[bool, Element]]:
    """Yield every element as it begins (True), and those called `whole` when they are complete.

    A complete element is emptied after it was yielded. A document type is passed over, as
    Transcriber writes one; what it declares is refused.

    Raises:
        MalgwiError: it is no XML with this root, or defines entities.
    """
    check_size(path)
    depth = 0
    try:
        with path.open("rb") as file:
            for event, element in iterparse(file, events=("start", "end")):
                if event == "start":
                    depth += 1
                    if depth == 1 and element.tag != root:
                        raise MalgwiError(
                            f"{path}: the outermost element is {element.tag[:80]!r}, expected "
                            f"{root!r}; give it the ending of what it is"
                        )
                    if depth > DEEPEST:
                        raise MalgwiError(
                            f"{path}: elements within each other over {DEEPEST} levels deep; "
                            "save it again in the program that wrote it"
                        )
                    yield True, element
                else:
                    depth -= 1
                    if element.tag in whole:
                        yield False, element
                        element.clear()
    except DefusedXmlException as error:
        raise MalgwiError(
            f"{path}: defines entities ({type(error).__name__}), which no program for annotations "
            "writes; remove them from its head"
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise MalgwiError(
            f"{path}: not whole or no XML ({error}); save it again in the program that wrote it"
        ) from error
