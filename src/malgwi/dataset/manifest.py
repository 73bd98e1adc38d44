"""A prepared data set: a folder with `manifest.jsonl`, `vocab.json`, `dataset.json`.

The manifest has one JSON object a line with NeMo's keys `audio_filepath`, `offset`, `duration`
(seconds) and `text`, and ours: `id`, `split`, `speaker`, `raw_text`, further columns of the corpus,
and the stretch of the recording that the utterance is, exactly: `sha256`, `channel`,
`first_sample`, `samples`. Audio paths are relative to the folder, so that a tree holding both can
be moved.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from malgwi.errors import MalgwiError
from malgwi.speech.audio import SAMPLE_RATE
from malgwi.speech.text import Normalisation
from malgwi.speech.vocab import Vocab

if TYPE_CHECKING:
    from malgwi.speech.text import Unit

MANIFEST, VOCAB, DATASET, PREFLIGHT = (
    "manifest.jsonl",
    "vocab.json",
    "dataset.json",
    "preflight.json",
)
_STRETCH = {"sha256", "channel", "first_sample", "samples"}
_KEYS = {"id", "audio_filepath", "offset", "duration", "text", "split", "speaker", "raw_text"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a recording, known by what the file holds, wherever it lies.

    Caches, the search for copies, and resuming go by it. A whole clip is the stretch that covers
    its file.
    """

    sha256: str
    """Of the file's bytes, in hexadecimal."""
    samples: int
    """How many, at 16 kHz; above 0."""
    first: int = 0
    """The place of its first sample in the decoded recording."""
    channel: int | None = None
    """Counted from 0; None is the average of all."""

    @property
    def end(self) -> int:
        """One past its last sample."""
        return self.first + self.samples

    @property
    def key(self) -> str:
        """The stretch as one word."""
        channel = "all" if self.channel is None else self.channel
        return f"{self.sha256}:{channel}:{self.first}+{self.samples}"

    def overlaps(self, other: "Stretch") -> bool:
        """Say whether a sample of the recording is in both; the average holds every channel."""
        same = self.channel == other.channel or None in (self.channel, other.channel)
        return (
            same
            and self.sha256 == other.sha256
            and self.first < other.end
            and other.first < self.end
        )


@dataclass(frozen=True, slots=True)
class Utterance:
    """One stretch of speech and its normalised transcript."""

    id: str
    """Unique within the data set; stable from run to run."""
    audio: Path
    stretch: Stretch
    text: str
    split: str
    """`train`, `valid` or `test`."""
    speaker: str | None = None
    raw_text: str = ""
    """The transcript as the corpus had it."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Further facts of the corpus, such as TIMIT's `dialect` and `sentence_type`."""

    @property
    def duration(self) -> float:
        """Its length in seconds."""
        return self.stretch.samples / SAMPLE_RATE


@dataclass(frozen=True)
class Dataset:
    """A prepared folder, read whole (a few hundred bytes an utterance; no audio)."""

    folder: Path
    utterances: tuple[Utterance, ...]
    vocab: Vocab
    info: Mapping[str, Any]
    """`dataset.json`: name, language, unit, format, source, malgwi version."""

    def split(self, name: str) -> tuple[Utterance, ...]:
        """Return the utterances of one split, in manifest order.

        Raises:
            MalgwiError: the split is empty or unknown; names those that exist.
        """
        found = tuple(u for u in self.utterances if u.split == name)
        if not found:
            known = sorted({u.split for u in self.utterances})
            raise MalgwiError(f"{self.folder}: no split {name!r}; it has {', '.join(known)}")
        return found


