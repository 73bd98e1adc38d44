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
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, DistributedType, gather_object

import malgwi
from malgwi.dataset.manifest import MANIFEST, VOCAB, Dataset, Utterance, load_dataset
from malgwi.errors import GateError, MalgwiError
from malgwi.model.checkpoint import (
    WEIGHTS,
    Checkpoint,
    load_checkpoint,
    save_checkpoint,
    save_weights,
    with_vocab,
)
from malgwi.model.ctc_model import CtcModel, CtcOutput
from malgwi.model.dropout import use_cpu_dropout
from malgwi.progress import audio_progress
from malgwi.publish import publish_file, publish_folder
from malgwi.speech.vocab import UNKNOWN
from malgwi.training import doctor
from malgwi.training.clips import Clip, FeatureSource, collect, fits
from malgwi.training.config import TRAIN, TrainConfig, config_from_dict, differences
from malgwi.training.curve import draw_curve
from malgwi.training.features import Extractor, FeatureCache, cache_folder
from malgwi.training.log import Metrics, Screen, named
from malgwi.training.optimise import (
    Average,
    adamw,
    learning_rate,
    precision,
    precision_name,
    trained_at,
    trains_cnn,
)
from malgwi.training.state import (
    Position,
    load_state,
    put_best_back,
    random_states,
    save_state,
    set_best_aside,
    set_random_states,
    sweep_run,
)
from malgwi.training.step_inputs import Inputs, Step, StepInputs
from malgwi.training.stop import Stop
from malgwi.training.validate import Evaluation, validate

CURVE = "curve.png"
EVALUATIONS, FARTHEST = 20, 500
"""Evaluations of a run unless asked otherwise, and the most steps between two."""
GIVE_UP = 20
"""Steps in a row without finite gradients after which a run has diverged."""


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
    try:
        with ExitStack() as stack, Stop(config.max_minutes) as stop:
            data = load_dataset(dataset)
            position, saved, folder = Position(), None, run
            if resume:
                _check_resumable(run, config, data)
                position, saved = load_state(run)
                checkpoint = str(run)
                if accelerator.is_main_process:
                    sweep_run(run)
                    put_best_back(run, run / WEIGHTS)
            elif accelerator.is_main_process:
                folder = stack.enter_context(publish_folder(run, replace=replace))
            accelerator.wait_for_everyone()
            torch.manual_seed(config.seed)
            settings = config.model_settings()
            attention = _attention(config, accelerator.device)
            loaded = load_checkpoint(checkpoint, settings, attention=attention)
            loaded, known = with_vocab(loaded, data.vocab, seed=config.seed)
            session = _Session(
                config,
                data,
                loaded,
                accelerator=accelerator,
                screen=screen,
                stop=stop,
                position=position,
                run=run,
                begun=begun,
            )
            session.start(saved, checkpoint, known, folder, stack)
            stopped = session.train()
    except OSError as error:
        raise MalgwiError(
            f"{run}: can't go on ({error.strerror or error}: {error.filename}); mend that, then go "
            "on with --resume if the run is there"
        ) from error
    return session.result(stopped, time.monotonic() - begun)


def _attention(config: TrainConfig, device: torch.device) -> str:
    if config.attention != "auto":
        return config.attention
    return "eager" if device.type == "cpu" else "sdpa"


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


