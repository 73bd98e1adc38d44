"""The clips of a split as training sees them: labels, frames, and the source of features."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from accelerate import Accelerator
from accelerate.utils import gather_object

from malgwi.dataset.manifest import Utterance
from malgwi.errors import MalgwiError
from malgwi.speech import audio
from malgwi.speech.frames import FrameGrid
from malgwi.speech.vocab import Vocab, frames_needed
from malgwi.training.features import Extractor, FeatureCache, Features, cache_bytes, file_hash, fill


@dataclass(frozen=True, slots=True)
class Clip:
    """One utterance, ready to be batched."""

    id: str
    path: Path
    text: str
    labels: tuple[int, ...]
    frames: int
    """As the manifest's duration says, so that plans don't depend on what is cached."""
    seconds: float
    hash: str
    """SHA-256 of the file."""


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
        if self.cache is not None and clip.hash in self.cache:
            return self.cache.get(clip.hash)
        return self.extractor.features(audio.read(clip.path))


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
    hashes, aside = _hashes(utterances, accelerator)
    if source.cache is not None:
        aside |= _fill(utterances, hashes, source, accelerator, done)
    clips = []
    for utterance in utterances:
        if utterance.id in aside:
            continue
        samples = round(utterance.duration * audio.SAMPLE_RATE)
        frames = source.extractor.grid.count(samples)
        labels = tuple(vocab.encode(utterance.text))
        needed = frames_needed(labels)
        if frames == 0 or (learn and (frames < needed or not labels)):
            aside[utterance.id] = f"{frames} frames for {needed} labels and repeats"
            continue
        clips.append(
            Clip(
                id=utterance.id,
                path=utterance.audio,
                text=utterance.text,
                labels=labels,
                frames=frames,
                seconds=utterance.duration,
                hash=hashes[utterance.id],
            )
        )
    return clips, aside


def _hashes(
    utterances: Sequence[Utterance], accelerator: Accelerator
) -> tuple[dict[str, str], dict[str, str]]:
    """Return id to hash of the clip's file, and id to reason where it can't be read."""
    hashes: list[tuple[str, str]] = []
    aside: list[tuple[str, str]] = []
    for utterance in utterances[accelerator.process_index :: accelerator.num_processes]:
        try:
            hashes.append((utterance.id, file_hash(utterance.audio)))
        except MalgwiError as error:
            aside.append((utterance.id, str(error)))
    return dict(_everyone(hashes, accelerator)), dict(_everyone(aside, accelerator))


def _fill(
    utterances: Sequence[Utterance],
    hashes: dict[str, str],
    source: FeatureSource,
    accelerator: Accelerator,
    done: Callable[[float], None],
) -> dict[str, str]:
    """Fill the cache, each process a share; return id to reason for clips that failed."""
    assert source.cache is not None  # noqa: S101 - the caller looked
    readable = [u for u in utterances if u.id in hashes]
    mine = readable[accelerator.process_index :: accelerator.num_processes]
    failed = fill(
        source.cache,
        source.extractor,
        [(hashes[u.id], u.audio) for u in mine],
        lambda place: done(mine[place].duration * accelerator.num_processes),
    )
    aside = [(u.id, failed[hashes[u.id]]) for u in mine if hashes[u.id] in failed]
    everyone = _everyone(aside, accelerator)
    source.cache.refresh()
    return dict(everyone)


def _everyone(pairs: list[tuple[str, str]], accelerator: Accelerator) -> list[tuple[str, str]]:
    if accelerator.num_processes == 1:
        return pairs
    gathered: list[tuple[str, str]] = gather_object(pairs)
    return gathered
