#!/usr/bin/env python3
"""Write the sentences that the starter's voices read: WordNet's, and the project's own patterns.

usage: tools/starter/sentences.py OUTPUT [--wordnet FOLDER] [--never METADATA.csv ...]

OUTPUT gets `train.txt` and `test.txt`, a sentence a line, with its punctuation, since voices read
that better. A sentence stands in one of the two by a hash of its words, so that it stays there
whatever is added. Nothing is kept that shares a run of `RUN` words with a transcript of the
`--never` files (what the starter is measured with), or that is one of them.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import random
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from malgwi.speech.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WORDNET = Path("/usr/share/wordnet")
"""Where Debian's wordnet-base puts it (version 3.0)."""
RUN = 5
"""Words in a row that a sentence may not share with what is measured."""
WORDS = (3, 16)
LETTERS = (10, 95)
TESTED = 40
"""One sentence in so many is never trained on."""
DEFINITIONS = 6
"""One definition in so many is read."""

_SAID = re.compile(r"[a-z' ]+")
_EXAMPLE = re.compile(r'"([^"]+)"')

_NAMES = "Anna Ben Clara David Ellen Frank Grace Henry Irene Jack Laura Martin Nora Oliver"
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_MONTHS = "January February March April May June July August September October"
_ONES = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_THINGS = "letters chairs bottles photographs tickets horses pages windows coins maps"
_PLACES = "station market library harbour bakery school museum village office farm"
_PATTERNS = (
    "{name} will come back on {day}.",
    "We met {name} at the {place} in {month}.",
    "There were {number} {things} on the table.",
    "{number} of the {number} {things} were missing.",
    "Did {name} really walk to the {place} on {day}?",
    "It was ten past {hour}, and nobody was at the {place}.",
    "Her number is {digit} {digit} {digit} {digit} {digit}.",
    "{name} and {name} sold {number} hundred {things} last {month}.",
    "{digit} {digit} {digit} {digit}.",
    "I told {name} that the {place} was closed until {month}.",
)


def wordnet(folder: Path) -> Iterator[str]:
    """Yield the examples and definitions of a WordNet database, as they are.

    Raises:
        OSError: a file of it can't be read.
    """
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{part}").read_text("utf-8").splitlines():
            _, bar, gloss = line.partition(" | ")
            if bar:
                yield from _EXAMPLE.findall(gloss)
                # Definitions are three times as many and no speech: a share of them is enough.
                definitions = re.split(r"; ?", re.sub(r"\([^)]*\)", "", _EXAMPLE.sub("", gloss)))
                yield from (d for d in definitions if _number(d) % DEFINITIONS == 0)


def patterns(count: int, rng: random.Random) -> Iterator[str]:
    """Yield `count` sentences made from the project's own patterns: names, days, numbers."""
    ones, tens = _ONES.split(), _TENS.split()
    choices = {
        "name": _NAMES.split(),
        "day": _DAYS.split(),
        "month": _MONTHS.split(),
        "things": _THINGS.split(),
        "place": _PLACES.split(),
        "hour": ones[:12],
        "digit": ones[:9],
    }

    def filled(match: re.Match[str]) -> str:
        if match[1] == "number":
            return rng.choice([rng.choice(ones), f"{rng.choice(tens)} {rng.choice(ones[:9])}"])
        return rng.choice(choices[match[1]])

    for _ in range(count):
        said = re.sub(r"\{(\w+)\}", filled, rng.choice(_PATTERNS))
        yield said[0].upper() + said[1:]


def readable(text: str) -> str | None:
    """Return a sentence on one line; None where it is too short, too long, or has other signs."""
    text = " ".join(text.split()).strip(" ,:-")
    said = normalise(text)
    letters = _SAID.fullmatch(said) and LETTERS[0] <= len(said) <= LETTERS[1]
    plain = text.isascii() and not re.search(r"[^A-Za-z' .,?!]", text)
    if not (letters and plain and WORDS[0] <= len(said.split()) <= WORDS[1]):
        return None
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".?!" else f"{text}."


def runs(said: str) -> set[tuple[str, ...]]:
    """Return all runs of `RUN` words in a normalised text, or all of its words if it has fewer."""
    words = said.split()
    return {tuple(words[i : i + RUN]) for i in range(max(len(words) - RUN + 1, 1))}


def never_said(files: Iterable[Path]) -> set[tuple[str, ...]]:
    """Return the runs of words of all transcripts in tables with a column `transcription`."""
    found: set[tuple[str, ...]] = set()
    for file in files:
        with file.open(encoding="utf-8", newline="") as table:
            for row in csv.DictReader(table):
                found |= runs(normalise(row["transcription"]))
    return found


def chosen(texts: Iterable[str], never: set[tuple[str, ...]]) -> dict[str, str]:
    """Return readable sentences that share nothing with `never`, by what is said in them."""
    kept: dict[str, str] = {}
    for text in texts:
        sentence = readable(text)
        if sentence is not None and not runs(said := normalise(sentence)) & never:
            kept.setdefault(said, sentence)
    return kept


def is_test(said: str) -> bool:
    """Say whether a normalised sentence is one of those never trained on."""
    return _number(said) % TESTED == 0


def _number(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def main(arguments: list[str] | None = None) -> None:
    """Write both lists."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--wordnet", type=Path, default=WORDNET)
    parser.add_argument("--never", type=Path, nargs="+", default=[])
    args = parser.parse_args(arguments)
    rng = random.Random(1)  # noqa: S311 - nothing secret
    kept = chosen([*wordnet(args.wordnet), *patterns(6000, rng)], never_said(args.never))
    sentences = [kept[said] for said in sorted(kept)]
    rng.shuffle(sentences)
    args.output.mkdir(parents=True, exist_ok=True)
    for name, tested in (("train", False), ("test", True)):
        lines = [s for s in sentences if is_test(normalise(s)) == tested]
        (args.output / f"{name}.txt").write_text("".join(f"{s}\n" for s in lines), "utf-8")
        sys.stdout.write(f"{name}: {len(lines)} sentences\n")


if __name__ == "__main__":
    main()
