"""ELAN's .eaf: aligned and dependent tiers, each annotation with its times in milliseconds.

An annotation on a symbolic tier has no times of its own: one that is associated with its parent has
its times, and those that divide it share them evenly, in the order that each says of the one before
it. So ELAN shows them. A time slot may have no value either; it then lies evenly between the
neighbours in its chain of annotations, else between those in the list of slots.

TIME_ORIGIN of a recording is added to an annotation's time to find it there: ELAN's player sets the
recording's clock to the time asked for plus this offset (JDSMediaPlayer.setMediaTime).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

from malgwi.annotation.annotation import (
    Annotated,
    Annotation,
    Link,
    Problem,
    Tier,
    milliseconds,
    same_names,
)
from malgwi.annotation.xml_events import events
from malgwi.errors import MalgwiError

_WHOLE = frozenset(
    {
        "MEDIA_DESCRIPTOR",
        "TIME_SLOT",
        "ALIGNABLE_ANNOTATION",
        "REF_ANNOTATION",
        "LINGUISTIC_TYPE",
        "LANGUAGE",
        "CONTROLLED_VOCABULARY",
        "EXTERNAL_REF",
    }
)
_SUBDIVISION = "Symbolic_Subdivision"
_UNITS = "milliseconds"
_GENERATIONS = 50
"""How far up circles are looked for; ELAN's tiers have four or five."""
Span = tuple[float, float]
"""Milliseconds."""


@dataclass(slots=True)
class _Value:
    """An annotation as it is written."""

    id: str
    text: str
    entry: str
    """Of a controlled vocabulary; "" where it has none."""
    slots: tuple[str, str] | None
    """None for one that refers to a parent."""
    parent: str = ""
    previous: str = ""


@dataclass(slots=True)
class _Tier:
    attributes: dict[str, str]
    values: list[_Value] = field(default_factory=list)


class _Document:
    """All that stands in the file, before anything refers to anything."""

    def __init__(self, path: Path) -> None:
        self.tiers: list[_Tier] = []
        self.links: list[Link] = []
        self.slots: dict[str, float | None] = {}
        self.constraints: dict[str, str] = {}
        self.languages: dict[str, str] = {}
        self.entries: dict[str, str] = {}
        self.vocabularies: dict[str, str] = {}
        """Those that lie elsewhere: id, then the id of the reference."""
        self.external: dict[str, str] = {}
        self.problems: list[Problem] = []
        media_file = ""
        for begins, element in events(path, "ANNOTATION_DOCUMENT", _WHOLE):
            if not begins:
                self._take(element)
            elif element.tag == "TIER":
                self.tiers.append(_Tier(dict(element.attrib)))
            elif element.tag == "HEADER":
                self._check_units(path, element.get("TIME_UNITS", _UNITS))
                media_file = element.get("MEDIA_FILE", "")
        if media_file and not self.links:  # as ELAN's first files had it
            self.links.append(Link((media_file,)))

    def _check_units(self, path: Path, units: str) -> None:
        if units != _UNITS:
            raise MalgwiError(
                f"{path}: times in {units[:40]!r}, expected {_UNITS}; save it again with ELAN"
            )

    def _take(self, element: Element) -> None:
        get = element.attrib.get
        match element.tag:
            case "MEDIA_DESCRIPTOR":
                places = (get("RELATIVE_MEDIA_URL", ""), get("MEDIA_URL", ""))
                origin = milliseconds(get("TIME_ORIGIN", "0"))
                if origin is None:
                    self.problems.append(Problem(places[1], f"TIME_ORIGIN {get('TIME_ORIGIN')!r}"))
                self.links.append(Link(tuple(p for p in places if p), (origin or 0) / 1000))
            case "TIME_SLOT":
                written = get("TIME_VALUE")
                time = None if written is None else milliseconds(written)
                if written is None or time is not None:  # else the slot is none that can be used
                    self.slots[get("TIME_SLOT_ID", "")] = time
            case "LINGUISTIC_TYPE":
                self.constraints[get("LINGUISTIC_TYPE_ID", "")] = get("CONSTRAINTS", "")
            case "LANGUAGE":
                self.languages[get("LANG_ID", "")] = get("LANG_LABEL", "") or get("LANG_DEF", "")
            case "EXTERNAL_REF":
                self.external[get("EXT_REF_ID", "")] = get("VALUE", "")
            case "CONTROLLED_VOCABULARY":
                if reference := get("EXT_REF", ""):
                    self.vocabularies[get("CV_ID", "")] = reference
                for entry in element.iter("CV_ENTRY_ML"):
                    self.entries[entry.get("CVE_ID", "")] = _text(entry.find("CVE_VALUE"))
            case _ if self.tiers:
                self._take_annotation(element, self.tiers[-1])

    def _take_annotation(self, element: Element, tier: _Tier) -> None:
        get = element.attrib.get
        aligned = element.tag == "ALIGNABLE_ANNOTATION"
        tier.values.append(
            _Value(
                get("ANNOTATION_ID", ""),
                _text(element.find("ANNOTATION_VALUE")),
                get("CVE_REF", ""),
                (get("TIME_SLOT_REF1", ""), get("TIME_SLOT_REF2", "")) if aligned else None,
                get("ANNOTATION_REF", ""),
                get("PREVIOUS_ANNOTATION", ""),
            )
        )


