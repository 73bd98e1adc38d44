"""CHAT's .cha, as TalkBank has it: main lines with time bullets, dependent tiers left out."""

import re
from pathlib import Path

from malgwi.annotation.annotation import Annotated, Annotation, Link, Problem, Tier, check_size
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles

_BULLET = re.compile(r'\x15(?:%\w+:"?([^"\x15]*?)"?_)?(\d{1,12})_(\d{1,12})-?\x15')
_GONE = re.compile(
    # codes: retracings, replacements, comments; the words before them were said
    r"\[(?!x\s*\d+\])[^\[\]]*\]"
    r"|\x15[^\x15]*\x15"
    r"|&[=*][^\s>]+"  # what is done, what others put in
    r"|\((?:\.+|\d+[\d:.]*)\)"  # pauses
    r"|(?<!\S)\+(?:[^\s>]|>(?=\S))*"  # how the utterance goes on or breaks off
    r"|(?<!\S)0\w+"  # words that were left out
    r"|(?<!\S)&[-~+]?(?=\S)"  # marks of fillers and fragments, which are said
    r"|@[\w:$]+"  # what kind of word it is
)
_REPEATED = re.compile(r"(<[^<>]*>|(?<![^\s<>\[\]])[^\s<>\[\]]+)\s*\[x\s*(\d+)\]")
_MARKS = re.compile(r"\[[^\[\]]*\]|[<>‹›„‡⌈⌉⌊⌋↑↓∆∇°▁▔☺♋Ϋ∬≈≋⁇]")
_LONGEST = 10_000
"""Characters of an utterance; one that is said a million times is a slip."""
_UNSPOKEN = re.compile(r"(?<=\w)\(\w+\)|\(\w+\)(?=\w)")
_INSIDE = re.compile(r"(?<=\w)[:^ˈˌ](?=\w|\s|$)")
_UNTRANSCRIBED = re.compile(r"\bwww\b")


def read_chat(path: Path, files: TextFiles) -> Annotated:
    """Read a .cha: an annotation is a main line from its first bullet's begin to its last's end.

    Raises:
        MalgwiError: it has no main line.
    """
    check_size(path)
    found: list[Annotation] = []
    problems: list[Problem] = []
    links: tuple[Link, ...] = ()
    language = None
    untimed = 0
    roles: dict[str, str] = {}
    for number, line in _lines(files.read(path)):
        key, _, rest = line.partition(":")
        if key == "@Media":
            links = (Link((rest.split(",")[0].strip().strip('"'),)),)
        elif key == "@Languages":
            language = rest.replace(",", " ").split()[0] if rest.strip() else None
        elif key == "@Participants":
            roles = {who.split()[0]: who.split()[-1] for who in rest.split(",") if who.split()}
        elif key.startswith("*"):
            bullets = _BULLET.findall(rest)
            if not bullets:
                untimed += 1
                detail = f"no time in it: {rest.strip()[:60]!r}"
                problems.append(Problem(f"line {number}", detail))
                continue
            start, end = min(int(b[1]) for b in bullets), max(int(b[2]) for b in bullets)
            links = links or tuple(Link((b[0],)) for b in bullets[:1] if b[0])
            speaker = key[1:].strip()
            said = _said(rest)
            if said is None:
                detail = f"repeated beyond {_LONGEST:,} characters: {rest.strip()[:60]!r}"
                problems.append(Problem(f"line {number}", detail))
                continue
            found.append(Annotation(start / 1000, end / 1000, said, speaker))
    if not found and not untimed:
        raise MalgwiError(f"{path}: no main lines; expected CHAT with lines such as *CHI:")
    who = ", ".join(f"{code} is {role}" for code, role in roles.items())
    notes = (f"participants: {who}",) if who else ()
    tier = Tier("utterances", tuple(found), language=language)
    return Annotated(path, (tier,), links, tuple(problems), notes)


def _lines(text: str) -> list[tuple[int, str]]:
    """Return the lines by number; one that begins with a tab goes on with the line before."""
    found: list[tuple[int, str]] = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if line.startswith("\t") and found:
            first, so_far = found[-1]
            found[-1] = (first, f"{so_far} {line.strip()}")
        else:
            found.append((number, line))
    return found


def _said(line: str) -> str | None:
    """Return the words that are heard: "(be)cause" is "cause"; None for words without end."""
    text = _repeated(_GONE.sub(" ", line))
    if text is None:
        return None
    text = _UNTRANSCRIBED.sub("xxx", _MARKS.sub(" ", text))
    text = _INSIDE.sub("", _UNSPOKEN.sub("", text))
    return " ".join(text.replace("_", " ").replace("+", "").split())


def _repeated(text: str) -> str | None:
    """Return a text with each word or <group> as often as the [x N] behind it says, N in all."""
    while found := _REPEATED.search(text):
        # Python refuses numbers of thousands of digits.
        words, times = found[1].strip("<>"), max(1, int(found[2][:9]))
        if len(text) + len(words) * times > _LONGEST:
            return None
        text = text[: found.start()] + " ".join([words] * times) + text[found.end() :]
    return text
