"""The benchmark for GPUs, tiny and on a CPU: its checks run, and say what they should there."""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import psutil
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


_PART = """\
import os, pathlib, subprocess, sys, time
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path("pids.new").write_text(f"{os.getpid()} {other.pid}")
os.rename("pids.new", "pids")
time.sleep(600)
"""


def _alive(pids: list[int]) -> list[int]:
    """Return those that still run; one that ended and isn't waited for doesn't."""
    found = []
    for pid in pids:
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
        except psutil.NoSuchProcess:
            continue
    return found


def _ended(pids: list[int]) -> bool:
    for _ in range(600):
        if not _alive(pids):
            return True
        time.sleep(0.1)
    return False


def test_a_part_that_takes_too_long_leaves_nothing_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(TOP / "benchmarks"))
    monkeypatch.chdir(tmp_path)
    import gpu

    Path("part.py").write_text(_PART)
    monkeypatch.setattr(gpu, "__file__", "part.py")
    args = argparse.Namespace(dataset=tmp_path, folder=tmp_path, model="tiny", epochs=1)
    found = gpu._in_process(args, "inputs", 5.0)
    assert found == {"not_run": "not through after 5 s, all that was left"}
    pids = [int(pid) for pid in Path("pids").read_text().split()]
    assert len(pids) == 2
    assert _ended(pids)


def test_what_ends_it_ends_its_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("part.py").write_text(_PART)
    script = f"""\
import sys
sys.path.insert(0, {str(TOP / "benchmarks")!r})
import gpu
gpu.__file__ = "part.py"
sys.argv = ["gpu.py", "data"]
gpu.main()
"""
    whole = subprocess.Popen([sys.executable, "-c", script])
    for _ in range(600):
        if Path("pids").is_file():
            break
        assert whole.poll() is None
        time.sleep(0.1)
    pids = [int(pid) for pid in Path("pids").read_text().split()]
    whole.terminate()
    assert whole.wait() == 128 + 15
    assert _ended(pids)
