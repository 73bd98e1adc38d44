"""Sentences to read aloud, and what was read: a take becomes a recording of one segment.

A take is appended each second, so that a page that is closed loses no more than that.
"""

import json
import re
import secrets
import unicodedata
import wave
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any, TypedDict

from malgwi.corpus.edits import CHECKED, MOST_TEXT, Segment
from malgwi.corpus.studio import File, Source, digest
from malgwi.errors import MalgwiError
from malgwi.publish import publish_file
from malgwi.speech.recording import HIGHEST_RATE, LOWEST_RATE
from malgwi.studio.adding import new_ids, put
from malgwi.studio.files import read_json, write_json
from malgwi.studio.journal import append
from malgwi.studio.project import MEDIA, Project
from malgwi.studio.refused import Refused

PROMPTS, TAKES = "prompts.json", "takes"
LONGEST_S = 600
_MOST_PROMPTS = 20_000
_LONGEST = 300
"""Characters of a line above which it is divided at the ends of its sentences."""
_SENTENCE = re.compile(r"(?<=[.!?…。！？])[\"'»”’)\]」』]*\s*(?=\S)")
_ID = re.compile(r"[0-9a-f]{16}")
_WIDTH = 2


class Prompt(TypedDict):
    """A sentence to read."""

    id: str
    text: str


