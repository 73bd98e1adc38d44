"""A Ray cluster gives the files of one machine, whatever dies: `make cluster-test`.

Ray isn't among what `make setup` installs, and starting it takes longer than CI has.
"""

import io
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import soundfile

from level_model import level_samples
from malgwi.cluster import transcribe as module
from malgwi.cluster.connection import connected
from malgwi.cluster.transcribe import transcribe_on_cluster
from malgwi.errors import MalgwiError
from malgwi.recognition.transcribe import transcribe
from ray_clusters import at_work, deadly, nodes

FORMATS = ("json", "srt", "textgrid")
MINUTES = 4


@pytest.fixture(autouse=True)
def _inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty short ones, a long one of many stretches, and two that are none."""
    at_work(tmp_path, monkeypatch)
    Path("in").mkdir()
    for number in range(30):
        spelling = "_" + "ab|"[: number % 3 + 1] * (number + 1) + "_"
        soundfile.write(f"in/{number:02}.wav", level_samples(spelling), 16_000)
    long = ("ab|ba" + "_" * 12) * (MINUTES * 60 * 50 // 51)
    soundfile.write("in/long.wav", level_samples(long), 16_000)
    for name in ("bad", "worse"):
        Path(f"in/{name}.wav").write_bytes(b"RIFF and nothing else")


def _files() -> list[Path]:
    return sorted(Path("in").glob("*.wav"))


def _content(folder: str) -> dict[str, bytes]:
    """Of files; a process killed while it begins one leaves an empty hidden folder of it."""
    return {path.name: path.read_bytes() for path in Path(folder).glob("[!.]*")}


def _alone() -> dict[str, bytes]:
    with pytest.raises(MalgwiError, match="2 of 33 recordings could not be transcribed"):
        transcribe("m.malgwi", _files(), formats=FORMATS, output=Path("one"), stderr=io.StringIO())
    return _content("one")


def _on(address: str) -> None:
    with pytest.raises(MalgwiError, match="2 of 33 recordings could not be transcribed"):
        transcribe_on_cluster(address, "m.malgwi", _files(), formats=FORMATS, output=Path("out"))


def test_files_are_those_of_one_machine_and_ray_reports_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with connected("local") as ray:
        from ray._common.usage.usage_lib import usage_stats_enabled

        assert not usage_stats_enabled()
        assert ray.cluster_resources()["CPU"] >= 1
    _on("local")
    assert _content("out") == _alone()
    said = capsys.readouterr().err
    assert said.index("in/bad.wav: not readable") < said.index("in/worse.wav: not readable")
    for name in ("bad", "worse"):
        Path(f"in/{name}.wav").unlink()
    with pytest.raises(MalgwiError, match=r"recordings is 33 of .*, expected 31 of"):
        transcribe_on_cluster("local", "m.malgwi", _files(), formats=FORMATS, output=Path("out"))


def test_a_recording_that_kills_its_process_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deadly(monkeypatch, "07.wav")
    with pytest.raises(
        MalgwiError, match="1 of 4 recordings could not be transcribed, the first in/07"
    ):
        transcribe_on_cluster(
            "local", "m.malgwi", _files()[5:9], formats=("text",), output=Path("out")
        )
    assert (
        "error: in/07.wav: its process died or gave no answer, also when begun again (Worker"
        in capsys.readouterr().err
    )
    assert list(_content("out")) == ["05.txt", "06.txt", "08.txt"]


@pytest.fixture
def cluster() -> Iterator[Any]:
    with nodes(processors=1) as made:
        yield made


def test_a_machine_that_dies_and_versions_that_differ(
    cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    with monkeypatch.context() as patch:
        patch.setattr(module, "same_model", lambda *_: {"Malgwi": "0.0.9"})
        with pytest.raises(MalgwiError, match=r"machine .*: Malgwi is 0\.1\.0, expected 0\.0\.9"):
            transcribe_on_cluster(
                cluster.address, "m.malgwi", _files(), formats=FORMATS, output=Path("never")
            )

    def kill() -> None:
        while not list(Path("out").glob("*.json")):
            time.sleep(0.05)
        cluster.remove_node(other, allow_graceful=False)

    killer = Thread(target=kill)
    killer.start()
    _on(cluster.address)
    killer.join()
    assert _content("out") == _alone()


def test_a_run_that_is_killed_goes_on() -> None:
    words = [sys.executable, "-m", "malgwi", "transcribe", "m.malgwi", "in", "--output", "out"]
    words += ["--format", ",".join(FORMATS), "--cluster", "local"]
    first = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    record = Path("out.parts/1-of-1.jsonl")
    while first.poll() is None and (
        not record.is_file() or len(record.read_bytes().splitlines()) < 8
    ):
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = len(record.read_bytes().splitlines()) - 1
    assert 7 <= before < 33
    again = subprocess.run(words, stderr=subprocess.PIPE, text=True, check=False)
    assert again.returncode == 2
    assert "33 of 33 recordings are through" in again.stderr
    assert "of them earlier" in again.stderr
    assert _content("out") == _alone()
