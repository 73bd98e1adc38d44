"""A recording and its untimed text → what of it is kept, and what is left out and why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from dataclasses import replace as replace_fields
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from malgwi.channel_names import MIX
from malgwi.dataset.splits import RECORDING, RECORDING_OFFSET
from malgwi.each import Advance, Work
from malgwi.errors import MalgwiError
from malgwi.recognition.align import recording_logits
from malgwi.recognition.locate import FOREIGN_FRAMES, Located, foreign_sound, locate, surroundings
from malgwi.recognition.pairs import Pair
from malgwi.recognition.recognise import Recogniser
from malgwi.recognition.stretches import Stretch, stretches
from malgwi.speech.audio import SAMPLE_RATE, known_seconds
from malgwi.speech.channels import listened


class Kept(NamedTuple):
    """A stretch that is kept."""

    start_frame: int
    end_frame: int
    text: str
    score: float
    line: int
    """Of the text, in which it begins; from 1 on."""
    sentences: int


@dataclass(frozen=True)
class CutRecording:
    """What was found in a recording that was listened to, of its text."""

    audio: Path
    channel: int | None
    mixed: bool
    """Whether the average of all channels was asked for."""
    samples: int
    hop: int
    sentences: int
    """Of the text, or parts of long ones."""
    kept: Sequence[Kept]
    """In the order of the sound."""
    unused: Sequence[dict[str, Any]]
    """A row for each thing left out, in the order of the sound."""

    @classmethod
    def listen(
        cls,
        recogniser: Recogniser,
        pair: Pair,
        text: str,
        asked: int | str | None,
        *,
        warn: Callable[[str], object],
        heard: Callable[[float], object],
    ) -> "CutRecording":
        """Listen to it.

        Raises:
            MalgwiError: it can't be read, or the text isn't its own.
        """
        [channel] = listened(pair.audio, asked, warn)
        logits, samples = recording_logits(
            recogniser, pair.audio, channel=channel, warn=warn, heard=heard
        )
        try:
            located = locate(logits, recogniser.vocab, text)
        except MalgwiError as error:
            raise MalgwiError(f"{pair.text}: {error}") from error
        if not located.belongs:
            raise MalgwiError(
                f"{pair.text}: hardly a sentence of it is said in {pair.audio}; check that they "
                "belong together, and that the model knows the language"
            )
        hop = recogniser.grid.hop
        parts, unused = stretches(located, hop / SAMPLE_RATE)
        reasons = {each.at: each.reason for each in unused}
        kept = [_kept(part) for part in parts]
        found = cls(pair.audio, channel, asked == MIX, samples, hop, len(located.pieces), kept, ())
        return replace_fields(found, unused=found.left(located, reasons))

    def seconds(self, frame: int) -> float:
        """Return where a frame begins, or the recording ends."""
        return min(frame * self.hop, self.samples) / SAMPLE_RATE

    def left(self, located: Located, reasons: Mapping[int, str]) -> list[dict[str, Any]]:
        """Return a row for each thing left out, in the order of the sound."""
        rows = []
        for at, (piece, place) in enumerate(zip(located.pieces, located.places, strict=True)):
            if place is None:
                start, end = surroundings(located.places, at, len(located.sounding))
                why = "not found"
                if located.missing[at]:
                    why = f"the model has no token for {located.missing[at]}"
            elif at in reasons:
                start, end, why = place.start_frame, place.end_frame, reasons[at]
            else:
                continue
            rows.append(self._left(start, end, why, piece.line, piece.written))
        for start, end in foreign_sound(located, FOREIGN_FRAMES):
            rows.append(self._left(start, end, "not in the text", None, None))
        return sorted(rows, key=lambda row: (row["start"], row["end"]))

    def _left(
        self, start: int, end: int, reason: str, line: int | None, text: str | None
    ) -> dict[str, Any]:
        return {
            "audio": str(self.audio),
            "start": self.seconds(start),
            "end": self.seconds(end),
            "reason": reason,
            "line": line,
            "text": text,
        }

    def row(self, part: Kept, name: str, recording: str, *, whole: bool) -> dict[str, Any]:
        """Return a stretch as a line of the manifest, with its file and its recording."""
        start, end = self.seconds(part.start_frame), self.seconds(part.end_frame)
        found: dict[str, Any] = {"audio_filepath": name}
        if whole:
            found |= {"offset": start, "duration": round(end - start, 6)}
            if self.channel is not None or self.mixed:
                found["channel"] = MIX if self.channel is None else self.channel
        return found | {
            "text": part.text,
            "score": round(part.score, 3),
            "line": part.line,
            RECORDING: recording,
            **({} if whole else {RECORDING_OFFSET: start}),
        }

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self) | {"audio": str(self.audio)}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "CutRecording":
        """Return what `to_json` made plain."""
        kept = [Kept(*one) for one in found["kept"]]
        return cls(**{**found, "audio": Path(found["audio"]), "kept": kept})


class Heard(NamedTuple):
    """What a recording gives."""

    audio: Path
    said: Sequence[str]
    """What is odd about it."""
    found: CutRecording | str
    """Or why nothing is found in it."""
    folder: Path = Path()
    """That the recording's name is relative to."""


def listening(
    channel: int | str | None,
) -> Work[Recogniser, tuple[Pair, str], Heard]:
    """Return the work that cutting is: a recording, its text → what is heard of it there."""
    return Work(
        partial(_listen, channel=channel),
        seconds=lambda item: known_seconds(item[0].audio),
        name=lambda item: item[0].audio,
    )


def _listen(
    recogniser: Recogniser,
    item: tuple[Pair, str],
    advance: Advance,
    *,
    channel: int | str | None,
) -> Heard:
    pair, text = item
    said: list[str] = []
    try:
        one = CutRecording.listen(recogniser, pair, text, channel, warn=said.append, heard=advance)
    except (MalgwiError, OSError) as error:
        return Heard(pair.audio, said, why(error, pair))
    return Heard(pair.audio, said, one)


def why(error: MalgwiError | OSError, pair: Pair) -> str:
    """Return what went wrong with a pair, in a sentence."""
    if isinstance(error, MalgwiError):
        return str(error)
    # A disk or a share that fails meanwhile.
    return f"{pair.audio}: not readable ({error.strerror or error})"


def _kept(part: Stretch) -> Kept:
    line = min(piece.line for piece in part.pieces)
    place = int(part.start_frame), int(part.end_frame)
    return Kept(*place, part.text, float(part.score), line, len(part.pieces))
