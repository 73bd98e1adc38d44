"""What people call a language, resolved to its BCP 47 tag; Java has its twin (`Language.java`).

`en_US`, `eng`, `English` and an empty text are all met in tables, options and apps. Both sides
read one table of names (`data/tables/languages.tsv`, made by `tools/language_table.py`) and are
held to `tests/golden/language.json`.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

from malgwi.errors import MalgwiError

UNKNOWN = "und"
"""The tag of a language that nobody named."""

_NOTHING = {"", UNKNOWN, "c", "posix", "unknown", "none"}
_EXTENDED = {"ar", "kok", "lv", "ms", "sgn", "sw", "uz", "zh"}
"""Languages that BCP 47 lets a second subtag name closer: `zh-cmn`."""
_PRIMARY, _CLOSER = re.compile("[a-z]{2,3}"), re.compile("[a-z]{3}")
_SCRIPT, _REGION = re.compile("[a-z]{4}"), re.compile("[a-z]{2}|[0-9]{3}")
_VARIANT = re.compile("[a-z0-9]{5,8}|[0-9][a-z0-9]{3}")


def resolve(name: str | None) -> str | None:
    """Return the BCP 47 tag of a tag, a locale, a code of three letters or a name; None: unknown.

    What stands behind the language and is no script, region or variant is left out.

    Raises:
        MalgwiError: it names no language.
    """
    # A locale of POSIX says its encoding too: de_DE.UTF-8@euro.
    said = " ".join(re.sub(r"(?s)[.@].*", "", name or "").split()).lower()
    if said in _NOTHING:
        return None
    if said in _names():
        return _names()[said]
    first, *others = re.split("[-_]", said)
    if first in _EXTENDED and others and _CLOSER.fullmatch(others[0]):
        first = others.pop(0)
    if first not in _names() and not _PRIMARY.fullmatch(first):
        raise MalgwiError(
            f"language {name!r}: not known; expected a BCP 47 tag such as en, de or pt-BR, or an "
            "English name"
        )
    return "-".join([_names().get(first, first), *_behind(others)])


def primary(tag: str | None) -> str:
    """Return the language of a tag without script and region."""
    return (tag or UNKNOWN).partition("-")[0]


def _behind(subtags: list[str]) -> Iterator[str]:
    for subtag in subtags:
        if len(subtag) == 1:
            return  # an extension: en-u-ca-gregory
        if _SCRIPT.fullmatch(subtag):
            yield subtag.title()
        elif _REGION.fullmatch(subtag):
            yield subtag.upper()
        elif _VARIANT.fullmatch(subtag):
            yield subtag


@cache
def _names() -> dict[str, str]:
    table = resources.files("malgwi") / "data" / "tables" / "languages.tsv"
    lines = table.read_text(encoding="utf-8").splitlines()
    return {name: tag for name, _, tag in (line.partition("\t") for line in lines)}
