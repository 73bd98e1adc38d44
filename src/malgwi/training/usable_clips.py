"""The clips of both splits that a run can use, and where their features and sound are."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from accelerate import Accelerator

from malgwi.dataset.manifest import Dataset, Utterance
from malgwi.dataset.sound import Recordings, in_time
from malgwi.errors import MalgwiError
from malgwi.progress import audio_progress, say
from malgwi.terminal import printable
from malgwi.training.clip_cache import ClipCache, cache_folder, each
from malgwi.training.clips import Clip, FeatureSource, collect, fill_together
from malgwi.training.config import TrainConfig
from malgwi.training.features import Extractor, cache_bytes
from malgwi.training.log import named
from malgwi.training.optimise import trains_cnn
from malgwi.training.waveforms import Waveforms, is_rounded, kept, sound_bytes, sound_key


@dataclass(frozen=True)
class UsableClips:
    """The clips to learn from and those to select by."""

    train: Sequence[Clip]
    valid: Sequence[Clip]
    train_source: FeatureSource
    valid_source: FeatureSource
    """As long as the convolutions are the checkpoint's; later their output is another."""
    set_aside: Mapping[str, str]
    """Clips that aren't used, by id, and why."""
    seconds: float
    """Wall time that finding all this took, most of it the feature cache's."""


def collect_usable_clips(
    config: TrainConfig,
    data: Dataset,
    extractor: Extractor,
    accelerator: Accelerator,
    *,
    run: Path,
    cnn_trained: bool,
    without: Mapping[str, str] | None = None,
) -> UsableClips:
    """Find the usable clips of both splits, and fill caches of what is used again.

    Args:
        config: whether features can be cached, and how much of them and of sound.
        data: its splits `train` and `valid` are used.
        extractor: the model's convolutions, and layers that are frozen.
        accelerator: the processes.
        run: has the cache beside it where the data set can't be written to.
        cnn_trained: the convolutions have been trained already, by a run that is resumed.
        without: clips that a run that is resumed had set aside, by id, and why. They stay so: what
            is cached by now may let fewer be found, or they may be there again.

    Raises:
        MalgwiError: a split isn't there, or none of its clips can be used.
    """
    started = time.monotonic()
    train_part, valid_part = data.split("train"), data.split("valid")
    plan = plan_caches(config, data, extractor, cnn_trained=cnn_trained)
    for note in plan.notes:
        say(note)
    features: ClipCache | None = None
    if plan.features:
        features = ClipCache(cache_folder(data.folder, run, extractor.name))
    waveforms, failed = _waveforms(data, run, plan.sound, accelerator)
    failed |= without or {}
    plain = FeatureSource(extractor, waveforms=waveforms)
    cached = FeatureSource(extractor, features, waveforms)
    train_source = cached if plan.reused else plain
    train, not_train = _usable(data, "train", train_part, train_source, accelerator, failed=failed)
    valid, not_valid = _usable(data, "valid", valid_part, cached, accelerator, failed=failed)
    return UsableClips(
        train=train,
        valid=valid,
        train_source=train_source,
        valid_source=cached,
        set_aside=not_train | not_valid,
        seconds=time.monotonic() - started,
    )


@dataclass(frozen=True)
class CachePlan:
    """What is computed once and kept, as far as --cache-gb goes."""

    features: Sequence[Utterance]
    """Whose features are; none where they change, or there are too many."""
    sound: Sequence[Utterance]
    """Whose sound is, by their time in their recordings: stretches that aren't read in place."""
    reused: bool
    """Whether the steps, too, take features that don't change."""
    bytes: int
    notes: Sequence[str]
    """What goes beyond, for people."""


