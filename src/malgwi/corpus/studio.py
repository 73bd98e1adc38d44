"""A folder of Malgwi Studio: its recordings, the people in them, and the rows to learn from.

docs/studio-api.md has the folder. It may come from somebody else, so that a path in it is outside
data as in any corpus, and so is a link.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from errno import ENOENT
from pathlib import Path
from typing import Any

from malgwi.channel_names import MIX
from malgwi.corpus.edits import ASIDE, Segment, is_code, replayed
from malgwi.corpus.place import inside, is_file
from malgwi.corpus.row import CONSENT, SHARE, TEST, Row, broken
from malgwi.errors import MalgwiError
from malgwi.text_file import is_utf8

STUDIO, RECORDINGS, SOURCE, EDITS = "studio.json", "recordings", "source.json", "edits.jsonl"
FORMAT = 1
SAMPLE_RATE = 16_000
"""Hz; of the decode in which positions are counted (`speech.audio`)."""
_NUMBER = re.compile(r"[0-9]{4,6}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LARGEST = 16 << 20
_LONGEST = 4096
_MOST_SAMPLES = 1 << 40
"""Two years."""
_REMEDY = "put a copy from before in its place"


@dataclass(frozen=True, slots=True)
class Person:
    """What somebody agreed to; None: wasn't asked yet."""

    train: bool | None = None
    """Whether their voice may teach a model; unasked it may."""
    share: bool | None = None
    """Whether it may leave the project; unasked it may not."""
    held_out: bool = False
    """Whether models are tested on their voice, and never taught by it."""

    def to_json(self) -> dict[str, bool | None]:
        """Return what stands in `studio.json` under their code."""
        return {"train": self.train, "share": self.share, "held_out": self.held_out}


@dataclass(frozen=True, slots=True)
class Studio:
    """What a project is."""

    name: str
    language: str | None = None
    """A BCP 47 tag."""
    people: Mapping[str, Person] = field(default_factory=dict)
    """By code."""
    demo: bool = False
    """Whether Malgwi made it of the speech that it ships, to look around."""

    def to_json(self) -> dict[str, Any]:
        """Return what `studio.json` holds."""
        people = {code: person.to_json() for code, person in self.people.items()}
        return {
            "format": FORMAT,
            "name": self.name,
            "language": self.language,
            "people": people,
            **({"demo": True} if self.demo else {}),
        }


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was when it was added."""

    path: str
    """Within the project, or absolute where the person chose one elsewhere."""
    sha256: str
    tiers: tuple[str, ...] = ()
    """Of annotations those that are meant, as `--tier` says it."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a recording comes from."""

    name: str
    media: File
    samples: int
    """Of Malgwi's own decode at 16 kHz."""
    channel: int | None = None
    """The one that is listened to, counted from 0; None: the average of all."""
    annotations: File | None = None
    """What came with it, noticed when it changes."""
    person: str | None = None
    """The code of who speaks where a segment doesn't say."""
    added: str = ""
    """The day."""
    prompt: str | None = None
    """The id of the sentence that was read, of a take."""

    def to_json(self) -> dict[str, Any]:
        """Return what `source.json` holds."""
        return {
            "name": self.name,
            "media": self.media.path,
            "sha256": self.media.sha256,
            "samples": self.samples,
            "channel": self.channel,
            "annotations": self._beside(),
            "person": self.person,
            "added": self.added,
            "prompt": self.prompt,
        }

    def _beside(self) -> dict[str, Any] | None:
        if (came := self.annotations) is None:
            return None
        return {"path": came.path, "sha256": came.sha256, "tiers": list(came.tiers)}


def is_studio(folder: Path) -> bool:
    """Say whether a folder is a project of Malgwi Studio."""
    return is_file(folder / STUDIO)


