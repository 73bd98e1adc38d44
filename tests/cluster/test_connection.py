"""What can be wrong with a cluster is told; and nobody is told what we do."""

import os
import socket
import sys
from pathlib import Path

import pytest

import malgwi
from bundles import level_bundle
from level_model import level_clip, level_dataset
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
        ("- --cluster local --output o", "-: comes through a pipe"),
    ],
)
def test_options(line: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["transcribe", "m.malgwi", "a.wav", *line.split()]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("evaluate m.malgwi data --cluster local", "--cluster local: give --output FOLDER"),
        ("evaluate m.malgwi data --cluster local --output o --part 1/2", "doesn't go with --part"),
        ("evaluate m.malgwi data --cluster local --output o --threads 2", "it is --worker-cpus"),
        ("evaluate m.malgwi data --worker-gpus 0", "--worker-gpus: is for a cluster"),
        ("prepare in --output o --worker-cpus 2", "--worker-cpus: is for a cluster"),
        ("prepare in --output o --cluster auto --worker-cpus 0", "expected 1 or more"),
        ("prepare in --output o --cluster h:0x1", "--cluster h:0x1: expected local, auto or HOST"),
        ("cut m.malgwi in --output o --cluster local --threads 1", "it is --worker-cpus there"),
    ],
)
def test_options_of_others(line: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line.split()) == 2
    assert message in capsys.readouterr().err


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    level_bundle(Path("m.malgwi"))
    level_dataset(Path("data"), [("u", "amy", "_ab_", "ab")])
    level_clip(Path("in/a.wav"), "_ab_")
    Path("in/a.txt").write_text("ab")


COMMANDS = ("evaluate m.malgwi data", "prepare in", "cut m.malgwi in", "align m.malgwi in")


@pytest.mark.usefixtures("inputs")
@pytest.mark.parametrize("command", COMMANDS)
def test_other_commands_say_the_same(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main([*command.split(), "--output", "out", "--cluster", "local"]) == 2
    assert "--cluster local needs Ray" in capsys.readouterr().err
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and doesn't listen
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert main([*command.split(), "--output", "out", "--cluster", address]) == 2
    assert f"--cluster {address}: doesn't answer" in capsys.readouterr().err
    assert not Path("out").exists()


def test_how_much_there_is_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    line = "transcribe m.malgwi gone.wav --cluster local --output o --dry-run"
    assert main(line.split()) == 0
    said = "1 recordings, 0.00 hours by their headers; without a length that can be read: 1"
    assert " ".join(capsys.readouterr().out.split()) == said
