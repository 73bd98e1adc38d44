"""What holds for a project's annotations: which tiers, whose words, where its recordings are.

It stands in `malgwi.toml` beside the data, so that a later run needs no options.
"""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

from malgwi.corpus.row import ANSWERS, one_name
from malgwi.corpus.tiers import SPEAKER_FROM, Choice, SpeakerFrom
from malgwi.errors import MalgwiError

FILE = "malgwi.toml"
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Conventions:
    """Options for annotations; empty where nothing is said."""

    tier: tuple[str, ...] = ()
    not_tier: tuple[str, ...] = ()
    speaker_from: SpeakerFrom | None = None
    media: Path | None = None
    """A folder with recordings beside those in the corpus."""

    @property
    def choice(self) -> Choice:
        """Return which tiers are meant."""
        return Choice(self.tier, self.not_tier)

    def over(self, other: "Conventions") -> "Conventions":
        """Return these, and of `other` what these don't say."""
        return Conventions(
            self.tier or other.tier,
            self.not_tier or other.not_tier,
            self.speaker_from or other.speaker_from,
            self.media or other.media,
        )


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a malgwi.toml holds; nothing where there is none.

    Raises:
        MalgwiError: it is no TOML.
    """
    if not path.is_file():
        return {}
    if path.stat().st_size > _LARGEST:
        raise MalgwiError(f"{path}: over {_LARGEST:,} bytes; expected a few lines")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise MalgwiError(f"{path}: no TOML in UTF-8 ({error}); correct it") from error


def read_consent(folder: Path) -> dict[str, dict[str, str]]:
    """Return what a folder's malgwi.toml says of consent and share, each by speaker.

    Raises:
        MalgwiError: it can't be understood.
    """
    path = folder / FILE
    found = _read_known(path)
    answers: dict[str, dict[str, str]] = {}
    for key in ANSWERS:
        table = found.get(key, {})
        if not isinstance(table, dict) or not all(
            isinstance(v, bool | str) for v in table.values()
        ):
            raise MalgwiError(
                f'{path}: {key} {table!r}; expected [{key}] and lines such as "Ann" = false'
            )
        answers[key] = {}
        for name, said in table.items():
            if answers[key].setdefault(one_name(name), str(said)) != str(said):
                raise MalgwiError(
                    f"{path}: [{key}] {name!r} has two answers, spelt in two ways (é as one "
                    "character and as two, or other spaces); keep one"
                )
    return answers


def read_conventions(folder: Path) -> Conventions:
    """Return what stands in a folder's malgwi.toml; nothing where there is none.

    Raises:
        MalgwiError: it can't be understood.
    """
    path = folder / FILE
    found = _read_known(path)
    speaker_from = found.get("speaker-from")
    if speaker_from is not None and speaker_from not in SPEAKER_FROM:
        expected = ", ".join(SPEAKER_FROM)
        raise MalgwiError(f"{path}: speaker-from {speaker_from!r}; expected one of {expected}")
    media = found.get("media")
    if media is not None and (not isinstance(media, str) or "\0" in media):
        raise MalgwiError(f"{path}: media {media!r}; expected the path of a folder")
    return Conventions(
        _words(path, "tier", found.get("tier", [])),
        _words(path, "not-tier", found.get("not-tier", [])),
        cast("SpeakerFrom | None", speaker_from),
        None if media is None else folder / media,
    )


def _read_known(path: Path) -> dict[str, Any]:
    """Return what a malgwi.toml holds: a misspelt key would leave out what it says.

    Raises:
        MalgwiError: it is no TOML, or has something that nothing reads.
    """
    found = read_toml(path)
    known = [field.name.replace("_", "-") for field in fields(Conventions)]
    if unknown := [key for key in found if key not in {*known, *ANSWERS, "json"}]:
        expected = ", ".join([*known, *(f"[{key}]" for key in ANSWERS)])
        raise MalgwiError(f"{path}: {unknown[0]!r} is unknown; expected {expected}")
    return found


def _words(path: Path, key: str, value: object) -> tuple[str, ...]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise MalgwiError(f"{path}: {key} {value!r}; expected a name or a list of names")
    return tuple(words)
