"""What each step is fed: its clips, their features or waveforms, labels and masks.

Whatever is random here is drawn from (seed, step, clip), so it is the same after a resume, for
any number of processes, and whichever thread prepares it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from malgwi.speech import audio
from malgwi.training.augment import augment
from malgwi.training.batches import BUCKET, default_seconds, plan_epoch, round_up, share
from malgwi.training.clip_cache import ClipCache
from malgwi.training.clips import Clip, FeatureSource
from malgwi.training.config import TrainConfig
from malgwi.training.features import padded
from malgwi.training.masks import span_mask
from malgwi.training.optimise import trained_at

_MASKS, _CHANGES = 0, 1
"""Keep the draws for masks apart from those for waveforms."""


@dataclass(frozen=True)
class Step:
    """One step's number, epoch and clips, over all processes."""

    number: int
    epoch: int
    batch: list[int]
    """Indices of training clips."""


@dataclass
class Inputs:
    """This process's share of a step."""

    clips: list[Clip]
    counts: bool
    """False where a process got no clip: it computes one all the same, with weight 0."""
    forward: dict[str, Any]
    """Arguments of `CtcModel.forward`."""
    targets: torch.Tensor | None = None
    """What a teacher makes of the clips: (clips, frames, tokens), ln of probabilities."""

    def parts(self, many: int) -> list["Inputs"]:
        """Return the same clips in `many` parts, or one clip each where they are fewer."""
        many = min(many, len(self.clips))
        edges = [len(self.clips) * number // many for number in range(many + 1)]
        return [self._rows(slice(*pair)) for pair in pairwise(edges)]

    def _rows(self, rows: slice) -> "Inputs":
        forward = {
            name: value[rows] if isinstance(value, torch.Tensor | list) else value
            for name, value in self.forward.items()
        }
        targets = None if self.targets is None else self.targets[rows]
        return Inputs(self.clips[rows], self.counts, forward, targets)


class StepInputs:
    """The training split as a sequence of steps."""

    def __init__(
        self,
        config: TrainConfig,
        clips: Sequence[Clip],
        source: FeatureSource,
        settings: Any,
        *,
        targets: ClipCache | None = None,
        process: int = 0,
        processes: int = 1,
        accelerator: bool = False,
    ) -> None:
        """Plan the run.

        Args:
            config: batches, masks' seed, changes to waveforms.
            clips: of the training split.
            source: where features come from.
            settings: the model's `config`, for SpecAugment.
            targets: what a teacher makes of every clip.
            process: this process's number.
            processes: how many there are.
            accelerator: whether the device is one, for the default batch.
        """
        self._config, self._clips, self._source, self._settings = config, clips, source, settings
        self._targets = targets
        self._process, self._processes = process, processes
        self.batch_seconds = config.batch_seconds or default_seconds(
            sum(clip.seconds for clip in clips), accelerator
        )
        """Of a step, unless it is of so many clips."""
        hop = source.extractor.grid.hop
        self._batch_frames = max(int(self.batch_seconds * audio.SAMPLE_RATE / hop), 1)
        self.total = self._total()
        """Steps of the run; it may be made to end earlier."""

    def fed_by(self, source: FeatureSource) -> "StepInputs":
        """Return the same steps with features from elsewhere."""
        other = copy(self)
        other._source = source
        return other

    def _plan(self, epoch: int) -> list[list[int]]:
        config = self._config
        by_clips = config.batch_clips is not None
        return plan_epoch(
            [clip.frames for clip in self._clips],
            seed=config.seed,
            epoch=epoch,
            batch_frames=None if by_clips else self._batch_frames,
            batch_clips=config.batch_clips,
            multiple=max(config.pad_frames_to, BUCKET),
        )

    def _total(self) -> int:
        if self._config.max_steps is not None:
            return self._config.max_steps
        whole = int(self._config.epochs)
        steps = sum(len(self._plan(epoch)) for epoch in range(whole))
        part = self._config.epochs - whole
        if part:
            steps += round(part * len(self._plan(whole)))
        return max(steps, 1)

    def steps(self, first: int) -> Iterator[Step]:
        """Yield the steps from number `first` to the end of the run."""
        number = epoch = 0
        while number < self.total:
            for batch in self._plan(epoch)[: self.total - number]:
                if number >= first:
                    yield Step(number, epoch, batch)
                number += 1
            epoch += 1

    def prepared(self, steps: Iterable[Step]) -> Iterator[tuple[Step, Inputs]]:
        """Yield steps with their inputs, each prepared one step ahead."""
        return _ahead(steps, self.inputs)

    def inputs(self, step: Step) -> Inputs:
        """Return this process's share of a step.

        Raises:
            MalgwiError: a clip can't be read.
        """
        mine = share(step.batch, self._process, self._processes)
        chosen = mine or step.batch[:1]
        clips = [self._clips[index] for index in chosen]
        forward = _labels(clips)
        convolved = trained_at(step.number, self.total, self._config) == "all"
        multiple = self._config.pad_frames_to
        extractor = self._source.extractor
        if convolved or self._config.augments:
            samples = [
                self._samples(clip, self._rng(_CHANGES, step, index))
                for clip, index in zip(clips, chosen, strict=True)
            ]
        if convolved:
            frames = [extractor.grid.count(len(clip)) for clip in samples]
            width = round_up(max(frames), multiple)
            waveforms = [extractor.waveform(clip) for clip in samples]
            forward |= {"features": None, "frame_lengths": None, "waveforms": waveforms}
            forward["pad_frames_to"] = width  # so that a part of them has it, too
        else:
            each = (
                [extractor.features(clip) for clip in samples]
                if self._config.augments
                else [self._source.get(clip.utterance) for clip in clips]
            )
            features, lengths = padded(each, multiple)
            frames, width = lengths.tolist(), features.shape[1]
            forward |= {"features": features, "frame_lengths": lengths}
        rngs = [self._rng(_MASKS, step, index) for index in chosen]
        forward |= self._masks(rngs, frames, width)
        return Inputs(clips, bool(mine), forward, self._taught(clips))

    def _taught(self, clips: Sequence[Clip]) -> torch.Tensor | None:
        """Return what the teacher makes of the clips, padded as their features are."""
        if self._targets is None:
            return None
        each = [self._targets.get(clip.utterance.stretch.key) for clip in clips]
        return padded(each, self._config.pad_frames_to)[0]

    def _rng(self, purpose: int, step: Step, clip: int) -> np.random.Generator:
        return np.random.default_rng([self._config.seed, purpose, step.number, clip])

    def _samples(self, clip: Clip, rng: np.random.Generator) -> NDArray[np.float32]:
        samples = self._source.waveforms.read(clip.utterance)
        if not self._config.augments:
            return samples
        grid = self._source.extractor.grid
        return augment(
            samples,
            rng,
            speed=self._config.augment_speed,
            noise_db=self._config.augment_noise_db,
            gain_db=self._config.augment_gain_db,
            fewest=grid.receptive_field + 2 * grid.hop * len(clip.labels),
        )

    def _masks(
        self, rngs: Sequence[np.random.Generator], frames: Sequence[int], width: int
    ) -> dict[str, torch.Tensor]:
        """Draw SpecAugment's masks of frames and of channels, where the model wants them."""
        settings = self._settings
        masks: dict[str, torch.Tensor] = {}
        if not getattr(settings, "apply_spec_augment", True):
            return masks
        if settings.mask_time_prob > 0:
            share_, span = settings.mask_time_prob, settings.mask_time_length
            time_mask = np.zeros((len(rngs), width), dtype=np.bool_)
            for row, length, rng in zip(time_mask, frames, rngs, strict=True):
                row[:length] = span_mask(length, share_, span, rng)
            masks["time_mask"] = torch.from_numpy(time_mask)
        if settings.mask_feature_prob > 0:
            share_, span = settings.mask_feature_prob, settings.mask_feature_length
            rows = [span_mask(settings.hidden_size, share_, span, rng) for rng in rngs]
            masks["feature_mask"] = torch.from_numpy(np.stack(rows))
        return masks


def _labels(clips: Sequence[Clip]) -> dict[str, Any]:
    labels = torch.zeros(len(clips), max(len(clip.labels) for clip in clips), dtype=torch.long)
    for row, clip in zip(labels, clips, strict=True):
        row[: len(clip.labels)] = torch.tensor(clip.labels)
    return {"labels": labels, "label_lengths": torch.tensor([len(c.labels) for c in clips])}


def _ahead(
    steps: Iterable[Step], prepare: Callable[[Step], Inputs]
) -> Iterator[tuple[Step, Inputs]]:
    with ThreadPoolExecutor(1) as pool:
        waiting = None
        for step in steps:
            coming = (step, pool.submit(prepare, step))
            if waiting is not None:
                yield waiting[0], waiting[1].result()
            waiting = coming
        if waiting is not None:
            yield waiting[0], waiting[1].result()
