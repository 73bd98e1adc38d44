"""What running a model costs, measured in a process of its own."""

from pathlib import Path

import pytest

from bundles import level_onnx
from malgwi.errors import MalgwiError
from malgwi.export.cost import measure_cost, peak_bytes


def test_it_measures_time_and_memory(tmp_path: Path) -> None:
    cost = measure_cost(level_onnx(tmp_path / "m.onnx"), seconds=1.0)
    assert cost.load_s > 0
    assert cost.real_time_factor > 0
    assert cost.peak_bytes is None or 1e7 < cost.peak_bytes < 1e9


def test_a_process_that_fails_is_named_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(b"no model")
    with pytest.raises(MalgwiError, match=r"m\.onnx: measuring it failed \(exit 1: .+\)"):
        measure_cost(tmp_path / "m.onnx")


def test_memory_that_was_held_counts() -> None:
    before = peak_bytes()
    if before is None:
        pytest.skip("this system doesn't tell a process's peak memory")
    held = bytearray(before)
    held[::4096] = b"x" * len(held[::4096])
    after = peak_bytes()
    assert after is not None
    assert after >= before + len(held) // 2
