"""Fine-tune a checkpoint on a prepared data set: dataset + config → run folder.

A run folder is a Hugging Face checkpoint of the weights with the best validation WER, with

    train.json      configuration, facts, figures
    metrics.jsonl   a row every few steps and at each evaluation; tensorboard/ has the same
    curve.png       the learning curve
    state/          what --resume needs; may be deleted when the run is done

Run it in several processes with `accelerate launch -m malgwi train ...`: every process computes
the same plan and takes its share of each step's clips.
"""

import hashlib
import json
import math
import os
import platform
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, DistributedType, gather_object

import malgwi
from malgwi import audio, doctor, score
from malgwi.augment import augment
from malgwi.batches import default_seconds, in_order, plan_epoch, round_up, share
from malgwi.checkpoint import Checkpoint, load_checkpoint, save_checkpoint, with_vocab
from malgwi.clips import Clip, FeatureSource, collect, fits
from malgwi.config import TRAIN, TrainConfig, config_from_dict, differences
from malgwi.ctc_model import CtcModel, Trained
from malgwi.curve import draw_curve
from malgwi.errors import GateError, MalgwiError
from malgwi.features import Extractor, FeatureCache, cache_folder, padded
from malgwi.manifest import MANIFEST, VOCAB, Dataset, load_dataset
from malgwi.masks import span_mask
from malgwi.publish import publish_file, publish_folder
from malgwi.train_log import Metrics, Screen, named
from malgwi.train_state import (
    BEST_BEFORE,
    STATE,
    Position,
    load_state,
    random_states,
    save_state,
    set_random_states,
    sweep,
)
from malgwi.vocab import UNKNOWN, Vocab

WEIGHTS, CURVE = "model.safetensors", "curve.png"
EVALUATIONS, FARTHEST = 20, 500
"""Evaluations of a run unless asked otherwise, and the most steps between two."""
GIVE_UP = 20
"""Steps in a row without finite gradients after which a run has diverged."""
SCORING_SECONDS = 120.0
"""Seconds of audio, padding included, scored at once."""


@dataclass(frozen=True)
class TrainResult:
    """What a run came to."""

    run: Path
    best_wer: float | None
    """Validation WER of the weights in the run; None if it stopped before any evaluation."""
    best_step: int
    steps: int
    """Steps made, of `total_steps`."""
    total_steps: int
    stopped: str
    """`finished`, `patience`, `max-minutes` or `signal`."""
    seconds: float
    """Wall time of this command, everything included."""
    train_seconds: float
    """Wall time in steps, over all parts of a resumed run."""
    cache_seconds: float
    """Wall time of this command spent on the feature cache."""
    audio_seconds: float
    """Speech trained on, without padding."""
    set_aside: Mapping[str, str]
    """Clips that weren't used, by id, and why."""

    @property
    def x_real_time(self) -> float:
        """Seconds of speech trained on per second in steps."""
        return self.audio_seconds / self.train_seconds if self.train_seconds else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values."""
        return {
            **asdict(self),
            "run": str(self.run),
            "set_aside": dict(self.set_aside),
            "x_real_time": self.x_real_time,
        }


def train(
    dataset: Path,
    run: Path,
    config: TrainConfig,
    *,
    checkpoint: str = "starter",
    resume: bool = False,
    replace: bool = False,
    quiet: bool = False,
) -> TrainResult:
    """Fine-tune `checkpoint` on `dataset` and write the run folder.

    Args:
        dataset: a folder written by `malgwi prepare`; its splits `train` and `valid` are used.
        run: the folder to write; it appears whole, at the first evaluation.
        config: how to train. With `resume` it must be the run's own (`read_config`), but for
            the fields in `FREE_ON_RESUME`.
        checkpoint: hub id, folder or `starter`; with `resume` the run's own is used.
        resume: go on from the run's latest state, to the result that an uninterrupted run has.
        replace: replace a run folder that is there.
        quiet: no progress on stderr.

    Raises:
        MalgwiError: the data set, the checkpoint or the run can't be used.
        GateError: training diverged; the run keeps the best weights before.
    """
    begun = time.monotonic()
    accelerator = _accelerator(config)
    screen = Screen(shown=not quiet and accelerator.is_main_process)
    data = load_dataset(dataset)
    with ExitStack() as stack:
        position, saved, folder = Position(), None, run
        if resume:
            sweep(run)
            _check_resumable(run, config, data)
            position, saved = load_state(run)
            checkpoint = str(run)
            if accelerator.is_main_process:
                _restore_best(run)
        elif accelerator.is_main_process:
            folder = stack.enter_context(publish_folder(run, replace=replace))
        accelerator.wait_for_everyone()
        loaded = load_checkpoint(checkpoint, config.model_settings(), attention=config.attention)
        with torch.random.fork_rng(devices=[]):
            loaded, known = with_vocab(loaded, data.vocab, seed=config.seed)
        with _Stop(config.max_minutes, begun) as stop:
            session = _Session(
                config, data, loaded, accelerator, screen, stop, position, saved, run, folder
            )
            if not resume:
                session.facts |= {"checkpoint": checkpoint, "known_tokens": known}
            else:
                session.resume_log()
            stopped = session.train(publish=stack.pop_all)
    return session.result(stopped, time.monotonic() - begun)


def _accelerator(config: TrainConfig) -> Accelerator:
    """Return the device and processes; precision is `CtcModel`'s own matter."""
    uneven = bool(config.layerdrop != 0 or config.head_first or config.unfreeze_cnn_after)
    accelerator = Accelerator(
        mixed_precision="no",
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=uneven)],
    )
    if accelerator.distributed_type in (DistributedType.DEEPSPEED, DistributedType.FSDP):
        raise MalgwiError(
            f"accelerate: {accelerator.distributed_type} is not supported; use plain data-parallel "
            "processes (accelerate launch --multi_gpu)"
        )
    return accelerator


