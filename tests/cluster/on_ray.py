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
from malgwi.job_array import Record
from malgwi.recognition.transcribe import transcribe
from ray_clusters import at_work, deadly, hook, nodes

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


_OPENED = """\
import os, pathlib, sys
if "default_worker" in sys.argv[0]:
    from malgwi.recognition import recognise
    real = recognise._from_bundle
    def opened(*args):
        with open({log!r}, "a") as file:
            file.write(f"{{os.getpid()}}\\n")
        return real(*args)
    recognise._from_bundle = opened
"""


def test_short_ones_do_not_wait_for_a_long_one_and_a_process_loads_the_model_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Though it hears short recordings whole and stretches of the long one."""
    log = Path("opened").absolute()
    hook(monkeypatch, _OPENED.format(log=str(log)))
    files = [*_files()[:8], Path("in/long.wav")]
    ended: list[int] = []
    real = Record.add

    def add(record: Record, item: int, found: Any) -> None:
        ended.append(item)
        real(record, item, found)

    monkeypatch.setattr(Record, "add", add)
    transcribe_on_cluster("local", "m.malgwi", files, formats=("text",), output=Path("out"))
    assert sorted(ended) == list(range(9))
    assert ended[-1] == 8  # short ones fill what it leaves
    processes = log.read_text().split()
    assert len(processes) >= 1
    assert len(set(processes)) == len(processes)


_SLOWLY = """\
import pathlib, sys, time
if "default_worker" in sys.argv[0]:
    from malgwi.cluster import ahead
    real = ahead.run
    def run(recogniser, span, samples, **how):
        import ray
        node = ray.get_runtime_context().get_node_id()
        found = real(recogniser, span, samples, **how)
        if pathlib.Path("slow").exists():
            time.sleep(0.2)
        pathlib.Path("stretches", f"{span.first_frame}-{node}").touch()
        return found
    ahead.run = run
"""


def test_a_machine_that_dies_in_the_middle_of_a_long_recording(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Stretches have been run there, and others are under way; nothing else is to do."""
    transcribe("m.malgwi", [Path("in/long.wav")], formats=FORMATS, output=Path("one"))
    hook(monkeypatch, _SLOWLY)
    Path("slow").touch()
    Path("stretches").mkdir()
    went_wrong: list[BaseException] = []
    with nodes(processors=1) as cluster:
        other = cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()

        def kill() -> None:
            try:
                while len(list(Path("stretches").glob(f"*-{other.node_id}"))) < 3:
                    time.sleep(0.02)
                assert not list(Path("out").glob("*.json"))
                cluster.remove_node(other, allow_graceful=False)
            except BaseException as error:  # told by the thread that waits
                went_wrong.append(error)
            finally:
                Path("slow").unlink()

        killer = Thread(target=kill)
        killer.start()
        transcribe_on_cluster(
            cluster.address, "m.malgwi", [Path("in/long.wav")], formats=FORMATS, output=Path("out")
        )
        killer.join()
    assert not went_wrong
    assert _content("out") == _content("one")
    stretches = {path.name.partition("-")[0] for path in Path("stretches").iterdir()}
    assert len(stretches) >= MINUTES * 60 / 30


def test_a_long_recording_at_which_its_process_dies_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deadly(monkeypatch, "worst.wav")
    Path("in/long.wav").replace("in/worst.wav")
    soundfile.write("in/next.wav", level_samples("ab|ba" * 1_000 + "_"), 16_000)
    files = [*_files()[3:6], Path("in/next.wav"), Path("in/worst.wav")]
    with pytest.raises(
        MalgwiError, match=r"1 of 5 recordings could not be transcribed, the first in/worst.wav"
    ):
        transcribe_on_cluster("local", "m.malgwi", files, formats=("text",), output=Path("out"))
    assert (
        "error: in/worst.wav: its process died or gave no answer, also when begun again (Worker"
        in capsys.readouterr().err
    )
    assert sorted(_content("out")) == ["03.txt", "04.txt", "05.txt", "next.txt"]


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
