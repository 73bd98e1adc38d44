"""A folder of recordings → all speech in them that isn't in a data set yet."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from malgwi.dataset.manifest import Dataset, Utterance
from malgwi.dataset.same_sound import KnownSound, known_sound
from malgwi.errors import MalgwiError
from malgwi.progress import audio_progress, say
from malgwi.speech.audio import Samples, known_seconds
from malgwi.terminal import printable
from malgwi.untranscribed.line_file import append_line, read_lines
from malgwi.untranscribed.speech import IN_DATA_SET, Found, as_utterances, find_speech

_NAMED = 5


@dataclass(frozen=True)
class Speech:
    """What all recordings of a folder hold."""

    folder: Path
    recordings: Sequence[Found]

    @property
    def utterances(self) -> list[Utterance]:
        """All stretches, those of a recording together, in the order of time."""
        root = self.folder if self.folder.is_dir() else self.folder.parent
        return [u for one in self.recordings for u in as_utterances(one, _name(one.audio, root))]

    @property
    def left_out(self) -> dict[str, float]:
        """Seconds of sound that isn't used, by why."""
        sums: Counter[str] = Counter()
        for one in self.recordings:
            sums.update(one.left_out)
        return dict(sums)

    @property
    def known(self) -> dict[str, float]:
        """Seconds of speech that is in the data set already, by recording."""
        seconds = {
            str(one.audio): sum(s for why, s in one.left_out.items() if why.startswith(IN_DATA_SET))
            for one in self.recordings
        }
        return {name: found for name, found in seconds.items() if found}

    @property
    def unreadable(self) -> dict[str, str]:
        """Why, by recording."""
        return {str(r.audio): r.unreadable for r in self.recordings if r.unreadable is not None}

    @property
    def hours(self) -> float:
        """Of speech that is used."""
        return sum(one.speech_seconds for one in self.recordings) / 3600

    def check(self) -> None:
        """Refuse what there is nothing to learn from.

        Raises:
            MalgwiError: says what there is instead.
        """
        if self.hours:
            return
        unreadable = list(self.unreadable.values())
        if len(unreadable) == len(self.recordings):
            raise MalgwiError(
                f"{self.folder}: none of the {len(self.recordings)} recordings can be read; the "
                f"first: {unreadable[0]}"
            )
        why = "; ".join(f"{seconds:.0f} s: {why}" for why, seconds in self.left_out.items())
        raise MalgwiError(
            f"{self.folder}: no speech in it to learn from ({why or 'silence'}); give recordings "
            "of people who speak, other than those of the data set"
        )

    def tell(self) -> None:
        """Say what there is."""
        whole = sum(one.seconds for one in self.recordings) / 3600
        say(
            f"{len(self.recordings) - len(self.unreadable)} recordings, {whole:.2f} h: "
            f"{self.hours:.2f} h of speech without a transcript, in {len(self.utterances)} "
            "stretches"
        )
        for why, seconds in self.left_out.items():
            say(printable(f"{seconds:.0f} s left out: {why}"))
        if known := self.known:
            say(
                printable(
                    f"in the data set are parts of {len(known)}, the first {next(iter(known))}"
                )
            )
        named = list(self.unreadable.values())
        for why in named[:_NAMED]:
            say(printable(f"left out: {why}"))
        if len(named) > _NAMED:
            say(f"... and {len(named) - _NAMED} more recordings that can't be read")

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return {
            "recordings": len(self.recordings),
            "hours": sum(one.seconds for one in self.recordings) / 3600,
            "speech_hours": self.hours,
            "stretches": len(self.utterances),
            "left_out_seconds": self.left_out,
            "in_data_set": self.known,
            "unreadable": self.unreadable,
        }


def find_all(
    files: Sequence[Path],
    folder: Path,
    data: Dataset,
    is_speech: Callable[[Samples], bool],
    done: Path | None = None,
    *,
    channel: int | str | None = None,
) -> Speech:
    """Return the speech of recordings that isn't in any split of a data set.

    Args:
        files: the recordings.
        folder: where they are.
        data: what is known of.
        is_speech: the voice detector.
        done: a file to which each recording is appended when it was looked through; those that
            stand there aren't looked through again.
        channel: as for `find_speech`.
    """
    before = [] if done is None else [Found.from_json(row) for row in read_lines(done)]
    found = {one.audio: one for one in before}
    left = [file for file in files if file not in found]
    if left:
        known = _known(data)
        with audio_progress("looking for speech", sum(map(known_seconds, left))) as heard:
            for file in left:
                one = find_speech(file, known, is_speech, channel=channel, heard=heard)
                for sentence in one.said:
                    say(printable(sentence))
                if done is not None:
                    append_line(done, one.to_json())
                found[file] = one
    return Speech(folder, _once([found[file] for file in files]))


def _known(data: Dataset) -> KnownSound:
    seconds = sum(u.duration for u in data.utterances)
    with audio_progress("what the data set holds", seconds) as heard:
        return known_sound(data.utterances, heard)


def _once(recordings: Sequence[Found]) -> list[Found]:
    """Return recordings with the stretches of each file only once, where copies of it are there."""
    seen: set[str] = set()
    kept = []
    for one in recordings:
        digests = {stretch.sha256 for stretch in one.stretches}
        if digests & seen:
            why: Mapping[str, float] = {**one.left_out, _COPY: one.speech_seconds}
            one = Found(one.audio, one.seconds, (), why, said=one.said)  # noqa: PLW2901
        seen |= digests
        kept.append(one)
    return kept


_COPY = "it is a copy of another recording there"


def _name(audio: Path, root: Path) -> str:
    try:
        return audio.relative_to(root).as_posix()
    except ValueError:  # a link leads elsewhere
        return str(audio)
