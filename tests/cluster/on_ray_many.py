"""Two thousand recordings on three nodes of which two die: `make cluster-test`."""

import io
import os
import sys
import time
from pathlib import Path
from threading import Thread

import pytest
import soundfile
from ray.cluster_utils import Cluster

from bundles import level_bundle
from level_model import level_samples
from malgwi.cluster.transcribe import transcribe_on_cluster
from malgwi.errors import MalgwiError
from malgwi.recognition.transcribe import transcribe

HOURS = 3
WRONG = "30 of 2000 recordings could not be transcribed"


def test_as_on_one_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tests = str(Path(__file__).parents[1])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*sys.path, tests]))
    level_bundle(Path("m.malgwi"))
    Path("in").mkdir()
    for number in range(1969):
        spelling = "_" + "ab|"[: number % 3 + 1] * (number % 20 + 1) + "_"
        soundfile.write(f"in/{number:04}.wav", level_samples(spelling), 16_000)
    for number in range(30):
        Path(f"in/broken{number}.wav").write_bytes(b"RIFF and nothing else")
    hour = level_samples(("ab|ba" + "_" * 12) * (60 * 60 * 50 // 51))
    with soundfile.SoundFile("in/long.wav", "w", 16_000, 1) as long:
        for _ in range(HOURS):
            long.write(hour)
    files = sorted(Path("in").glob("*.wav"))

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    others = [cluster.add_node(num_cpus=1) for _ in range(2)]
    cluster.wait_for_nodes()

    def kill() -> None:
        """With -9, each when so many files are there."""
        for machine, there in zip(others, (300, 900), strict=True):
            while len(list(Path("out").glob("[!.]*"))) < there:
                time.sleep(0.1)
            cluster.remove_node(machine, allow_graceful=False)

    killer = Thread(target=kill)
    killer.start()
    try:
        with pytest.raises(MalgwiError, match=WRONG):
            transcribe_on_cluster(
                cluster.address, "m.malgwi", files, formats=("json",), output=Path("out")
            )
    finally:
        killer.join()
        cluster.shutdown()
    with pytest.raises(MalgwiError, match=WRONG):
        transcribe("m.malgwi", files, formats=("json",), output=Path("one"), stderr=io.StringIO())
    names = sorted(path.name for path in Path("one").iterdir())
    assert len(names) == 1970
    assert sorted(path.name for path in Path("out").glob("[!.]*")) == names
    for name in names:
        assert Path("out", name).read_bytes() == Path("one", name).read_bytes(), name
