"""Logits to text: the best token of every frame, collapsed to words with times and confidences.

Greedy CTC decoding (Graves et al. 2006), in two steps, so that a long recording needs to keep
only an id and a probability a frame: `best_tokens` on each stretch of logits, `assemble` on the
whole. The Java core obeys the same rules; both are held to `tests/golden/decode.json`,
`times.json` and `confidence.json`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from malgwi.errors import MalgwiError
from malgwi.speech.frames import frame_ms
from malgwi.speech.text import join_units
from malgwi.speech.vocab import Vocab

Logits = npt.NDArray[np.float32]
"""(frames, vocabulary), unnormalised log scores."""


class FrameTokens(NamedTuple):
    """The best token of each of some frames, and its probability (float64, 0 to 1)."""

    ids: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float64]


class Run(NamedTuple):
    """Frames `start` up to but not including `end` that share one token id."""

    id: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Word:
    """One word, from its first token's first frame to its last token's last frame."""

    text: str
    start_frame: int
    end_frame: int
    """One past the last frame."""
    confidence: float
    """0 to 1: the geometric mean over tokens of the highest probability in the token's run."""


class TimedWord(NamedTuple):
    """One word with its times in whole milliseconds from the start of the recording."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float


class Alternative(NamedTuple):
    """One reading of a recording."""

    text: str
    score: float
    """Natural logarithm, as `docs/language-model.md` defines it."""


@dataclass(frozen=True)
class Transcript:
    """What was recognised in one recording."""

    text: str
    words: tuple[Word, ...]
    frame_tokens: tuple[int, ...]
    """The best token id of every frame, or that of the best reading's likeliest path."""
    samples: int
    """Length of the recording."""
    hop: int
    """Samples from one frame to the next."""
    sample_rate: int
    alternatives: tuple[Alternative, ...] = ()
    """The best readings, best first, where they were asked for."""
    not_speech: tuple[tuple[int, int], ...] = ()
    """Frames, from the first up to but not including the second, that a detector took for no
    speech, so that they were left out."""

    @property
    def duration_ms(self) -> int:
        """Length of the recording in whole milliseconds."""
        return self.samples * 1000 // self.sample_rate

    @property
    def timed_words(self) -> list[TimedWord]:
        """The words with times in milliseconds, never past the end of the recording."""
        return [
            TimedWord(
                word.text,
                self.frame_ms(word.start_frame),
                self.frame_ms(word.end_frame),
                word.confidence,
            )
            for word in self.words
        ]

    def frame_ms(self, frame: int) -> int:
        """Return the start of a frame in milliseconds, never past the end of the recording."""
        return frame_ms(frame, self.hop, self.sample_rate, self.samples)

    def to_json(self, file: str) -> dict[str, Any]:
        """Return what `malgwi transcribe --format json` and the Java command line print.

        Confidences and scores are rounded to four decimals; `nbest` is there when it was asked
        for, `not_speech` when something was left out. Zero has no sign.
        """
        found: dict[str, Any] = {
            "file": file,
            "text": self.text,
            "duration_ms": self.duration_ms,
            "words": [
                {**word._asdict(), "confidence": round(word.confidence, 4)}
                for word in self.timed_words
            ],
        }
        if self.not_speech:
            found["not_speech"] = [
                {"start_ms": self.frame_ms(start), "end_ms": self.frame_ms(end)}
                for start, end in self.not_speech
            ]
        if self.alternatives:
            found["nbest"] = [
                {"text": a.text, "score": round(a.score, 4) + 0.0} for a in self.alternatives
            ]
        return found


def log_probabilities(logits: Logits) -> npt.NDArray[np.float64]:
    """Return the natural logarithm of the softmax of each frame, in double precision.

    Raises:
        MalgwiError: a frame holds NaN or infinity, so that no probability exists.
    """
    shifted = logits.astype(np.float64)
    with np.errstate(invalid="ignore"):  # infinity minus infinity is reported below
        shifted -= shifted.max(axis=1, keepdims=True, initial=-np.inf)
        result: npt.NDArray[np.float64] = shifted - np.log(
            np.exp(shifted).sum(axis=1, keepdims=True)
        )
    broken = np.flatnonzero(np.isnan(result).any(axis=1))
    if broken.size:
        raise MalgwiError(
            f"the model's output is not a number in {broken.size} of {len(result)} frames, first "
            f"in frame {broken[0]}; its weights are damaged or it was trained to infinity"
        )
    return result


