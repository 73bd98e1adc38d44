"""Two processes take the steps of one: the same clips, the same gradients, one run folder."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from one_gradient import first_gradients
from places import TESTS
from tiny import tiny_checkpoint, tiny_dataset

LAUNCH = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2")


@pytest.mark.parametrize(("frozen_layers", "gradients"), [(0, 44), (1, 18)])
def test_gradients_of_two_processes_equal_those_of_one(
    frozen_layers: int, gradients: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tiny_dataset(tmp_path / "data", clips=11)  # batches of 5, 5 and 1 clips
    checkpoint = tiny_checkpoint(tmp_path / "checkpoint")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    one = first_gradients(data, checkpoint, tmp_path / "one", frozen_layers)
    words: list[str | Path] = [sys.executable, *LAUNCH, TESTS / "one_gradient.py"]
    words += [data, checkpoint, tmp_path / "two", tmp_path / "two.pt", str(frozen_layers)]
    subprocess.run(words, check=True, cwd=TESTS)
    two = torch.load(tmp_path / "two.pt", weights_only=True)
    assert one["gradients"].keys() == two["gradients"].keys()
    assert len(one["gradients"]) == gradients
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
