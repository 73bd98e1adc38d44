"""JSON objects from outside: read strictly, each key with its type and range.

Every error names the object, the key, the value found and what was expected.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isinf
from typing import Any, NoReturn, TypeVar

from malgwi.errors import BundleError

LONGEST_ITEM = 64
"""Characters of a string in a list, such as a token of the vocabulary."""
_Choice = TypeVar("_Choice", bound=str)


@dataclass(frozen=True)
class Fields:
    """The keys of one JSON object from outside.

    Every method but `of` returns the value of a key, which must be there, and raises a
    `BundleError` that names it otherwise.
    """

    keys: Mapping[str, Any]
    where: str
    """Names the object in errors."""

    @classmethod
    def of(cls, value: Any, where: str, expected: str) -> "Fields":
        """Take a value that has no key of its own, such as an item of a list.

        Raises:
            BundleError: it is no object.
        """
        if not isinstance(value, dict):
            wrong(where, "value", value, expected)
        return cls(value, where)

    def object(self, key: str) -> "Fields":
        """Return an object."""
        value = self.keys.get(key)
        if not isinstance(value, dict):
            wrong(self.where, key, value, "an object")
        return Fields(value, f"{self.where}: {key}")

    def list(self, key: str, least: int, most: int) -> Sequence[Any]:
        """Return a list of `least` to `most` values of any type."""
        value = self.keys.get(key)
        if not isinstance(value, list) or not least <= len(value) <= most:
            wrong(self.where, key, value, f"a list of {least} to {most}")
        return value

    def strings(self, key: str, *, least: int, most: int) -> Sequence[str]:
        """Return a list of `least` to `most` strings, each of 1 to `LONGEST_ITEM` characters."""
        values = self.list(key, least, most)
        for value in values:
            if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_ITEM:
                wrong(self.where, key, value, f"strings of 1 to {LONGEST_ITEM} characters")
        return values

    def string(self, key: str) -> str:
        """Return a string, whatever is in it."""
        value = self.keys.get(key)
        if not isinstance(value, str):
            wrong(self.where, key, value, "a string")
        return value

    def text(self, key: str, *, most: int) -> str:
        """Return a string of 1 to `most` characters, all printable."""
        value = self.keys.get(key)
        if not isinstance(value, str) or not 1 <= len(value) <= most or not value.isprintable():
            expected = f"a string of 1 to {most} characters, none a control character"
            wrong(self.where, key, value, expected)
        return value

    def choice(self, key: str, *choices: _Choice) -> _Choice:
        """Return the one of `choices` that the value is."""
        value = self.keys.get(key)
        if value not in choices:
            wrong(self.where, key, value, f"{', '.join(choices[:-1])} or {choices[-1]}")
        return choices[choices.index(value)]

    def integer(self, key: str, least: int, most: int) -> int:
        """Return an integer from `least` to `most`; 1.0 and true are none."""
        value = self.keys.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            expected = str(least) if least == most else f"an integer from {least} to {most}"
            wrong(self.where, key, value, expected)
        return value

    def number(self, key: str, least: float, most: float) -> float:
        """Return a number from `least` to `most`, with or without fraction; true is none."""
        value = self.keys.get(key)
        if (
            not isinstance(value, int | float)
            or isinstance(value, bool)
            or not least <= value <= most
        ):
            wrong(self.where, key, value, f"a number from {least:g} to {most:g}")
        return float(value)


def parse_json(raw: bytes, where: str) -> Fields:
    """Parse one object: UTF-8, no key twice in one object, no half of a surrogate pair.

    Its numbers are finite: no NaN, nothing above what a double holds.

    Raises:
        BundleError: it is none.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key occurs twice in one object")
        return found

    def constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is no JSON number")

    def fraction(digits: str) -> float:
        if isinf(number := float(digits)):
            raise ValueError(f"{digits[:40]} is more than a number can hold")
        return number

    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=unique,
            parse_constant=constant,
            parse_float=fraction,
        )
        json.dumps(value, ensure_ascii=False).encode()  # refuses halves of surrogate pairs
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{where}: not readable as JSON ({error}); export again") from error
    if not isinstance(value, dict):
        raise BundleError(f"{where}: expected a JSON object; export again")
    return Fields(value, where)


def wrong(where: str, key: str, value: Any, expected: str) -> NoReturn:
    """Raise the error of a key whose value isn't what was expected."""
    raise BundleError(f"{where}: {key} is {value!r:.80}; expected {expected}. Export again")
