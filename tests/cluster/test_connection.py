"""What can be wrong with a cluster is told; and nobody is told what we do."""

import os
import socket
import sys
from pathlib import Path

import pytest

import malgwi
from bundles import level_bundle
from level_model import level_dataset
from malgwi.cli.main import main
from malgwi.cluster.connection import connected
from malgwi.errors import MalgwiError


def _fails(address: str, message: str) -> None:
    with pytest.raises(MalgwiError, match=message), connected(address):
        pass


def test_ray_reports_nothing() -> None:
    """Ray reads it when it starts; tests/cluster/on_ray.py asks Ray itself."""
    assert malgwi.__version__
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def test_without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    _fails("local", r"--cluster local needs Ray, .*pip install -e '\.\[cluster\]'")


@pytest.mark.parametrize("address", ["ray://h:1", "host", "h:99999", "h:", ":1", ""])
def test_no_address(address: str) -> None:
    _fails(address, f"--cluster {address}: expected local, auto or HOST:PORT")


def test_nobody_answers() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and doesn't listen
        _fails(f"127.0.0.1:{taken.getsockname()[1]}", r"doesn't answer .*ray start --head")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--cluster local", "--cluster local: give --output FOLDER"),
        ("--cluster local --output o --part 1/2", "--cluster local: doesn't go with --part"),
        ("--cluster local --output o --threads 2", "--threads; it is --worker-cpus there"),
        ("--cluster local --output o --worker-cpus 0", "--worker-cpus 0: expected 1 or more"),
        ("--cluster local --output o --worker-gpus -1", "--worker-gpus -1: expected 0 or more"),
        ("--worker-cpus 2", "--worker-cpus: is for a cluster; give --cluster"),
        ("--dry-run", "--dry-run: is for a cluster"),
        ("- --cluster local --output o", "-: comes through a pipe"),
    ],
)
def test_options(line: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["transcribe", "m.malgwi", "a.wav", *line.split()]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--cluster local", "--cluster local: give --output FOLDER"),
        ("--cluster local --output o --part 1/2", "--cluster local: doesn't go with --part"),
        ("--cluster local --output o --threads 2", "--threads; it is --worker-cpus there"),
        ("--worker-gpus 0", "--worker-gpus: is for a cluster; give --cluster"),
    ],
)
def test_options_of_evaluate(line: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "m.malgwi", "data", *line.split()]) == 2
    assert message in capsys.readouterr().err


def test_evaluate_without_ray(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    model = level_bundle(tmp_path / "m.malgwi")
    data = level_dataset(tmp_path / "data", [("u", "amy", "_ab_", "ab")])
    out = tmp_path / "out"
    words = ["evaluate", str(model), str(data), "--output", str(out), "--cluster", "local"]
    assert main(words) == 2
    assert "--cluster local needs Ray" in capsys.readouterr().err
    assert not out.exists()


def test_how_much_there_is_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    line = "transcribe m.malgwi gone.wav --cluster local --output o --dry-run"
    assert main(line.split()) == 0
    said = "1 recordings, 0.00 hours by their headers; without a length that can be read: 1"
    assert " ".join(capsys.readouterr().out.split()) == said
