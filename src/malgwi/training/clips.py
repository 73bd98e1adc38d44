"""The clips of a split as training sees them: labels, frames, and the source of features."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from accelerate import Accelerator
from accelerate.utils import gather_object

from malgwi.dataset.manifest import Utterance
from malgwi.dataset.sound import read_utterance
from malgwi.speech.frames import FrameGrid
from malgwi.speech.vocab import Vocab, frames_needed
from malgwi.training.features import Extractor, FeatureCache, Features, cache_bytes, fill


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
    cache: FeatureCache | None = None

    def get(self, clip: Clip) -> Features:
        """Return the clip's features; the numbers are the same either way.

        Raises:
            MalgwiError: the clip can't be read.
        """
        key = clip.utterance.stretch.key
        if self.cache is not None and key in self.cache:
            return self.cache.get(key)
        return self.extractor.features(read_utterance(clip.utterance))


def fits(utterances: Sequence[Utterance], grid: FrameGrid, channels: int, cache_gb: float) -> bool:
    """Return whether the features of `utterances` stay within the cache's budget."""
    return cache_bytes(sum(u.duration for u in utterances), grid, channels) <= cache_gb * 1e9


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
        aside |= _fill(there, source, accelerator, done)
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


def _fill(
    utterances: Sequence[Utterance],
    source: FeatureSource,
    accelerator: Accelerator,
    done: Callable[[float], None],
) -> dict[str, str]:
    """Fill the cache, each process a share; return id to reason for clips that failed."""
    assert source.cache is not None  # noqa: S101 - the caller looked
    mine = utterances[accelerator.process_index :: accelerator.num_processes]
    failed = fill(
        source.cache,
        source.extractor,
        mine,
        lambda utterance: done(utterance.duration * accelerator.num_processes),
    )
    everyone = _everyone(list(failed.items()), accelerator)
    source.cache.refresh()
    return dict(everyone)


def _everyone(pairs: list[tuple[str, str]], accelerator: Accelerator) -> list[tuple[str, str]]:
    if accelerator.num_processes == 1:
        return pairs
    gathered: list[tuple[str, str]] = gather_object(pairs)
    return gathered
