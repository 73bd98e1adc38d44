"""A grammar as it is written: a list of sentences or a small JSGF, to its rules."""

import re
from typing import TYPE_CHECKING, NamedTuple

from malgwi.errors import MalgwiError

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_DEPTH = 50
"""Rules and brackets in each other."""
MOST_CHARACTERS = 1_000_000
"""Of a grammar's text."""
_TOKEN = re.compile(r"<([^<>\s]*)>|[\[\]()|;=]|[^\s\[\]()|;=<>]+|[<>]")
_NOT_SUPPORTED = re.compile(r"[*+/{}\\\"]|^import$")


class GrammarError(MalgwiError):
    """A grammar can't be understood; the message names the line and the remedy."""


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
