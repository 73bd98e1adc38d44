"""A trained run and a data set → what it hears in stretches that nobody wrote down."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from malgwi.dataset.manifest import Dataset, Utterance
from malgwi.dataset.sound import Recordings, by_recording
from malgwi.decoding.confidence import ConfidenceMap
from malgwi.decoding.search import GREEDY, Search
from malgwi.errors import MalgwiError
from malgwi.evaluation.calibration import fit
from malgwi.evaluation.evaluate import Outcome, hear, score
from malgwi.progress import audio_progress
from malgwi.recognition.recognise import Recogniser, open_recogniser, transcribe_utterance
from malgwi.speech.score import Measure, rank
from malgwi.speech.text import Normalisation, normalise
from malgwi.untranscribed.line_file import append_line, read_lines

VALID = "valid"


@dataclass(frozen=True)
class Heard:
    """What a model makes of one stretch."""

    id: str
    text: str
    """Normalised as the data set is."""
    confidences: Sequence[float] = ()
    """Of its words, as the model has them."""
    unreadable: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Ear:
    """A model that hears, and how far it is to be trusted."""

    recogniser: Recogniser
    with_lm: bool
    """Whether the language model of the transcripts helps it on the validation split."""
    wer: float
    cer: float
    """On that split."""
    confidence: ConfidenceMap
    """To the probability that a word is right, fitted there."""
    valid: Sequence[Heard]
    """What it hears there."""


def open_ear(run: Path, data: Dataset, lm: Path | None, measure: Measure) -> Ear:
    """Open a run as it hears the validation split best: greedily, or with a language model.

    Args:
        run: a run or checkpoint that spells as the data set does.
        data: its split `valid` is heard.
        lm: made of its training texts alone; None where there is none.
        measure: what counts.

    Raises:
        MalgwiError: the run can't be opened, or no validation clip be read.
    """
    ears = [_ear(run, data, GREEDY)]
    if lm is not None:
        ears.append(_ear(run, data, Search(lm=lm)))
    return min(ears, key=lambda ear: rank(measure, ear.wer, ear.cer))


def _ear(run: Path, data: Dataset, search: Search) -> Ear:
    recogniser = open_recogniser(str(run), search=search, warn=lambda _: None)
    rules, clips = data.vocab.rules, data.split(VALID)
    outcomes: list[Outcome] = []
    with audio_progress(f"listening to {VALID}", sum(u.duration for u in clips)) as advance:
        for together in by_recording(clips):
            outcomes += hear(recogniser, together, advance, rules=rules)
    found = score(outcomes, model=str(run), dataset=str(data.folder), split=VALID, nbest=0)
    words = [word for outcome in outcomes for word in outcome.words]
    return Ear(
        recogniser,
        not search.greedy,
        found.wer,
        found.cer,
        fit(words),
        [
            Heard(o.id, o.hypothesis, [word.confidence for word in o.words])
            for o in outcomes
            if o.unreadable is None
        ],
    )


def label(
    ear: Ear, stretches: Iterable[Utterance], rules: Normalisation, file: Path
) -> dict[str, Heard]:
    """Return what is heard in each stretch, by its id; those that stand in `file` aren't run again.

    Args:
        ear: what hears.
        stretches: those of a recording together, in the order of time.
        rules: of the data set's texts.
        file: to which each is appended when it was heard.
    """
    done = {row["id"]: Heard(**row) for row in read_lines(file)}
    stretches = list(stretches)
    recordings = Recordings()
    with audio_progress("labelling", sum(u.duration for u in stretches)) as advance:
        for stretch in stretches:
            if stretch.id not in done:
                done[stretch.id] = _heard(ear.recogniser, stretch, recordings, rules)
                append_line(file, done[stretch.id].to_json())
            advance(stretch.duration)
    return done


def _heard(
    recogniser: Recogniser, stretch: Utterance, recordings: Recordings, rules: Normalisation
) -> Heard:
    try:
        found = transcribe_utterance(recogniser, stretch, recordings, warn=lambda _: None)
    except MalgwiError as error:
        return Heard(stretch.id, "", unreadable=str(error))
    confidences = [
        word.confidence for word in found.words for _ in normalise(word.text, rules).split()
    ]
    return Heard(stretch.id, normalise(found.text, rules), confidences)