class _Session:
    """One run in one process: what its steps, evaluations and saves share."""

    def __init__(
        self,
        config: TrainConfig,
        data: Dataset,
        checkpoint: Checkpoint,
        *,
        accelerator: Accelerator,
        screen: Screen,
        stop: Stop,
        position: Position,
        run: Path,
        begun: float,
    ) -> None:
        self.config, self.data, self.checkpoint = config, data, checkpoint
        self.accelerator, self.screen, self.stop = accelerator, screen, stop
        self.position, self.run, self.begun = position, run, begun
        self.vocab, self.device = data.vocab, accelerator.device
        self.main = accelerator.is_main_process
        self.metrics = Metrics()
        self.checkups: list[doctor.Checkup] = []
        self.set_aside: dict[str, str] = {}
        self.last_loss = math.nan
        self.last_finding: str | None = None
        self.precision = precision(config, self.device)
        self.ctc = CtcModel(checkpoint.model, blank=self.vocab.blank, precision=self.precision)

    def start(
        self,
        saved: dict[str, Any] | None,
        checkpoint: str,
        known: int,
        folder: Path,
        stack: ExitStack,
    ) -> None:
        """Get ready for the first step, or for the next one of a resumed run.

        Args:
            saved: the tensors of the state to go on from.
            checkpoint: what was loaded.
            known: tokens that it knew already.
            folder: where files go until the run is published.
            stack: holds the publication of the run.
        """
        config, model = self.config, self.checkpoint.model
        self.folder, self._publication = folder, stack
        self.published = saved is not None
        if saved is not None:
            self.ctc.load_state_dict(saved["model"])
        if config.gradient_checkpointing:
            # transformers renamed it; the old name warns.
            old = model.gradient_checkpointing_enable
            getattr(model, "activation_checkpointing_enable", old)({"use_reentrant": False})
        if not trains_cnn(config):
            model.freeze_feature_encoder()
        if self.device.type == "cpu":
            use_cpu_dropout(model)
        self.ctc.to(self.device)
        started = time.monotonic()
        self._collect()
        self.cache_seconds = time.monotonic() - started
        self.inputs = StepInputs(
            config,
            self.train_clips,
            self.train_source,
            model.config,
            process=self.accelerator.process_index,
            processes=self.accelerator.num_processes,
            accelerator=self.device.type != "cpu",
        )
        self.total = self.inputs.total
        self.eval_every = config.eval_every or min(
            max(math.ceil(self.total / EVALUATIONS), 1), FARTHEST
        )
        self.log_every = max(self.total // 1000, 1)
        self.wrapped = self.accelerator.prepare_model(self.ctc)
        self.optimizer = adamw(self.ctc, config, self.device)
        self.scaler = torch.amp.GradScaler(
            self.device.type, enabled=self.precision is torch.float16
        )
        self.average = Average(self.ctc, config.ema) if config.ema else None
        torch.manual_seed(config.seed + self.accelerator.process_index)
        self.facts = self._facts() | {"checkpoint": checkpoint, "known_tokens": known}
        if saved is not None:
            self._restore(saved)

    # ---------------------------------------------------------------------------------- data

    def _collect(self) -> None:
        """Find the usable clips of both splits and where their features come from."""
        config, grid = self.config, self.checkpoint.grid
        train_part, valid_part = self.data.split("train"), self.data.split("valid")
        self.extractor = Extractor(self.ctc.cnn, grid, self.checkpoint.do_normalize)
        plain = cached = FeatureSource(self.extractor)
        reused = config.freeze_cnn and not config.augments
        wanted = (*train_part, *valid_part) if reused else valid_part
        channels = int(self.checkpoint.model.config.conv_dim[-1])
        if config.freeze_cnn and not self.position.cnn_trained:
            if fits(wanted, grid, channels, config.cache_gb):
                place = cache_folder(self.data.folder, self.run, self.extractor.key())
                cached = FeatureSource(self.extractor, FeatureCache(place))
            else:
                self.screen.say(
                    f"The features of {_hours(wanted)} of speech go beyond --cache-gb "
                    f"{config.cache_gb:g}: the convolutions run again for every batch"
                )
        self.train_source = cached if reused else plain
        self.valid_source = cached
        self.train_clips = self._usable("train", train_part, self.train_source)
        self.valid_clips = self._usable("valid", valid_part, self.valid_source)

    def _usable(self, name: str, part: Sequence[Utterance], source: FeatureSource) -> list[Clip]:
        seconds = sum(u.duration for u in part)
        fills = source.cache is not None and self.screen.shown
        progress: AbstractContextManager[Callable[[float], None]] = (
            audio_progress(f"features of {name}", seconds) if fills else nullcontext(_ignore)
        )
        with progress as done:
            clips, aside = collect(
                part, self.vocab, source, self.accelerator, done, learn=name == "train"
            )
        if aside:
            self.screen.say(f"{name}: {len(aside)} of {len(part)} clips set aside:")
            for line in named(aside):
                self.screen.say(line)
        if not clips:
            first = next(iter(aside))
            raise MalgwiError(
                f"{self.data.folder}: none of the {len(part)} clips of {name} can be used; the "
                f"first, {first}: {aside[first]}"
            )
        self.set_aside |= aside
        return clips

    # -------------------------------------------------------------------------------- steps

    def train(self) -> str:
        """Train to the end or until something stops it; return what did."""
        here, patience = self.position, self.config.patience
        self.stop.gently()
        self.screen.say(
            f"{len(self.train_clips)} clips to learn from, {len(self.valid_clips)} to select by; "
            f"{self.total} steps in {precision_name(self.precision)} on {self.device.type}"
        )
        with self.screen.bar("training", self.total, here.step) as update:
            steps = self.inputs.prepared(here.step)
            bad = 0
            while True:
                if self._due() and not self._evaluate():
                    return self._leave("signal")
                if here.step >= self.total:
                    return self._leave("finished")
                if patience is not None and here.stale >= patience:
                    return self._leave("patience")
                if reason := self._agreed(self.stop.reason()):
                    return self._leave(reason)
                started = time.perf_counter()
                step, inputs = next(steps)
                bad = 0 if self._step(step, inputs) else bad + 1
                here.train_seconds += time.perf_counter() - started
                if bad >= GIVE_UP:
                    self._leave("diverged")
                    raise GateError(
                        f"training diverged: the gradients of {bad} steps in a row, up to step "
                        f"{here.step}, were not finite; lower --learning-rate (it is "
                        f"{self.config.learning_rate:g}) or use --precision fp32"
                    )
                update(here.step, **self._shown())

    def _step(self, step: Step, inputs: Inputs) -> bool:
        """Make one optimizer step; return whether it was one that can be learnt from."""
        here, config = self.position, self.config
        rate = learning_rate(step.number, self.total, config)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["scale"]
        self.ctc.trained = trained_at(step.number, self.total, config)
        self.ctc.train()
        output: CtcOutput = self.wrapped(
            **{
                name: value.to(self.device) if torch.is_tensor(value) else value
                for name, value in inputs.forward.items()
            }
        )
        assert output.losses is not None  # noqa: S101 - labels were given
        # Processes average their gradients: times their number, it is a sum over all clips.
        weight = self.accelerator.num_processes / len(step.batch) if inputs.counts else 0.0
        loss: torch.Tensor = self.scaler.scale(output.losses.sum() * weight)
        torch.autograd.backward(loss)
        self.scaler.unscale_(self.optimizer)
        norm = torch.nn.utils.clip_grad_norm_(self.ctc.parameters(), config.gradient_clip)
        finite = bool(torch.isfinite(norm))
        scaling = self.scaler.is_enabled()  # it meets overflows as a matter of course
        if finite or scaling:
            self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        if finite and self.average is not None:
            self.average.update(step.number)
        here.step += 1
        here.skipped_steps += not finite
        here.cnn_trained |= self.ctc.trained == "all"
        here.audio_seconds += sum(self.train_clips[index].seconds for index in step.batch)
        self._note(step, inputs, output, skipped=not finite and not scaling)
        if here.step % self.log_every == 0:
            self._log(step, output, rate, float(norm))
        return finite or scaling

    def _note(self, step: Step, inputs: Inputs, output: CtcOutput, *, skipped: bool) -> None:
        """Count the step's loss, and name the clips whose loss was not finite."""
        here = self.position
        assert output.losses is not None  # noqa: S101
        assert output.not_finite is not None  # noqa: S101
        total = float(output.losses.detach().sum()) if inputs.counts else 0.0
        pairs = zip(inputs.clips, output.not_finite.tolist(), strict=True)
        wrong = [clip.id for clip, bad in pairs if bad and inputs.counts]
        if self.accelerator.num_processes > 1:
            total, wrong = sum(gather_object([total])), gather_object(wrong)
        self.last_loss = total / len(step.batch)
        here.loss_sum += self.last_loss
        here.loss_steps += 1
        here.checkup_sum += self.last_loss
        here.checkup_steps += 1
        here.not_finite += len(wrong)
        if wrong or skipped:
            blamed = wrong or [self.train_clips[index].id for index in step.batch]
            self._find(doctor.not_finite(blamed, here.step, skipped=skipped))

    def _log(self, step: Step, output: CtcOutput, rate: float, norm: float) -> None:
        """Add a row of metrics."""
        here = self.position
        lengths = output.frame_lengths
        real = torch.arange(output.logits.shape[1], device=self.device) < lengths[:, None]
        blank = (output.logits.detach().argmax(-1) == self.vocab.blank) & real
        self.metrics.add(
            step=here.step,
            epoch=step.epoch,
            loss=here.loss_sum / here.loss_steps,
            learning_rate=rate,
            gradient_norm=norm,
            blank_share=float(blank.sum() / real.sum()),
            x_real_time=self._speed(),
        )
        here.loss_sum, here.loss_steps = 0.0, 0

    def _shown(self) -> dict[str, str]:
        wer = f"{self.checkups[-1].wer:.3f}" if self.checkups else "-"
        return {"loss": f"{self.last_loss:.3f}", "WER": wer, "x real time": f"{self._speed():.0f}"}

    def _speed(self) -> float:
        return self.position.audio_seconds / max(self.position.train_seconds, 1e-9)

    def _agreed(self, reason: str) -> str:
        """Return the reason to stop that any process has, so that all stop at one step."""
        if self.accelerator.num_processes == 1:
            return reason
        return str(max(gather_object([reason])))

    # --------------------------------------------------------------------------- evaluation

    def _due(self) -> bool:
        here = self.position
        on_time = here.step > 0 and here.step % self.eval_every == 0
        return (on_time or here.step == self.total) and here.evaluated != here.step

    def _evaluate(self) -> bool:
        """Score the validation split, keep the best weights, save; False when interrupted."""
        here = self.position
        with self._averaged():
            found = self._validate()
            if found is None:
                return False
            here.evaluated = here.step
            better = self._report(found)
            here.stale = 0 if better else here.stale + 1
            if better:
                here.best_wer, here.best_step = found.wer, here.step
                self._save_best()
        self._save_state()
        return True

    def _validate(self) -> Evaluation | None:
        source = FeatureSource(self.extractor) if self.position.cnn_trained else self.valid_source
        return validate(
            self.ctc,
            self.valid_clips,
            source,
            self.vocab,
            self.accelerator,
            interrupted=lambda: bool(self._agreed("signal" if self.stop.signalled else "")),
        )

    def _report(self, found: Evaluation) -> bool:
        """Put the evaluation into the metrics and on the screen; return whether it is the best."""
        here = self.position
        loss = here.checkup_sum / max(here.checkup_steps, 1)
        here.checkup_sum, here.checkup_steps = 0.0, 0
        better = here.best_wer is None or found.wer < here.best_wer
        self.metrics.add(
            step=here.step,
            wer=found.wer,
            valid_blank_share=found.blank_share,
            mean_loss=loss,
            seconds=round(time.monotonic() - self.begun, 3),
        )
        mark = "  best so far" if better else ""
        self.screen.say(f"step {here.step}  loss {loss:.3f}  WER {found.wer:.3f}{mark}")
        self.checkups.append(doctor.Checkup(here.step, loss, found.wer, found.blank_share))
        finding = doctor.diagnose(
            self.checkups,
            total_steps=self.total,
            learning_rate=self.config.learning_rate,
            unknown_share=self.facts["unknown_share"],
        )
        if finding:
            self._find(finding, said_before=finding.kind == self.last_finding)
        self.last_finding = finding.kind if finding else None
        return better

    def _find(self, finding: doctor.Finding, *, said_before: bool = False) -> None:
        self.metrics.add(step=self.position.step, finding=finding.kind, message=finding.message)
        if not said_before:
            self.screen.say(f"{finding.kind}: {finding.message}")

    def _averaged(self) -> AbstractContextManager[None]:
        """Have the averaged weights in the model, where there are any."""
        return nullcontext() if self.average is None else self.average.applied()

    # ------------------------------------------------------------------------------- saving

    def _save_best(self) -> None:
        """Write the weights that are in the model now as those of the run."""
        if not self.main:
            return
        if self.published:
            save_weights(self.folder, self.ctc.model)
        else:
            save_checkpoint(self.folder, self.checkpoint)

    def _save_state(self) -> None:
        """Write facts and state; the first time, publish the run."""
        states = gather_object([random_states()])
        if not self.main:
            self.published = True
            return
        tensors = {
            "model": self.ctc.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "average": None if self.average is None else self.average.average,
            "random": states,
        }
        self._write_facts("running")
        self.position.metrics = len(self.metrics.rows)
        save_state(self.folder, self.position, tensors, self.config.keep)
        if not self.published:
            self.metrics.attach(self.folder)
            self.metrics.close()
            self._publication.close()
            self.folder, self.published = self.run, True
            self.metrics.attach(self.folder)

    def _leave(self, stopped: str) -> str:
        """Save what there is and end the run."""
        if stopped in ("signal", "max-minutes"):
            if not self.published:
                with self._averaged():
                    self._save_best()  # a run always holds a checkpoint that can be loaded
            self._save_state()
            if stopped == "max-minutes" and self.position.evaluated != self.position.step:
                self._evaluate_once_more()
        if self.main and self.published:
            self._write_facts(stopped)
            draw_curve(self.metrics.rows, self.folder / CURVE, self.run.name)
        self.metrics.close()
        self.accelerator.wait_for_everyone()
        return stopped

    def _evaluate_once_more(self) -> None:
        """Let the last weights of a run stopped by the clock be its best, unknown to its state.

        A resumed run must come to the same end as an uninterrupted one, which has no evaluation
        here: so the state is written before, and the best weights that it knows are set aside.
        """
        here = self.position
        with self._averaged():
            found = self._validate()
            if found is None or not self._report(found):
                return
            if self.main and here.best_wer is not None:
                set_best_aside(self.folder, self.folder / WEIGHTS)
            here.best_wer, here.best_step = found.wer, here.step
            self._save_best()

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
                "total_steps": self.total,
                "train_seconds": round(here.train_seconds, 3),
                "cache_seconds": round(self.cache_seconds, 3),
                "audio_seconds": round(here.audio_seconds, 3),
                "x_real_time": round(self._speed(), 2),
                "not_finite": here.not_finite,
                "skipped_steps": here.skipped_steps,
            },
            "set_aside": self.set_aside,
        }
        with publish_file(self.folder / TRAIN) as fresh:
            text = json.dumps(content, ensure_ascii=False, indent=2)
            fresh.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")

    def _facts(self) -> dict[str, Any]:
        import soxr
        import transformers

        labels = [label for clip in self.train_clips for label in clip.labels]
        unknown = self.vocab.to_ids().get(UNKNOWN, -1)
        return {
            "dataset": str(self.data.folder.resolve()),
            "dataset_sha256": _fingerprint(self.data),
            "tokens": len(self.vocab),
            "unit": self.vocab.unit,
            "language": self.data.info.get("language"),
            "train_clips": len(self.train_clips),
            "train_hours": round(sum(c.seconds for c in self.train_clips) / 3600, 4),
            "valid_clips": len(self.valid_clips),
            "unknown_share": labels.count(unknown) / max(len(labels), 1),
            "eval_every": self.eval_every,
            "precision": precision_name(self.precision),
            "device": self.device.type,
            "processes": self.accelerator.num_processes,
            "threads": torch.get_num_threads(),
            "cached": self.train_source.cache is not None,
            "versions": {
                "malgwi": malgwi.__version__,
                "torch": torch.__version__,
                "transformers": transformers.__version__,
                "soxr": soxr.__version__,
                "python": platform.python_version(),
            },
        }

    def _restore(self, saved: dict[str, Any]) -> None:
        """Go on from a state: optimizer, averages, random states, metrics, facts of the start."""
        self.optimizer.load_state_dict(saved["optimizer"])
        self.scaler.load_state_dict(saved["scaler"])
        if self.average is not None:
            self.average.load(saved["average"])
        if len(saved["random"]) == self.accelerator.num_processes:
            set_random_states(saved["random"][self.accelerator.process_index])
        before = json.loads((self.run / TRAIN).read_text(encoding="utf-8"))["facts"]
        self.facts |= {name: before[name] for name in ("checkpoint", "known_tokens")}
        if self.main:
            self.metrics.resume(self.run, self.position.metrics, self.position.step)
        self.checkups = [
            doctor.Checkup(row["step"], row["mean_loss"], row["wer"], row["valid_blank_share"])
            for row in self.metrics.rows
            if "wer" in row
        ]

    def result(self, stopped: str, seconds: float) -> TrainResult:
        """Return what the run came to."""
        here = self.position
        return TrainResult(
            run=self.run,
            best_wer=here.best_wer,
            best_step=here.best_step,
            steps=here.step,
            total_steps=self.total,
            stopped=stopped,
            seconds=seconds,
            train_seconds=here.train_seconds,
            cache_seconds=self.cache_seconds,
            audio_seconds=here.audio_seconds,
            set_aside=self.set_aside,
        )


def _ignore(_seconds: float) -> None:
    """Take the place of progress that nobody sees."""


def _hours(utterances: Sequence[Utterance]) -> str:
    return f"{sum(u.duration for u in utterances) / 3600:.1f} h"


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