def plan_caches(
    config: TrainConfig,
    data: Dataset,
    extractor: Extractor,
    *,
    cnn_trained: bool = False,
) -> CachePlan:
    """Return what `collect_usable_clips`, whose arguments these are, keeps."""
    train_part, valid_part = data.split("train"), data.split("valid")
    reused = config.freeze_cnn and not config.augments
    budget, notes = config.cache_gb * 1e9, []
    again = (
        "the convolutions run again" if extractor.layers is None else "the frozen layers run again"
    )
    if extractor.layers is not None and not reused:
        notes.append(
            f"Clips are changed in every step (--augment-...): {again} for each of them; without "
            "that their activations would be cached"
        )
    features: Sequence[Utterance] = ()
    size = 0
    if config.freeze_cnn and not cnn_trained:
        wanted = (*train_part, *valid_part) if reused else valid_part
        seconds = sum(u.duration for u in wanted)
        size = cache_bytes(seconds, extractor.grid, extractor.channels)
        if size <= budget:
            features = wanted
        else:
            size = 0
            notes.append(
                f"The features of {_hours(wanted)} of speech go beyond --cache-gb "
                f"{config.cache_gb:g}: {again} for every batch"
            )
    heard = [] if features and reused else [*train_part]  # in every epoch
    heard += [] if features and not trains_cnn(config) else valid_part
    recordings = Recordings()
    far = [u for u in in_time(u for u in heard if u.audio.is_file()) if _is_rounded(u, recordings)]
    if sound_bytes(far) > budget - size:
        notes.append(
            f"{_hours(far)} of speech in long recordings go beyond --cache-gb: they are decoded "
            "anew from their beginning for every clip of a batch. Allow more, or convert them to "
            "WAV or FLAC at 16 kHz, which is read in place"
        )
        far = []
    return CachePlan(features, far, reused, size + sound_bytes(far), notes)


def _waveforms(
    data: Dataset, run: Path, far: Sequence[Utterance], accelerator: Accelerator
) -> tuple[Waveforms, dict[str, str]]:
    """Return what reads sound again and again, with a cache of `far` where there is any.

    Also id to reason for clips that can't be read.
    """
    if not far:
        return Waveforms(), {}
    recordings = Recordings()
    cache = ClipCache(cache_folder(data.folder, run, f"sound-{sound_key()}"))
    with audio_progress("sound of long recordings", sum(u.duration for u in far)) as done:
        failed = fill_together(cache, each(lambda u: kept(u, recordings)), far, accelerator, done)
    return Waveforms(cache), failed


def _is_rounded(utterance: Utterance, recordings: Recordings) -> bool:
    """Say whether training hears an utterance in 16 bits; one that can't be read is named later."""
    try:
        return is_rounded(utterance, recordings)
    except MalgwiError:
        return False


def _usable(
    data: Dataset,
    name: str,
    part: Sequence[Utterance],
    source: FeatureSource,
    accelerator: Accelerator,
    *,
    failed: Mapping[str, str],
) -> tuple[list[Clip], dict[str, str]]:
    """Return the usable clips of a split, and id to reason for the others, `failed` among them."""
    there = [u for u in part if u.id not in failed]
    progress: AbstractContextManager[Callable[[float], None]] = (
        nullcontext(_ignore)
        if source.cache is None
        else audio_progress(f"features of {name}", sum(u.duration for u in part))
    )
    with progress as done:
        clips, aside = collect(there, data.vocab, source, accelerator, done, learn=name == "train")
    aside |= {u.id: failed[u.id] for u in part if u.id in failed}
    if aside:
        say(f"{name}: {len(aside)} of {len(part)} clips set aside:")
        for line in named(aside):
            say(printable(line))
    if not clips:
        first = next(iter(aside))
        raise MalgwiError(
            f"{data.folder}: none of the {len(part)} clips of {name} can be used; the "
            f"first, {first}: {aside[first]}"
        )
    return clips, aside


def _ignore(_seconds: float) -> None:
    """Take the place of progress where no cache is filled."""


def _hours(utterances: Sequence[Utterance]) -> str:
    return f"{sum(u.duration for u in utterances) / 3600:.1f} h"
