"""The benchmark for GPUs, tiny and on a CPU: its checks run, and say what they should there."""

import argparse
from pathlib import Path

import pytest

from places import TOP
from tiny import tiny_dataset


def test_its_checks_run_on_a_cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TOP / "benchmarks"))
    import gpu

    monkeypatch.setattr(gpu, "STEPS", 4)
    data = tiny_dataset(tmp_path / "data")
    args = argparse.Namespace(dataset=data, folder=tmp_path, model="tiny")
    found = {part: run(args) for part, run in gpu.PARTS.items() if part != "speed"}
    assert found["inputs"]["device"] == "CPU"
    assert found["features"]["largest_difference"] <= 0.002 * found["features"]["largest_value"]
    assert found["features"]["together_x_real_time"] > 0
    assert found["precisions"]["fp16"].startswith("--precision: fp16 can't be trained on a CPU")
    assert found["precisions"]["fp32"]["first"] > 0
    assert found["precisions"]["bf16"]["first"] == pytest.approx(
        found["precisions"]["fp32"]["first"], rel=0.05
    )
    assert found["resume"]["largest_difference"] == 0.0
    assert found["resume"]["largest_change_of_those_steps"] > 0
    assert found["same as the CPU"]["frames_with_the_same_token"] == 1.0
