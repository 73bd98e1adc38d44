"""A trained model and a recording to a transcript.

`open_recogniser` takes a run, a Hugging Face folder or hub id (through torch) or a `.malgwi`
bundle (through onnxruntime, without torch). Recordings go through one at a time, unpadded: what
stands in a batch can't change the text.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from malgwi.bundle.bundle import Bundle, is_bundle, open_bundle
from malgwi.bundle.detector import open_detector
from malgwi.bundle.eight_bits import wrong_here
from malgwi.bundle.runtime import load_bundle_model
from malgwi.dataset.manifest import Utterance
from malgwi.dataset.sound import Recordings
from malgwi.decoding.beam import BeamSearch
from malgwi.decoding.confidence import ConfidenceMap, calibrated
from malgwi.decoding.decode import (
    FrameTokens,
    Logits,
    Transcript,
    assemble,
    best_tokens,
    joined,
)
from malgwi.decoding.grammar_path import GrammarSearch
from malgwi.decoding.long_form import LongForm, Seam, anything
from malgwi.decoding.search import DEFAULT, Begin, Search
from malgwi.decoding.segments import SegmentPlan, Span
from malgwi.errors import MalgwiError
from malgwi.extras import install
from malgwi.recognition.open_search import open_search
from malgwi.speech.audio import SAMPLE_RATE, Samples, blocks
from malgwi.speech.frames import FrameGrid
from malgwi.speech.vocab import Vocab

BLOCK_S = 10.0
"""Seconds read at a time."""
MOST_THREADS = 999
"""More than any processor has; a library asked for millions takes the machine down."""


@dataclass(frozen=True)
class Recogniser:
    """A model ready to run; it is freed when nothing refers to it any more."""

    name: str
    """As it was asked for."""
    logits: Callable[[Samples], Logits]
    """One stretch of samples, at least the receptive field, to (frames, vocabulary) logits."""
    vocab: Vocab
    grid: FrameGrid
    segments: SegmentPlan = field(default_factory=SegmentPlan)
    is_speech: Callable[[Samples], bool] = anything
    """Asked before what isn't quiet is run."""
    confidence: ConfidenceMap | None = None
    """To the probability that a word that `search` found is right; None leaves the confidences as
    they are."""
    greedy_confidence: ConfidenceMap | None = None
    """The same for words that are decoded greedily, whatever `search` is: None, too, where the
    bundle's map was fitted to what its language model finds."""
    search: Begin | None = None
    """Begins the search over one recording; None decodes greedily."""
    nbest: int = 0
    """Alternatives that transcripts hold."""

    def __post_init__(self) -> None:
        """Check that the segments fit the convolutions.

        Raises:
            MalgwiError: they don't.
        """
        self.segments.check(self.grid)

    def whole_logits(self, blocks: Iterable[Samples]) -> Logits:
        """Return the logits of a recording that comes in blocks of any size."""
        return self.long_form.whole_logits(blocks)

    @property
    def long_form(self) -> LongForm:
        """How it hears recordings of any length."""
        return LongForm(self.segments, self.grid, self.vocab, self.logits, self.is_speech)


def open_recogniser(
    model: str | Path,
    *,
    threads: int | None = None,
    search: Search = DEFAULT,
    warn: Callable[[str], object] = warnings.warn,
) -> Recogniser:
    """Open a run, a Hugging Face folder, a hub id, `starter`, or a bundle (file or folder).

    Args:
        model: what to open.
        threads: processor threads for the model; None leaves the choice to its library.
        search: how to find the words.
        warn: told about a language model of other text, and int8 that is computed wrongly here.

    Raises:
        MalgwiError: it isn't there, is damaged, or the library that runs it is missing; or what
            `search` asks for can't be done.
    """
    if threads is not None and not 1 <= threads <= MOST_THREADS:
        raise MalgwiError(f"--threads {threads}: expected 1 to {MOST_THREADS}")
    if is_bundle(Path(model)):
        bundle = open_bundle(Path(model))
        if wrong := wrong_here(bundle):
            warn(wrong)
        recogniser = _from_bundle(bundle, threads)
    else:
        recogniser = _from_checkpoint(str(model), threads)
    if not search.detector:
        recogniser = replace(recogniser, is_speech=anything)
    return searching(recogniser, search, open_search(model, recogniser.vocab, search, warn))


