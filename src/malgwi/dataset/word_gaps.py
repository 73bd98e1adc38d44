"""Words of annotations whose parts, letters or morphemes or phones, have a pause between them.

Few formats say what a word's parts are: ELAN by tiers that depend on the word's, Praat by intervals
that fill a word's from edge to edge, as aligners write them. Of all others nothing is known.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from malgwi.annotation.annotation import Annotation, Tier
from malgwi.corpus.annotated import Project
from malgwi.corpus.row import Fault
from malgwi.corpus.tiers import eldest
from malgwi.dataset.findings import Entry
from malgwi.speech.audio import SAMPLE_RATE

if TYPE_CHECKING:
    from pathlib import Path

GAP_S = 0.3
"""Longer than the closure of a consonant; a pause of this length ends a segment, too."""
EDGE_S = 0.011
"""Edges that lie no further apart are one; programs round to milliseconds or frames of 10."""
_PAUSES = {"", "sp", "sil", "pau", "<p:>", "<sil>"}
"""How aligners call a pause."""
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
"""Scripts whose sentences have no spaces, so that nobody knows what is one word."""


class WordGap(NamedTuple):
    """A pause within a word; seconds in the file's own time line."""

    word: Annotation
    tier: str
    before: Annotation
    behind: Annotation

    @property
    def detail(self) -> str:
        """What was found."""
        return (
            f"{self.word.text[:40]!r} at {self.word.start:.2f} s has "
            f"{self.behind.start - self.before.end:.2f} s between {self.before.text[:20]!r} and "
            f"{self.behind.text[:20]!r}"
        )


def gaps_in_words(tiers: Sequence[Tier]) -> Iterator[WordGap]:
    """Yield the first long pause in each word of the tiers of a file."""
    has_parents = any(tier.parent for tier in tiers)
    for words in tiers:
        for parts in tiers:
            depends = parts.parent == words.name
            if parts is not words and (depends or not has_parents):
                yield from _gaps(words, parts, depends=depends)


def _gaps(words: Tier, parts: Tier, *, depends: bool) -> Iterator[WordGap]:
    said = sorted(
        (part for part in parts.annotations if part.text.strip().lower() not in _PAUSES),
        key=lambda part: part.start,
    )
    starts = [part.start for part in said]
    for word in words.annotations:
        if len(word.text.split()) != 1 or _UNSPACED.search(word.text):
            continue
        inside: list[Annotation] = []
        for at in range(bisect_left(starts, word.start - EDGE_S), len(said)):
            if said[at].end > word.end + EDGE_S:
                break
            inside.append(said[at])
        fills = inside and (
            abs(inside[0].start - word.start) <= EDGE_S and abs(inside[-1].end - word.end) <= EDGE_S
        )
        if not (depends or fills):
            continue
        for before, behind in pairwise(inside):
            if round(behind.start - before.end, 3) > GAP_S:
                yield WordGap(word, words.name, before, behind)
                break


class _Place(NamedTuple):
    """A word with a pause; seconds in the recording."""

    start: float
    end: float
    kin: set[str]
    """The tiers whose utterances may hold it: of its own family, where the file has families."""
    detail: str


def word_gaps(
    project: Project | None,
    entries: Iterable[Entry],
    called: Callable[[str], str] = lambda tier: tier,
) -> list[tuple[str, Fault]]:
    """Return the utterances that hold such words, as (id, what) pairs.

    `called` gives the name that a tier of the project has among the columns of `entries`.
    """
    if project is None:
        return []
    found: dict[Path, list[_Place]] = defaultdict(list)
    for one in project.pairs:
        if one.recording is None:
            continue
        parents = {tier.name: tier.parent for tier in one.annotated.tiers}
        for gap in gaps_in_words(one.annotated.tiers):
            kin = {
                called(name)
                for name in parents
                if not any(parents.values()) or eldest(name, parents) == eldest(gap.tier, parents)
            }
            start, end = gap.word.start + one.origin, gap.word.end + one.origin
            found[one.recording].append(_Place(start, end, kin, gap.detail))
    details: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        first, last = entry.stretch.first / SAMPLE_RATE, entry.stretch.end / SAMPLE_RATE
        for place in found.get(entry.row.audio, ()):
            inside = first <= place.start + EDGE_S and place.end <= last + EDGE_S
            if inside and entry.row.columns.get("tier") in place.kin:
                details[entry.row.id].append(place.detail)
    return [(row_id, Fault("gap-in-word", "; ".join(said))) for row_id, said in details.items()]
