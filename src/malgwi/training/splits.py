"""Both splits of a data set as a run uses them: usable clips and where their features are."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from accelerate import Accelerator

from malgwi.dataset.manifest import Dataset, Utterance
from malgwi.errors import MalgwiError
from malgwi.progress import audio_progress, say
from malgwi.terminal import printable
from malgwi.training.clips import Clip, FeatureSource, collect, fits
from malgwi.training.config import TrainConfig
from malgwi.training.features import Extractor, FeatureCache, cache_folder
from malgwi.training.log import named


@dataclass(frozen=True)
class Splits:
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


def collect_splits(
    config: TrainConfig,
    data: Dataset,
    extractor: Extractor,
    accelerator: Accelerator,
    *,
    channels: int,
    run: Path,
    cnn_trained: bool,
) -> Splits:
    """Find the usable clips of both splits, and fill the cache where features are used again.

    Args:
        config: whether features can be cached, and how many.
        data: its splits `train` and `valid` are used.
        extractor: the model's convolutions.
        accelerator: the processes.
        channels: of a frame of features.
        run: has the cache beside it where the data set can't be written to.
        cnn_trained: the convolutions have been trained already, by a run that is resumed.

    Raises:
        MalgwiError: a split isn't there, or none of its clips can be used.
    """
    started = time.monotonic()
    train_part, valid_part = data.split("train"), data.split("valid")
    plain = cached = FeatureSource(extractor)
    reused = config.freeze_cnn and not config.augments
    wanted = (*train_part, *valid_part) if reused else valid_part
    if config.freeze_cnn and not cnn_trained:
        if fits(wanted, extractor.grid, channels, config.cache_gb):
            place = cache_folder(data.folder, run, extractor.key())
            cached = FeatureSource(extractor, FeatureCache(place))
        else:
            say(
                f"The features of {_hours(wanted)} of speech go beyond --cache-gb "
                f"{config.cache_gb:g}: the convolutions run again for every batch"
            )
    train_source = cached if reused else plain
    train, not_train = _usable(data, "train", train_part, train_source, accelerator)
    valid, not_valid = _usable(data, "valid", valid_part, cached, accelerator)
    return Splits(
        train=train,
        valid=valid,
        train_source=train_source,
        valid_source=cached,
        set_aside=not_train | not_valid,
        seconds=time.monotonic() - started,
    )


def _usable(
    data: Dataset,
    name: str,
    part: Sequence[Utterance],
    source: FeatureSource,
    accelerator: Accelerator,
) -> tuple[list[Clip], dict[str, str]]:
    """Return the usable clips of a split, and id to reason for the others."""
    progress: AbstractContextManager[Callable[[float], None]] = (
        nullcontext(_ignore)
        if source.cache is None
        else audio_progress(f"features of {name}", sum(u.duration for u in part))
    )
    with progress as done:
        clips, aside = collect(part, data.vocab, source, accelerator, done, learn=name == "train")
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