def searching(recogniser: Recogniser, search: Search, begin: Begin | None) -> Recogniser:
    """Return a recogniser that finds words as `search` asks, by `begin`, which `open_search` gave.

    It was opened to decode greedily, if at all.
    """
    # The map is fitted on words that are found freely.
    confidence = None if search.grammar else recogniser.confidence
    return replace(recogniser, search=begin, nbest=search.nbest, confidence=confidence)


def _from_checkpoint(source: str, threads: int | None) -> Recogniser:
    try:
        import torch

        from malgwi.model.checkpoint import load_checkpoint
        from malgwi.model.families import logits_of
        from malgwi.model.normalisation import standardise
    except ImportError as error:
        raise MalgwiError(
            f"{source}: a checkpoint needs torch and transformers ({error}); give a .malgwi "
            f"bundle, or {install('train')}"
        ) from error
    checkpoint = load_checkpoint(source)
    if checkpoint.vocab is None:
        raise MalgwiError(f"{source}: {checkpoint.why_mute}")
    if threads is not None:
        torch.set_num_threads(threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = checkpoint.model.to(device)

    def logits(samples: Samples) -> Logits:
        ready = standardise(samples, checkpoint.epsilon)
        with torch.inference_mode():
            scores = logits_of(model, torch.from_numpy(ready)[None].to(device))[0]
        result: Logits = scores.float().cpu().numpy()
        return result

    return Recogniser(
        source,
        logits,
        checkpoint.vocab,
        checkpoint.grid,
        is_speech=open_detector().hears_speech,
    )


def _from_bundle(bundle: Bundle, threads: int | None) -> Recogniser:
    model = load_bundle_model(bundle, threads=threads or 0)
    decoding = bundle.decoding
    return Recogniser(
        str(bundle.path),
        model.logits,
        decoding.vocab,
        decoding.grid,
        decoding.segments,
        model.is_speech,
        bundle.confidence,
        None if bundle.has_lm else bundle.confidence,
    )


class Update(NamedTuple):
    """The text so far."""

    stable: str
    """No longer changes: every later one, and the final text, begins with it."""
    moving: str
    """What follows it; may change altogether."""

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(part for part in self if part)


class Listening:
    """Recognises one recording while it comes; for one thread.

    Memory grows by 16 bytes a frame (3 MB an hour), not with the audio or the vocabulary.
    """

    def __init__(self, recogniser: Recogniser) -> None:
        """Begin a recording."""
        self._recogniser = recogniser
        self._dropped: list[Span] = []
        self._seam = Seam(replace(recogniser.long_form, dropped=self._dropped.append))
        self._search = recogniser.search() if recogniser.search else None
        self._frames: list[FrameTokens] = []
        self._settled: list[str] = []
        self._open = 0
        """The first of `_frames` whose words aren't settled."""
        self._preview: FrameTokens | None = None

    @property
    def sound_end(self) -> int:
        """One past the last hop of what is open that isn't quiet: where previews have news."""
        return self._seam.cutter.segments.sound_end

    def feed(self, samples: Samples) -> bool:
        """Take samples at 16 kHz and run what is ready; say whether a segment has ended.

        Raises:
            MalgwiError: samples are integers, NaN or far beyond full scale, or the model's output
                is not a number.
        """
        ended = False
        for logits, closed in self._seam.feed(samples):
            self._preview = None
            self._take(logits)
            if closed:
                ended = True
                self._settle()
        return ended

    def preview(self) -> None:
        """Run what is open as if the recording ended here, for `update`."""
        self._preview = best_tokens(self._seam.preview())

    def update(self) -> Update:
        """Return the text so far; what is open is in it as the last preview heard it."""
        young = [] if self._preview is None else [self._preview]
        if self._search is None:
            return Update(
                " ".join(self._settled), self._text([*self._frames[self._open :], *young])
            )
        found, stable = self._search.alternatives(), getattr(self._search, "stable", str)()
        moving = found[0].text[len(stable) :].strip() if found else ""
        return Update(stable, " ".join(part for part in (moving, self._text(young)) if part))

    def finish(self) -> Transcript:
        """Run what is left and return the transcript of all.

        Raises:
            MalgwiError: the model's output is not a number.
        """
        for logits in self._seam.finish():
            self._take(logits)
        return found(
            self._recogniser, self._search or self._frames, self._seam.cutter.samples, self._dropped
        )

    def _take(self, logits: Logits) -> None:
        if self._search is None:
            self._frames.append(best_tokens(logits))
        else:
            self._search.advance(logits)

    def _settle(self) -> None:
        """Words end here, so that those before never change."""
        if self._recogniser.vocab.delimiter is None:
            return
        if text := self._text(self._frames[self._open :]):
            self._settled.append(text)
        self._open = len(self._frames)

    def _text(self, frames: Sequence[FrameTokens]) -> str:
        return self._assembled(joined(frames)).text

    def _assembled(self, frames: FrameTokens) -> Transcript:
        return _assembled(self._recogniser, frames, self._seam.cutter.samples)


def found(
    recogniser: Recogniser,
    heard: BeamSearch | GrammarSearch | Sequence[FrameTokens],
    samples: int,
    not_speech: Sequence[Span],
) -> Transcript:
    """Return the transcript of a recording of which all was heard, `not_speech` left out.

    `heard` is the search over all its frames, or their best tokens where there is none.
    """
    if isinstance(heard, Sequence):
        transcript = _assembled(recogniser, joined(heard), samples)
    else:
        transcript = replace(
            _assembled(recogniser, heard.frame_tokens(), samples),
            alternatives=tuple(heard.alternatives(recogniser.nbest)),
        )
    spans = tuple((span.first_frame, span.end_frame) for span in not_speech)
    return calibrated(replace(transcript, not_speech=spans), recogniser.confidence)


def _assembled(recogniser: Recogniser, frames: FrameTokens, samples: int) -> Transcript:
    hop = recogniser.grid.hop
    return assemble(frames, recogniser.vocab, samples=samples, hop=hop, sample_rate=SAMPLE_RATE)


def transcribe_blocks(recogniser: Recogniser, audio: Iterable[Samples]) -> Transcript:
    """Transcribe samples at 16 kHz that arrive in blocks of any size.

    Too few samples for one frame give an empty transcript.

    Raises:
        MalgwiError: samples are integers, NaN or far beyond full scale, or the model's output is
            not a number.
    """
    listening = Listening(recogniser)
    for block in audio:
        listening.feed(block)
    return listening.finish()


Through = Callable[[Recogniser, Iterable[Samples]], Transcript]
"""How samples become a transcript."""


def transcribe_file(
    recogniser: Recogniser,
    path: Path,
    *,
    channel: int | None = None,
    warn: Callable[[str], object] = warnings.warn,
    heard: Callable[[float], object] = lambda _: None,
    through: Through | None = None,
) -> Transcript:
    """Transcribe a recording of any length.

    Args:
        recogniser: the model.
        path: any format that `malgwi.speech.audio` reads.
        channel: counted from 0; None is the average of all.
        warn: called with a sentence about a truncated file, one too short for a frame, or one whose
            transcript is empty since no speech was heard in it.
        heard: called with the seconds of each block read, for progress.
        through: how; None is `transcribe_blocks`.

    Raises:
        MalgwiError: the file can't be read, or the model's output is not a number.
    """

    def read() -> Iterator[Samples]:
        for block in blocks(path, BLOCK_S, warn, channel):
            yield block
            heard(len(block) / SAMPLE_RATE)

    transcript = _told(recogniser, (through or transcribe_blocks)(recogniser, read()), path, warn)
    if transcript.not_speech and not transcript.text:
        warn(
            f"{path}: its transcript is empty; sound in it was taken for no speech, which "
            "--no-detector writes down"
        )
    return transcript


def transcribe_utterance(
    recogniser: Recogniser,
    utterance: Utterance,
    recordings: Recordings,
    *,
    warn: Callable[[str], object] = warnings.warn,
) -> Transcript:
    """Transcribe the stretch of a recording that an utterance is, else as `transcribe_file`."""
    transcript = transcribe_blocks(recogniser, [recordings.read(utterance, warn)])
    return _told(recogniser, transcript, utterance.audio, warn)


def _told(
    recogniser: Recogniser, transcript: Transcript, path: Path, warn: Callable[[str], object]
) -> Transcript:
    """Return the transcript; where it has no frame, `warn` is told why."""
    if not transcript.frame_tokens:
        warn(too_short(path, transcript.samples, recogniser))
    return transcript


def too_short(path: Path, samples: int, recogniser: Recogniser) -> str:
    """Return the sentence about a recording that gives no frame."""
    return (
        f"{path}: {samples} samples at 16 kHz are too few for the model, which needs "
        f"{recogniser.grid.receptive_field}; its transcript is empty"
    )
