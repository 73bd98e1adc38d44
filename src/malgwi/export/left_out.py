"""Would the detector leave out words that are said? Asked of the split that is the gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from malgwi.bundle.detector import DetectorPlan, open_detector
from malgwi.dataset.manifest import Utterance
from malgwi.dataset.sound import Recordings
from malgwi.decoding.long_form import cut
from malgwi.decoding.search import KNOWN_TEXT
from malgwi.decoding.segments import SegmentPlan
from malgwi.errors import MalgwiError
from malgwi.progress import audio_progress
from malgwi.recognition.align import align_text
from malgwi.recognition.recognise import Recogniser, open_recogniser
from malgwi.speech.audio import Samples
from malgwi.speech.frames import FrameGrid

_SURE = 0.5
"""The confidence of a word that the model does hear there: alignment puts each word somewhere."""


@dataclass(frozen=True)
class LeftOut:
    """A word that is said where the detector hears no speech."""

    utterance: str
    """The utterance's id."""
    word: str
    start_ms: int
    end_ms: int


def find_left_out(
    model: str | Path, utterances: Sequence[Utterance], grid: FrameGrid, plan: DetectorPlan
) -> LeftOut | None:
    """Return the first word that lies, by forced alignment, where nothing would be run.

    Raises:
        MalgwiError: a clip can't be read, or the model can't be opened.
    """
    detector = open_detector(plan)
    recogniser: Recogniser | None = None
    recordings = Recordings()
    with audio_progress("voice detector", sum(u.duration for u in utterances)) as advance:
        for utterance in utterances:
            samples = recordings.read(utterance)
            dropped = [
                (span.first_frame, span.end_frame)
                for span, heard in cut([samples], SegmentPlan(), grid)
                if not detector.hears_speech(heard)
            ]
            if dropped and utterance.text.strip():
                recogniser = recogniser or open_recogniser(model, search=KNOWN_TEXT)
                found = _word_in(dropped, utterance, samples, recogniser)
                if found:
                    return found
            advance(utterance.duration)
    return None


def _word_in(
    dropped: Sequence[tuple[int, int]],
    utterance: Utterance,
    samples: Samples,
    recogniser: Recogniser,
) -> LeftOut | None:
    logits, vocab = recogniser.whole_logits([samples]), recogniser.vocab
    try:
        found = align_text(
            logits, vocab, utterance.text, samples=len(samples), hop=recogniser.grid.hop
        ).transcript
    except MalgwiError:
        return None  # it doesn't fit in the frames, or the model can't write it: nobody knows where
    for word in found.words:
        middle = (word.start_frame + word.end_frame) // 2
        if word.confidence >= _SURE and any(start <= middle < end for start, end in dropped):
            times = (found.frame_ms(frame) for frame in (word.start_frame, word.end_frame))
            return LeftOut(utterance.id, word.text, *times)
    return None