def write_manifest(path: Path, utterances: Iterable[Utterance], base: Path) -> None:
    """Write one JSON line an utterance, its audio path relative to `base`."""
    # A file's name needn't be UTF-8; what isn't becomes the escapes of JSON.
    relative = cache(partial(_relative, base=base.resolve()))
    with path.open("w", encoding="utf-8", errors="backslashreplace") as out:
        for u in utterances:
            row = {
                **u.columns,
                "id": u.id,
                "audio_filepath": relative(u.audio),
                "offset": u.stretch.first / SAMPLE_RATE,
                "duration": u.duration,
                "text": u.text,
                "split": u.split,
                "speaker": u.speaker,
                "raw_text": u.raw_text,
                "sha256": u.stretch.sha256,
                "channel": u.stretch.channel,
                "first_sample": u.stretch.first,
                "samples": u.stretch.samples,
            }
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def _relative(audio: Path, base: Path) -> str:
    try:
        return Path(os.path.relpath(audio.resolve(), base)).as_posix()
    except ValueError:  # another drive on Windows
        return audio.resolve().as_posix()


def load_dataset(folder: Path) -> Dataset:
    """Read a folder that `malgwi prepare` wrote.

    Raises:
        MalgwiError: the folder isn't one, or a row is damaged (names the line).
    """
    if not (folder / MANIFEST).is_file():
        raise MalgwiError(
            f"{folder}: no {MANIFEST} in it; give a folder written by `malgwi prepare`"
        )
    try:
        info = json.loads((folder / DATASET).read_text(encoding="utf-8"))
        unit: Unit = "jamo" if info.get("unit") == "jamo" else "character"
        rules = Normalisation.from_json(
            info.get("normalisation"), str(folder), "Prepare it again (malgwi prepare)"
        )
        utterances = tuple(_read_rows(folder))
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise MalgwiError(f"{folder}: damaged ({error}); prepare it again") from error
    return Dataset(folder, utterances, Vocab.read(folder / VOCAB, unit, rules), info)


def _read_rows(folder: Path) -> Iterable[Utterance]:
    seen, base = set(), folder.resolve()
    with (folder / MANIFEST).open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                utterance = _utterance(base, json.loads(line))
                if utterance.id in seen:
                    raise ValueError(f"the id {utterance.id!r} occurs twice")  # noqa: TRY301
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise MalgwiError(
                    f"{folder / MANIFEST} line {number}: damaged ({error!r}); prepare it again"
                ) from error
            seen.add(utterance.id)
            yield utterance


def _utterance(base: Path, row: dict[str, Any]) -> Utterance:
    facts = {"raw_text": "", **row, "speaker": row.get("speaker") or ""}
    for key in ("audio_filepath", "text", "split", "speaker", "raw_text"):
        if not isinstance(facts[key], str):
            raise TypeError(f"{key} is {facts[key]!r}, expected text")
    return Utterance(
        id=str(row["id"]),
        audio=Path(os.path.normpath(base / row["audio_filepath"])),
        stretch=_stretch(row),
        text=row["text"],
        split=row["split"],
        speaker=row.get("speaker"),
        raw_text=row.get("raw_text", ""),
        columns={key: str(value) for key, value in row.items() if key not in _KEYS | _STRETCH},
    )


def _stretch(row: Mapping[str, Any]) -> Stretch:
    """Return the stretch that a row states, whose seconds must be those of its samples."""
    if "sha256" not in row:
        raise ValueError("no sha256: written by an older Malgwi")
    digest, channel = row["sha256"], row.get("channel")
    first, samples = row["first_sample"], row["samples"]
    if not (isinstance(digest, str) and re.fullmatch("[0-9a-f]{64}", digest)):
        raise ValueError(f"sha256 is {digest!r}, expected 64 hexadecimal digits")
    for name, value, least in (("first_sample", first, 0), ("samples", samples, 1)):
        if type(value) is not int or not least <= value < 2**53:
            raise ValueError(f"{name} is {value!r}, expected a whole number of at least {least}")
    if channel is not None and (type(channel) is not int or not 0 <= channel < 1024):
        raise ValueError(f"channel is {channel!r}, expected a number from 0, or null for all")
    for name, found, count in (
        ("offset", row.get("offset"), first),
        ("duration", row["duration"], samples),
    ):
        if found != count / SAMPLE_RATE:
            raise ValueError(
                f"{name} is {found!r}, but {count} samples are {count / SAMPLE_RATE} s; change the "
                "corpus, not this file"
            )
    return Stretch(digest, samples, first, channel)
