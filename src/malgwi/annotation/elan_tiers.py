"""Tiers for ELAN's .eaf: a new file of them, or what is new set between the bytes of an old one.

Of an old file nothing moves: comments, order, marks and line ends stay as they were written. Only
the number in lastUsedAnnotationId is another, and an element that was empty (<TIME_ORDER/>) gets an
end tag. Elements stand in the order that the schema of format 3.0 asks for.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from mimetypes import guess_type
from pathlib import Path
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from malgwi.annotation.annotation import Annotation
from malgwi.errors import MalgwiError
from malgwi.stores.address import Location

_INCLUDED_IN = "Included_In"
_ORDER = (
    "LICENSE",
    "HEADER",
    "TIME_ORDER",
    "TIER",
    "LINGUISTIC_TYPE",
    "LOCALE",
    "LANGUAGE",
    "CONSTRAINT",
    "CONTROLLED_VOCABULARY",
    "LEXICON_REF",
    "REF_LINK_SET",
    "EXTERNAL_REF",
)
_LAST_USED = "lastUsedAnnotationId"
_TAG = re.compile(rb"""<(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_NUMBERED = re.compile(r"(a|ts)([0-9]{1,9})")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MIME = {
    ".wav": "audio/x-wav",
    ".mp4": "video/mp4",
    ".mpg": "video/mpeg",
    ".mpeg": "video/mpeg",
    ".mov": "video/quicktime",
}
"""Types that ELAN has names for; others are audio/* and video/* there."""


@dataclass(frozen=True, slots=True)
class NewTier:
    """A tier to be written; its linguistic type has the same name."""

    name: str
    annotations: tuple[Annotation, ...]
    parent: str | None = None
    """Within whose annotations its own lie (Included_In)."""


@dataclass(slots=True)
class _Element:
    """Where an element stands, in bytes from the file's beginning."""

    tag: str
    attributes: Mapping[str, str]
    begin: int
    inner: int
    """The end of its first tag."""
    last: int
    """The end of its last child, else of its first tag."""
    close: int = -1
    """The beginning of its end tag; -1 where it has none."""
    end: int = -1


@dataclass(frozen=True, slots=True)
class _Edit:
    begin: int
    end: int
    text: bytes


class _Document:
    """What must be known of an .eaf to add to it."""

    def __init__(self, path: Location, content: bytes) -> None:
        self.path = path
        self.content = content
        self.encoding = "utf-8"
        self.top: list[_Element] = []
        self.last_used: _Element | None = None
        self.used = {"a": 0, "ts": 0}
        """The highest numbers in ids."""
        self._open: list[_Element] = []
        self._depth = 0
        self._parse()
        newline = re.search(rb"\r\n|\n|\r", content)
        self.newline = newline[0] if newline else b"\n"
        self.header, self.times = self._only("HEADER"), self._only("TIME_ORDER")
        head = content[: self.times.begin]
        indent = head[len(head.rstrip(b" \t")) :]
        self.indent = indent if head[: -len(indent) or None].endswith((b"\n", b"\r")) else b""

    def _parse(self) -> None:
        if b"\0" in self.content[:4] or self.content.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise MalgwiError(f"{self.path}: UTF-16 or UTF-32, expected UTF-8; save it with ELAN")
        self._parser = expat.ParserCreate()
        self._parser.XmlDeclHandler = self._declared
        self._parser.EntityDeclHandler = self._entity
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        try:
            self._parser.Parse(self.content, True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise MalgwiError(
                f"{self.path}: not whole or no XML ({error}); save it again with ELAN"
            ) from error

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.encoding = (encoding or "utf-8").lower()

    def _entity(self, name: str, *_: object) -> None:
        raise MalgwiError(
            f"{self.path}: defines the entity {name[:40]!r}, which ELAN doesn't; remove it"
        )

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        for name, value in attributes.items():
            if name.endswith("ID") and (found := _NUMBERED.fullmatch(value)):
                self.used[found[1]] = max(self.used[found[1]], int(found[2]))
        if self._depth > 3:
            return
        begin = self._parser.CurrentByteIndex
        written = _TAG.match(self.content, begin)
        if written is None or (self._depth == 1 and tag != "ANNOTATION_DOCUMENT"):
            raise MalgwiError(f"{self.path}: no ELAN file: it begins with <{tag[:40]}>")
        element = _Element(tag, attributes, begin, written.end(), written.end())
        if self._depth == 2:
            self.top.append(element)
        elif tag == "PROPERTY" and attributes.get("NAME") == _LAST_USED:
            self.last_used = element
        self._open.append(element)

    def _end(self, _tag: str) -> None:
        self._depth -= 1
        if self._depth > 2:
            return
        element = self._open.pop()
        element.end = element.inner
        if self.content[element.inner - 2 : element.inner] != b"/>":
            element.close = self._parser.CurrentByteIndex
            element.end = self.content.index(b">", element.close) + 1
        if self._open:
            self._open[-1].last = element.end

    def _only(self, tag: str) -> _Element:
        found = [element for element in self.top if element.tag == tag]
        if len(found) != 1:
            raise MalgwiError(
                f"{self.path}: {len(found)} elements {tag}, expected one; save it again with ELAN"
            )
        return found[0]

    def each(self, tag: str, name: str) -> dict[str, _Element]:
        """Return the outermost elements of a kind by one of their attributes."""
        return {e.attributes.get(name, ""): e for e in self.top if e.tag == tag}

    def after(self, tag: str) -> int:
        """Return where one more element of a kind belongs."""
        before = _ORDER[: _ORDER.index(tag) + 1]
        return max(element.end for element in self.top if element.tag in before)

    def encoded(self, lines: Iterable[tuple[int, str]]) -> bytes:
        """Return lines, each with how deep it stands, as the file has its own."""
        text = "".join(
            f"{self.newline.decode()}{self.indent.decode() * depth}{line}" for depth, line in lines
        )
        if self.encoding in ("utf-8", "utf8"):
            return text.encode()
        return text.encode("ascii", "xmlcharrefreplace")  # which any other encoding here has

    def within(self, element: _Element, lines: Iterable[tuple[int, str]]) -> _Edit:
        """Return how lines get into an element, behind what is in it."""
        added = self.encoded(lines)
        if element.close >= 0:
            return _Edit(element.last, element.last, added)
        end = self.encoded([(1, f"</{element.tag}>")])
        return _Edit(element.inner - 2, element.inner, b">" + added + end)


def new_document(
    tiers: Sequence[NewTier], recording: Location, folder: Location | None = None
) -> bytes:
    """Return an .eaf of a recording; with the `folder` where it will lie, its link is relative too.

    Links are paths as they are, since ELAN writes and reads them so, not as URLs have them. What is
    in a store is linked by its address.
    """
    kind = (guess_type(recording.name)[0] or "").split("/")[0]
    mime = _MIME.get(recording.suffix.lower(), f"{kind}/*" if kind else "unknown")
    whole = recording.absolute() if isinstance(recording, Path) else recording
    url = f"file:///{whole.as_posix().lstrip('/')}" if isinstance(whole, Path) else str(whole)
    link = f"MEDIA_URL={_quoted(url)} MIME_TYPE={_quoted(mime)}"
    if isinstance(whole, Path) and isinstance(folder, Path):
        near = Path(os.path.relpath(whole, folder.absolute())).as_posix()
        link += f" RELATIVE_MEDIA_URL={_quoted(near if near.startswith('../') else f'./{near}')}"
    date = datetime.now().astimezone().isoformat(timespec="seconds")
    frame = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<ANNOTATION_DOCUMENT AUTHOR="" DATE="{date}" FORMAT="3.0" VERSION="3.0"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">\n'
        '    <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">\n'
        f"        <MEDIA_DESCRIPTOR {link}/>\n"
        f'        <PROPERTY NAME="{_LAST_USED}">0</PROPERTY>\n'
        "    </HEADER>\n    <TIME_ORDER>\n    </TIME_ORDER>\n</ANNOTATION_DOCUMENT>\n"
    )
    return with_tiers(recording, frame.encode(), tiers)[0]


def with_tiers(path: Location, content: bytes, tiers: Sequence[NewTier]) -> tuple[bytes, list[str]]:
    """Return the content of an .eaf with more tiers, and what they are called there.

    A number is added to all their names where one of them is taken. Types and constraints
    that are there already are used. Ids go on from the highest.

    Args:
        path: for messages.
        content: the file's.
        tiers: parents before their children; times are the file's.

    Raises:
        MalgwiError: the content is no .eaf, damaged, or hostile.
    """
    document = _Document(path, content)
    taken = document.each("TIER", "TIER_ID")
    names = next(
        names
        for number in count(1)
        if not taken.keys() & (names := _numbered(tiers, number)).values()
    )
    types: list[tuple[int, str]] = []
    slots: list[tuple[int, int]] = []
    written: list[tuple[int, str]] = []
    number, slot = document.used["a"], document.used["ts"]
    if document.last_used is not None:
        said = _last_used(document, document.last_used)
        number = max(number, int(said)) if re.fullmatch("[0-9]{1,9}", said) else number
    for tier in tiers:
        its_type = _type(document, tier, types)
        parent = "" if tier.parent is None else f" PARENT_REF={_quoted(names[tier.parent])}"
        written.append(
            (
                1,
                f'<TIER ANNOTATOR="malgwi" LINGUISTIC_TYPE_REF={_quoted(its_type)}{parent} '
                f"TIER_ID={_quoted(names[tier.name])}>",
            )
        )
        for one in tier.annotations:
            number += 1
            slots += [(round(one.start * 1000), slot + 1), (round(one.end * 1000), slot + 2)]
            written += _annotation(number, slot + 1, slot + 2, one.text)
            slot += 2
        written.append((1, "</TIER>"))
    constraints = []
    if _INCLUDED_IN not in document.each("CONSTRAINT", "STEREOTYPE"):
        described = "Annotations with times within their parent's, gaps allowed"
        line = f'<CONSTRAINT DESCRIPTION="{described}" STEREOTYPE="{_INCLUDED_IN}"/>'
        constraints.append((1, line))
    edits = [
        _raised(document, number),
        document.within(
            document.times,
            [
                (2, f'<TIME_SLOT TIME_SLOT_ID="ts{name}" TIME_VALUE="{time}"/>')
                for time, name in sorted(slots)
            ],
        ),
        *_added(document, "TIER", written),
        *_added(document, "LINGUISTIC_TYPE", types),
        *_added(document, "CONSTRAINT", constraints),
    ]
    return b"".join(_applied(content, edits)), [names[tier.name] for tier in tiers]


def _numbered(tiers: Iterable[NewTier], number: int) -> dict[str, str]:
    return {tier.name: tier.name if number == 1 else f"{tier.name} {number}" for tier in tiers}


def _annotation(number: int, first: int, last: int, text: str) -> Iterator[tuple[int, str]]:
    yield 2, "<ANNOTATION>"
    yield (
        3,
        f'<ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}" TIME_SLOT_REF1="ts{first}" '
        f'TIME_SLOT_REF2="ts{last}">',
    )
    yield 4, f"<ANNOTATION_VALUE>{escape(_NOT_XML.sub('�', text))}</ANNOTATION_VALUE>"
    yield 3, "</ALIGNABLE_ANNOTATION>"
    yield 2, "</ANNOTATION>"


def _type(document: _Document, tier: NewTier, added: list[tuple[int, str]]) -> str:
    """Return the linguistic type for a tier: one that is there and fits, else a new one."""
    there = document.each("LINGUISTIC_TYPE", "LINGUISTIC_TYPE_ID")
    constraint = None if tier.parent is None else _INCLUDED_IN
    for number in count(1):
        name = tier.name if number == 1 else f"{tier.name} {number}"
        if name not in there:
            break
        found = there[name].attributes
        fits = (found.get("CONSTRAINTS"), found.get("CONTROLLED_VOCABULARY_REF"))
        if fits == (constraint, None):
            return name
    bound = f'CONSTRAINTS="{constraint}" ' if constraint else ""
    line = (
        f'<LINGUISTIC_TYPE {bound}GRAPHIC_REFERENCES="false" '
        f'LINGUISTIC_TYPE_ID={_quoted(name)} TIME_ALIGNABLE="true"/>'
    )
    added.append((1, line))
    return name


def _last_used(document: _Document, element: _Element) -> str:
    inside = document.content[element.inner : max(element.inner, element.close)]
    return inside.decode("latin-1").strip()


def _raised(document: _Document, number: int) -> _Edit:
    """Return the edit that tells ELAN which annotation ids are used."""
    element = document.last_used
    if element is None:
        line = f'<PROPERTY NAME="{_LAST_USED}">{number}</PROPERTY>'
        return document.within(document.header, [(2, line)])
    if element.close < 0:
        return _Edit(element.inner - 2, element.inner, f">{number}</PROPERTY>".encode())
    return _Edit(element.inner, element.close, str(number).encode())


def _added(document: _Document, tag: str, lines: list[tuple[int, str]]) -> Iterator[_Edit]:
    if lines:
        place = document.after(tag)
        yield _Edit(place, place, document.encoded(lines))


def _applied(content: bytes, edits: Iterable[_Edit]) -> Iterator[bytes]:
    at = 0
    for edit in sorted(edits, key=lambda edit: edit.begin):  # equal places keep their order
        yield content[at : edit.begin]
        yield edit.text
        at = edit.end
    yield content[at:]


def _quoted(text: str) -> str:
    return quoteattr(_NOT_XML.sub("�", text))
