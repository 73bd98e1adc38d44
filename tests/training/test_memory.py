"""How much memory steps take, and how much there is."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import torch

from malgwi.training import memory
from malgwi.training.config import TrainConfig
from malgwi.training.memory import Need, free_memory, measure_need
from tiny import tiny_setup

CPU = torch.device("cpu")


def test_need_by_hand() -> None:
    """1.2 times what is kept, 150 MB beside it: 7 clips of 100 MB at once, then 4, 2 and 1."""
    need = Need(weights=30_000_000, shared=5_000_000, clip=100_000_000, clips=7, layers=12)
    assert need.peak(1) == 30_000_000 + 150_000_000 + 846_000_000
    assert [need.peak(parts) - need.peak(8) for parts in (2, 4)] == [360_000_000, 120_000_000]
    assert need.peak(16) == need.peak(8) == need.peak(7)
    assert need.checkpointed().clip == 25_000_000
    assert replace(need, layers=1).checkpointed().clip == 100_000_000


def test_parts_that_fit() -> None:
    need = Need(weights=0, shared=0, clip=100_000_000, clips=7, layers=12)
    for parts in (1, 2, 4, 8):
        assert need.parts_within(need.peak(parts)) == parts
    assert need.parts_within(need.peak(1) - 1) == 2
    assert need.parts_within(0) == 8  # one clip each: nothing is left to try


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_step_keeps_so_much_for_each_clip(
    precision: Any, data: Path, checkpoint: str, tmp_path: Path
) -> None:
    """Steps of 4 clips keep what 1 and 2 clips foretell; nothing is drawn, nothing changed."""
    config = TrainConfig(
        max_steps=4, batch_clips=4, precision=precision, layerdrop=0.5, gradient_checkpointing=True
    )
    setup = tiny_setup(config, data, checkpoint, tmp_path / "run")
    learner, clips = setup.learner, setup.splits.train
    before = torch.get_rng_state()
    need = measure_need(learner, setup.inputs, clips, config)
    assert torch.equal(torch.get_rng_state(), before)
    assert learner.ctc.base.config.layerdrop == 0.5
    assert learner.ctc.base.encoder.layers[0].gradient_checkpointing
    assert (need.clips, need.layers) == (4, 2)
    trained = sum(p.numel() for p in learner.ctc.parameters() if p.requires_grad)
    assert need.weights == 12 * trained
    largest = memory._largest(setup.inputs, clips)
    frames = [max(clips[i].frames for i in step.batch) for step in setup.inputs.steps(0)]
    assert max(clips[i].frames for i in largest.batch) == max(frames[:3])  # of the first epoch
    learner.compute_activations_twice(False)
    four = setup.inputs.inputs(replace(largest, batch=largest.batch[:1] * 4))
    kept = memory._kept(learner, four, config)
    assert kept == pytest.approx(need.shared + 4 * need.clip, rel=0.01)
    # At least the output of each layer and the attention of each of its two heads, in fp32.
    width = four.forward["features"].shape[1]
    assert need.clip > 2 * width * 16 * 4 + 2 * 2 * width * width * 4 / (1 + (precision != "fp32"))


def test_a_measurement_that_fails_leaves_nothing_changed(
    data: Path, checkpoint: str, tmp_path: Path
) -> None:
    config = TrainConfig(max_steps=4, batch_clips=4, precision="fp32", gradient_checkpointing=True)
    setup = tiny_setup(config, data, checkpoint, tmp_path / "run")

    def fails(*_: Any) -> None:
        torch.rand(1)
        raise MemoryError

    before = torch.get_rng_state()
    setup.learner.ctc.register_forward_pre_hook(fails)
    with pytest.raises(MemoryError):
        measure_need(setup.learner, setup.inputs, setup.splits.train, config)
    assert torch.equal(torch.get_rng_state(), before)
    assert setup.learner.ctc.base.encoder.layers[0].gradient_checkpointing


def test_memory_of_a_machine_a_container_and_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=5_000))
    assert free_memory(CPU) == 5_000
    for most, free in (("max", 5_000), ("4000", 1_700), ("1000", 0)):
        (tmp_path / "memory.max").write_text(f"{most}\n")
        (tmp_path / "memory.current").write_text("2500\n")
        (tmp_path / "memory.stat").write_text("anon 9\ninactive_file 200\nfile 7\n")
        assert free_memory(CPU) == free
    (tmp_path / "memory.max").write_text("max\n")
    process = SimpleNamespace(
        rlimit=lambda _: (90_000, psutil.RLIM_INFINITY),
        memory_info=lambda: SimpleNamespace(vms=88_900),
    )
    monkeypatch.setattr(psutil, "Process", lambda: process)
    assert free_memory(CPU) == 1_100