def read_elan(path: Path) -> Annotated:
    """Read an .eaf.

    Raises:
        MalgwiError: it is none; damage within it is told among the problems.
    """
    document = _Document(path)
    spans, problems = _spans(document)
    missing = " ".join(document.external.get(ref, ref) for ref in document.vocabularies.values())
    tiers = []
    for tier in document.tiers:
        get = tier.attributes.get
        found = []
        for value in tier.values:
            if (span := spans.get(id(value))) is None:
                continue
            text = value.text or document.entries.get(value.entry, "")
            if value.entry and not text:
                where = f"an external vocabulary: {missing}" if missing else "no vocabulary here"
                detail = f"no text, only {value.entry!r} of {where}"
                problems.append(_problem(tier, value, detail))
                continue
            found.append(Annotation(span[0] / 1000, span[1] / 1000, text))
        language = document.languages.get(get("LANG_REF", "")) or get("DEFAULT_LOCALE")
        tiers.append(
            Tier(
                get("TIER_ID", ""),
                tuple(found),
                get("LINGUISTIC_TYPE_REF") or None,
                get("PARENT_REF") or None,
                get("PARTICIPANT") or None,
                language or None,
            )
        )
    return Annotated(
        path,
        tuple(tiers),
        tuple(document.links),
        (*document.problems, *problems),
        (*same_names(tiers), *_odd_parents(tiers), *_same_ids(document)),
    )


def _same_ids(document: _Document) -> Iterator[str]:
    """Yield what to say where ids aren't unique: their own times hold, references may not."""
    counts = Counter(value.id for tier in document.tiers for value in tier.values)
    shared = [name for name, count in counts.items() if count > 1]
    if shared:
        yield (
            f"{len(shared):,} annotation ids stand twice or more, such as {shared[0]!r}; what "
            "refers to one is taken to mean the first"
        )


def _spans(document: _Document) -> tuple[dict[int, Span], list[Problem]]:
    """Return the times of each annotation by its identity; what has none is a problem."""
    spans: dict[int, Span] = {}
    problems: list[Problem] = []
    ids: dict[str, _Value] = {}
    children: dict[str, dict[int, list[_Value]]] = defaultdict(lambda: defaultdict(list))
    """By the parent's id, then by tier."""
    _interpolate(document)
    for number, tier in enumerate(document.tiers):
        for value in tier.values:
            ids.setdefault(value.id, value)
            if value.slots is None:
                children[value.parent][number].append(value)
            else:
                start, end = (document.slots.get(slot) for slot in value.slots)
                if start is None or end is None:
                    slots = " or ".join(value.slots)
                    problems.append(_problem(tier, value, f"no time at {slots}"))
                else:
                    spans[id(value)] = (start, end)
    # From the aligned ones down: a circle, or what hangs on no time, is never reached.
    waiting = [value for value in ids.values() if id(value) in spans]
    while waiting:
        parent = waiting.pop()
        of_it = children.pop(parent.id, {}) if ids[parent.id] is parent else {}
        for number, group in of_it.items():
            kind = document.tiers[number].attributes.get("LINGUISTIC_TYPE_REF", "")
            divided = document.constraints.get(kind) == _SUBDIVISION
            waiting += _share(spans[id(parent)], group, spans, divided=divided)
    for tier in document.tiers:
        problems += [
            _problem(tier, value, _why(value, ids))
            for value in tier.values
            if value.slots is None and id(value) not in spans
        ]
    return spans, problems