def fast_precision(device: torch.device) -> torch.dtype | None:
    """Return the lower precision that the device computes fast; None for fp32."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.get_device_capability(device)[0] >= 8 else torch.float16
    if device.type == "cpu":
        checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        if any(getattr(torch.cpu, check, lambda: False)() for check in checks):
            return torch.bfloat16
    return None


def learning_rate(step: int, total: int, config: TrainConfig) -> float:
    """Return the rate of step `step` (0 to total - 1): linear warm-up, then decay to 0."""
    warmup = config.warmup_steps
    if warmup is None:
        warmup = round(config.warmup_share * total)
    if step < warmup:
        return config.learning_rate * (step + 1) / warmup
    rest = (total - step) / max(total - warmup, 1)
    if config.schedule == "cosine":
        rest = 0.5 * (1 - math.cos(math.pi * rest))
    return config.learning_rate * min(max(rest, 0.0), 1.0)


@dataclass(frozen=True)
class Evaluation:
    """The validation split under the weights of one step."""

    wer: float
    blank_share: float


class _Session:
    """One run in one process: everything that a step, an evaluation and a save share."""

    def __init__(
        self,
        config: TrainConfig,
        data: Dataset,
        checkpoint: Checkpoint,
        accelerator: Accelerator,
        screen: Screen,
        stop: "_Stop",
        position: Position,
        saved: dict[str, Any] | None,
        run: Path,
        folder: Path,
    ) -> None:
        self.config, self.data, self.checkpoint = config, data, checkpoint
        self.accelerator, self.screen, self.stop = accelerator, screen, stop
        self.position, self.run, self.folder = position, run, folder
        self.published = saved is not None
        self.metrics = Metrics()
        self.checkups: list[doctor.Checkup] = []
        self.device = accelerator.device
        self.vocab: Vocab = data.vocab

        self.precision = _precision(config, self.device)
        model = checkpoint.model
        if config.gradient_checkpointing:
            model.gradient_checkpointing_enable(
                gradient_checkpointing_kwargs={"use_reentrant": False}
            )
        self.ctc = CtcModel(model, blank=self.vocab.blank, precision=self.precision)
        if saved is not None:
            self.ctc.load_state_dict(saved["model"])
        self._trains_cnn = not config.freeze_cnn or config.unfreeze_cnn_after is not None
        if not self._trains_cnn:
            model.freeze_feature_encoder()
        self.ctc.to(self.device)
        extractor = Extractor(self.ctc.cnn, checkpoint.grid, checkpoint.do_normalize)
        self.set_aside: dict[str, str] = {}
        started = time.monotonic()
        self.train_clips, self.valid_clips, self.source, self.valid_source = self._collect(
            extractor
        )
        self.cache_seconds = time.monotonic() - started
        self.fresh_source = FeatureSource(extractor)

        self.total_steps = self._total_steps()
        self.eval_every = config.eval_every or min(
            max(math.ceil(self.total_steps / EVALUATIONS), 1), FARTHEST
        )
        self.log_every = max(self.total_steps // 1000, 1)
        self.wrapped = accelerator.prepare_model(self.ctc)
        self.optimizer = _optimizer(self.ctc, config, self.device)
        self.scaler = torch.amp.GradScaler(
            self.device.type, enabled=self.precision is torch.float16
        )
        self.ema = _Average(self.ctc, config.ema) if config.ema else None
        torch.manual_seed(config.seed + accelerator.process_index)
        if saved is not None:
            self._restore(saved)
        self.facts = self._facts()

    # -- data ---------------------------------------------------------------------------------

    def _collect(
        self, extractor: Extractor
    ) -> tuple[list[Clip], list[Clip], FeatureSource, FeatureSource]:
        """Return the clips of both splits and where their features come from."""
        config = self.config
        train_part, valid_part = self.data.split("train"), self.data.split("valid")
        channels = int(self.checkpoint.model.config.conv_dim[-1])
        grid = extractor.grid
        frozen_now = self._trained_at(self.position.step) != "all"
        both = frozen_now and not config.augments
        cached: tuple[Any, ...] = (*train_part, *valid_part) if both else valid_part
        use_cache = frozen_now and fits(cached, grid, channels, config.cache_gb)
        if both and not use_cache:
            self.screen.say(
                f"The features of {_hours(cached)} of speech go beyond --cache-gb "
                f"{config.cache_gb:g}: the convolutions run in every step instead"
            )
        plain = FeatureSource(extractor)
        kept = plain
        if use_cache:
            place = cache_folder(self.data.folder, self.run, extractor.key())
            kept = FeatureSource(extractor, FeatureCache(place))
        sources = (kept if both else plain, kept)
        clips = []
        for name, part, source in zip(
            ("train", "valid"), (train_part, valid_part), sources, strict=True
        ):
            with self.screen.bar(f"features {name}", len(part)) as update:
                found, aside = collect(
                    part,
                    self.vocab,
                    source,
                    self.accelerator,
                    lambda place, update=update: update(
                        (place + 1) * self.accelerator.num_processes
                    ),
                    learn=name == "train",
                )
            if aside:
                self.screen.say(f"{name}: {len(aside)} of {len(part)} clips set aside:")
                for line in named(aside):
                    self.screen.say(line)
            if not found:
                raise MalgwiError(
                    f"{self.data.folder}: none of the {len(part)} clips of {name} can be used; the "
                    f"first, {next(iter(aside))}: {aside[next(iter(aside))]}"
                )
            self.set_aside |= aside
            clips.append(found)
        return clips[0], clips[1], *sources

    def _plan(self, epoch: int) -> list[list[int]]:
        config = self.config
        frames = [clip.frames for clip in self.train_clips]
        if config.batch_clips:
            return plan_epoch(frames, seed=config.seed, epoch=epoch, batch_clips=config.batch_clips)
        seconds = config.batch_seconds or default_seconds(
            sum(clip.seconds for clip in self.train_clips), self.device.type != "cpu"
        )
        limit = max(int(seconds * audio.SAMPLE_RATE / self.checkpoint.grid.hop), 1)
        return plan_epoch(frames, seed=config.seed, epoch=epoch, batch_frames=limit)

    def _total_steps(self) -> int:
        if self.config.max_steps:
            return self.config.max_steps
        whole = int(self.config.epochs)
        steps = sum(len(self._plan(epoch)) for epoch in range(whole))
        part = self.config.epochs - whole
        return max(steps + round(part * len(self._plan(whole))) if part else steps, 1)

    def _steps(self, first: int) -> Iterator[tuple[int, int, list[int]]]:
        """Yield (step, epoch, clips) from step `first` to the end of the run."""
        step = epoch = 0
        while step < self.total_steps:
            plan = self._plan(epoch)
            for batch in plan[: self.total_steps - step]:
                if step >= first:
                    yield step, epoch, batch
                step += 1
            epoch += 1

    def _trained_at(self, step: int) -> Trained:
        config = self.config
        if step and not hasattr(self, "total_steps"):
            # While clips are collected for a resumed run, the number of steps isn't known yet.
            return "all" if not config.freeze_cnn else "encoder"
        total = getattr(self, "total_steps", 1)
        if step < config.head_first * total:
            return "head"
        late = config.unfreeze_cnn_after is not None and step >= config.unfreeze_cnn_after * total
        return "all" if late or not config.freeze_cnn else "encoder"

    def _inputs(self, step: int, batch: list[int]) -> dict[str, Any]:
        """Return what `CtcModel.forward` takes for this process's share of a batch."""
        config = self.config
        mine = share(batch, self.accelerator.process_index, self.accelerator.num_processes)
        chosen = mine or batch[:1]  # a process without a clip still takes part, with weight 0
        clips = [self.train_clips[index] for index in chosen]
        labels = torch.zeros(len(clips), max(len(c.labels) for c in clips), dtype=torch.long)
        for row, clip in zip(labels, clips, strict=True):
            row[: len(clip.labels)] = torch.tensor(clip.labels)
        inputs: dict[str, Any] = {
            "clips": clips,
            "weight": len(mine) > 0,
            "labels": labels,
            "label_lengths": torch.tensor([len(c.labels) for c in clips]),
            "pad_frames_to": config.pad_frames_to,
        }
        trained = self._trained_at(step)
        waves = trained == "all"
        if waves or config.augments:
            samples = [
                self._samples(clip, np.random.default_rng([config.seed, 1, step, index]))
                for clip, index in zip(clips, chosen, strict=True)
            ]
        if waves:
            inputs["waveforms"] = [self.source.extractor.waveform(s) for s in samples]
            frames = [self.checkpoint.grid.count(len(s)) for s in samples]
            width = round_up(max(frames), config.pad_frames_to)
        else:
            each = (
                [self.source.extractor.features(s) for s in samples]
                if config.augments
                else [self.source.get(clip) for clip in clips]
            )
            features, lengths = padded(each, config.pad_frames_to)
            inputs |= {"features": features, "frame_lengths": lengths}
            frames, width = lengths.tolist(), features.shape[1]
        inputs |= self._masks(step, chosen, frames, width)
        return inputs

    def _samples(self, clip: Clip, rng: np.random.Generator) -> np.ndarray:
        samples = audio.read(clip.path)
        if not self.config.augments:
            return samples
        grid = self.checkpoint.grid
        return augment(
            samples,
            rng,
            speed=self.config.augment_speed,
            noise_db=self.config.augment_noise_db,
            gain_db=self.config.augment_gain_db,
            fewest=grid.receptive_field + 2 * grid.hop * len(clip.labels),
        )

    def _masks(
        self, step: int, chosen: Sequence[int], frames: Sequence[int], width: int
    ) -> dict[str, torch.Tensor]:
        """Draw SpecAugment's masks from (seed, step, clip): alike for any number of processes."""
        settings = self.checkpoint.model.config
        if not getattr(settings, "apply_spec_augment", True):
            return {}
        rngs = [np.random.default_rng([self.config.seed, 0, step, index]) for index in chosen]
        masks = {}
        if settings.mask_time_prob > 0:
            time_mask = np.zeros((len(chosen), width), dtype=np.bool_)
            for row, length, rng in zip(time_mask, frames, rngs, strict=True):
                row[:length] = span_mask(
                    length, settings.mask_time_prob, settings.mask_time_length, rng
                )
            masks["time_mask"] = torch.from_numpy(time_mask)
        if settings.mask_feature_prob > 0:
            rows = [
                span_mask(
                    settings.hidden_size,
                    settings.mask_feature_prob,
                    settings.mask_feature_length,
                    rng,
                )
                for rng in rngs
            ]
            masks["feature_mask"] = torch.from_numpy(np.stack(rows))
        return masks

    # -- the loop -----------------------------------------------------------------------------

    def train(self, publish: Callable[[], ExitStack]) -> str:
        """Train to the end or until something stops it; return what did."""
        self._publish_with = publish
        here = self.position
        self.screen.say(
            f"{len(self.train_clips)} clips to train on, {len(self.valid_clips)} to select by; "
            f"{self.total_steps} steps, {_name(self.precision)} on {self.device.type}"
        )
        with self.screen.bar("training", self.total_steps, here.step) as update:
            batches = _ahead(self._steps(here.step), lambda item: self._inputs(item[0], item[2]))
            bad = 0
            while True:
                if self._due() and not self._evaluate_and_save():
                    return self._leave("signal")
                if here.step >= self.total_steps:
                    return self._leave("finished")
                patience = self.config.patience
                if patience is not None and here.stale >= patience:
                    return self._leave("patience")
                reason = self._agreed(self.stop.reason())
                if reason:
                    return self._leave(reason)
                started = time.perf_counter()
                (_, epoch, batch), inputs = next(batches)
                bad = 0 if self._step(epoch, batch, inputs) else bad + 1
                here.train_seconds += time.perf_counter() - started
                if bad >= GIVE_UP:
                    raise GateError(
                        f"training diverged: the gradients of {bad} steps in a row up to step "
                        f"{here.step} were not finite; lower --learning-rate (it is "
                        f"{self.config.learning_rate:g}) or use --precision fp32"
                    )
                update(here.step, **self._shown())

    def _step(self, epoch: int, batch: list[int], inputs: dict[str, Any]) -> bool:
        """Make one optimizer step; return whether its gradients were finite."""
        here, config = self.position, self.config
        clips: list[Clip] = inputs.pop("clips")
        weighs = inputs.pop("weight")
        rate = learning_rate(here.step, self.total_steps, config)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["scale"]
        self.ctc.trained = self._trained_at(here.step)
        self.ctc.train()
        moved = {
            name: value.to(self.device, non_blocking=True) if torch.is_tensor(value) else value
            for name, value in inputs.items()
        }
        moved.setdefault("features", None)
        moved.setdefault("frame_lengths", None)
        output = self.wrapped(**moved)
        # Processes average their gradients, so a sum over processes needs their number back.
        scale = self.accelerator.num_processes / len(batch) * weighs
        self.scaler.scale(output.losses.sum() * scale).backward()
        self.scaler.unscale_(self.optimizer)
        norm = torch.nn.utils.clip_grad_norm_(self.ctc.parameters(), config.gradient_clip)
        finite = bool(torch.isfinite(norm))
        if finite or self.scaler.is_enabled():
            self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        if finite and self.ema is not None:
            self.ema.update(here.step)
        here.step += 1
        here.skipped_steps += not finite
        here.audio_seconds += sum(self.train_clips[index].seconds for index in batch)
        self._note(clips, output, batch, finite, weighs, epoch, rate, norm)
        return finite

    def _note(
        self,
        clips: list[Clip],
        output: Any,
        batch: list[int],
        finite: bool,
        weighs: bool,
        epoch: int,
        rate: float,
        norm: torch.Tensor,
    ) -> None:
        """Count the step's loss and what was wrong with it; add a row of metrics now and then."""
        here = self.position
        total = float(output.losses.detach().sum()) * weighs
        wrong = [c.id for c, bad in zip(clips, output.not_finite.tolist(), strict=True) if bad]
        if self.accelerator.num_processes > 1:
            totals, wrongs = [total], list(wrong) if weighs else []
            total, wrong = sum(gather_object(totals)), gather_object(wrongs)
        loss = total / len(batch)
        here.loss_sum += loss
        here.loss_steps += 1
        here.checkup_sum += loss
        here.checkup_steps += 1
        if wrong or (not finite and not self.scaler.is_enabled()):
            here.not_finite += len(wrong)
            self._find(doctor.not_finite(wrong or [c.id for c in clips], here.step, finite))
        if here.step % self.log_every == 0:
            self.metrics.add(
                step=here.step,
                epoch=epoch,
                loss=here.loss_sum / here.loss_steps,
                learning_rate=rate,
                gradient_norm=float(norm),
                blank_share=self._blank_share(output.logits.detach(), output.frame_lengths),
                x_real_time=here.audio_seconds / max(here.train_seconds, 1e-9),
            )
            here.loss_sum, here.loss_steps = 0.0, 0

    def _blank_share(self, logits: torch.Tensor, lengths: torch.Tensor) -> float:
        real = torch.arange(logits.shape[1], device=logits.device) < lengths[:, None]
        blank = (logits.argmax(-1) == self.vocab.blank) & real
        return float(blank.sum() / real.sum())

    def _shown(self) -> dict[str, str]:
        here = self.position
        last = self.metrics.rows[-1] if self.metrics.rows else {}
        wer = self.checkups[-1].wer if self.checkups else None
        return {
            "loss": f"{last.get('loss', 0) or 0:.3f}",
            "WER": "-" if wer is None else f"{wer:.3f}",
            "x real time": f"{here.audio_seconds / max(here.train_seconds, 1e-9):.0f}",
        }

    def _agreed(self, reason: str) -> str:
        """Return the reason to stop that any process has, so that all stop at one step."""
        if self.accelerator.num_processes == 1:
            return reason
        return max(gather_object([reason]))

    # -- evaluation ---------------------------------------------------------------------------

    def _due(self) -> bool:
        here = self.position
        on_time = here.step > 0 and here.step % self.eval_every == 0
        return (on_time or here.step == self.total_steps) and here.evaluated != here.step

    def _evaluate_and_save(self) -> bool:
        """Score the validation split, keep the best weights, save; False when interrupted."""
        here = self.position
        with self._averaged():
            found = self._evaluate()
            if found is None:
                return False
            here.evaluated = here.step
            better = here.best_wer is None or found.wer < here.best_wer
            here.stale = 0 if better else here.stale + 1
            if better:
                here.best_wer, here.best_step = found.wer, here.step
            self._report(found, better)
            self._save(best=better)
        self._save_state()
        return True

    def _evaluate(self) -> Evaluation | None:
        """Return the validation WER in fp32, each clip as it is alone; None when interrupted."""
        cnn_changed = self._trains_cnn and self._trained_at(max(self.position.step - 1, 0)) == "all"
        source = self.fresh_source if cnn_changed else self.valid_source
        frames = [clip.frames for clip in self.valid_clips]
        limit = int(SCORING_SECONDS * audio.SAMPLE_RATE / self.checkpoint.grid.hop)
        self.ctc.eval()
        texts: list[tuple[int, str]] = []
        blanks = total = 0
        for batch in in_order(frames, limit):
            mine = share(batch, self.accelerator.process_index, self.accelerator.num_processes)
            if mine:
                features, lengths = padded(
                    [source.get(self.valid_clips[i]) for i in mine], self.config.pad_frames_to
                )
                with torch.inference_mode():
                    best = (
                        self.ctc(features.to(self.device), lengths.to(self.device))
                        .logits.argmax(-1)
                        .cpu()
                    )
                for index, row, length in zip(mine, best, lengths.tolist(), strict=True):
                    ids = row[:length].tolist()
                    texts.append((index, self.vocab.decode(ids)))
                    blanks += ids.count(self.vocab.blank)
                    total += length
            if self._agreed(self.stop.signalled()):
                return None
        if self.accelerator.num_processes > 1:
            counts = gather_object([(blanks, total)])
            blanks, total = (sum(c[0] for c in counts), sum(c[1] for c in counts))
            texts = gather_object(texts)
        said = dict(texts)
        references = [clip.text for clip in self.valid_clips]
        hypotheses = [said[index] for index in range(len(references))]
        return Evaluation(score.wer(references, hypotheses), blanks / max(total, 1))

    def _report(self, found: Evaluation, better: bool) -> None:
        """Add the evaluation to the metrics, say it, and say what looks wrong."""
        here = self.position
        loss = here.checkup_sum / max(here.checkup_steps, 1)
        here.checkup_sum, here.checkup_steps = 0.0, 0
        self.metrics.add(
            step=here.step, wer=found.wer, valid_blank_share=found.blank_share, mean_loss=loss
        )
        mark = "  best so far" if better else ""
        self.screen.say(f"step {here.step}  loss {loss:.3f}  WER {found.wer:.3f}{mark}")
        self.checkups.append(doctor.Checkup(here.step, loss, found.wer, found.blank_share))
        finding = doctor.diagnose(
            self.checkups,
            total_steps=self.total_steps,
            learning_rate=self.config.learning_rate,
            unknown_share=self.facts["unknown_share"],
        )
        if finding:
            self._find(finding)

    def _find(self, finding: doctor.Finding) -> None:
        self.metrics.add(step=self.position.step, finding=finding.kind, message=finding.message)
        self.screen.say(f"{finding.kind}: {finding.message}")

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """Have the averaged weights in the model, where there are any."""
        if self.ema is None:
            yield
            return
        with self.ema.applied():
            yield

    # -- saving -------------------------------------------------------------------------------

    def _save(self, *, best: bool) -> None:
        """Write the weights in the model, if they are the best, and the facts around them."""
        if not self.accelerator.is_main_process:
            return
        if best:
            if self.published:
                with publish_file(self.folder / WEIGHTS) as fresh:
                    _write_weights(self.ctc.model, fresh)
            else:
                save_checkpoint(self.folder, self.checkpoint)
        self._write_facts("running")

    def _save_state(self) -> None:
        """Write the state; the first one publishes the run."""
        every = gather_object([random_states()])
        if not self.accelerator.is_main_process:
            self.published = True
            return
        tensors = {
            "model": self.ctc.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "ema": None if self.ema is None else self.ema.average,
            "random": every,
        }
        if not self.published:
            self.metrics.attach(self.folder)
            self.metrics.close()
        save_state(self.folder, self.position, tensors, self.config.keep)
        if not self.published:
            self._publish_with().close()
            self.folder, self.published = self.run, True
            self.metrics.attach(self.folder)

    def _leave(self, stopped: str) -> str:
        """Save what there is and end the run."""
        here = self.position
        if stopped in ("signal", "max-minutes"):
            if here.best_wer is None and not self.published:
                with self._averaged():
                    self._save(best=True)  # a run always holds a checkpoint that can be loaded
            self._save_state()
            if stopped == "max-minutes" and here.evaluated != here.step:
                self._evaluate_once_more()
        if self.accelerator.is_main_process:
            self._write_facts(stopped)
            draw_curve(self.metrics.rows, self.folder / CURVE, self.run.name)
        self.metrics.close()
        self.accelerator.wait_for_everyone()
        return stopped

    def _evaluate_once_more(self) -> None:
        """Let the last weights of a run stopped by time be its best, without a trace in its state.

        A resumed run must not differ from an uninterrupted one, which has no evaluation here:
        the best weights before go into the state's folder, and `_restore_best` puts them back.
        """
        with self._averaged():
            found = self._evaluate()
            if found is None:
                return
            here = self.position
            better = here.best_wer is None or found.wer < here.best_wer
            self._report(found, better)
            if not better:
                return
            if self.accelerator.is_main_process and here.best_wer is not None:
                weights = self.folder / WEIGHTS
                kept = self.folder / STATE / BEST_BEFORE
                kept.unlink(missing_ok=True)
                os.link(weights, kept)
            here.best_wer, here.best_step = found.wer, here.step
            self._save(best=True)

    def _write_facts(self, status: str) -> None:
        here = self.position
        content = {
            "config": asdict(self.config),
            "facts": self.facts,
            "figures": {
                "status": status,
                "best_wer": here.best_wer,
                "best_step": here.best_step,
                "steps": here.step,
                "total_steps": self.total_steps,
                "train_seconds": round(here.train_seconds, 3),
                "cache_seconds": round(self.cache_seconds, 3),
                "audio_seconds": round(here.audio_seconds, 3),
                "x_real_time": round(here.audio_seconds / max(here.train_seconds, 1e-9), 2),
                "not_finite": here.not_finite,
                "skipped_steps": here.skipped_steps,
            },
            "set_aside": self.set_aside,
        }
        with publish_file(self.folder / TRAIN) as fresh:
            text = json.dumps(content, ensure_ascii=False, indent=2)
            fresh.write_text(text + "\n", encoding="utf-8")

    def _facts(self) -> dict[str, Any]:
        import soxr
        import transformers

        labels = [label for clip in self.train_clips for label in clip.labels]
        unknown = self.vocab.to_ids().get(UNKNOWN)
        return {
            "dataset": str(self.data.folder.resolve()),
            "dataset_sha256": _fingerprint(self.data),
            "tokens": len(self.vocab),
            "unit": self.vocab.unit,
            "language": self.data.info.get("language"),
            "train_clips": len(self.train_clips),
            "train_hours": round(sum(c.seconds for c in self.train_clips) / 3600, 4),
            "valid_clips": len(self.valid_clips),
            "unknown_share": labels.count(unknown) / max(len(labels), 1) if unknown else 0.0,
            "eval_every": self.eval_every,
            "precision": _name(self.precision),
            "device": self.device.type,
            "processes": self.accelerator.num_processes,
            "threads": torch.get_num_threads(),
            "cached": self.source.cache is not None,
            "versions": {
                "malgwi": malgwi.__version__,
                "torch": torch.__version__,
                "transformers": transformers.__version__,
                "soxr": soxr.__version__,
                "python": platform.python_version(),
            },
        }

    def _restore(self, saved: dict[str, Any]) -> None:
        self.optimizer.load_state_dict(saved["optimizer"])
        self.scaler.load_state_dict(saved["scaler"])
        if self.ema is not None:
            self.ema.load(saved["ema"])
        if len(saved["random"]) == self.accelerator.num_processes:
            set_random_states(saved["random"][self.accelerator.process_index])

    def resume_log(self) -> None:
        """Cut the metrics back to the state, and take the facts of the run's start over."""
        old = json.loads((self.run / TRAIN).read_text(encoding="utf-8"))["facts"]
        self.facts |= {name: old.get(name) for name in ("checkpoint", "known_tokens")}
        if self.accelerator.is_main_process:
            self.metrics.resume(self.run, self.position.step)
        self.checkups = [
            doctor.Checkup(r["step"], r["mean_loss"], r["wer"], r["valid_blank_share"])
            for r in self.metrics.rows
            if "wer" in r and "mean_loss" in r
        ]

    def result(self, stopped: str, seconds: float) -> TrainResult:
        """Return what the run came to."""
        here = self.position
        return TrainResult(
            run=self.run,
            best_wer=here.best_wer,
            best_step=here.best_step,
            steps=here.step,
            total_steps=self.total_steps,
            stopped=stopped,
            seconds=seconds,
            train_seconds=here.train_seconds,
            cache_seconds=self.cache_seconds,
            audio_seconds=here.audio_seconds,
            set_aside=self.set_aside,
        )


