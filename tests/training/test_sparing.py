"""Steps that memory is too small for."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from malgwi.errors import MalgwiError
from malgwi.model.ctc_model import CtcModel, Trained
from malgwi.training import sparing
from malgwi.training.config import TrainConfig, read_config
from malgwi.training.memory import Need
from malgwi.training.state import load_state
from malgwi.training.train import train
from tiny import NO_DROPOUT, tiny_setup

CONFIG = TrainConfig(
    max_steps=4, eval_every=2, batch_clips=4, learning_rate=3e-3, precision="fp32", keep=9
)


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Memory for so many clips at once, in training and in scoring."""
    room: dict[str, Any] = {"clips": 99, "scored": 99, "whole": True}
    before = CtcModel.forward

    def forward(ctc: CtcModel, features: Any, *args: Any, **named: Any) -> Any:
        clips = len(features)
        held = not ctc.training or room["whole"] or _checkpoints(ctc)
        if clips > room["clips" if ctc.training else "scored"] or not held:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0")
        return before(ctc, features, *args, **named)

    monkeypatch.setattr(CtcModel, "forward", forward)
    return room


def _checkpoints(ctc: CtcModel) -> bool:
    return bool(ctc.base.encoder.layers[0].gradient_checkpointing)


def _weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "model.safetensors")


def _same(one: Path, other: Path) -> bool:
    theirs = _weights(other)
    return all(torch.equal(tensor, theirs[name]) for name, tensor in _weights(one).items())


@pytest.mark.parametrize("trained", ["encoder", "all"])
def test_parts_give_the_gradients_of_the_whole(
    trained: Trained, data: Path, checkpoint: str, tmp_path: Path
) -> None:
    config = replace(CONFIG, batch_clips=5, freeze_cnn=trained != "all", **NO_DROPOUT)
    setup = tiny_setup(config, data, checkpoint, tmp_path / "run")
    step = max(setup.inputs.steps(0), key=lambda step: len(step.batch))
    inputs = setup.inputs.inputs(step)
    found: list[tuple[Any, dict[str, Any]]] = []
    for parts in (1, 2, 4, 99):
        setup.learner.optimizer.zero_grad()
        output = setup.learner.gradients(step, inputs, trained=trained, parts=parts)
        found.append((output, {n: p.grad for n, p in setup.learner.ctc.named_parameters()}))
    assert [len(part.clips) for part in inputs.parts(2)] == [2, 3]
    assert [len(part.clips) for part in inputs.parts(99)] == [1] * 5
    whole, gradients = found[0]
    for output, others in found[1:]:
        for name in ("logits", "losses", "frame_lengths", "not_finite"):
            torch.testing.assert_close(getattr(output, name), getattr(whole, name).detach())
        for name, gradient in gradients.items():
            torch.testing.assert_close(others[name], gradient, rtol=1e-3, atol=1e-6)


def test_a_step_that_does_not_fit_goes_through_in_parts(
    data: Path,
    checkpoint: str,
    memory: dict[str, Any],
    *,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of steps of 4 clips, 2 fit: the first step fails once, and all have two parts."""
    memory["clips"] = 2
    train(data, tmp_path / "failed", CONFIG, checkpoint=checkpoint)
    told = "out of memory at step 0: from here on the clips of a step go through in 2 parts"
    assert capsys.readouterr().err.count(told) == 1
    assert json.loads((tmp_path / "failed/train.json").read_text())["figures"]["parts"] == 2
    # Known beforehand, nothing fails, and the failed try has left nothing, no dropout either.
    need = Need(weights=0, shared=0, clip=1_000_000, clips=4, layers=2)
    monkeypatch.setattr(sparing, "measure_need", lambda *_: need)
    monkeypatch.setattr(sparing, "free_memory", lambda _: need.peak(2))
    train(data, tmp_path / "known", CONFIG, checkpoint=checkpoint)
    told = "the clips of a step need about 0.2 GB at once, and 0.2 are free: the clips of a step "
    assert f"{told}go through in 2 parts\n" in capsys.readouterr().err
    assert _same(tmp_path / "failed", tmp_path / "known")


def test_a_resumed_run_goes_on_in_as_many_parts(
    data: Path, checkpoint: str, memory: dict[str, Any], tmp_path: Path
) -> None:
    """With room for all clips again: the numbers are those of the run that wasn't stopped."""
    memory["clips"] = 1
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    for run in (whole, resumed):
        train(data, run, CONFIG, checkpoint=checkpoint, quiet=True)
    (resumed / "state/00000004.pt").unlink()
    memory["clips"] = 99
    assert load_state(resumed)[0].parts == 4
    train(data, resumed, read_config(resumed), resume=True, quiet=True)
    assert _same(whole, resumed)


def test_where_one_clip_is_too_much_activations_are_computed_twice(
    data: Path,
    checkpoint: str,
    memory: dict[str, Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    memory["whole"] = False
    train(data, tmp_path / "run", CONFIG, checkpoint=checkpoint)
    said = capsys.readouterr().err
    assert "the clips of a step go through in 4 parts, and activations are computed twice" in said
    # As if both had been asked for.
    position = load_state(tmp_path / "run")[0]
    assert (position.parts, position.checkpointed) == (4, True)
    memory |= {"whole": True, "clips": 1}
    train(data, tmp_path / "parts", CONFIG, checkpoint=checkpoint, quiet=True)
    assert _same(tmp_path / "run", tmp_path / "parts")
    # Who says no to it is asked to change that.
    memory |= {"whole": False, "clips": 99}
    refused = replace(CONFIG, gradient_checkpointing=False)
    with pytest.raises(
        MalgwiError, match=r"a smaller --batch-clips .* or --gradient-checkpointing"
    ):
        train(data, tmp_path / "no", refused, checkpoint=checkpoint, quiet=True)


def test_where_even_that_is_too_much_it_says_so(
    data: Path, checkpoint: str, memory: dict[str, Any], tmp_path: Path
) -> None:
    memory["clips"] = 0
    with pytest.raises(MalgwiError, match="one clip at a time is too much; cut the longest"):
        train(data, tmp_path / "run", CONFIG, checkpoint=checkpoint, quiet=True)
    assert not (tmp_path / "run").exists()


def test_scoring_takes_fewer_clips_at_once(
    data: Path, checkpoint: str, memory: dict[str, Any], tmp_path: Path
) -> None:
    whole = train(data, tmp_path / "whole", CONFIG, checkpoint=checkpoint, quiet=True)
    memory["scored"] = 1
    single = train(data, tmp_path / "single", CONFIG, checkpoint=checkpoint, quiet=True)
    assert (single.best_wer, single.best_cer) == (whole.best_wer, whole.best_cer)
    memory["scored"] = 0
    remedy = r"clip\d\d: out of memory in scoring its \d\.\d s; cut it at pauses"
    with pytest.raises(MalgwiError, match=remedy):
        train(data, tmp_path / "none", CONFIG, checkpoint=checkpoint, quiet=True)


def test_too_little_memory_is_said_before_the_first_step(
    data: Path,
    checkpoint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sparing, "free_memory", lambda _: 100_000_000)
    train(data, tmp_path / "run", replace(CONFIG, max_steps=1), checkpoint=checkpoint)
    said = capsys.readouterr().err
    assert "0.1 are free: the clips of a step go through in 4 parts, and activations are" in said
    assert "even so a step needs about 0.2 GB: the system may end this run" in said
