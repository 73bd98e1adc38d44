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
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any

from malgwi.dataset.manifest import Dataset, load_dataset
from malgwi.errors import MalgwiError
from malgwi.model.checkpoint import STARTER
from malgwi.progress import limited
from malgwi.speech.score import Measure
from malgwi.training.config import (
    SHRUNK,
    TRAIN,
    TrainConfig,
    config_from_dict,
    differences,
)
from malgwi.training.flags import to_flags
from malgwi.training.loop import run_steps
from malgwi.training.lost_process import is_lost_process
from malgwi.training.out_of_memory import is_out_of_memory
from malgwi.training.record import Record, fingerprint
from malgwi.training.run_folder import open_run
from malgwi.training.setup import set_up, start_processes
from malgwi.training.state import Position, load_state, states
from malgwi.training.stop import Stop
from malgwi.training.teacher import Teacher


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
    """Wall time of this command spent on caches: of features, of what a teacher makes of clips."""
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
    teacher: Teacher | None = None,
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
        teacher: of `checkpoint`, which is cut down to fewer layers first (`shrink`).
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
    position, saved, setup = Position(), None, None
    try:
        with limited(screen=main and not quiet, file=main), Stop(config.max_minutes) as stop:
            data = load_dataset(dataset)
            if resume:
                _check_resumable(run, config, data, teacher)
                position, saved = load_state(run)
                checkpoint = _as_checkpoint(run)
            with open_run(run, resume=resume, replace=replace, main=main) as folder:
                accelerator.wait_for_everyone()
                setup = set_up(
                    config,
                    data,
                    checkpoint,
                    accelerator,
                    run=run,
                    saved=saved,
                    position=position,
                    begun=begun,
                    teacher=teacher,
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
        if is_lost_process(error):
            raise MalgwiError(f"{run}: {_alone(run)}") from error
        if not is_out_of_memory(error):
            raise
        then = _TOO_SOON if setup is None else _sparing_more(run, config, position)
        raise MalgwiError(f"{run}: out of memory{_said(error)}{then}") from error
    return _result(run, setup.record, position, stopped, time.monotonic() - begun)


_TOO_SOON = " before the first step; close other programs, or start from a smaller checkpoint"


def _said(error: MemoryError | RuntimeError) -> str:
    """Return what ran out, in brackets."""
    first = str(error).partition("\n")[0]
    # Where in torch it was checked, and all but two sentences, is for those who debug torch.
    what = re.sub(r"^\[enforce fail[^\]]*\][^.]*\. ", "", first).split(". ")[:2]
    return f" ({'. '.join(what)})" if first else ""


def _alone(run: Path) -> str:
    """Return what to do when another process of a run is gone."""
    gone = "another process of it, or the way to that machine, is gone"
    if saved := states(run):
        return f"{gone}; start all of them again with --resume, which goes on from step " + str(
            int(saved[-1].stem)
        )
    return f"{gone}, before anything was saved; start all of them again"


def _sparing_more(run: Path, config: TrainConfig, position: Position) -> str:
    """Return what the run has, and what needs less memory."""
    saved = states(run)
    has = f"; the run has all up to step {int(saved[-1].stem)}" if saved else ""
    spared = config.gradient_checkpointing or position.checkpointed
    if position.parts > 1 and spared:
        smaller = "cut the longest recordings, or start from a smaller checkpoint"
        return f": one clip at a time is too much; {smaller}{has}"
    size = config.batch_clips or config.batch_seconds
    smaller = "--batch-clips" if config.batch_clips else "--batch-seconds"
    smaller += f" (it is {size:g})" if size else ""
    again = "" if spared else " --gradient-checkpointing"
    if not has:
        return f"; give a smaller {smaller}" + (f", or{again}" if again else "")
    return f"{has}: go on with --resume{again}, or start a new one with a smaller {smaller}"


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


def _check_resumable(
    run: Path, config: TrainConfig, data: Dataset, teacher: Teacher | None
) -> None:
    """Refuse to go on with another configuration, teacher or data.

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
        shrunk = content["facts"].get(SHRUNK)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MalgwiError(f"{path}: not readable ({error!r}); start the run anew") from error
    given = None if teacher is None else teacher.facts()
    if shrunk != given:
        raise MalgwiError(
            f"{run}: learns {_lesson(shrunk)}, and is to go on {_lesson(given)}; go on with the "
            "command, the teacher and the numbers that it was begun with"
        )
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


def _as_checkpoint(run: Path) -> str:
    """Return the name of a run to start from; the word `starter` alone means the shipped one."""
    return f"./{run}" if str(run) == STARTER else str(run)


def _lesson(shrunk: Mapping[str, Any] | None) -> str:
    """Return what a run learns from, for people."""
    if shrunk is None:
        return "from labels alone (malgwi train)"
    return f"from the teacher {shrunk['teacher']} (malgwi shrink: {shrunk['how']})"


def _from_weights(run: Path, config: TrainConfig, data: Dataset) -> str:
    """Return the command that trains on from a run's weights, with all that was asked for."""
    output = run.with_name(f"{run.name}-2")
    words = ["malgwi", "train", str(data.folder), "--checkpoint", _as_checkpoint(run)]
    words += ["--output", str(output)]
    # Its language adapters are in its weights.
    return shlex.join([*words, *to_flags(replaced(config, language_adapter=None))])
