"""When each word and letter of a known text is said in a recording, and how well the two fit."""

import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from malgwi.decoding.alignment import force
from malgwi.decoding.decode import Logits, Transcript, runs, silent_pauses, spell
from malgwi.decoding.search import KNOWN_TEXT
from malgwi.errors import MalgwiError
from malgwi.progress import audio_progress
from malgwi.recognition.locate import foreign_sound, locate, surroundings
from malgwi.recognition.recognise import BLOCK_S, Recogniser, open_recogniser
from malgwi.recognition.render import FORMATS, render
from malgwi.speech.audio import SAMPLE_RATE, Samples, blocks, known_seconds
from malgwi.speech.channels import listened
from malgwi.speech.pipe import renamed
from malgwi.speech.vocab import Vocab
from malgwi.stores.address import Location

WORST_S = 0.5
"""Length of the stretch that is looked for where a text fits worst: a word or two."""

DOUBTFUL = -6.0
"""A score under this warns: in `docs/align.md`'s corpora right texts score -5.3 or more, exchanged
ones -7 or less."""

SPOKEN_FRAMES = 25
"""So many frames of letters outside the text are a phrase rather than noise."""


class TextWord(NamedTuple):
    """A word of a text."""

    written: str
    """As the text has it, with its punctuation."""
    spoken: str
    """Normalised; `well-known` is one word written and two spoken."""


class Character(NamedTuple):
    """One token of the text, a letter or part of a Korean syllable, and when it is said."""

    text: str
    start_ms: int
    end_ms: int


class ScoredFrames(NamedTuple):
    """A part of a recording."""

    start_frame: int
    end_frame: int
    """One past the last frame."""
    score: float
    """The mean of `fit` over its frames; 0 is best."""


