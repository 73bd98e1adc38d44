"""A word n-gram language model: how likely a word is after the words before it.

Backing off from the longest known history to shorter ones (Katz 1987), in the arrays that
`docs/language-model.md` specifies, so that a file of them needs no reading before it is used.
The Java core obeys the same rules (`tests/golden/ngram.json`).
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from malgwi.errors import MalgwiError
from malgwi.speech.text import Normalisation

Ints = npt.NDArray[np.uint32]
Floats = npt.NDArray[np.float32]

BOS, EOS, UNK = "<s>", "</s>", "<unk>"
MOST_ORDER = 6
MOST_NGRAMS = 2**28
"""Of one order."""

_REMEMBERED = 50_000
"""Histories and words whose places are kept at a time."""


@dataclass(frozen=True)
class Weights:
    """How much the language model counts beside the recogniser, in natural logarithms."""

    alpha: float = 0.6
    """What ln P of each word is multiplied by, 0 to 100."""
    beta: float = 3.0
    """Added for each word, -100 to 100: language models like few words."""
    unknown: float = 6.0
    """Taken away for each word that the model doesn't have, 0 to 1,000; its letters cost, too."""

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            MalgwiError: names the weight, its value and the range.
        """
        for name, least, most in (("alpha", 0, 100), ("beta", -100, 100), ("unknown", 0, 1000)):
            value = getattr(self, name)
            if not least <= value <= most:
                raise MalgwiError(
                    f"language model: {name} is {value}; expected {least} to {most}. Tune it "
                    "again (malgwi tune)"
                )


class Table(NamedTuple):
    """All n-grams of one order, in ascending order of their words' ids."""

    word: Ints
    """The last word of each; empty in order 1, where it is the place."""
    prob: Floats
    """ln P of it after the words before."""
    backoff: Floats
    """What is added when a word doesn't follow it; empty in the highest order."""
    child: Ints
    """Where in the next order those begin that start with it, and one more; empty likewise."""


class Context(NamedTuple):
    """A history, cut to what the model can use, with the places of its ends in the tables."""

    words: tuple[int, ...]
    places: tuple[tuple[int, int, int, float], ...]
    """For the whole history, then for it without its first word, and so on to the empty one:
    the order of what follows, its first and end place there, and the backoff."""