def read_studio(folder: Path) -> Studio:
    """Return what a project is.

    Raises:
        MalgwiError: its file is damaged, or of another format.
    """
    path = folder / STUDIO
    found = _object(path, folder)
    if found.get("format") != FORMAT:
        raise MalgwiError(
            f"{path}: format {found.get('format')!r:.40}; this Malgwi reads format {FORMAT}. Open "
            "it with the Malgwi that wrote it, or a newer one"
        )
    name, language, people = found.get("name"), found.get("language"), found.get("people", {})
    if not isinstance(name, str) or not (language is None or isinstance(language, str)):
        raise MalgwiError(f"{path}: expected a name, and a language or null; {_REMEDY}")
    if not isinstance(people, dict):
        raise MalgwiError(f"{path}: people is no object; {_REMEDY}")
    persons = {code: _person(path, code, one) for code, one in people.items()}
    return Studio(name, language, persons, demo=found.get("demo") is True)


def recordings(folder: Path) -> list[str]:
    """Return the ids of a project's recordings, in order."""
    place = folder / RECORDINGS
    if not place.is_dir():
        return []
    return sorted(one.name for one in place.iterdir() if is_id(one.name) and is_file(one / SOURCE))


def is_id(name: str) -> bool:
    """Say whether a text can be a recording's id, which names its folder."""
    return _NUMBER.fullmatch(name) is not None


def read_source(folder: Path, recording: str, under: str = RECORDINGS) -> Source:
    """Return where a recording comes from; `under` is the folder that its own lies in.

    Raises:
        MalgwiError: its file is missing or damaged.
    """
    path = folder / under / recording / SOURCE
    found = _object(path, folder)
    name, samples, channel = found.get("name"), found.get("samples"), found.get("channel")
    person, added, prompt = found.get("person"), found.get("added", ""), found.get("prompt")
    annotations = found.get("annotations")
    if not (isinstance(name, str) and isinstance(added, str) and is_utf8(name)):
        raise MalgwiError(f"{path}: expected a name and a day; {_REMEDY}")
    if type(samples) is not int or not 1 <= samples <= _MOST_SAMPLES:
        raise MalgwiError(f"{path}: samples {samples!r:.40}, expected 1 or more; {_REMEDY}")
    if channel is not None and (type(channel) is not int or not 0 <= channel < 1024):
        raise MalgwiError(f"{path}: channel {channel!r:.40}, expected a number or null; {_REMEDY}")
    if not (person is None or is_code(person)):
        raise MalgwiError(f"{path}: person {person!r:.60}, expected a code or null; {_REMEDY}")
    if not (prompt is None or isinstance(prompt, str)):
        raise MalgwiError(f"{path}: prompt {prompt!r:.40}, expected an id or null; {_REMEDY}")
    media = _file(path, found.get("media"), found.get("sha256"))
    if annotations is not None:
        if not isinstance(annotations, dict):
            raise MalgwiError(f"{path}: annotations {annotations!r:.40}; {_REMEDY}")
        tiers = annotations.get("tiers", [])
        if not isinstance(tiers, list) or not all(isinstance(tier, str) for tier in tiers):
            raise MalgwiError(f"{path}: tiers {tiers!r:.40}, expected a list of names; {_REMEDY}")
        annotations = replace(
            _file(path, annotations.get("path"), annotations.get("sha256")), tiers=tuple(tiers)
        )
    return Source(name, media, samples, channel, annotations, person, added, prompt)