@dataclass(frozen=True)
class Alignment:
    """A text and the times at which a recording says it."""

    transcript: Transcript
    """The words as they are written; `frame_tokens` is the likeliest path that spells them."""
    characters: tuple[Character, ...]
    fit: npt.NDArray[np.float64]
    """Of each frame, ln of the probability of the path's token over that of the best token: 0
    where the model hears what the text says, else below."""

    @property
    def score(self) -> float:
        """How well text and recording fit: `fit` summed, a letter of the text. 0 is best."""
        return float(self.fit.sum()) / len(self.characters)

    @property
    def worst(self) -> ScoredFrames:
        """The half second that fits worst, the first among equals; the whole if it is shorter."""
        frames = len(self.fit)
        transcript = self.transcript
        size = min(frames, max(1, int(WORST_S * transcript.sample_rate) // transcript.hop))
        sums = np.cumsum(np.append(0.0, self.fit))
        start = int(np.argmin(sums[size:] - sums[:-size]))
        return ScoredFrames(start, start + size, float(self.fit[start : start + size].mean()))

    def to_json(self, file: str) -> dict[str, Any]:
        """Return the transcript's JSON with `score`, `worst` and `characters`."""
        transcript, worst = self.transcript, self.worst
        return {
            **transcript.to_json(file),
            "score": round(self.score, 4),
            "worst": {
                "start_ms": transcript.frame_ms(worst.start_frame),
                "end_ms": transcript.frame_ms(worst.end_frame),
                "score": round(worst.score, 4),
            },
            "characters": [character._asdict() for character in self.characters],
        }


def text_words(text: str, vocab: Vocab) -> list[TextWord]:
    """Split a text at white space; what isn't spoken, such as a dash, goes with its neighbour."""
    words: list[TextWord] = []
    # Of the whole text: only there quotation marks around several words are no apostrophes.
    whole = iter(vocab.normalise(text).split())
    for written in text.split():
        spoken = " ".join(islice(whole, len(vocab.normalise(written).split())))
        if words and not (spoken and words[-1].spoken):
            last = words.pop()
            words.append(TextWord(f"{last.written} {written}", last.spoken or spoken))
        else:
            words.append(TextWord(written, spoken))
    return words


def spell_out(words: list[TextWord], vocab: Vocab) -> list[list[int]]:
    """Return the label ids of each word.

    Raises:
        MalgwiError: there is no word, or words have letters that the model can't write.
    """
    if not words or not words[0].spoken:
        raise MalgwiError("the text has no word in it")
    odd = {word.written: vocab.missing(word.spoken) for word in words}
    odd = {written: letters for written, letters in odd.items() if letters}
    if odd:
        named = ", ".join(f"{written!r}" for written in list(odd)[:10])
        letters = "".join(sorted(set(chain.from_iterable(odd.values()))))
        raise MalgwiError(
            f"the model has no token for {letters!r} in {len(odd)} words of the text ({named}"
            f"{', …' if len(odd) > 10 else ''}); write them as they are spoken, in letters of the "
            "model's language"
        )
    gap = "" if vocab.delimiter is None else " "
    return [vocab.encode(word.spoken.replace(" ", gap)) for word in words]


def align_text(logits: Logits, vocab: Vocab, text: str, *, samples: int, hop: int) -> Alignment:
    """Find where a text is said in the frames of a recording of `samples` at 16 kHz.

    Raises:
        MalgwiError: the text has no word, letters that the model can't write, or more letters
            than there are frames; or a frame holds NaN.
    """
    words = text_words(text, vocab)
    spelt = spell_out(words, vocab)
    gap = [] if vocab.delimiter is None else [vocab.delimiter]
    labels = [label for word in spelt for label in [*word, *gap]][: -len(gap) or None]
    logits = silent_pauses(logits, vocab)
    frames = force(logits, labels, vocab.blank)
    said = [run for run in runs(frames.ids) if run.id != vocab.blank]
    found, at = [], 0
    for word, its in zip(words, spelt, strict=True):
        letters = [run for run in said[at : at + len(its)] if run.id != vocab.delimiter]
        found.append(replace(spell(letters, frames, vocab), text=word.written))
        at += len(its) + len(gap)
    transcript = Transcript(
        text=" ".join(word.written for word in words),
        words=tuple(found),
        frame_tokens=tuple(frames.ids.tolist()),
        samples=samples,
        hop=hop,
        sample_rate=SAMPLE_RATE,
    )
    characters = tuple(
        Character(vocab.emits[run.id], transcript.frame_ms(run.start), transcript.frame_ms(run.end))
        for run in said
        if run.id != vocab.delimiter
    )
    wide = logits.astype(np.float64)
    fit = wide[np.arange(len(wide)), frames.ids] - wide.max(axis=1)
    return Alignment(transcript, characters, fit)


def recording_logits(
    recogniser: Recogniser,
    audio: Path,
    *,
    channel: int | None = None,
    warn: Callable[[str], object] = warnings.warn,
    heard: Callable[[float], object] = lambda _: None,
) -> tuple[Logits, int]:
    """Return the logits of a recording of any length, and its length in samples at 16 kHz.

    `channel` counts from 0, None is the average of all. `warn` is called with a sentence about a
    truncated file, `heard` with the seconds of each block read.

    Raises:
        MalgwiError: the file can't be read.
    """
    samples = 0

    def read() -> Iterator[Samples]:
        nonlocal samples
        for block in blocks(audio, BLOCK_S, warn, channel):
            samples += len(block)
            yield block
            heard(len(block) / SAMPLE_RATE)

    return recogniser.whole_logits(read()), samples


def disagreements(logits: Logits, vocab: Vocab, text: str, hop: int) -> Iterator[str]:
    """Yield a sentence about text that isn't said, and one about speech that the text lacks.

    Where that is too much to look for, the one sentence says so.
    """
    try:
        located = locate(logits, vocab, text)
    except MalgwiError as error:
        yield f"whether just this text is said was not found out: {error}"
        return
    if len(located.pieces) < 2 or not located.belongs:
        return  # of a single sentence, or of a whole wrong text, the score tells

    def clock(frame: int) -> str:
        return f"{frame * hop / SAMPLE_RATE:.1f} s"

    missed = [at for at, place in enumerate(located.places) if place is None]
    if missed:
        start, _ = surroundings(located.places, missed[0], len(logits))
        piece = located.pieces[missed[0]]
        yield (
            f"{len(missed)} of {len(located.pieces)} sentences don't seem to be said, the first in "
            f"line {piece.line} ({piece.written[:40]!r}), behind {clock(start)}; words near them "
            "may have wrong times (malgwi cut leaves such places out)"
        )
    sounds = foreign_sound(located, SPOKEN_FRAMES)
    if sounds:
        start, end = sounds[0]
        yield (
            f"{len(sounds)} stretches of speech don't seem to be in the text, the first from "
            f"{clock(start)} to {clock(end)}; words near them may have wrong times (malgwi cut "
            "leaves such places out)"
        )


def align_recording(
    recogniser: Recogniser,
    audio: Path,
    text: str,
    *,
    channel: int | str | None = None,
    warn: Callable[[str], object] = warnings.warn,
    heard: Callable[[float], object] = lambda _: None,
) -> tuple[Alignment, int | None]:
    """Return when a recording says a known text, and the channel that was listened to.

    `channel` and `warn` are those of `align_file`, `heard` is told of the seconds of each block.

    Raises:
        MalgwiError: the recording can't be read, or as `align_text`.
    """
    vocab, hop = recogniser.vocab, recogniser.grid.hop
    # A wrong text is refused before an hour is listened to.
    spell_out(text_words(text, vocab), vocab)
    [chosen] = listened(audio, channel, warn)
    logits, samples = recording_logits(recogniser, audio, channel=chosen, warn=warn, heard=heard)
    try:
        found = align_text(logits, vocab, text, samples=samples, hop=hop)
    except MalgwiError as error:
        raise MalgwiError(f"{audio}: {error}") from error
    if found.score < DOUBTFUL:
        warn(
            f"{audio}: the text doesn't seem to be what is said (score {found.score:.1f}; texts "
            f"that fit score over {DOUBTFUL:.0f})"
        )
    for sentence in disagreements(logits, vocab, text, hop):
        warn(f"{audio}: {sentence}")
    return found, chosen


def written(
    found: Alignment,
    audio: Location,
    form: str,
    channel: int | None,
    folder: Location | None = None,
) -> str:
    """Return an alignment in one of `FORMATS`; `folder` is where the result will lie."""
    match form:
        case "text":
            return "".join(
                f"{word.start_ms / 1000:.2f}\t{word.end_ms / 1000:.2f}\t{word.confidence:.2f}\t"
                f"{word.text}\n"
                for word in found.transcript.timed_words
            )
        case "json":
            return json.dumps(found.to_json(str(audio)), ensure_ascii=False) + "\n"
        case _:
            return render(found.transcript, audio, form, channel, folder)


def align_file(
    model: str | Path,
    audio: Path,
    text: str,
    *,
    form: str = "text",
    threads: int | None = None,
    channel: int | str | None = None,
    called: Mapping[Location, Location] = MappingProxyType({}),
    warn: Callable[[str], object] = warnings.warn,
) -> str:
    """Return the word times of a known text as `malgwi align` prints them.

    Args:
        model: a run, checkpoint or bundle, as `malgwi.recognition.recognise.open_recogniser` takes.
        audio: one recording of any length.
        text: all that is said in it.
        form: `text` (a line a word: start and end in seconds, confidence, word, with tabs
            between), `json`, or one of the others of `transcribe`.
        threads: processor threads for the model.
        channel: counted from 0; `mix`, the average of all; None to choose by what they hold.
        called: how results name files that came through pipes.
        warn: called with a sentence about a truncated file, or a text that doesn't fit.

    Raises:
        MalgwiError: the format is unknown, the model or the recording can't be opened, or as
            `align`.
    """
    if form not in FORMATS:
        raise MalgwiError(f"--format {form!r}: expected one of {', '.join(FORMATS)}")
    recogniser = open_recogniser(model, threads=threads, search=KNOWN_TEXT)
    with audio_progress("aligning", known_seconds(audio)) as heard:
        found, chosen = align_recording(
            recogniser,
            audio,
            text,
            channel=channel,
            warn=lambda sentence: warn(renamed(sentence, called)),
            heard=heard,
        )
    return written(found, called.get(audio, audio), form, chosen)
