"""A grammar as a graph of tokens, within stated sizes."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from malgwi.decoding.grammar_text import (
    MOST_DEPTH,
    Choice,
    GrammarError,
    Part,
    Rule,
    Rules,
    Word,
    parse,
)
from malgwi.speech.vocab import Vocab
from malgwi.text_file import TextFiles

MOST_NODES, MOST_ARCS = 50_000, 500_000
"""Of a compiled grammar."""
MOST_WORK = 1_000_000
"""Words and groups put into the graph, rules filled in, one more for twenty nodes that they follow:
rules that use another twice, at each of many levels, never end otherwise."""
START = 0
"""The node before the first token."""


@dataclass(frozen=True)
class Grammar:
    """A grammar as a graph of tokens without circles; node 0 stands before the first token."""

    tokens: npt.NDArray[np.int64]
    """Of each node; that of node 0 means nothing."""
    sources: npt.NDArray[np.int64]
    """Of each arc the node it comes from, by the node it goes to, then ascending."""
    firsts: npt.NDArray[np.int64]
    """Where the arcs into nodes 1, 2, … begin in `sources`."""
    finals: npt.NDArray[np.int64]
    """Nodes in which a sentence may end, ascending."""


def read_grammar(path: Path, vocab: Vocab) -> Grammar:
    """Read a grammar file and compile it for a model's vocabulary.

    Raises:
        MalgwiError: the file can't be read, or as `parse` and `compile_rules`; names the file.
    """
    text = TextFiles().read(path)
    try:
        return compile_rules(parse(text), vocab)
    except GrammarError as error:
        raise GrammarError(f"{path}: {error}") from error


def compile_rules(rules: Rules, vocab: Vocab) -> Grammar:
    """Turn a grammar into the graph of its tokens; beginnings that are alike share their nodes.

    The empty sentence is left out.

    Raises:
        GrammarError: a rule is missing or holds itself, a word has letters outside the vocabulary,
            no sentence is left, or the graph is larger than the limits.
    """
    graph = _Graph(rules.rules, vocab)
    ends = graph.extend((START,), rules.public) - {START}
    if not ends:
        raise GrammarError("no sentence in it; write one a line, or rules after #JSGF V1.0;")
    return Grammar(
        tokens=np.array(graph.tokens, dtype=np.int64),
        sources=np.array([s for arcs in graph.arcs[1:] for s in arcs], dtype=np.int64),
        firsts=np.cumsum([0, *(len(arcs) for arcs in graph.arcs[1:-1])], dtype=np.int64),
        finals=np.array(sorted(ends), dtype=np.int64),
    )


_Steps = Generator[tuple[tuple[int, ...], Part, tuple[str, ...]], Any, frozenset[int]]


class _Graph:
    """Nodes, numbered as they are made; two with the same token after the same nodes are one."""

    def __init__(self, rules: dict[str, Choice], vocab: Vocab) -> None:
        self.rules, self.vocab = rules, vocab
        self.tokens = [vocab.blank]
        self.arcs: list[tuple[int, ...]] = [()]
        self._known: dict[tuple[tuple[int, ...], int], int] = {}
        self._size = self._work = 0

    def extend(self, ends: tuple[int, ...], part: Part) -> frozenset[int]:
        """Put `part` behind the nodes `ends` and return the nodes in which it may end."""
        # A stack of its own: rules and brackets in each other are more than Python's can hold.
        stack = [self._steps(ends, part, ())]
        reached: frozenset[int] | None = None
        while stack:
            try:
                stack.append(self._steps(*stack[-1].send(reached)))
                reached = None
            except StopIteration as done:
                stack.pop()
                reached = done.value
        return reached or frozenset()

    def _steps(self, ends: tuple[int, ...], part: Part, within: tuple[str, ...]) -> _Steps:
        """Do what `extend` does, but yield what is to be put first and be sent where that ends."""
        self._work += 1 + len(ends) // 20
        if self._work > MOST_WORK:
            self._refuse()
        if isinstance(part, Word):
            return self._word(ends, part)
        if isinstance(part, Rule):
            filled: frozenset[int] = yield ends, self._filled(part, within), (*within, part.name)
            return filled
        found: set[int] = set()
        for alternative in part.of:
            reached = ends
            for each in alternative:
                reached = tuple(sorted((yield reached, each, within)))
            found.update(reached)
        return frozenset(found)

    def _filled(self, rule: Rule, within: tuple[str, ...]) -> Choice:
        if rule.name not in self.rules:
            raise GrammarError(f"line {rule.line}: there is no rule {rule.name}")
        if rule.name in within:
            circle = " → ".join((*within[within.index(rule.name) :], rule.name))
            raise GrammarError(
                f"line {rule.line}: {rule.name} holds itself ({circle}); sentences must end"
            )
        if len(within) >= MOST_DEPTH:
            raise GrammarError(f"line {rule.line}: over {MOST_DEPTH} rules in each other")
        return self.rules[rule.name]

    def _word(self, ends: tuple[int, ...], word: Word) -> frozenset[int]:
        spoken = self.vocab.normalise(word.text)
        if not spoken:
            raise GrammarError(f"line {word.line}: nothing is spoken in {word.text!r}; remove it")
        missing = self.vocab.missing(spoken)
        if missing:
            raise GrammarError(
                f"line {word.line}: the model has no token for {''.join(missing)!r} in "
                f"{word.text!r}; write it as it is spoken, in letters of the model's language"
            )
        for each in spoken.split():
            ends = self._spelt(ends, self.vocab.encode(each))
        return frozenset(ends)

    def _spelt(self, ends: tuple[int, ...], labels: Sequence[int]) -> tuple[int, ...]:
        if self.vocab.delimiter is not None:
            after = tuple(end for end in ends if end != START)
            gap = (self._node(after, self.vocab.delimiter),) if after else ()
            ends = (*(end for end in ends if end == START), *gap)
        for label in labels:
            ends = (self._node(ends, label),)
        return ends

    def _node(self, sources: tuple[int, ...], token: int) -> int:
        node = self._known.get((sources, token))
        if node is None:
            node = self._known[sources, token] = len(self.tokens)
            self.tokens.append(token)
            self.arcs.append(sources)
            self._size += len(sources)
            if node > MOST_NODES or self._size > MOST_ARCS:
                self._refuse()
        return node

    def _refuse(self) -> NoReturn:
        raise GrammarError(
            f"over {MOST_NODES:,} letters or {MOST_ARCS:,} ways between them when all rules are "
            "filled in; allow fewer sentences"
        )
