"""FLEx's .flextext: phrases with begin-time-offset and end-time-offset in milliseconds."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from malgwi.annotation.annotation import Annotated, Annotation, Link, Problem, Tier, milliseconds
from malgwi.annotation.xml_events import events

_Said = dict[tuple[str, str], list[Annotation]]
"""By the kind of line and its language."""


def read_flex(path: Path) -> list[Annotated]:
    """Read a .flextext, one value for each recording that its phrases lie in.

    A tier is a kind of line and its language, such as `txt seh` or `gls en`; where a phrase has no
    text of its own, its words are joined. A phrase that names no recording lies in that of its
    text; of a text without one, in those of all.

    Raises:
        MalgwiError: it is none.
    """
    places: dict[str, str] = {}
    of_text: dict[int, list[str]] = defaultdict(list)
    """The recordings of each text, which stand behind its phrases."""
    found: dict[tuple[int, str], _Said] = defaultdict(lambda: defaultdict(list))
    problems: list[Problem] = []
    text = phrase = 0
    for begins, element in events(path, "document", frozenset({"phrase", "media"})):
        if begins:
            text += element.tag == "interlinear-text"
            continue
        get = element.attrib.get
        if element.tag == "media":
            places[get("guid", "")] = get("location", "")
            of_text[text].append(get("guid", ""))
            continue
        phrase += 1
        start = milliseconds(get("begin-time-offset", ""))
        end = milliseconds(get("end-time-offset", ""))
        lines = dict(_lines(element))
        if start is None or end is None:
            said = next(iter(lines.values()), "")
            problems.append(Problem(f"phrase {phrase}", f"no time: {said[:60]!r}"))
            continue
        media = get("media-file", "")
        for line, said in lines.items():
            found[text, media][line].append(
                Annotation(start / 1000, end / 1000, said, get("speaker") or None)
            )
    by_links: dict[tuple[Link, ...], _Said] = defaultdict(lambda: defaultdict(list))
    for (number, media), tiers in found.items():
        named = [media] if media in places else of_text.get(number, list(places))
        links = tuple(Link((places[guid],)) for guid in named if places[guid])
        for line, annotations in tiers.items():
            by_links[links][line] += annotations
    by_media = [
        Annotated(
            path,
            tuple(
                Tier(f"{kind} {language}".strip(), tuple(said), kind, language=language or None)
                for (kind, language), said in tiers.items()
            ),
            links,
        )
        for links, tiers in by_links.items()
    ] or [Annotated(path, ())]
    first, *others = by_media
    return [Annotated(path, first.tiers, first.links, tuple(problems)), *others]


def _lines(phrase: Element) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield each line of a phrase by its kind and language."""
    own = {
        (item.get("type", ""), item.get("lang", "")): _text(item) for item in phrase.findall("item")
    }
    if not any(kind == "txt" for kind, _ in own):
        words: dict[tuple[str, str], list[str]] = defaultdict(list)
        for word in phrase.iterfind("words/word/item"):
            if word.get("type") in {"txt", "punct"}:
                words["txt", word.get("lang", "")].append(_text(word))
        yield from ((line, " ".join(said)) for line, said in words.items())
    yield from ((line, said) for line, said in own.items() if line[0] != "segnum")


def _text(item: Element) -> str:
    return " ".join("".join(item.itertext()).split())
