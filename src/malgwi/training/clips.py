"""The clips of a split as training sees them: labels, frames, and the source of features."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from accelerate import Accelerator
from accelerate.utils import gather_object

from malgwi.dataset.manifest import Utterance
from malgwi.dataset.sound import Recordings
from malgwi.errors import MalgwiError
from malgwi.speech.audio import Samples
from malgwi.speech.vocab import Vocab, frames_needed
from malgwi.training.clip_cache import ClipCache, Stream, each, fill
from malgwi.training.features import Extractor, Features
from malgwi.training.out_of_memory import give_back, is_out_of_memory
from malgwi.training.waveforms import Waveforms

TOGETHER_S = 320.0
"""Seconds whose features an accelerator computes at once: of clips, each as long as the longest."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One utterance, ready to be batched."""

    id: str
    utterance: Utterance
    """Where its sound is."""
    text: str
    labels: tuple[int, ...]
    frames: int
    seconds: float


@dataclass(frozen=True)
class FeatureSource:
    """Features of clips under one state of the convolutions: from the cache or computed now."""

    extractor: Extractor
    cache: ClipCache | None = None
    waveforms: Waveforms = field(default_factory=Waveforms)

    def get(self, utterance: Utterance) -> Features:
        """Return an utterance's features; the numbers are the same either way.

        Raises:
            MalgwiError: it can't be read.
        """
        key = utterance.stretch.key
        if self.cache is not None and key in self.cache:
            return self.cache.get(key)
        return self.extractor.features(self.waveforms.read(utterance))


def collect(
    utterances: Sequence[Utterance],
    vocab: Vocab,
    source: FeatureSource,
    accelerator: Accelerator,
    done: Callable[[float], None] = lambda _: None,
    *,
    learn: bool,
) -> tuple[list[Clip], dict[str, str]]:
    """Return the usable clips, features cached where `source` has a cache, and the others' reasons.

    Args:
        utterances: of one split.
        vocab: what the labels are ids of.
        source: fills its cache, each process with a share of the clips.
        accelerator: the processes.
        done: told the seconds of each clip whose features are there.
        learn: set clips aside that CTC can't learn: fewer frames than labels plus repeats.

    Returns:
        The clips, and id to reason for those set aside.
    """
    aside = {u.id: f"{u.audio}: no such file" for u in utterances if not u.audio.is_file()}
    if source.cache is not None:
        there = [u for u in utterances if u.id not in aside]
        recordings, extractor = Recordings(), source.extractor

        def read(utterance: Utterance) -> Samples:
            return source.waveforms.read(utterance, recordings)

        compute = computing(extractor, read, accelerator)
        aside |= fill_together(source.cache, compute, there, accelerator, done)
    clips = []
    for utterance in utterances:
        if utterance.id in aside:
            continue
        frames = source.extractor.grid.count(utterance.stretch.samples)
        labels = tuple(vocab.encode(utterance.text))
        needed = frames_needed(labels)
        if frames == 0 or (learn and (frames < needed or not labels)):
            aside[utterance.id] = f"{frames} frames for {needed} labels and repeats"
            continue
        clips.append(
            Clip(
                id=utterance.id,
                utterance=utterance,
                text=utterance.text,
                labels=labels,
                frames=frames,
                seconds=utterance.duration,
            )
        )
    return clips, aside


def computing(
    extractor: Extractor, read: Callable[[Utterance], Samples], accelerator: Accelerator
) -> Stream:
    """Return what computes the features of clips where a run does: together on an accelerator."""
    if accelerator.device.type == "cpu":
        return each(lambda utterance: extractor.features(read(utterance)))
    return together(extractor, read)


def together(
    extractor: Extractor,
    read: Callable[[Utterance], Samples],
    batch_seconds: float = TOGETHER_S,
) -> Stream:
    """Return what computes the features of some clips at once, while the next are read.

    An accelerator is hardly busy with one clip, and idle while it is decoded. Where its memory runs
    out, half the clips go first, down to one alone.
    """

    def heard(clips: Sequence[Utterance]) -> list[tuple[Utterance, Samples | MalgwiError]]:
        found: list[tuple[Utterance, Samples | MalgwiError]] = []
        for clip in clips:
            try:
                samples = read(clip)
                wrong = extractor.wrong(samples)
                found.append((clip, MalgwiError(wrong) if wrong else samples))
            except MalgwiError as error:
                found.append((clip, error))
        return found

    def computed(
        clips: Sequence[tuple[Utterance, Samples | MalgwiError]],
    ) -> Iterator[tuple[Utterance, Features | MalgwiError]]:
        samples = [found for _, found in clips if not isinstance(found, MalgwiError)]
        features = iter(_that_fit(extractor, samples))
        for clip, found in clips:
            yield clip, found if isinstance(found, MalgwiError) else next(features)

    def stream(
        utterances: Iterable[Utterance],
    ) -> Iterator[tuple[Utterance, Features | MalgwiError]]:
        with ThreadPoolExecutor(1) as pool:
            before: Future[list[tuple[Utterance, Samples | MalgwiError]]] | None = None
            for clips in _some(utterances, batch_seconds):
                coming = pool.submit(heard, clips)
                if before:
                    yield from computed(before.result())
                before = coming
            if before:
                yield from computed(before.result())

    return stream


def _that_fit(extractor: Extractor, clips: Sequence[Samples]) -> list[Features]:
    """Return the features of clips; where memory runs out, of half the clips first.

    Raises:
        MemoryError, RuntimeError: one clip alone is too much.
    """
    if not clips:
        return []
    try:
        return extractor.features_of(clips)
    except (MemoryError, RuntimeError) as error:
        if len(clips) == 1 or not is_out_of_memory(error):
            raise
    give_back()
    half = len(clips) // 2
    return [*_that_fit(extractor, clips[:half]), *_that_fit(extractor, clips[half:])]


def _some(utterances: Iterable[Utterance], seconds: float) -> Iterator[list[Utterance]]:
    """Yield utterances in order, so many at a time that they are `seconds` long, padded, or one."""
    some: list[Utterance] = []
    longest = 0.0
    for utterance in utterances:
        longest = max(longest, utterance.duration)
        if some and (len(some) + 1) * longest > seconds:
            yield some
            some, longest = [], utterance.duration
        some.append(utterance)
    if some:
        yield some


def fill_together(
    cache: ClipCache,
    compute: Stream,
    utterances: Sequence[Utterance],
    accelerator: Accelerator,
    done: Callable[[float], None],
) -> dict[str, str]:
    """Fill a cache, each process a share; return id to reason for clips that failed."""
    mine = utterances[accelerator.process_index :: accelerator.num_processes]
    failed = fill(
        cache,
        compute,
        mine,
        lambda utterance: done(utterance.duration * accelerator.num_processes),
    )
    everyone = _everyone(list(failed.items()), accelerator)
    cache.refresh()
    return dict(everyone)


def _everyone(pairs: list[tuple[str, str]], accelerator: Accelerator) -> list[tuple[str, str]]:
    if accelerator.num_processes == 1:
        return pairs
    gathered: list[tuple[str, str]] = gather_object(pairs)
    return gathered
