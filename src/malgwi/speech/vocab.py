"""Tokens and ids: what a model may emit, which id is the blank, and how ids become text.

The file format is Hugging Face's `vocab.json` (token to id). Special tokens are those of the
tutorial that Malgwi grew out of: `|` between words, `[UNK]`, and `[PAD]` as the CTC blank
(Graves et al. 2006, "Connectionist Temporal Classification").
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from pathlib import Path

from malgwi.errors import MalgwiError
from malgwi.speech.text import PLAIN, Normalisation, Unit, join_units, normalise, spelt, split_units

DELIMITER, UNKNOWN, BLANK = "|", "[UNK]", "[PAD]"
_SPECIAL = re.compile(r"^(<.+>|\[[A-Z]+\])$")


def is_special(token: str) -> bool:
    """Return whether a token stands for no letter, such as `<s>`."""
    return _SPECIAL.match(token) is not None


@dataclass(frozen=True)
class Vocab:
    """The tokens of a model in the order of their ids (0 to size - 1)."""

    tokens: tuple[str, ...]
    blank: int
    delimiter: int | None
    unit: Unit = "character"
    rules: Normalisation = PLAIN
    """How the texts were normalised that the model learnt from."""

    def __post_init__(self) -> None:
        """Check that ids are within range and tokens unique.

        Raises:
            MalgwiError: with the token or id that is wrong.
        """
        first = {token: index for index, token in reversed(list(enumerate(self.tokens)))}
        twice = next((t for i, t in enumerate(self.tokens) if first[t] != i), None)
        if twice is not None:
            raise MalgwiError(f"vocabulary: token {twice!r} occurs twice; every token needs one id")
        for name, index in (("blank", self.blank), ("delimiter", self.delimiter)):
            if index is not None and not 0 <= index < len(self.tokens):
                raise MalgwiError(f"vocabulary: {name} id {index} is not in 0..{len(self) - 1}")

    def __len__(self) -> int:
        """Return the number of tokens, special ones included."""
        return len(self.tokens)

    @classmethod
    def from_texts(
        cls, texts: Iterable[str], unit: Unit = "character", rules: Normalisation = PLAIN
    ) -> "Vocab":
        """Collect the characters of normalised `texts`: sorted, then `|`, `[UNK]`, `[PAD]`."""
        found = {part for text in texts for part in split_units(text, unit)} - {" ", DELIMITER}
        tokens = (*sorted(found), DELIMITER, UNKNOWN, BLANK)
        return cls(tokens, blank=len(tokens) - 1, delimiter=len(tokens) - 3, unit=unit, rules=rules)

    def for_dataset(self) -> "Vocab":
        """Return the vocabulary of a data set for a model with this one: its letters."""
        return Vocab.from_texts(self.spells, self.unit, self.rules)

    @classmethod
    def from_ids(
        cls,
        ids: dict[str, int],
        *,
        blank: str = BLANK,
        delimiter: str | None = DELIMITER,
        unit: Unit = "character",
        rules: Normalisation = PLAIN,
        source: str = "vocab.json",
    ) -> "Vocab":
        """Build a vocabulary from Hugging Face's token-to-id mapping.

        Raises:
            MalgwiError: the ids aren't 0..n-1, or the blank is missing.
        """
        wrong = [v for v in ids.values() if isinstance(v, bool) or not isinstance(v, int)]
        if wrong or sorted(ids.values()) != list(range(len(ids))):
            raise MalgwiError(
                f"{source}: the ids must be 0 to {len(ids) - 1}, each once; found "
                f"{str(sorted(map(str, ids.values())))[:80]}"
            )
        if blank not in ids:
            raise MalgwiError(f"{source}: the blank token {blank!r} is missing")
        tokens = tuple(sorted(ids, key=lambda token: ids[token]))
        return cls(tokens, ids[blank], ids.get(delimiter) if delimiter else None, unit, rules)

    @classmethod
    def read(cls, path: Path, unit: Unit = "character", rules: Normalisation = PLAIN) -> "Vocab":
        """Read a `vocab.json` with this module's special tokens.

        Raises:
            MalgwiError: the file is missing, isn't a JSON object, or its ids are wrong.
        """
        try:
            ids = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise MalgwiError(f"{path}: not a readable vocabulary ({error})") from error
        if not isinstance(ids, dict):
            raise MalgwiError(f"{path}: expected a JSON object of token to id")
        return cls.from_ids(ids, unit=unit, rules=rules, source=str(path))

    def to_ids(self) -> dict[str, int]:
        """Return Hugging Face's token-to-id mapping."""
        return {token: index for index, token in enumerate(self.tokens)}

    @cached_property
    def _ids(self) -> dict[str, int]:
        return self.to_ids()

    @cached_property
    def emits(self) -> tuple[str, ...]:
        """What each id adds to the text: itself, a space for the delimiter, else nothing."""
        return tuple(
            ""
            if i == self.blank
            else " "
            if i == self.delimiter
            else ""
            if is_special(token)
            else token
            for i, token in enumerate(self.tokens)
        )

    @cached_property
    def spells(self) -> tuple[str, ...]:
        """What each id adds to normalised text."""
        return tuple(spelt(emitted, self.rules) for emitted in self.emits)

    @cached_property
    def _spellers(self) -> dict[str, int]:
        """Which id spells each character of normalised text: the character itself, else the first.

        Many checkpoints have capital letters only.
        """
        found: dict[str, int] = {}
        for index, spelling in enumerate(self.spells):
            if len(split_units(spelling, self.unit)) == 1:
                found.setdefault(spelling, index)
        return found | self._ids

    def normalise(self, text: str) -> str:
        """Return a text as the model spells it."""
        return normalise(text, self.rules)

    def missing(self, text: str) -> list[str]:
        """Return the characters of normalised `text` that have no token, each once, sorted."""
        return sorted({p for p in split_units(text, self.unit) if p != " "} - set(self._spellers))

    def encode(self, text: str) -> list[int]:
        """Return the label ids of normalised `text`; unknown characters become `[UNK]`.

        Raises:
            MalgwiError: a character has no token and the vocabulary has no `[UNK]`.
        """
        unknown = self._ids.get(UNKNOWN, self._ids.get("<unk>"))
        labels = []
        for part in split_units(text, self.unit):
            index = self.delimiter if part == " " else self._spellers.get(part, unknown)
            if index is None:
                raise MalgwiError(f"text {text!r}: {part!r} is not in the vocabulary")
            labels.append(index)
        return labels

    def decode(self, frame_ids: Sequence[int]) -> str:
        """Return the text of one best token id per frame (greedy CTC).

        Runs of one token become one, the blank separates and emits nothing, other special
        tokens separate and emit nothing; white space is collapsed.
        """
        emitted = [self.emits[index] for index, _ in groupby(int(i) for i in frame_ids)]
        return " ".join(join_units(emitted).split())


def frames_needed(labels: Sequence[object]) -> int:
    """Return the fewest frames in which CTC can emit `labels`: one each, and one per repeat."""
    return len(labels) + sum(a == b for a, b in pairwise(labels))