class _Average:
    """A running average of the trained weights (Polyak and Juditsky 1992), younger at the start."""

    def __init__(self, model: CtcModel, decay: float) -> None:
        self.decay = decay
        self.weights = {n: p for n, p in model.named_parameters() if p.requires_grad}
        self.average = {n: p.detach().clone() for n, p in self.weights.items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after step `step`."""
        decay = min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(
            list(self.average.values()), [w.data for w in self.weights.values()], 1 - decay
        )

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Exchange the weights for their average, and back."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    def _exchange(self) -> None:
        for name, weight in self.weights.items():
            weight.data, self.average[name] = self.average[name], weight.data

    def load(self, average: dict[str, torch.Tensor]) -> None:
        """Take over a saved average."""
        for name, value in average.items():
            self.average[name].copy_(value)


class _Stop:
    """Why to stop: a signal, or the time that was given."""

    def __init__(self, max_minutes: float | None, begun: float) -> None:
        self._until = None if max_minutes is None else begun + 60 * max_minutes
        self._signal = ""
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "_Stop":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        self._give_back()

    def _note(self, *_: object) -> None:
        self._signal = "signal"
        self._give_back()  # a second one ends the process at once

    def _give_back(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def signalled(self) -> str:
        """Return `signal` if one came, else nothing."""
        return self._signal

    def reason(self) -> str:
        """Return the reason to stop, or nothing."""
        if self._signal:
            return self._signal
        over = self._until is not None and time.monotonic() >= self._until
        return "max-minutes" if over else ""


def _ahead(
    items: Iterator[tuple[int, int, list[int]]],
    prepare: Callable[[tuple[int, int, list[int]]], dict[str, Any]],
) -> Iterator[tuple[tuple[int, int, list[int]], dict[str, Any]]]:
    """Yield each item with its inputs, the next one's being prepared meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        waiting = None
        for item in items:
            coming = (item, pool.submit(prepare, item))
            if waiting is not None:
                yield waiting[0], waiting[1].result()
            waiting = coming
        if waiting is not None:
            yield waiting[0], waiting[1].result()


def _optimizer(model: CtcModel, config: TrainConfig, device: torch.device) -> torch.optim.Optimizer:
    """Return AdamW over the trained weights: no decay for vectors, a scale for convolutions."""
    in_cnn = {id(p) for p in model.cnn.parameters()}
    groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
    for parameter in model.parameters():
        if parameter.requires_grad:
            key = (id(parameter) in in_cnn, parameter.ndim > 1)
            groups.setdefault(key, []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "weight_decay": config.weight_decay if decays else 0.0,
                "scale": config.cnn_learning_rate_scale if cnn else 1.0,
            }
            for (cnn, decays), parameters in groups.items()
        ],
        lr=config.learning_rate,
        fused=device.type in ("cpu", "cuda"),
    )