def probabilities(logits: Logits) -> npt.NDArray[np.float64]:
    """Return the softmax of each frame, in double precision.

    Raises:
        MalgwiError: a frame holds NaN or infinity.
    """
    return np.exp(log_probabilities(logits))


def silent_pauses(logits: Logits, vocab: Vocab) -> Logits:
    """Return logits in which what is certainly a delimiter may as well be the blank.

    A pause is one wherever it is made, also before, after and within what is said; a given text
    has delimiters between its words only, and one for each.
    """
    if vocab.delimiter is None:
        return logits
    pauses = log_probabilities(logits)[:, vocab.delimiter] == 0.0
    opened = logits.copy()
    opened[pauses, vocab.blank] = opened[pauses, vocab.delimiter]
    return opened


def best_tokens(logits: Logits) -> FrameTokens:
    """Return each frame's best token, the lowest id among equals, and its probability.

    Raises:
        MalgwiError: a frame holds NaN or infinity.
    """
    chances = probabilities(logits)
    ids = logits.argmax(axis=1).astype(np.int64)
    return FrameTokens(ids, chances[np.arange(len(ids)), ids])


def joined(parts: Sequence[FrameTokens]) -> FrameTokens:
    """Return stretches of frames as one; none is one without frames."""
    return FrameTokens(
        np.concatenate([np.zeros(0, np.int64), *(part.ids for part in parts)]),
        np.concatenate([np.zeros(0, np.float64), *(part.probabilities for part in parts)]),
    )


def runs(ids: npt.NDArray[np.int64]) -> list[Run]:
    """Split frames into the longest stretches of one token."""
    if not len(ids):
        return []
    starts = np.flatnonzero(np.diff(ids, prepend=ids[0] - 1))
    ends = np.append(starts[1:], len(ids))
    return [Run(int(ids[s]), int(s), int(e)) for s, e in zip(starts, ends, strict=True)]


def assemble(
    frames: FrameTokens, vocab: Vocab, *, samples: int, hop: int, sample_rate: int
) -> Transcript:
    """Collapse the frames of one recording into words.

    Tokens that emit nothing (blank, `[UNK]` and other special tokens) separate equal neighbours
    but belong to no word; white space separates words.
    """
    words: list[Word] = []
    spelt: list[Run] = []
    for run in [*runs(frames.ids), None]:
        emitted = " " if run is None else vocab.emits[run.id]
        if run is not None and emitted.strip():
            spelt.append(run)
        elif emitted and spelt:
            words.append(spell(spelt, frames, vocab))
            spelt = []
    return Transcript(
        text=" ".join(word.text for word in words),
        words=tuple(words),
        frame_tokens=tuple(frames.ids.tolist()),
        samples=samples,
        hop=hop,
        sample_rate=sample_rate,
    )


def spell(spelt: list[Run], frames: FrameTokens, vocab: Vocab) -> Word:
    """Return the word that the runs of its tokens, at least one, spell."""
    peaks = [float(frames.probabilities[run.start : run.end].max()) for run in spelt]
    return Word(
        text=" ".join(join_units([vocab.emits[run.id] for run in spelt]).split()),
        start_frame=spelt[0].start,
        end_frame=spelt[-1].end,
        confidence=exp(sum(log(peak) for peak in peaks) / len(peaks)),
    )


def decode(logits: Logits, vocab: Vocab, *, samples: int, hop: int, sample_rate: int) -> Transcript:
    """Decode the logits of one whole recording: `best_tokens`, then `assemble`.

    Raises:
        MalgwiError: a frame holds NaN or infinity.
    """
    return assemble(best_tokens(logits), vocab, samples=samples, hop=hop, sample_rate=sample_rate)