def _problem(tier: _Tier, value: _Value, detail: str) -> Problem:
    name = tier.attributes.get("TIER_ID", "")
    return Problem(f"{name} {value.id}", detail, name)


def _share(
    span: Span, group: list[_Value], spans: dict[int, Span], *, divided: bool
) -> list[_Value]:
    """Give a parent's times to its children on one tier; return those that have their place."""
    if not divided:
        spans.update((id(value), span) for value in group)
        return group
    ordered = list(_ordered(group))
    start, end = span
    for place, value in enumerate(ordered):
        first, last = place / len(ordered), (place + 1) / len(ordered)
        spans[id(value)] = (start + (end - start) * first, start + (end - start) * last)
    return ordered


def _ordered(group: list[_Value]) -> Iterator[_Value]:
    """Yield them in the order that they name; those in a circle are left out."""
    here = {value.id for value in group}
    after: dict[str, list[_Value]] = defaultdict(list)
    for value in group:
        after[value.previous if value.previous in here else ""].append(value)
    waiting = after.pop("", [])[::-1]
    while waiting:
        value = waiting.pop()
        yield value
        waiting += after.pop(value.id, [])[::-1]


def _why(value: _Value, ids: dict[str, _Value]) -> str:
    """Say why an annotation that refers to another has no time."""
    if value.parent not in ids:
        return f"its parent {value.parent!r} isn't in the file"
    above = ids[value.parent]
    for _ in range(_GENERATIONS):
        if above is value:
            return f"its parent {value.parent!r} leads back to itself"
        if above.slots is not None or above.parent not in ids:
            break
        above = ids[above.parent]
    if ids[value.parent].slots is None and above.slots is None:
        return f"its parent {value.parent!r} has no time, nor has what that refers to"
    return f"its parent {value.parent!r} has no time, or those before it go in a circle"


def _interpolate(document: _Document) -> None:
    """Give each slot without a time its place between neighbours that have one."""
    if None not in document.slots.values():
        return
    for tier in document.tiers:
        for chain in _chains(tier.values):
            _fill(chain, document.slots)
    _fill(list(document.slots), document.slots)


def _chains(values: Iterable[_Value]) -> Iterator[list[str]]:
    """Yield the slots of annotations that follow each other without a gap."""
    chain: list[str] = []
    for value in values:
        if value.slots is None:
            continue
        if chain and chain[-1] == value.slots[0]:
            chain.append(value.slots[1])
        else:
            yield chain
            chain = list(value.slots)
    yield chain


def _fill(chain: list[str], slots: dict[str, float | None]) -> None:
    chain = [slot for slot in chain if slot in slots]
    timed = [place for place, slot in enumerate(chain) if slots[slot] is not None]
    for first, last in pairwise(timed):
        start, end = slots[chain[first]], slots[chain[last]]
        if start is not None and end is not None:
            for place in range(first + 1, last):
                slots[chain[place]] = start + (end - start) * (place - first) / (last - first)


def _odd_parents(tiers: Iterable[Tier]) -> list[str]:
    parents = {tier.name: tier.parent for tier in tiers}
    found = []
    for name, parent in parents.items():
        if parent and parent not in parents:
            found.append(f"the tier {name!r} has the parent {parent!r}, which isn't in the file")
        above = parent
        for _ in range(_GENERATIONS):
            if above == name:
                detail = "is its own parent, directly or through others"
                found.append(f"the tier {name!r} {detail}")
                break
            above = parents.get(above) if above else None
    return found


def _text(element: Element | None) -> str:
    return "" if element is None else "".join(element.itertext()).strip()