@dataclass(frozen=True)
class LanguageModel:
    """A model that is ready to score; its ids are the places of the sorted words."""

    starts: Ints
    """Where each word starts in `text`, and where the last one ends."""
    text: bytes | memoryview
    """The words, UTF-8, ascending by their bytes."""
    tables: tuple[Table, ...]
    unk: int
    bos: int | None = None
    eos: int | None = None
    weights: Weights = field(default_factory=Weights)
    rules: Normalisation | None = None
    """How its text was normalised; None where nobody said."""
    source: str = "language model"
    """What errors name."""

    @property
    def order(self) -> int:
        """Words that an n-gram has at most."""
        return len(self.tables)

    def __len__(self) -> int:
        """Return the number of words, `<unk>`, `<s>` and `</s>` included."""
        return len(self.starts) - 1

    def weighted(self, weights: Weights) -> "LanguageModel":
        """Return the same model with other weights."""
        return replace(self, weights=weights)

    def word(self, index: int) -> str:
        """Return a word by its id."""
        return self._bytes(index).decode("utf-8", "replace")

    def find(self, word: str) -> int | None:
        """Return a word's id; None where the model doesn't have it."""
        wanted = word.encode("utf-8", "surrogatepass")
        place = self._first(wanted)
        return place if place < len(self) and self._bytes(place) == wanted else None

    def likeliest(self, beginning: str) -> float:
        """Return the highest ln P, without history, of the words that begin so; -inf: none."""
        wanted = beginning.encode("utf-8", "surrogatepass")
        first = self._first(wanted)
        if first == len(self) or not self._bytes(first).startswith(wanted):
            return -inf
        # 0xFF stands in no UTF-8, so this comes after every word that begins so.
        end = self._first(wanted + b"\xff")
        return float(self.tables[0].prob[first:end].max())

    def _first(self, wanted: bytes) -> int:
        """Return the first place whose word isn't before `wanted`."""
        return bisect_left(range(len(self)), wanted, key=self._bytes)

    def _bytes(self, index: int) -> bytes:
        start, end = self._starts[index], self._starts[index + 1]
        if not start <= end <= len(self.text):
            raise self._damaged(f"word {index} lies at {start} to {end}")
        return bytes(self.text[start:end])

    def start(self) -> Context:
        """Return the history before the first word."""
        return self.context(() if self.bos is None else (self.bos,))

    def after(self, context: Context, word: int) -> Context:
        """Return the history once `word` was said."""
        return self.context((*context.words, word))

    def context(self, words: Sequence[int]) -> Context:
        """Return a history of word ids, cut to the words that count."""
        kept = tuple(words[max(0, len(words) - self.order + 1) :])
        known = self._contexts.get(kept)
        if known is None:
            if len(self._contexts) >= _REMEMBERED:
                self._contexts.clear()
            known = self._contexts[kept] = Context(kept, tuple(self._places(kept)))
        return known

    def ln(self, context: Context, word: int) -> float:
        """Return ln P(word | history); 0 is certain."""
        total = 0.0
        for order, first, end, backoff in context.places:
            place = word
            if order:
                words = self._views[order].word
                place = bisect_left(words, word, first, end)
                if place == end or words[place] != word:
                    total += backoff
                    continue
            prob = self._views[order].prob[place]
            if not -inf < prob <= 0.0:
                raise self._damaged(f"a probability of order {order + 1} is {prob}")
            return total + prob
        raise self._damaged(f"word {word} has no probability")

    def sentence(self, words: Sequence[str]) -> float:
        """Return ln P of a whole sentence, from `<s>` to `</s>`, without weights."""
        context, total = self.start(), 0.0
        for word in words:
            index = self.find(word)
            index = self.unk if index is None else index
            total += self.ln(context, index)
            context = self.after(context, index)
        return total if self.eos is None else total + self.ln(context, self.eos)

    def _places(self, words: tuple[int, ...]) -> list[tuple[int, int, int, float]]:
        found = []
        for skipped in range(len(words)):
            place = self._place(words[skipped:])
            if place is not None:
                order = len(words) - skipped
                found.append((order, *self._children(order, place)))
        return [*found, (0, 0, len(self), 0.0)]

    def _place(self, words: tuple[int, ...]) -> int | None:
        place = words[0]
        for order, word in enumerate(words[1:], 1):
            first, end, _ = self._children(order, place)
            place = bisect_left(self._views[order].word, word, first, end)
            if place == end or self._views[order].word[place] != word:
                return None
        return place

    def _children(self, order: int, place: int) -> tuple[int, int, float]:
        """Return the first and the end place of what follows an n-gram of `order`, its backoff."""
        table = self._views[order - 1]
        first, end, backoff = table.child[place], table.child[place + 1], table.backoff[place]
        if not first <= end <= len(self.tables[order].word):
            raise self._damaged(f"places {first} to {end} of order {order + 1}")
        if not -inf < backoff < inf:
            raise self._damaged(f"a backoff of order {order} is {backoff}")
        return first, end, backoff

    def _damaged(self, what: str) -> MalgwiError:
        return MalgwiError(f"{self.source}: damaged: {what}; make it again (malgwi tune)")

    @cached_property
    def _contexts(self) -> dict[tuple[int, ...], Context]:
        return {}

    # Views give plain numbers, several times faster than numpy's.

    @cached_property
    def _starts(self) -> memoryview:
        return self.starts.data

    @cached_property
    def _views(self) -> list["_View"]:
        return [_View(*(column.data for column in table)) for table in self.tables]


class _View(NamedTuple):
    word: memoryview
    prob: memoryview
    backoff: memoryview
    child: memoryview


class Grams(NamedTuple):
    """The n-grams of one order in any sequence, to build a model from."""

    words: npt.NDArray[np.int64]
    """(n-grams, order): places in the list of words."""
    prob: npt.NDArray[np.float64]
    """ln P."""
    backoff: npt.NDArray[np.float64]
    """Natural logarithms; not looked at in the highest order."""


def build(words: Sequence[str], orders: Sequence[Grams], source: str) -> LanguageModel:
    """Make a model of n-grams; those that others start with are added where they are missing.

    Args:
        words: in any sequence, none twice. Without `<unk>` among them, one is added that is as
            likely as the rarest word.
        orders: of order 1, with every word once, to the highest.
        source: what errors name.

    Raises:
        MalgwiError: an n-gram occurs twice, or there are too many.
    """
    words, orders = _with_unk(list(words), list(orders))
    encoded = [word.encode("utf-8") for word in words]
    ranked = sorted(range(len(words)), key=encoded.__getitem__)
    place = np.empty(len(words), dtype=np.int64)
    place[ranked] = np.arange(len(words))
    grams = [
        _sorted(g._replace(words=place[g.words]), [words[i] for i in ranked], source)
        for g in orders
    ]
    grams = _completed(grams)
    for number, gram in enumerate(grams, 1):
        if len(gram.words) > MOST_NGRAMS:
            raise MalgwiError(
                f"{source}: {len(gram.words)} n-grams of order {number}; at most {MOST_NGRAMS} "
                "are possible. Prune it"
            )
    ids = {word: int(place[i]) for i, word in enumerate(words) if word in (BOS, EOS, UNK)}
    return LanguageModel(
        starts=np.cumsum([0, *(len(encoded[i]) for i in ranked)]).astype(np.uint32),
        text=b"".join(encoded[i] for i in ranked),
        tables=tuple(_tables(grams)),
        unk=ids[UNK],
        bos=ids.get(BOS),
        eos=ids.get(EOS),
        source=source,
    )


