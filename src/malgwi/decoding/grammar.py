"""What may be said at all: a list of sentences or a small grammar, and the one that was said.

A grammar becomes a graph of tokens, in which CTC's likeliest path is found (Viterbi; Graves et al.
2006): the best allowed sentence. How far that path is from the likeliest of all says whether it
was one of them. The rules are in `docs/grammar.md`; the Java core obeys the same
(`tests/golden/grammar.json`).
"""

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
import numpy.typing as npt

from malgwi.decoding.alignment import LogProbabilities
from malgwi.decoding.decode import Alternative, FrameTokens, Logits, log_probabilities, runs
from malgwi.errors import MalgwiError
from malgwi.speech.text import normalise
from malgwi.speech.vocab import Vocab
from malgwi.text_file import read_text

MOST_NODES, MOST_ARCS, MOST_DEPTH = 50_000, 500_000, 50
"""Of a compiled grammar, and of rules and brackets in each other."""
MOST_WORK = 1_000_000
"""Words and groups put into the graph, rules filled in, one more for twenty nodes that they follow:
rules that use another twice, at each of many levels, never end otherwise."""
MOST_CHARACTERS = 1_000_000
"""Of a grammar's text."""
NONE_BELOW = -1.2
"""Nats a letter: measured in `docs/grammar.md`."""
_TOKEN = re.compile(r"<([^<>\s]*)>|[\[\]()|;=]|[^\s\[\]()|;=<>]+|[<>]")
_NOT_SUPPORTED = re.compile(r"[*+/{}\\\"]|^import$")
START = 0
"""The node before the first token."""


class GrammarError(MalgwiError):
    """A grammar can't be understood; the message names the line and the remedy."""


# ------------------------------------------------------------------------------------ reading


class Word(NamedTuple):
    """One word as it was written, and the line it stands in (from 1)."""

    text: str
    line: int


class Rule(NamedTuple):
    """A reference to a named rule."""

    name: str
    line: int


class Choice(NamedTuple):
    """Alternatives, each a sequence; one that may be left out has an empty one."""

    of: tuple["Sequence[Part]", ...]


Part = Word | Rule | Choice


class Rules(NamedTuple):
    """A grammar as it was written."""

    rules: dict[str, Choice]
    public: Choice
    """What makes a whole sentence."""