def file_of(folder: Path, path: str) -> tuple[Path, bool]:
    """Return the file that a path of a project means, and whether it lies in the project.

    Links are followed to see that; an absolute path, and one that leads out, lies outside.
    """
    whole = folder / path
    return whole, not Path(path).is_absolute() and inside(whole, folder) is not None


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes.

    Raises:
        OSError: it can't be read, or is a pipe and the like, which would be waited for.
    """
    if not is_file(path):
        raise FileNotFoundError(ENOENT, "no file", str(path))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_project(folder: Path, *, allow_outside: bool) -> Iterator[Row]:
    """Yield a row for each segment of a project that has a text and isn't set aside.

    Each says what its person agreed to. Of who refused all segments are rows: what others say
    meanwhile has their voice, too. Held-out voices are in the test split.

    Args:
        folder: the project.
        allow_outside: take recordings outside of it, which whoever made it chose there.

    Raises:
        MalgwiError: it is no project of this format.
    """
    studio = read_studio(folder)
    for recording in recordings(folder):
        try:
            source = read_source(folder, recording)
            edits = _inside(folder / RECORDINGS / recording / EDITS, folder)
            replay, _ = replayed(edits, source.samples)
        except MalgwiError as error:
            yield broken(recording, "damaged-annotation", str(error))
            continue
        media, is_within = file_of(folder, source.media.path)
        if not is_within and not allow_outside:
            yield broken(recording, "outside", source.media.path)
            continue
        if is_file(media) and (problem := _changed(media, source.media)):
            yield broken(recording, "changed-recording", problem)
            continue
        for one in replay.segments():
            person = studio.people.get(one.person or source.person or "", Person())
            is_written = one.state != ASIDE and one.text.strip()
            if is_written or person.train is False:
                yield _row(recording, source, media, one, person)


def _row(recording: str, source: Source, media: Path, one: Segment, person: Person) -> Row:
    agreed = {} if person.train is None else {CONSENT: "yes" if person.train else "no"}
    return Row(
        id=f"{recording}/{one.id}",
        audio=media,
        text=one.text,
        split=TEST if person.held_out else None,
        speaker=one.person or source.person,
        columns={
            "recording": recording,
            "segment": one.id,
            "state": one.state,
            **agreed,
            # Where nobody says anything, export lets everyone's recordings travel.
            SHARE: "yes" if person.share else "no",
        },
        channel=MIX if source.channel is None else source.channel,
        start=one.start / SAMPLE_RATE,
        end=one.end / SAMPLE_RATE,
    )


def _changed(path: Path, file: File) -> str:
    """Return how a file isn't the one that was added; empty where it is."""
    try:
        found = digest(path)
    except OSError as error:
        return f"{path}: not readable ({error.strerror})"
    return "" if found == file.sha256 else f"{path}: SHA-256 {found[:16]}…, not {file.sha256[:16]}…"


def _person(path: Path, code: str, value: object) -> Person:
    if not is_code(code) or not isinstance(value, dict):
        raise MalgwiError(f"{path}: person {code!r:.60} is none; {_REMEDY}")
    train, share, held_out = value.get("train"), value.get("share"), value.get("held_out", False)
    for name, said, unasked in (
        ("train", train, True),
        ("share", share, True),
        ("held_out", held_out, False),
    ):
        if not (isinstance(said, bool) or (said is None and unasked)):
            raise MalgwiError(f"{path}: {code}: {name} is {said!r:.40}, expected true or false")
    return Person(train, share, held_out)


def _file(path: Path, name: object, sha256: object) -> File:
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST or "\0" in name:
        raise MalgwiError(f"{path}: path {name!r:.60}, expected that of a file; {_REMEDY}")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise MalgwiError(f"{path}: sha256 {sha256!r:.60}, expected 64 hexadecimal digits")
    return File(name, sha256)


def _object(path: Path, folder: Path) -> dict[str, Any]:
    """Return the JSON object that a small file of a project holds.

    Raises:
        MalgwiError: it isn't there, or holds something else.
    """
    try:
        if not is_file(_inside(path, folder)) or path.stat().st_size > _LARGEST:
            raise MalgwiError(f"{path}: missing or too large; {_REMEDY}")
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise MalgwiError(f"{path}: not readable ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise MalgwiError(f"{path}: not JSON ({error}); {_REMEDY}") from error
    if not isinstance(found, dict):
        raise MalgwiError(f"{path}: holds no JSON object; {_REMEDY}")
    return found


def _inside(path: Path, folder: Path) -> Path:
    """Return a path of a project's own.

    Raises:
        MalgwiError: a link leads out of the project.
    """
    if inside(path, folder) is None:
        raise MalgwiError(f"{path}: a link that leads out of the project; remove it")
    return path
