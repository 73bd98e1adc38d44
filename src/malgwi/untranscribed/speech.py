"""Recordings that nobody wrote down → stretches of speech, from pause to pause.

Long recordings are cut as they are for recognition, and the voice detector leaves out noise and
music. What belongs to a data set already, whatever its file is called, is left out by name.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from malgwi.dataset.manifest import Stretch, Utterance
from malgwi.dataset.same_sound import KnownSound, Place, Search
from malgwi.decoding.long_form import Cutter
from malgwi.decoding.segments import SegmentPlan
from malgwi.errors import MalgwiError
from malgwi.recognition.recognise import BLOCK_S
from malgwi.speech.audio import SAMPLE_RATE, Samples, blocks
from malgwi.speech.channels import listened
from malgwi.speech.frames import WAV2VEC2

NOT_SPEECH = "no speech was heard in it"
NO_PAUSE = "no pause within 10 s, so it would be cut inside a word"
TOO_SHORT = "shorter than half a second"
IN_DATA_SET = "it is in the data set's split"
"""Followed by the split."""
UNWRITTEN = "untranscribed"
"""The split of stretches without a transcript, until they are given one."""
_SHORTEST = SAMPLE_RATE // 2


@dataclass(frozen=True)
class Found:
    """What one recording holds."""

    audio: Path
    seconds: float = 0.0
    stretches: Sequence[Stretch] = ()
    left_out: Mapping[str, float] = field(default_factory=dict)
    """Seconds of sound, by why it isn't used; pauses aren't counted."""
    unreadable: str | None = None
    """Why nothing could be found."""
    said: Sequence[str] = ()
    """What is odd about it."""

    @property
    def speech_seconds(self) -> float:
        """The length of all stretches."""
        return sum(stretch.samples for stretch in self.stretches) / SAMPLE_RATE

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "audio": str(self.audio)}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Found":
        """Return what `to_json` made plain."""
        stretches = [Stretch(**one) for one in found["stretches"]]
        return cls(**{**found, "audio": Path(found["audio"]), "stretches": stretches})


def find_speech(
    audio: Path,
    known: KnownSound,
    is_speech: Callable[[Samples], bool],
    *,
    channel: int | str | None = None,
    heard: Callable[[float], object] = lambda _: None,
) -> Found:
    """Return the stretches of a recording of any length in which somebody speaks.

    Args:
        audio: the recording.
        known: what is in a data set already, and left out.
        is_speech: the voice detector.
        channel: counted from 0, `MIX`, or None to choose by what they hold.
        heard: told of the seconds of each block, for progress.
    """
    said: list[str] = []
    try:
        [chosen] = listened(audio, channel, said.append)
        with audio.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        search, cutter = Search(known), Cutter(SegmentPlan(), WAV2VEC2)
        pieces: list[tuple[Stretch, str | None]] = []
        sounding = _Sounding(digest, chosen, is_speech)
        for block in blocks(audio, BLOCK_S, said.append, chosen):
            search.feed(block)
            for span, samples in cutter.feed(block):
                pieces.append(sounding.piece(span.start, span.end, samples, closed=span.closed))
            heard(len(block) / SAMPLE_RATE)
        last = cutter.open()
        if last is not None:
            # Its end is that of the recording.
            pieces.append(sounding.piece(last[0].start, last[0].end, last[1], closed=True))
    except OSError as error:  # a disk or a share that fails meanwhile
        return Found(audio, unreadable=f"{audio}: not readable ({error.strerror or error})")
    except MalgwiError as error:
        return Found(audio, unreadable=str(error))
    used, left_out = _used(pieces, search.places, known)
    return Found(audio, cutter.samples / SAMPLE_RATE, used, left_out, said=said)


class _Sounding:
    """What to make of each piece that a recording is cut into, one after the other."""

    def __init__(
        self, digest: str, channel: int | None, is_speech: Callable[[Samples], bool]
    ) -> None:
        self._digest, self._channel, self._is_speech = digest, channel, is_speech
        self._inside = False
        """Whether no pause came before."""

    def piece(
        self, start: int, end: int, samples: Samples, *, closed: bool
    ) -> tuple[Stretch, str | None]:
        """Return the stretch, and why it isn't used."""
        inside, self._inside = self._inside or not closed, not closed
        stretch = Stretch(self._digest, max(end - start, 1), start, self._channel)
        if inside:
            return stretch, NO_PAUSE
        if end - start < _SHORTEST:
            return stretch, TOO_SHORT
        return stretch, None if self._is_speech(samples) else NOT_SPEECH


def _used(
    pieces: Sequence[tuple[Stretch, str | None]], places: Sequence[Place], known: KnownSound
) -> tuple[list[Stretch], dict[str, float]]:
    """Return the pieces that are used, and the seconds of the others, by why they aren't."""
    used: list[Stretch] = []
    left_out: dict[str, float] = {}
    for stretch, why_not in pieces:
        there = (p.utterance for p in places if p.overlaps(stretch.first, stretch.samples))
        taken = known.in_file(stretch) or next(there, None)
        why = why_not if taken is None else in_data_set(taken)
        if why is None:
            used.append(stretch)
        else:
            left_out[why] = left_out.get(why, 0.0) + stretch.samples / SAMPLE_RATE
    return used, left_out


def in_data_set(utterance: Utterance) -> str:
    """Return why a stretch isn't used that is an utterance of the data set."""
    return f"{IN_DATA_SET} {utterance.split!r}"


def as_utterances(found: Found, name: str) -> list[Utterance]:
    """Return the stretches of a recording as utterances whose text isn't known.

    Args:
        found: of the recording.
        name: of the recording, in their ids.
    """
    return [
        Utterance(f"{name}@{s.first / SAMPLE_RATE:.2f}", found.audio, s, "", UNWRITTEN)
        for s in found.stretches
    ]
