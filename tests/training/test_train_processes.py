"""Two processes take the steps of one: the same clips, the same gradients, one run folder."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import torch

from places import TESTS
from tiny import tiny_checkpoint, tiny_dataset

LAUNCH = ("-m", "torch.distributed.run", "--nproc_per_node=2")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_gradients_of_two_processes_equal_those_of_one(tmp_path: Path) -> None:
    data = tiny_dataset(tmp_path / "data", clips=11)  # batches of 5, 5 and 1 clips
    checkpoint = tiny_checkpoint(tmp_path / "checkpoint")
    environment = os.environ | {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    found = []
    for name, launch in (("one", ()), ("two", (*LAUNCH, f"--master_port={_free_port()}"))):
        words = [sys.executable, *launch, TESTS / "one_gradient.py"]
        words += [data, checkpoint, tmp_path / name, tmp_path / f"{name}.pt"]
        subprocess.run(words, env=environment, timeout=300, check=True, cwd=TESTS)
        found.append(torch.load(tmp_path / f"{name}.pt", weights_only=True))
    one, two = found
    assert one["gradients"].keys() == two["gradients"].keys()
    assert len(one["gradients"]) > 20
    for name, gradient in one["gradients"].items():
        torch.testing.assert_close(two["gradients"][name], gradient, atol=1e-6, rtol=1e-4)
    assert (one["steps"], one["wer"]) == (two["steps"], two["wer"])
    facts = json.loads((tmp_path / "two" / "train.json").read_text())["facts"]
    assert facts["processes"] == 2
    rows = [
        [json.loads(line) for line in (tmp_path / name / "metrics.jsonl").read_text().splitlines()]
        for name in ("one", "two")
    ]
    assert [row["step"] for row in rows[0]] == [row["step"] for row in rows[1]]
    for ours, theirs in zip(*rows, strict=True):
        assert abs(ours.get("loss", 0) - theirs.get("loss", 0)) < 1e-3
