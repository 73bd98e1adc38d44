"""What ends a run that can't go on: losses that are no numbers, and too little memory."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import Wav2Vec2ForCTC

import malgwi.training.evaluations
import malgwi.training.setup
import malgwi.training.step_inputs
from malgwi.cli.main import main
from malgwi.errors import GateError, MalgwiError
from malgwi.model.ctc_model import CtcModel
from malgwi.training.config import TrainConfig
from malgwi.training.features import Extractor
from malgwi.training.log import read_metrics
from malgwi.training.train import train

CONFIG = TrainConfig(
    max_steps=6, eval_every=3, batch_seconds=4, learning_rate=3e-3, precision="fp32"
)
pytestmark = pytest.mark.usefixtures("one_thread")


def _weights(run: Path) -> bytes:
    return (run / "model.safetensors").read_bytes()


def _break_losses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every loss of a training step not a number."""
    forward = CtcModel.forward

    def broken(self: CtcModel, *args: Any, **inputs: Any) -> Any:
        output = forward(self, *args, **inputs)
        if self.training and output.losses is not None:
            output.losses = output.losses * float("nan")
        return output

    monkeypatch.setattr(CtcModel, "forward", broken)


def test_a_diverged_run_is_said_to_be_one(
    data: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _break_losses(monkeypatch)
    config = replace(CONFIG, max_steps=40, eval_every=5)
    run = tmp_path / "run"
    with pytest.raises(GateError, match="the gradients of 20 steps in a row, up to step 20"):
        train(data, run, config, checkpoint=checkpoint, quiet=True)
    assert json.loads((run / "train.json").read_text())["figures"]["status"] == "diverged"
    findings = [r for r in read_metrics(run / "metrics.jsonl") if r.get("finding") == "not-finite"]
    assert len(findings) == 20
    assert "clip" in findings[0]["message"]
    before = Wav2Vec2ForCTC.from_pretrained(checkpoint).state_dict()
    after = Wav2Vec2ForCTC.from_pretrained(run).state_dict()
    assert torch.equal(before["lm_head.weight"], after["lm_head.weight"])  # no step was made


OUT_OF_MEMORY = {
    "CUDA out of memory. Tried to allocate 2.00 GiB": torch.OutOfMemoryError(
        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 15 GiB"
    ),
    "DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes. Error code 12 "
    "(Cannot allocate memory)": RuntimeError(
        "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: "
        "you tried to allocate 4 bytes. Error code 12 (Cannot allocate memory)\nframe #0: abort"
    ),
    "DefaultCPUAllocator: not enough memory: you tried to allocate 4 bytes.": RuntimeError(
        "DefaultCPUAllocator: not enough memory: you tried to allocate 4 bytes."
    ),
    "could not create a primitive": RuntimeError("could not create a primitive"),
    "": MemoryError(),
}
"""What is told of errors of torch (GPU, Linux, Windows), of oneDNN and Python."""


def _fails(error: BaseException, call: int, before: Any) -> Any:
    """Return a function that does as `before`, but raises the error from a certain call on."""
    calls = 0

    def failing(*args: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls >= call:
            raise error
        return before(*args, **named)

    return failing


@pytest.mark.parametrize("told", OUT_OF_MEMORY)
def test_out_of_memory_before_anything_is_saved(
    told: str,
    *,
    data: Path,
    checkpoint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    failing = _fails(OUT_OF_MEMORY[told], 2, torch.autograd.backward)
    monkeypatch.setattr(torch.autograd, "backward", failing)
    run = tmp_path / "run"
    words = ["train", str(data), "--output", str(run), "--checkpoint", checkpoint]
    words += ["--max-steps", "6", "--eval-every", "3", "--batch-clips", "4"]
    words += ["--gradient-checkpointing"]
    assert main(words) == 2
    what = f" ({told})" if told else ""
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"malgwi: error: {run}: out of memory{what}: one clip at a time is too much; cut the "
        "longest recordings, or start from a smaller checkpoint"
    )
    assert {p.name for p in tmp_path.iterdir()} == {"data", "checkpoint"}


@pytest.mark.parametrize("place", ["step", "evaluation", "thread", "features"])
def test_out_of_memory_says_what_to_do(
    place: str, data: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, name, call = {
        "step": (torch.autograd, "backward", 5),
        "evaluation": (malgwi.training.evaluations, "validate", 2),
        "thread": (malgwi.training.step_inputs, "padded", 7),
        "features": (Extractor, "features", 2),
    }[place]
    error = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has")
    monkeypatch.setattr(owner, name, _fails(error, call, getattr(owner, name)))
    run = tmp_path / "run"
    with pytest.raises(MalgwiError) as told:
        train(data, run, CONFIG, checkpoint=checkpoint, quiet=True)
    assert type(told.value) is MalgwiError  # exit status 2
    begin = f"{run}: out of memory (CUDA out of memory. Tried to allocate 2.00 GiB); "
    if place == "features":
        assert str(told.value) == (
            f"{begin.removesuffix('; ')} before the first step; close other programs, or start "
            "from a smaller checkpoint"
        )
        assert not run.exists()
        return
    monkeypatch.undo()
    saved = "the run has all up to step 3"
    assert str(told.value) == (
        f"{begin.removesuffix('; ')}: one clip at a time is too much; cut the longest recordings, "
        f"or start from a smaller checkpoint; {saved}"
        if place == "step"
        else f"{begin}{saved}: go on with --resume --gradient-checkpointing, or start a new one "
        "with a smaller --batch-seconds (it is 4)"
    )
    sparing = replace(CONFIG, gradient_checkpointing=True)
    assert train(data, run, sparing, resume=True, quiet=True).steps == 6
    # As if nothing had happened, and checkpointing changes no number.
    train(data, tmp_path / "whole", CONFIG, checkpoint=checkpoint, quiet=True)
    assert _weights(run) == _weights(tmp_path / "whole")


def test_another_runtime_error_is_no_lack_of_memory(
    data: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = _fails(RuntimeError("shapes differ"), 1, torch.autograd.backward)
    monkeypatch.setattr(torch.autograd, "backward", failing)
    with pytest.raises(RuntimeError, match="shapes differ"):
        train(data, tmp_path / "run", CONFIG, checkpoint=checkpoint, quiet=True)


def test_in_half_precision_the_search_for_a_scale_is_no_divergence(
    data: Path,
    checkpoint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(malgwi.training.setup, "precision", lambda *_: torch.float16)
    # The first gradients are so large that only a scale of 2^-8 would hold them in half precision.
    unscale = torch.amp.GradScaler.unscale_

    def overflowing(self: torch.amp.GradScaler, optimizer: torch.optim.Optimizer) -> None:
        if self.get_scale() > 2.0**-8:
            grads = [p.grad for g in optimizer.param_groups for p in g["params"]]
            next(grad for grad in grads if grad is not None).view(-1)[0] = float("inf")
        unscale(self, optimizer)

    monkeypatch.setattr(torch.amp.GradScaler, "unscale_", overflowing)
    config = replace(CONFIG, max_steps=30, eval_every=15)
    result = train(data, tmp_path / "run", config, checkpoint=checkpoint)
    assert result.stopped == "finished"
    figures = json.loads((tmp_path / "run" / "train.json").read_text())["figures"]
    assert figures["skipped_steps"] == 24  # from 2^16 down to 2^-8
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("step ")]
    assert "  15 steps skipped" in next(line for line in said if line.startswith("step 15"))
    assert "  24 steps skipped" in next(line for line in said if line.startswith("step 30"))
    # The sixteen down to a scale of 1 are a matter of course, the eight after it are told.
    rows = read_metrics(tmp_path / "run" / "metrics.jsonl")
    assert [row["step"] for row in rows if row.get("finding") == "not-finite"] == [*range(17, 25)]
    before = Wav2Vec2ForCTC.from_pretrained(checkpoint).state_dict()
    after = Wav2Vec2ForCTC.from_pretrained(tmp_path / "run").state_dict()
    if result.best_step == 30:
        assert not torch.equal(before["lm_head.weight"], after["lm_head.weight"])


def test_in_half_precision_a_diverged_run_is_said_to_be_one(
    data: Path, checkpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(malgwi.training.setup, "precision", lambda *_: torch.float16)
    _break_losses(monkeypatch)
    config = replace(CONFIG, max_steps=60, eval_every=10)
    run = tmp_path / "run"
    # 16 steps bring the scale from 65,536 to 1; 20 more are too many.
    with pytest.raises(GateError, match="the gradients of 36 steps in a row, up to step 36"):
        train(data, run, config, checkpoint=checkpoint, quiet=True)
    assert json.loads((run / "train.json").read_text())["figures"]["skipped_steps"] == 36