def _precision(config: TrainConfig, device: torch.device) -> torch.dtype | None:
    if config.precision == "auto":
        return fast_precision(device)
    if config.precision == "fp16" and device.type == "cpu":
        raise MalgwiError("--precision: fp16 can't be trained on a CPU; give bf16 or fp32")
    return {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}[config.precision]


def _name(precision: torch.dtype | None) -> str:
    return {None: "fp32", torch.bfloat16: "bf16", torch.float16: "fp16"}[precision]


def _hours(utterances: Sequence[Any]) -> str:
    return f"{sum(u.duration for u in utterances) / 3600:.1f} h"


def _write_weights(model: Any, path: Path) -> None:
    from safetensors.torch import save_file

    weights = {n: w.detach().cpu().contiguous() for n, w in model.state_dict().items()}
    save_file(weights, path, metadata={"format": "pt"})


def _fingerprint(data: Dataset) -> str:
    """Return a hash of the data set's manifest and vocabulary."""
    digest = hashlib.sha256()
    for name in (MANIFEST, VOCAB):
        digest.update((data.folder / name).read_bytes())
    return digest.hexdigest()


def _check_resumable(run: Path, config: TrainConfig, data: Dataset) -> None:
    """Refuse to go on with another configuration or other data.

    Raises:
        MalgwiError: names what differs.
    """
    path = run / TRAIN
    if not path.is_file():
        raise MalgwiError(
            f"{run}: no {TRAIN} in it, so there is no run to resume; start it without --resume"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        saved = config_from_dict(content["config"])
        fingerprint = content["facts"]["dataset_sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MalgwiError(f"{path}: not readable ({error!r}); start the run anew") from error
    changed = differences(saved, config)
    if changed:
        raise MalgwiError(
            f"{run}: can't be resumed with other settings ({'; '.join(changed)}); leave them out, "
            "or start a new run"
        )
    if fingerprint != _fingerprint(data):
        raise MalgwiError(
            f"{run}: was trained on another data set than {data.folder} is now (manifest or "
            "vocabulary differ); give the same one, or start a new run"
        )


def _restore_best(run: Path) -> None:
    kept = run / STATE / BEST_BEFORE
    if kept.exists():
        kept.replace(run / WEIGHTS)
