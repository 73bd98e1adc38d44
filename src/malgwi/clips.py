"""The clips of a split as training sees them: labels, frames, and where their features come from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from accelerate import Accelerator

from malgwi import audio
from malgwi.errors import MalgwiError
from malgwi.features import Extractor, FeatureCache, Features, cache_bytes, file_hash, fill
from malgwi.frames import FrameGrid
from malgwi.manifest import Utterance
from malgwi.vocab import Vocab, frames_needed


@dataclass(frozen=True, slots=True)
class Clip:
    """One utterance, ready to be batched."""

    id: str
    path: Path
    text: str
    labels: tuple[int, ...]
    frames: int
    """From the features where they are cached, else from the manifest's duration."""
    seconds: float
    hash: str = ""
    """SHA-256 of the file, where features are cached."""


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
    done: Callable[[int], None] = lambda _: None,
    *,
    learn: bool,
) -> tuple[list[Clip], dict[str, str]]:
    """Return the usable clips, features cached where `source` has a cache, and the others' reasons.

    Args:
        utterances: of one split.
        vocab: what the labels are ids of.
        source: fills its cache, each process with a share of the clips.
        accelerator: the processes.
        done: called with the place of each clip that is there.
        learn: set clips aside that CTC can't learn: fewer frames than labels plus repeats.

    Returns:
        The clips, and id to reason for those set aside.
    """
    aside: dict[str, str] = {}
    hashes: dict[str, str] = {}
    if source.cache is not None:
        hashes = _cached(utterances, source, accelerator, done, aside)
    clips = []
    for utterance in utterances:
        if utterance.id in aside:
            continue
        clip_hash = hashes.get(utterance.id, "")
        if source.cache is not None and clip_hash in source.cache:
            frames = source.cache.frames(clip_hash)
        else:
            frames = source.extractor.grid.count(round(utterance.duration * audio.SAMPLE_RATE))
        labels = tuple(vocab.encode(utterance.text))
        needed = frames_needed(labels)
        if learn and (frames < needed or not labels):
            aside[utterance.id] = f"{frames} frames for {needed} labels and repeats"
            continue
        clips.append(
            Clip(
                utterance.id,
                utterance.audio,
                utterance.text,
                labels,
                frames,
                utterance.duration,
                clip_hash,
            )
        )
    return clips, aside


def _cached(
    utterances: Sequence[Utterance],
    source: FeatureSource,
    accelerator: Accelerator,
    done: Callable[[int], None],
    aside: dict[str, str],
) -> dict[str, str]:
    """Fill the cache and return each clip's hash; what can't be read goes to `aside`."""
    from accelerate.utils import gather_object

    assert source.cache is not None  # noqa: S101 - the caller looked
    mine = list(range(accelerator.process_index, len(utterances), accelerator.num_processes))
    found: list[tuple[str, str]] = []
    unread: list[tuple[str, str]] = []
    for place in mine:
        try:
            found.append((utterances[place].id, file_hash(utterances[place].audio)))
        except MalgwiError as error:
            unread.append((utterances[place].id, str(error)))
    files = {u.id: u.audio for u in utterances}
    failed = fill(
        source.cache,
        source.extractor,
        [(clip_hash, files[name]) for name, clip_hash in found],
        done,
    )
    unread += [(name, failed[clip_hash]) for name, clip_hash in found if clip_hash in failed]
    if accelerator.num_processes > 1:
        accelerator.wait_for_everyone()
        source.cache.refresh()
        found, unread = gather_object(found), gather_object(unread)
    aside.update(unread)
    return dict(found)
