"""Run and resume trainings that are killed or stopped at given points; print what they came to.

A program of its own, started by test_train_resume.py: it imports the libraries once, with one
thread, and forks for each run, so that a kill -9 ends nothing else.

    python interrupted_runs.py DATA CHECKPOINT FOLDER SCENARIO...
"""

import hashlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"

import safetensors.torch
import soundfile  # noqa: F401
import soxr  # noqa: F401
import torch
import torch.utils.tensorboard
from transformers import Wav2Vec2ForCTC, Wav2Vec2Processor  # noqa: F401

import malgwi.training.evaluations
import malgwi.training.run_folder
import malgwi.training.train
from malgwi.training.config import TrainConfig
from malgwi.training.log import METRICS, read_metrics
from malgwi.training.state import load_state
from malgwi.training.stop import Stop
from malgwi.training.validate import Evaluation, validate

CONFIG = TrainConfig(
    max_steps=12,
    eval_every=4,
    batch_seconds=4,
    learning_rate=1e-2,
    precision="fp32",
    layerdrop=0.2,
    hidden_dropout=0.1,
    ema=0.8,
    keep=2,
)


def falling(ctc: Any, *args: Any, **named: Any) -> Evaluation | None:
    """Validate, but with a WER that falls as the weights move: each evaluation is the best."""
    found = validate(ctc, *args, **named)
    wer = 1 / (1 + float(ctc.model.lm_head.bias.detach().norm()))
    return found and Evaluation(wer, wer, found.blank_share)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def at_call(place: Any, name: str, number: int, act: Callable[..., Any]) -> None:
    """Let the `number`th call of `place.name` do `act` with its arguments first."""
    before = getattr(place, name)
    calls = 0

    def counted(*args: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number:
            act(*args, **named)
        return before(*args, **named)

    setattr(place, name, counted)


def _half_written(_content: Any, path: Path, **_: Any) -> None:
    Path(path).write_bytes(b"half of it")
    kill()


def _step() -> None:
    at_call(torch.nn.utils, "clip_grad_norm_", 7, lambda *_, **__: kill())


def _first_steps() -> None:
    at_call(torch.nn.utils, "clip_grad_norm_", 2, lambda *_, **__: kill())


def _evaluation() -> None:
    at_call(malgwi.training.validate, "padded", 2, lambda *_: kill())


def _saving_state() -> None:
    at_call(torch, "save", 2, _half_written)


def _saving_weights() -> None:
    at_call(safetensors.torch, "save_file", 2, _half_written)


def _between_weights_and_state() -> None:
    at_call(malgwi.training.run_folder, "save_state", 2, lambda *_: kill())


def _publishing() -> None:
    at_call(Path, "replace", 4, lambda *_: kill())


def _terminated() -> None:
    at_call(
        torch.nn.utils,
        "clip_grad_norm_",
        6,
        lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM),
    )


def _terminated_early() -> None:
    at_call(
        torch.nn.utils,
        "clip_grad_norm_",
        2,
        lambda *_, **__: os.kill(os.getpid(), signal.SIGINT),
    )


def _terminated_in_evaluation() -> None:
    at_call(malgwi.training.validate, "padded", 2, lambda *_: os.kill(os.getpid(), signal.SIGINT))


def _out_of_time() -> None:
    before, calls = Stop.reason, 0

    def reason(stop: Stop) -> str:
        nonlocal calls
        calls += 1
        return "max-minutes" if calls == 7 else before(stop)

    Stop.reason = reason  # type: ignore[method-assign, assignment]


SCENARIOS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "killed in a step": _step,
    "killed before the first save": _first_steps,
    "killed in an evaluation": _evaluation,
    "killed while saving the state": _saving_state,
    "killed while saving the weights": _saving_weights,
    "killed between weights and state": _between_weights_and_state,
    "killed while publishing": _publishing,
    "terminated": _terminated,
    "interrupted before the first evaluation": _terminated_early,
    "interrupted in an evaluation": _terminated_in_evaluation,
    "out of time": _out_of_time,
}


def forked(work: Callable[[], None]) -> int:
    """Run `work` in a process of its own; return its exit code, negative for a signal."""
    child = os.fork()
    if child == 0:
        status = 0
        try:
            work()
        except BaseException:
            traceback.print_exc()
            status = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _outcome(run: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    position, saved = load_state(run)
    for name in ("model", "average"):
        for key, value in sorted(saved[name].items()):
            digest.update(key.encode())
            digest.update(value.numpy().tobytes())
    rows = read_metrics(run / METRICS)
    return {
        "weights": hashlib.sha256((run / "model.safetensors").read_bytes()).hexdigest(),
        "state": digest.hexdigest(),
        "step": position.step,
        "best": [position.best_wer, position.best_step],
        "metrics": [[row["step"], row.get("loss"), row.get("wer")] for row in rows],
        "left": sorted(p.name for p in run.rglob(".*") if p.name != ".malgwi"),
    }


def main() -> None:
    """Print one JSON object: scenario to exit codes and outcome."""
    malgwi.training.evaluations.validate = falling  # type: ignore[attr-defined]
    malgwi.training.run_folder.draw_curve = lambda *_: None  # type: ignore[attr-defined]
    data, checkpoint, folder = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    found = {}
    for number, name in enumerate(sys.argv[4:]):
        run = folder / f"run{number}"

        def begin(run: Path = run, name: str = name) -> None:
            SCENARIOS[name]()
            malgwi.training.train.train(data, run, CONFIG, checkpoint=checkpoint, quiet=True)

        def go_on(run: Path = run) -> None:
            malgwi.training.train.train(
                data, run, CONFIG, checkpoint=checkpoint, resume=run.exists(), quiet=True
            )

        first = forked(begin)
        there = run.exists()
        between = _outcome(run) if there else None
        codes = [first, forked(go_on)]
        found[name] = {"codes": codes, "there": there, "between": between, "end": _outcome(run)}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
