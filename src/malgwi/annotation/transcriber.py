"""Transcriber's .trs: turns with synchronised stretches, in which two may speak at once."""

from pathlib import Path
from xml.etree.ElementTree import Element

from malgwi.annotation.annotation import Annotated, Annotation, Link, Problem, Tier, seconds
from malgwi.annotation.xml_events import events


def read_transcriber(path: Path) -> Annotated:
    """Read a .trs. A stretch goes from one Sync to the next, or to the end of its turn.

    Raises:
        MalgwiError: it is none.
    """
    names: dict[str, str] = {}
    links: tuple[Link, ...] = ()
    found: list[Annotation] = []
    problems: list[Problem] = []
    length = 0.0
    language = None
    for begins, element in events(path, "Trans", frozenset({"Turn"})):
        get = element.attrib.get
        if not begins:
            _take_turn(element, names, found, problems)
        elif element.tag == "Trans":
            links = (Link((get("audio_filename", ""),)),) if get("audio_filename") else ()
            language = get("xml:lang") or get("{http://www.w3.org/XML/1998/namespace}lang")
        elif element.tag == "Speaker":
            names[get("id", "")] = get("name", "").strip() or get("id", "")
        elif element.tag == "Section":
            length = max(length, seconds(get("endTime", "")) or 0.0)
    tier = Tier("turns", tuple(found), language=language)
    return Annotated(path, (tier,), links, tuple(problems), (), length or None)


def _take_turn(
    turn: Element, names: dict[str, str], found: list[Annotation], problems: list[Problem]
) -> None:
    speakers = turn.get("speaker", "").split()
    ids = [names.get(speaker, speaker) for speaker in speakers]
    # Parts: a time, and who says what from there on.
    parts: list[tuple[float | None, dict[int, list[str]]]] = []
    who = 0
    for element in (turn, *turn):
        if element.tag == "Sync" or element is turn:
            written = element.get("startTime" if element is turn else "time", "")
            parts.append((seconds(written), {}))
            who = 0
        elif element.tag == "Who":
            number = element.get("nb", "")
            who = int(number) - 1 if number.isascii() and number.isdigit() else 0
        said = (element.text if element is turn else element.tail) or ""
        if said.strip():
            parts[-1][1].setdefault(who, []).append(said)
    ends = [time for time, _ in parts[1:]] + [seconds(turn.get("endTime", ""))]
    for (start, voices), end in zip(parts, ends, strict=True):
        for number, said in voices.items():
            text = " ".join(" ".join(said).split())
            if start is None or end is None:
                where = f"turn at {turn.get('startTime')!r}"
                problems.append(Problem(where, f"no time: {text[:60]!r}"))
            else:
                speaker = ids[number] if 0 <= number < len(ids) else None
                found.append(Annotation(start, end, text, speaker))