def _with_unk(words: list[str], orders: list[Grams]) -> tuple[list[str], list[Grams]]:
    if UNK in words:
        return words, orders
    first = orders[0]
    ordinary = np.array([words[row[0]] not in (BOS, EOS) for row in first.words])
    rarest = first.prob[ordinary].min(initial=0.0) if ordinary.any() else first.prob.min()
    first = Grams(
        np.vstack([first.words, [[len(words)]]]),
        np.append(first.prob, rarest),
        np.append(first.backoff, 0.0),
    )
    return [*words, UNK], [first, *orders[1:]]


def _sorted(grams: Grams, words: Sequence[str], source: str) -> Grams:
    order = np.lexsort(grams.words.T[::-1])
    rows = grams.words[order]
    twice = np.flatnonzero((rows[1:] == rows[:-1]).all(axis=1))
    if twice.size:
        gram = " ".join(words[i] for i in rows[twice[0]])
        raise MalgwiError(f"{source}: the n-gram {gram!r} occurs twice; make it again")
    return Grams(rows, grams.prob[order], grams.backoff[order])


def _completed(grams: list[Grams]) -> list[Grams]:
    """Add the n-grams that longer ones start with; pruning may have left them out."""
    for n in range(len(grams) - 1, 0, -1):
        wanted = np.unique(grams[n].words[:, :-1], axis=0)
        missing = wanted[_find(grams[n - 1].words, wanted) < 0]
        if len(missing):
            at = grams[n - 1]
            rows = np.vstack([at.words, missing])
            order = np.lexsort(rows.T[::-1])
            unknown = np.full(len(missing), np.nan)
            grams[n - 1] = Grams(
                rows[order],
                np.append(at.prob, unknown)[order],
                np.append(at.backoff, np.zeros(len(missing)))[order],
            )
    for n, gram in enumerate(grams):
        new = np.isnan(gram.prob)
        if new.any():  # what backing off gives, so nothing changes
            rows = gram.words[new]
            history = _find(grams[n - 1].words, rows[:, :-1])
            gram.prob[new] = grams[n - 1].backoff[history] + _backed_off(grams, rows[:, 1:])
    return grams


def _backed_off(grams: list[Grams], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return ln P of the last word of each row after the others."""
    total = np.zeros(len(rows))
    left = np.arange(len(rows))
    for n in range(rows.shape[1], 0, -1):
        place = _find(grams[n - 1].words, rows[left, -n:])
        found = place >= 0
        total[left[found]] += grams[n - 1].prob[place[found]]
        left = left[~found]
        if not len(left):
            break
        history = _find(grams[n - 2].words, rows[left, -n:-1])
        total[left] += np.where(history >= 0, grams[n - 2].backoff[history], 0.0)
    return total


def _find(rows: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return where each wanted row stands among the sorted `rows`; -1: nowhere."""
    keys = np.zeros(len(rows), dtype=np.int64)
    sought = np.zeros(len(wanted), dtype=np.int64)
    if not len(rows):
        return sought - 1
    for column in range(rows.shape[1]):
        # The rows that begin alike share a number; numbers ascend as the rows do.
        size = int(max(rows[:, column].max(), wanted[:, column].max(initial=0))) + 1
        both = keys * size + rows[:, column]
        asked = np.where(sought < 0, -1, sought * size + wanted[:, column])
        numbers = np.unique(both)
        keys = np.searchsorted(numbers, both)
        at = np.minimum(np.searchsorted(numbers, asked), len(numbers) - 1)
        sought = np.where(numbers[at] == asked, at, -1)
    return np.where(sought >= 0, np.searchsorted(keys, sought), -1)


def _tables(grams: Sequence[Grams]) -> list[Table]:
    tables = []
    for n, gram in enumerate(grams):
        last = n + 1 == len(grams)
        child = np.zeros(0, dtype=np.uint32)
        if not last:
            parents = _find(gram.words, grams[n + 1].words[:, :-1])
            child = np.searchsorted(parents, np.arange(len(gram.words) + 1)).astype(np.uint32)
        tables.append(
            Table(
                gram.words[:, -1].astype(np.uint32) if n else np.zeros(0, dtype=np.uint32),
                np.minimum(gram.prob, 0.0).astype(np.float32),
                gram.backoff.astype(np.float32) if not last else np.zeros(0, dtype=np.float32),
                child,
            )
        )
    return tables


def rows_of(model: LanguageModel, order: int) -> npt.NDArray[np.int64]:
    """Return the word ids of all n-grams of one order, (n-grams, order), in the file's sequence."""
    rows = np.arange(len(model), dtype=np.int64)[:, None]
    for n in range(1, order):
        child = model.tables[n - 1].child.astype(np.int64)
        parents = np.repeat(np.arange(len(rows)), np.diff(child))
        rows = np.column_stack([rows[parents], model.tables[n].word.astype(np.int64)])
    return rows
