"""Which transcripts of a corpus are probably wrong: each is aligned with its recording, and ranked.

Nothing is left out of the data set for it; a person listens and decides.
"""

from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from malgwi.dataset.manifest import Utterance
from malgwi.dataset.sound import Recordings, by_recording
from malgwi.decoding.decode import Word, decode
from malgwi.each import Advance, Each, Work, each_of_groups, here, in_order
from malgwi.errors import MalgwiError
from malgwi.progress import audio_progress
from malgwi.recognition.align import Alignment, ScoredFrames, align_text
from malgwi.recognition.recognise import Recogniser
from malgwi.recorded import Kept
from malgwi.speech.audio import SAMPLE_RATE
from malgwi.terminal import printable

if TYPE_CHECKING:
    from rich.console import Console

SUSPECTS, PAGE = "suspects.json", "suspects.html"
"""Files of a data set folder."""
SHOWN = 20
"""Of the ranking, printed; the JSON has all."""


class Passage(NamedTuple):
    """A text, and the words of it that lie in the part of the recording that fits worst."""

    before: str
    part: str
    """Empty where the text has no word there."""
    after: str

    @property
    def text(self) -> str:
        """The whole text."""
        return " ".join(filter(None, self))


@dataclass(frozen=True, slots=True)
class Suspect:
    """One clip, how well its text fits, and where it fits worst."""

    id: str
    split: str
    score: float
    """The fit a letter of the whole clip, plus the fit a frame of its worst half second
    (`malgwi.recognition.align.Alignment`); 0 is best. `docs/align.md` has what it finds."""
    start_ms: int
    """Of the part that fits worst, widened to whole words."""
    end_ms: int
    said: Passage
    """What the transcript says, normalised."""
    heard: Passage
    """What the model hears by itself."""

    def to_json(self) -> dict[str, Any]:
        """Return the clip's entry in `suspects.json`."""
        return {
            "id": self.id,
            "split": self.split,
            "score": round(self.score, 4),
            "start_ms": self.start_ms,
            "end_ms": self.end_ms,
            "said": self.said.part,
            "heard": self.heard.part,
            "text": self.said.text,
            "heard_text": self.heard.text,
        }


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A clip whose text could not be aligned, and why."""

    id: str
    reason: str


@dataclass(frozen=True)
class Ranking:
    """The clips of a data set, those whose text fits worst first."""

    model: str
    clips: tuple[Suspect, ...]
    unchecked: tuple[Unchecked, ...]

    def to_json(self) -> dict[str, Any]:
        """Return `suspects.json`."""
        return {
            "model": self.model,
            "clips": [clip.to_json() for clip in self.clips],
            "unchecked": [asdict(clip) for clip in self.unchecked],
        }


def rank(
    recogniser: Recogniser,
    utterances: Sequence[Utterance],
    each: Each[Recogniser] | None = None,
) -> Ranking:
    """Align every clip with its text; the worst fit first, equals in the order of their ids.

    `each` says where; None is here, one recording after the other.
    """
    groups = dict(enumerate(by_recording(utterances)))
    clips: list[Suspect] = []
    unchecked: list[Unchecked] = []
    with audio_progress("checking transcripts", sum(u.duration for u in utterances)) as heard:
        found = each_of_groups(each or here(recogniser), _WORK, groups, heard)
        for of, group in zip(groups.values(), in_order(found, groups), strict=True):
            for utterance, one in zip(of, group, strict=True):
                if isinstance(one, Suspect):
                    clips.append(one)
                else:
                    unchecked.append(Unchecked(utterance.id, str(one)))
    clips.sort(key=lambda clip: (clip.score, clip.id))
    return Ranking(recogniser.name, tuple(clips), tuple(unchecked))


def _plain(found: Suspect | str) -> Any:
    if isinstance(found, str):  # which names the recording as it was called then
        return None
    return [found.score, found.start_ms, found.end_ms, found.said, found.heard]


def _found(utterance: Utterance, plain: Any) -> Suspect:
    score, start_ms, end_ms, said, heard = plain
    return Suspect(
        utterance.id, utterance.split, score, start_ms, end_ms, Passage(*said), Passage(*heard)
    )


CHECKED: Kept[Utterance, Suspect | str] = Kept(
    lambda one: ["checked", astuple(one.stretch), one.text], _plain, _found
)
"""How what is heard of a clip is recorded, whose id and split needn't be known then."""