class Takes:
    """The sentences of a project, and what is being read of them."""

    def __init__(self, project: Project) -> None:
        """Take an opened project."""
        self._project = project
        self._lock = Lock()
        self._place = project.folder / TAKES

    def prompts(self) -> list[dict[str, Any]]:
        """Return the sentences, those with rare letters first, and which were read."""
        read = {one.source.prompt for one in self._project.recordings()}
        return [{**one, "done": one["id"] in read} for one in rare_first(self._stored())]

    def add_prompts(self, text: str) -> None:
        """Add the sentences of a text; those that are there already stay.

        Raises:
            MalgwiError: there is none, or they are too many.
        """
        new = list(dict.fromkeys(sentences(text)))
        with self._lock:
            stored = self._stored()
            known = {one["text"] for one in stored}
            stored += [_prompt(one) for one in new if one not in known]
            if not new or len(stored) > _MOST_PROMPTS:
                raise MalgwiError(
                    f"{len(new):,} sentences in the text, {len(known):,} are there; expected 1 to "
                    f"{_MOST_PROMPTS:,} in all, each in a line or ending with a full stop"
                )
            write_json(self._project.folder / PROMPTS, stored)

    def begin(self, prompt: str, person: str | None, rate: int) -> str:
        """Begin a take; return its id.

        Raises:
            MalgwiError: there is no such sentence or person, or no such rate.
        """
        if not any(one["id"] == prompt for one in self._stored()):
            raise Refused(f"there is no sentence {prompt[:40]!r}", 404, "absent")
        if person is not None and person not in self._project.studio.people:
            raise MalgwiError(f"person {person!r:.60}: nobody in the project has this code")
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise MalgwiError(f"rate {rate:,}: expected {LOWEST_RATE:,} to {HIGHEST_RATE:,} Hz")
        name = secrets.token_hex(8)
        self._place.mkdir(exist_ok=True)
        (self._place / f"{name}.s16").touch()
        write_json(self._place / f"{name}.json", {"prompt": prompt, "person": person, "rate": rate})
        return name

    def append(self, take: str, at: int, frames: bytes) -> int:
        """Put 16-bit samples behind the first `at` of a take; return how many there are.

        What is there already is left, so that the same may come again.

        Raises:
            Refused: there is no such take, or samples between are missing.
            MalgwiError: no whole samples, or a take too long.
        """
        about = self._about(take)
        if len(frames) % _WIDTH:
            raise MalgwiError(f"{len(frames):,} bytes are no samples of 16 bits; send them again")
        if at + len(frames) // _WIDTH > LONGEST_S * about["rate"]:
            raise MalgwiError(f"over {LONGEST_S // 60} minutes; end the take, and begin another")
        path = self._place / f"{take}.s16"
        with self._lock:
            held = path.stat().st_size // _WIDTH
            if at > held:
                raise Refused(
                    f"the take has {held:,} samples, these follow {at:,}", 409, "gap",
                    {"samples": held},
                )  # fmt: skip
            end = at + len(frames) // _WIDTH
            if end > held:
                try:
                    append(path, frames, at * _WIDTH)
                except OSError as error:
                    raise Refused(
                        f"{path}: not written ({error.strerror}); make room on the disk",
                        507,
                        "full",
                    ) from error
            return max(held, end)

    def end(self, take: str, said: str | None) -> str:
        """Make a recording of a take; return its id, also when it is asked again.

        Args:
            take: its id.
            said: what was said, where it isn't the sentence.

        Raises:
            Refused: there is no such take.
            MalgwiError: nothing is in it.
        """
        about = self._about(take)
        if "recording" in about:
            return str(about["recording"])
        prompt = next((one for one in self._stored() if one["id"] == about["prompt"]), None)
        text = said if said is not None else prompt["text"] if prompt else ""
        if len(text) > MOST_TEXT:
            raise MalgwiError(f"{len(text):,} characters; expected at most {MOST_TEXT:,}")
        # By its name, not its sound: two silent takes are equal, but are two.
        media = self._project.folder / MEDIA / f"take-{take}.wav"
        name = f"{MEDIA}/{media.name}"
        made = {one.source.media.path: one.id for one in self._project.recordings()}
        recording = made.get(name) or self._put(take, about, media, name, text)
        write_json(self._place / f"{take}.json", {**about, "recording": recording})
        (self._place / f"{take}.s16").unlink(missing_ok=True)
        return recording

    def _put(self, take: str, about: dict[str, Any], media: Path, name: str, text: str) -> str:
        """Make a recording of what was sent, of one segment; return its id."""
        raw = (self._place / f"{take}.s16").read_bytes()
        media.parent.mkdir(exist_ok=True)
        with publish_file(media) as fresh, wave.open(str(fresh), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(_WIDTH)
            file.setframerate(about["rate"])
            file.writeframes(raw)
        source = Source(
            text[:60] or media.stem,
            File(name, digest(media)),
            samples=0,
            person=about["person"],
            prompt=about["prompt"],
        )

        def cut(_: Path, length: int) -> Sequence[Segment]:
            return [Segment(new_ids(1)[0], 0, length, text, None, CHECKED)]

        try:
            return put(self._project, source, media, cut)
        except MalgwiError:
            media.unlink(missing_ok=True)
            raise

    def _about(self, take: str) -> dict[str, Any]:
        path = self._place / f"{take}.json"
        if not _ID.fullmatch(take) or not path.is_file():
            raise Refused(f"there is no take {take[:40]!r}", 404, "absent")
        found = read_json(path) or {}
        if type(found.get("rate")) is not int or not LOWEST_RATE <= found["rate"] <= HIGHEST_RATE:
            raise MalgwiError(f"{path}: names no rate; remove it, and read the sentence again")
        return {"person": None, "prompt": None} | found

    def _stored(self) -> list[Prompt]:
        path = self._project.folder / PROMPTS
        if not path.is_file():
            return []
        try:
            return [Prompt(id=one["id"], text=one["text"]) for one in json.loads(path.read_bytes())]
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise MalgwiError(
                f"{path}: no list of sentences ({error}); remove it, and add them again"
            ) from error


def sentences(text: str) -> list[str]:
    """Return the lines of a text, long ones divided where sentences end."""
    lines = (" ".join(line.replace("\0", "").split()) for line in text.splitlines())
    return [
        part.strip()
        for line in lines
        if line
        for part in (_SENTENCE.split(line) if len(line) > _LONGEST else [line])
        if part.strip()
    ]


def rare_first(prompts: Sequence[Prompt]) -> list[Prompt]:
    """Return sentences so that the ones with the rarest letters come first, each letter counted.

    The letters of Korean are its jamo. Of equal ones, the earlier comes first.
    """
    letters = [_letters(one["text"]) for one in prompts]
    counts: Counter[str] = Counter(letter for found in letters for letter in found)
    rarity = [sum(1 / counts[letter] for letter in found) for found in letters]
    order = sorted(range(len(prompts)), key=lambda place: -rarity[place])
    return [prompts[place] for place in order]


def _letters(text: str) -> set[str]:
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return {char for char in decomposed if unicodedata.category(char)[0] in "LM"}


def _prompt(text: str) -> Prompt:
    return Prompt(id=secrets.token_hex(8), text=text)
