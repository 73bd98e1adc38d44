"""Fine-tune a checkpoint on a prepared data set: dataset + config → run folder.

A run folder is a Hugging Face checkpoint of the weights that did best on the validation split, with

    train.json      configuration, facts, figures
    metrics.jsonl   a row every few steps and at each evaluation; tensorboard/ has the same
    curve.png       the learning curve
    state/          what --resume needs; may be deleted when the run is done

Run it in several processes with `accelerate launch -m malgwi train ...`: every process computes
the same plan and takes its share of each step's clips.
"""

import json
import re
import shlex
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from malgwi.dataset.manifest import Dataset, load_dataset
from malgwi.errors import MalgwiError
from malgwi.progress import limited
from malgwi.speech.score import Measure
from malgwi.training.config import TRAIN, TrainConfig, config_from_dict, differences, to_flags
from malgwi.training.loop import run_steps
from malgwi.training.record import Record, fingerprint
from malgwi.training.run_folder import open_run
from malgwi.training.setup import set_up, start_processes
from malgwi.training.state import Position, load_state, states
from malgwi.training.stop import Stop


@dataclass(frozen=True)
class TrainResult:
    """What a run came to."""

    run: Path
    best_wer: float | None
    """Validation WER of the weights in the run; None if it stopped before any evaluation."""
    best_cer: float | None
    selected_by: Measure
    """Which of the two the weights were selected by."""
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
    accelerator = start_processes(config)
    main = accelerator.is_main_process
    try:
        with limited(screen=main and not quiet, file=main), Stop(config.max_minutes) as stop:
            data = load_dataset(dataset)
            position, saved = Position(), None
            if resume:
                _check_resumable(run, config, data)
                position, saved = load_state(run)
                checkpoint = str(run)
            with open_run(run, resume=resume, replace=replace, main=main) as folder:
                accelerator.wait_for_everyone()
                setup = set_up(
                    config,
                    data,
                    checkpoint,
                    accelerator,
                    run=run,
                    saved=saved,
                    cnn_trained=position.cnn_trained,
                    begun=begun,
                )
                if resume:
                    folder.resume_metrics(position)
                stopped = run_steps(setup, position, folder, stop)
    except OSError as error:
        raise MalgwiError(
            f"{run}: can't go on ({error.strerror or error}: {error.filename}); mend that, then go "
            "on with --resume if the run is there"
        ) from error
    except (MemoryError, RuntimeError) as error:
        if not _is_out_of_memory(error):
            raise
        raise MalgwiError(_out_of_memory(run, config, error)) from error
    return _result(run, setup.record, position, stopped, time.monotonic() - begun)


def _is_out_of_memory(error: MemoryError | RuntimeError) -> bool:
    """Return whether this is one of the ways in which Python, torch and its libraries say so."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return any(part in text for part in ("out of memory", "not enough memory", "allocate memory"))


def _out_of_memory(run: Path, config: TrainConfig, error: MemoryError | RuntimeError) -> str:
    """Return what ran out, what the run has, and what needs less memory."""
    first = str(error).partition("\n")[0]
    # Where in torch it was checked, and all but two sentences, is for those who debug torch.
    what = re.sub(r"^\[enforce fail[^\]]*\][^.]*\. ", "", first).split(". ")[:2]
    said = f" ({'. '.join(what)})" if first else ""
    size = config.batch_clips or config.batch_seconds
    smaller = "--batch-clips" if config.batch_clips else "--batch-seconds"
    smaller += f" (it is {size:g})" if size else ""
    again = "" if config.gradient_checkpointing else " --gradient-checkpointing"
    saved = states(run)
    if not saved:
        also = f", or{again}" if again else ""
        return f"{run}: out of memory{said}; give a smaller {smaller}{also}"
    return (
        f"{run}: out of memory{said}; the run has all up to step {int(saved[-1].stem)}: go on with "
        f"--resume{again}, or start a new one with a smaller {smaller}"
    )


def _result(
    run: Path, record: Record, position: Position, stopped: str, seconds: float
) -> TrainResult:
    return TrainResult(
        run=run,
        best_wer=position.best_wer,
        best_cer=position.best_cer,
        selected_by=record.measure,
        best_step=position.best_step,
        steps=position.step,
        total_steps=record.total_steps,
        stopped=stopped,
        seconds=seconds,
        train_seconds=position.train_seconds,
        cache_seconds=record.cache_seconds,
        audio_seconds=position.audio_seconds,
        set_aside=record.set_aside,
    )


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
        trained_on = content["facts"]["dataset_sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MalgwiError(f"{path}: not readable ({error!r}); start the run anew") from error
    changed = differences(saved, config)
    if changed:
        raise MalgwiError(
            f"{run}: can't be resumed with other settings ({'; '.join(changed)}); leave them out, "
            f"or start a new run from its weights: {_from_weights(run, config, data)}"
        )
    if trained_on != fingerprint(data):
        raise MalgwiError(
            f"{run}: was trained on another data set than {data.folder} is now (manifest or "
            "vocabulary differ); give the same one, or start a new run"
        )


def _from_weights(run: Path, config: TrainConfig, data: Dataset) -> str:
    """Return the command that trains on from a run's weights, with all that was asked for."""
    output = run.with_name(f"{run.name}-2")
    words = ["malgwi", "train", str(data.folder), "--checkpoint", str(run), "--output", str(output)]
    return shlex.join([*words, *to_flags(config)])