def _check(
    recogniser: Recogniser, utterances: Sequence[Utterance], advance: Advance
) -> list[Suspect | str]:
    """Check the clips of a recording, or say why one can't be."""
    recordings = Recordings()
    found: list[Suspect | str] = []
    for utterance in utterances:
        try:
            found.append(_checked(recogniser, utterance, recordings))
        except MalgwiError as error:
            found.append(str(error))
        advance(utterance.duration)
    return found


_WORK = Work(
    _check,
    seconds=lambda utterances: sum(u.duration for u in utterances),
    name=lambda utterances: utterances[0].audio,
)


def _checked(recogniser: Recogniser, utterance: Utterance, recordings: Recordings) -> Suspect:
    logits = recogniser.whole_logits([recordings.read(utterance)])
    samples = utterance.stretch.samples
    vocab, hop = recogniser.vocab, recogniser.grid.hop
    alignment = align_text(logits, vocab, utterance.text, samples=samples, hop=hop)
    said = alignment.transcript
    heard = decode(logits, vocab, samples=samples, hop=hop, sample_rate=SAMPLE_RATE)
    worst = alignment.worst
    inside = [w for t in (said, heard) for w in t.words if _overlap(w, worst)]
    return Suspect(
        id=utterance.id,
        split=utterance.split,
        score=suspicion(alignment),
        start_ms=said.frame_ms(min([worst.start_frame, *(w.start_frame for w in inside)])),
        end_ms=said.frame_ms(max([worst.end_frame, *(w.end_frame for w in inside)])),
        said=_passage(said.words, worst),
        heard=_passage(heard.words, worst),
    )


def suspicion(alignment: Alignment) -> float:
    """Return the score that clips are ranked by; 0 is best.

    A wrong transcript shows in the whole clip, a wrong word in its half second: each has its say.
    """
    return alignment.score + alignment.worst.score


def _overlap(word: Word, frames: ScoredFrames) -> bool:
    return word.start_frame < frames.end_frame and word.end_frame > frames.start_frame


def _passage(words: Sequence[Word], frames: ScoredFrames) -> Passage:
    before = [word.text for word in words if word.end_frame <= frames.start_frame]
    part = [word.text for word in words if _overlap(word, frames)]
    after = [word.text for word in words if word.start_frame >= frames.end_frame]
    return Passage(*(" ".join(each) for each in (before, part, after)))


def print_ranking(ranking: Ranking, console: "Console") -> None:
    """Print the clips whose text fits worst, and those that could not be checked."""
    from rich.table import Table
    from rich.text import Text

    console.print(
        f"\nHow well the texts fit the recordings, heard by {printable(ranking.model)}: 0 is best"
        + (
            f", half of the clips reach {median(clip.score for clip in ranking.clips):.2f}"
            if ranking.clips
            else ""
        )
        + ". The worst:",
        highlight=False,
        markup=False,
    )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("fit", "clip", "seconds", "the text says", "the model hears"):
        table.add_column(heading, justify="right" if heading == "fit" else "left")
    for clip in ranking.clips[:SHOWN]:
        table.add_row(
            f"{clip.score:.2f}",
            Text(printable(clip.id)),
            f"{clip.start_ms / 1000:.2f} to {clip.end_ms / 1000:.2f}",
            Text(printable(clip.said.part) or "nothing", style="" if clip.said.part else "dim"),
            Text(printable(clip.heard.part) or "nothing", style="" if clip.heard.part else "dim"),
        )
    console.print(table)
    for missed in ranking.unchecked[:SHOWN]:
        console.print(Text(printable(f"not checked: {missed.id}: {missed.reason}")))
    if len(ranking.unchecked) > SHOWN:
        console.print(f"and {len(ranking.unchecked) - SHOWN:,} more in suspects.json")
