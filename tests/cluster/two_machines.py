"""Training on two machines, of which one dies: `make cluster-test`.

The machines are two groups of torchrun on this one, which find each other as those of a cluster do.
"""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from tiny import tiny_checkpoint, tiny_dataset

ASKED = (
    *("--checkpoint", "checkpoint", "--max-steps", "60", "--eval-every", "10"),
    *("--batch-clips", "4", "--precision", "fp32", "--layerdrop", "0.1"),
    *("--learning-rate", "0.01"),
)


def _begin(run: str, *more: str) -> list[subprocess.Popen[bytes]]:
    """Start one process on each machine; each writes what it says to RUN-MACHINE.log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "torch.distributed.run", "--nnodes=2", "--nproc_per_node=1"]
    words += ["--rdzv-backend=c10d", f"--rdzv-endpoint=127.0.0.1:{port}", f"--rdzv-id={run}"]
    words += ["-m", "malgwi", "train", "data", "--output", run, *ASKED, *more]
    machines = []
    for machine in range(2):
        with Path(f"{run}-{machine}.log").open("wb") as log:
            machines.append(subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT))
    return machines


def _kill(machine: subprocess.Popen[bytes]) -> None:
    """Leave nothing of it, as a machine that loses its power."""
    whole = psutil.Process(machine.pid)
    for process in [*whole.children(recursive=True), whole]:
        process.kill()
    machine.wait()


def _end(run: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the last state, and the losses and rates of all steps."""
    state = torch.load(Path(run, "state", "00000060.pt"), weights_only=True)
    rows = [json.loads(line) for line in Path(run, "metrics.jsonl").read_text().splitlines()]
    told = ("step", "loss", "wer", "mean_loss")
    return state, [{key: row[key] for key in told if key in row} for row in rows]


def test_a_machine_that_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    tiny_dataset(Path("data"), clips=11)
    tiny_checkpoint(Path("checkpoint"))
    assert [machine.wait() for machine in _begin("whole")] == [0, 0]

    stays, dies = _begin("broken")
    while not list(Path("broken").glob("state/*.pt")):
        assert stays.poll() is None, Path("broken-0.log").read_text()
        time.sleep(0.05)
    _kill(dies)
    assert stays.wait() != 0
    said = Path("broken-0.log").read_text()
    assert (
        "malgwi: error: broken: another process of it, or the way to that machine, is gone" in said
    )
    assert "start all of them again with --resume" in said
    assert not Path("broken/state/00000060.pt").exists()

    assert [machine.wait() for machine in _begin("broken", "--resume")] == [0, 0]
    whole, broken = _end("whole"), _end("broken")
    for name, weights in whole[0]["model"].items():
        assert torch.equal(weights, broken[0]["model"][name]), name
    assert whole[1] == broken[1]
    assert json.loads(Path("broken/train.json").read_text())["facts"]["processes"] == 2
