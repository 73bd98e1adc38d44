"""What tests on a Ray cluster share: bundles and recordings at hand, processes that die."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bundles import level_bundle

_HOOK = """\
import os, pathlib, sys
real = pathlib.Path.open
def open(self, *args, **more):
    if self.name in {names!r} and {process!r} in sys.argv[0]:
        os.kill(os.getpid(), 11)
    return real(self, *args, **more)
pathlib.Path.open = open
"""


def at_work(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with a bundle, and let Ray's processes find what these tests import."""
    monkeypatch.chdir(folder)
    tests = str(Path(__file__).parent)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*sys.path, tests]))
    level_bundle(Path("m.malgwi"))


def deadly(monkeypatch: pytest.MonkeyPatch, *names: str, process: str = "default_worker") -> None:
    """Let files of these names kill whatever process opens them, as a decoder would: Ray's only."""
    hook(monkeypatch, _HOOK.format(names=names, process=process))


def hook(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let every process that starts run a script first."""
    Path("hook").mkdir()
    Path("hook/sitecustomize.py").write_text(script)
    hooked = os.pathsep.join([str(Path("hook").absolute()), os.environ["PYTHONPATH"]])
    monkeypatch.setenv("PYTHONPATH", hooked)


@contextmanager
def nodes(processors: int) -> Iterator[Any]:
    """Yield a cluster of one node, to which others can be added."""
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": processors})
    try:
        yield made
    finally:
        made.shutdown()