def parse(text: str) -> Rules:
    """Read a grammar: JSGF where the first line begins with `#JSGF`, else a sentence a line.

    Raises:
        GrammarError: what is wrong, in which line.
    """
    if len(text) > MOST_CHARACTERS:
        raise GrammarError(f"{len(text):,} characters; a grammar may have {MOST_CHARACTERS:,}")
    if text.lstrip().startswith("#JSGF"):
        return _Parser(text).grammar()
    sentences = [
        tuple(Word(word, number) for word in line.split())
        for number, line in enumerate(re.split(r"\r\n?|\n", text), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    return Rules({}, Choice(tuple(sentences)))


class _Parser:
    """Java Speech Grammar Format, as far as `docs/grammar.md` says."""

    def __init__(self, text: str) -> None:
        header, _, rest = text.lstrip().partition(";")
        before = text[: len(text) - len(rest)]
        if not re.fullmatch(r"#JSGF[ \t\w.-]*", header):
            raise GrammarError(f"line 1: {header[:40]!r}; expected #JSGF V1.0;")
        without = re.sub(r"//[^\n]*|/\*.*?\*/", _only_lines, rest, flags=re.DOTALL)
        line = 1 + before.count("\n")
        self.tokens: list[tuple[str, int]] = []
        for number, content in enumerate(without.split("\n"), line):
            self.tokens += [(m.group(), number) for m in _TOKEN.finditer(content)]
        self.at = 0
        self.rules: dict[str, Choice] = {}

    def grammar(self) -> Rules:
        """Return all rules, and the choice of the public ones."""
        public: list[Sequence[Part]] = []
        if self._peek() == "grammar":
            while self._take() != ";":
                pass
        while self._peek():
            word, line = self.tokens[self.at]
            is_public = word == "public"
            self.at += is_public
            name, line = self._take(), self._line()
            if not name.startswith("<") or len(name) < 3:
                self._refuse(name, line)
                raise GrammarError(
                    f"line {line}: {name!r}; expected a rule such as public <command> = …;"
                )
            if name in self.rules:
                raise GrammarError(f"line {line}: {name} is there twice; give it another name")
            self._expect("=")
            self.rules[name] = self._choice(";", 0)
            if is_public:
                public.append((Rule(name, line),))
        if not public:
            raise GrammarError("no public rule; write public before the rule of whole sentences")
        return Rules(self.rules, Choice(tuple(public)))

    def _choice(self, closing: str, depth: int) -> Choice:
        if depth > MOST_DEPTH:
            raise GrammarError(
                f"line {self._line()}: over {MOST_DEPTH} brackets in each other; use rules"
            )
        alternatives: list[list[Part]] = [[]]
        while (token := self._take()) != closing:
            line = self._line()
            if token == "|":  # noqa: S105
                alternatives.append([])
            elif token == "(":  # noqa: S105
                alternatives[-1].append(self._choice(")", depth + 1))
            elif token == "[":  # noqa: S105
                alternatives[-1].append(Choice((*self._choice("]", depth + 1).of, ())))
            elif token.startswith("<") and len(token) > 2:
                alternatives[-1].append(Rule(token, line))
            elif token in "[]()|;=<>":  # noqa: S105
                raise GrammarError(f"line {line}: {token!r} where {closing!r} or a word belongs")
            else:
                self._refuse(token, line)
                alternatives[-1].append(Word(token, line))
        if not all(alternatives):
            raise GrammarError(
                f"line {self._line()}: nothing beside a |, or between brackets; write [ … ] for "
                "what may be left out"
            )
        return Choice(tuple(alternatives))

    def _refuse(self, token: str, line: int) -> None:
        if _NOT_SUPPORTED.search(token):
            raise GrammarError(
                f"line {line}: {token[:40]!r}; weights, tags, repetition, quotes, escapes and "
                "imports aren't supported. Write the sentences out with ( | ), [ ] and <rules>"
            )

    def _expect(self, wanted: str) -> None:
        found = self._take()
        if found != wanted:
            raise GrammarError(f"line {self._line()}: {found!r}; expected {wanted!r}")

    def _peek(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def _take(self) -> str:
        if self.at == len(self.tokens):
            raise GrammarError(f"line {self._line()}: ends within a rule; expected ';'")
        self.at += 1
        return self.tokens[self.at - 1][0]

    def _line(self) -> int:
        """Return the line of the token taken last."""
        return self.tokens[self.at - 1][1] if self.tokens else 1


def _only_lines(comment: re.Match[str]) -> str:
    return "\n" * comment.group().count("\n") or " "


# ---------------------------------------------------------------------------------- compiling


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
    text = read_text(path)
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
        spoken = normalise(word.text)
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


# ---------------------------------------------------------------------------------- searching


def best_sentence(
    scores: LogProbabilities, grammar: Grammar, blank: int
) -> npt.NDArray[np.int64] | None:
    """Return the likeliest sequence of one id a frame that spells an allowed sentence.

    None where no sentence fits in the frames. Each node has two states, its token and the blank
    after it; from frame to frame a path stays, goes from a token to its blank, or to the token of
    a next node, from the blank or, where the two tokens differ, from the token. Among equals it
    ends in the lowest node, in its token rather than its blank, and, seen from the end, stays
    where it can, else came from the blank of the lowest node, else from the token of the lowest.

    Time is frames times arcs; memory grows with the root of the frames.
    """
    frames = len(scores)
    every = isqrt(frames) + 1
    row = _Row(np.full(len(grammar.tokens), -np.inf), np.full(len(grammar.tokens), -np.inf))
    row.blank[START] = 0.0
    step = _Step(grammar, blank)
    kept = [row]
    for frame in range(frames):
        row = step(row, scores[frame])
        if (frame + 1) % every == 0:
            kept.append(row)
    ends = np.stack([row.token[grammar.finals], row.blank[grammar.finals]], axis=1)
    best = int(np.argmax(ends))
    if ends.flat[best] == -np.inf:
        return None
    node, in_blank = int(grammar.finals[best // 2]), bool(best % 2)
    path = np.empty(frames, dtype=np.int64)
    for start in range(every * ((frames - 1) // every), -1, -every):
        rows = [kept[start // every]]
        stop = min(start + every, frames)
        for frame in range(start, stop - 1):
            rows.append(step(rows[-1], scores[frame]))
        for frame in range(stop - 1, start - 1, -1):
            path[frame] = blank if in_blank else grammar.tokens[node]
            node, in_blank = step.back(rows[frame - start], node, in_blank=in_blank)
    return path


class _Row(NamedTuple):
    """The score of the best path into every state, natural logarithms."""

    token: LogProbabilities
    blank: LogProbabilities


class _Step:
    """From one frame's scores to the next frame's, and back along the best path."""

    def __init__(self, grammar: Grammar, blank: int) -> None:
        self.grammar, self.blank_id = grammar, blank
        counts = np.diff(np.append(grammar.firsts, len(grammar.sources)))
        targets = np.repeat(np.arange(1, len(grammar.tokens)), counts)
        repeats = grammar.tokens[grammar.sources] == grammar.tokens[targets]
        self.barred = np.where(repeats, -np.inf, 0.0)
        """Of each arc, what is added to the way from token to token."""

    def __call__(self, row: _Row, frame: LogProbabilities) -> _Row:
        sources = self.grammar.sources
        ways = np.maximum(row.blank[sources], row.token[sources] + self.barred)
        token = row.token.copy()
        np.maximum(token[1:], np.maximum.reduceat(ways, self.grammar.firsts), out=token[1:])
        token += frame[self.grammar.tokens]
        token[START] = -np.inf
        return _Row(token, np.maximum(row.blank, row.token) + frame[self.blank_id])

    def back(self, before: _Row, node: int, *, in_blank: bool) -> tuple[int, bool]:
        """Return the state of the frame before, whose scores are `before`."""
        if in_blank:
            return node, bool(before.blank[node] >= before.token[node])
        first = self.grammar.firsts[node - 1]
        last = self.grammar.firsts[node] if node < len(self.grammar.firsts) else None
        sources = self.grammar.sources[first:last]
        ways = np.concatenate(
            [
                before.token[node : node + 1],
                before.blank[sources],
                before.token[sources] + self.barred[first:last],
            ]
        )
        best = int(np.argmax(ways))
        if best == 0:
            return node, False
        place = best - 1
        return int(sources[place % len(sources)]), place < len(sources)


class _Found(NamedTuple):
    """The best sentence of a recording."""

    path: npt.NDArray[np.int64]
    text: str
    score: float
    """How far the path is from the best of all, nats a letter; 0 is best."""


class GrammarSearch:
    """The search over one recording, fed as `malgwi.decoding.beam.BeamSearch` is."""

    def __init__(self, grammar: Grammar, vocab: Vocab, none_below: float = NONE_BELOW) -> None:
        """Begin; a sentence whose score is under `none_below` (nats a letter) is none."""
        self._grammar, self._vocab, self._none_below = grammar, vocab, none_below
        self._scores = np.zeros((0, len(vocab)))
        self._found: _Found | None = None

    def advance(self, logits: Logits) -> None:
        """Take in the next frames.

        Raises:
            MalgwiError: a frame holds NaN or infinity.
        """
        self._scores = np.concatenate([self._scores, log_probabilities(logits)])
        self._found = None

    def frame_tokens(self) -> FrameTokens:
        """Return the best sentence's path; blanks where none of them was said."""
        found = self._best()
        path = np.full(len(self._scores), self._vocab.blank, dtype=np.int64)
        if found and found.score >= self._none_below:
            path = found.path
        chances = np.exp(self._scores[np.arange(len(path)), path])
        return FrameTokens(path, np.maximum(chances, np.finfo(np.float64).tiny))

    def alternatives(self, count: int = 1) -> list[Alternative]:
        """Return the best sentence and its score, said or not; nothing where none fits.

        There is one at most, whatever the `count`; 0 gives none.
        """
        found = self._best() if count else None
        return [Alternative(found.text, found.score)] if found else []

    def _best(self) -> _Found | None:
        if self._found is None:
            path = best_sentence(self._scores, self._grammar, self._vocab.blank)
            if path is None:
                return None
            silent = (self._vocab.blank, self._vocab.delimiter)
            letters = sum(run.id not in silent for run in runs(path))
            behind = self._scores[np.arange(len(path)), path] - self._scores.max(axis=1)
            text = self._vocab.decode(path.tolist())
            self._found = _Found(path, text, float(behind.sum()) / letters)
        return self._found
