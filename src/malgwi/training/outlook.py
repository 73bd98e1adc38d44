"""What a run will take, in time, memory and on the disk: tried out, without a trace.

The steps of every size that the run has most of are tried at a learning rate of 0, on features
that lie in a temporary folder.
"""

import math
import shutil
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from malgwi.dataset.manifest import Utterance, load_dataset
from malgwi.dataset.sound import Recordings, in_time
from malgwi.errors import MalgwiError
from malgwi.progress import audio_progress, clock, limited
from malgwi.training.clip_cache import ClipCache, Stream, each, fill
from malgwi.training.clips import FeatureSource, computing
from malgwi.training.config import TrainConfig
from malgwi.training.fitting import (
    Trial,
    full_plan,
    plan_within,
    sample,
    try_pace,
    typical_steps,
)
from malgwi.training.learner import Learner
from malgwi.training.memory import free_memory, measure_need, memory_now
from malgwi.training.out_of_memory import is_out_of_memory
from malgwi.training.setup import Setup, set_up, start_processes
from malgwi.training.state import Position
from malgwi.training.step_inputs import StepInputs
from malgwi.training.trained_weights import trained_weights
from malgwi.training.usable_clips import CachePlan, UsableClips, plan_caches
from malgwi.training.waveforms import Waveforms, kept

_TRIED, _PATIENCE_S = 8, 60.0


@dataclass(frozen=True)
class Outlook:
    """What a run will take; seconds and bytes."""

    steps: int
    evaluations: int
    cache_seconds: float
    """To compute what the steps use again and again."""
    step_seconds: float
    """Of one step, in the mean."""
    evaluation_seconds: float
    """Of one evaluation."""
    memory: int
    """The most that the process has, about."""
    memory_there: int
    """What it could have now; a GPU's where that trains."""
    parts: int
    """How many parts a step is computed in, so that it fits."""
    checkpointed: bool
    """Whether activations are computed twice."""
    cache_bytes: int
    run_bytes: int
    disk_free: int
    """Where the run is to be."""

    @property
    def seconds(self) -> float:
        """All in all."""
        evaluating = self.evaluations * self.evaluation_seconds
        return self.cache_seconds + self.steps * self.step_seconds + evaluating

    def to_text(self, what: str = "time") -> str:
        """Return it for people; `what` is what takes that time."""
        steps = f"{self.steps} steps of {self.step_seconds:.2g} s"
        evaluations = f"{self.evaluations} evaluations of {self.evaluation_seconds:.2g} s"
        caches = f"{clock(self.cache_seconds)} for caches, " if self.cache_seconds else ""
        spared = f"; a step goes through in {self.parts} parts" if self.parts > 1 else ""
        spared += "; activations are computed twice" if self.checkpointed else ""
        short = "  TOO LITTLE" if self.memory > self.memory_there else ""
        full = "  TOO LITTLE" if self.cache_bytes + self.run_bytes > self.disk_free else ""
        return "\n".join(
            (
                f"{what:8}about {clock(self.seconds)}: {caches}{steps}, {evaluations}",
                f"memory  about {_gb(self.memory)} of {_gb(self.memory_there)} that can be had"
                f"{spared}{short}",
                f"disk    {_gb(self.cache_bytes)} for caches, up to {_gb(self.run_bytes)} for the "
                f"run, of {_gb(self.disk_free)} free{full}",
            )
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "seconds": self.seconds}


def look_ahead(dataset: Path, run: Path, config: TrainConfig, *, checkpoint: str) -> Outlook:
    """Try what `train` would do, for a minute or two, and return what it will take.

    Args:
        dataset: as `train` takes it, and so are the others.
        run: where it would be.
        config: how to train.
        checkpoint: what to start from.

    Raises:
        MalgwiError: the data set or the checkpoint can't be used, several processes were started,
            or the trial itself has too little memory or disk.
    """
    try:
        return _tried_out(dataset, run, config, checkpoint)
    except OSError as error:
        raise MalgwiError(
            f"--dry-run: can't try it out ({error.strerror or error}: {error.filename})"
        ) from error
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise MalgwiError(
            "--dry-run: out of memory: one clip at a time is too much; cut the longest "
            "recordings, or start from a smaller checkpoint"
        ) from error


def _tried_out(dataset: Path, run: Path, config: TrainConfig, checkpoint: str) -> Outlook:
    accelerator = start_processes(config)
    if accelerator.num_processes > 1:
        raise MalgwiError(
            "--dry-run: tries out one process; leave accelerate launch out. Several take about as "
            "many times less for the steps, and as much memory each"
        )
    data, position = load_dataset(dataset), Position()
    uncached = replace(config, cache_gb=0.0, fit_minutes=None)
    with limited(screen=False, file=False):
        setup = set_up(
            uncached,
            data,
            checkpoint,
            accelerator,
            run=run,
            saved=None,
            position=position,
            begun=time.monotonic(),
        )
    extractor = setup.splits.valid_source.extractor
    caches = plan_caches(config, data, extractor)
    need = measure_need(setup.learner, setup.inputs, setup.splits.train, config)
    setup.learner.compute_activations_twice(
        bool(config.gradient_checkpointing or position.checkpointed)
    )
    here = memory_now(accelerator.device)
    free = here + free_memory(accelerator.device)
    with TemporaryDirectory(prefix="malgwi-") as place:
        tried = _prepared(setup, caches, Path(place))
        pace = try_pace(
            setup.learner,
            tried.inputs,
            tried.trial,
            tried.splits,
            vocab=data.vocab,
            config=config,
            position=position,
            patience=_PATIENCE_S,
        )
    if position.checkpointed or config.gradient_checkpointing:
        need = need.checkpointed()
    if config.fit_minutes is None:
        plan = full_plan(config, setup.total)
    else:
        plan = plan_within(60 * config.fit_minutes, pace, config, setup.total)
    return Outlook(
        steps=plan.steps,
        evaluations=math.ceil(plan.steps / plan.eval_every),
        cache_seconds=tried.cache_seconds,
        step_seconds=pace.step,
        evaluation_seconds=pace.evaluation,
        memory=here + need.peak(position.parts),
        memory_there=free,
        parts=position.parts,
        checkpointed=position.checkpointed,
        cache_bytes=caches.bytes,
        run_bytes=_run_bytes(setup.learner, config),
        disk_free=shutil.disk_usage(_standing(run)).free,
    )


@dataclass(frozen=True)
class _Tried:
    """What the trial works on: some steps, and some clips of the validation split."""

    trial: Trial
    splits: UsableClips
    inputs: StepInputs
    cache_seconds: float
    """What filling the caches of all clips takes."""


def _prepared(setup: Setup, caches: CachePlan, place: Path) -> _Tried:
    """Choose what is tried, and fill caches of it in the folder `place`."""
    clips, splits = setup.splits.train, setup.splits
    extractor, recordings = splits.valid_source.extractor, Recordings()
    steps, heard = typical_steps(setup.inputs, clips, _TRIED), sample(splits.valid)
    wanted = {clips[index].id for step in steps for index in step.batch}
    wanted |= {clip.id for clip in heard}
    keep = each(lambda u: kept(u, recordings))
    sound = _fill(ClipCache(place / "sound"), caches.sound, wanted, keep)
    waveforms = Waveforms(sound.cache)
    features = _fill(
        ClipCache(place / "features"),
        caches.features,
        wanted,
        computing(extractor, lambda u: waveforms.read(u, recordings), setup.learner.accelerator),
    )
    cached = FeatureSource(extractor, features.cache, waveforms)
    train_source = cached if caches.reused else FeatureSource(extractor, waveforms=waveforms)
    failed = {*sound.failed, *features.failed}
    steps = [s for s in steps if not failed & {clips[index].id for index in s.batch}]
    heard = [clip for clip in heard if clip.id not in failed]
    if len(steps) < 2 or not heard:
        raise MalgwiError(
            f"{setup.data.folder}: too many of its clips can't be read for a trial; "
            "malgwi train names them"
        )
    return _Tried(
        Trial(steps, heard),
        replace(splits, train_source=train_source, valid_source=cached),
        setup.inputs.fed_by(train_source),
        sound.seconds_of_all + features.seconds_of_all,
    )


@dataclass(frozen=True)
class _Filled:
    """A cache of some clips, what filling it with all of them would take, and who isn't in it."""

    cache: ClipCache
    seconds_of_all: float
    failed: Collection[str]


def _fill(
    cache: ClipCache,
    everyone: Sequence[Utterance],
    wanted: Collection[str],
    compute: Stream,
) -> _Filled:
    some = in_time(u for u in everyone if u.id in wanted)
    if not some:
        return _Filled(cache, 0.0, ())
    begun = time.perf_counter()
    with audio_progress(cache.folder.name, _seconds(some)) as done:
        failed = fill(cache, compute, some, lambda u: done(u.duration))
    took = time.perf_counter() - begun
    return _Filled(cache, took * _seconds(everyone) / max(_seconds(some), 1e-9), failed)


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def _seconds(utterances: Sequence[Utterance]) -> float:
    return sum(u.duration for u in utterances)


def _run_bytes(learner: Learner, config: TrainConfig) -> int:
    """Return the bytes of a run: the best weights, the states, and one more while it is written."""
    weights = sum(p.numel() for p in learner.ctc.parameters())
    state = 4 * weights + (8 + 4 * bool(config.ema)) * trained_weights(learner.ctc)
    return 4 * weights + (config.keep + 1) * state


def _standing(place: Path) -> Path:
    """Return the folder that a path will be on the disk of."""
    return next(parent for parent in (place, *place.resolve().parents) if parent.exists())
