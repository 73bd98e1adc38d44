"""Recordings measured by processes that may die."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from any_order import DIED, backwards
from corpora import write_clip
from malgwi.dataset import measurers
from malgwi.dataset import slices as slicing
from malgwi.dataset.measurers import Measurer, measure_all
from malgwi.dataset.slices import ALL, WHOLE, Part, slices

_SECONDS = [Part(None, 16_000 * n, 16_000 * n + 16_000) for n in range(4)]


@pytest.fixture(autouse=True)
def measured_here() -> None:
    """Not here: these tests are about the processes."""


def test_problems_are_facts_too(tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"RIFF")
    cut = write_clip(tmp_path / "cut.wav")
    cut.write_bytes(cut.read_bytes()[:16_044])
    paths = [tmp_path / "bad.wav", cut, tmp_path / "missing.wav"]
    [bad], [short], [missing] = measure_all(((path, [WHOLE]) for path in paths), workers=1)
    assert "bad.wav: not readable as audio" in bad.problem
    assert short.truncated.endswith("cut.wav: truncated after 0.50 s")
    assert short.samples == 8_000
    assert "missing.wav: no such file" in missing.problem


def test_order_is_kept(tmp_path: Path) -> None:
    lengths = [0.9, 0.1, 0.5, 0.2, 0.7, 0.3] * 20
    paths = [write_clip(tmp_path / f"{i}.wav", seconds) for i, seconds in enumerate(lengths)]
    found = measure_all((path, [WHOLE]) for path in paths)
    assert [r.seconds for [r] in found] == pytest.approx(lengths)


def test_elsewhere_the_facts_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In slices, too, one of which isn't as its header says."""
    monkeypatch.setattr(slicing, "_SLICE", 16_000)
    recordings = [(write_clip(tmp_path / f"{i}.wav", 4 + i), _SECONDS) for i in range(3)]
    cut = recordings[1][0]
    cut.write_bytes(cut.read_bytes()[:100_000])
    assert len(slices(*recordings[0])) > 2
    measurer = Measurer()
    found = list(measure_all(recordings, each=backwards(measurer)))
    assert found == list(measure_all(recordings))
    assert found[1][0].truncated
    died = list(measure_all(recordings, each=backwards(measurer, "2.wav")))
    assert died[:2] == found[:2]
    assert {one.problem for one in died[2]} == {f"{tmp_path / '2.wav'}: {DIED}"}
    measurer.close()


def test_a_crash_costs_one_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker is stopped, so that it certainly holds the recording when it is killed."""
    paths = [write_clip(tmp_path / f"{i}.wav") for i in range(3)]
    started: list[int] = []
    start = measurers._start

    def noted() -> Any:
        process = start()
        started.append(process.pid)
        return process

    monkeypatch.setattr(measurers, "_start", noted)
    worker = Measurer()
    assert worker.measure(paths[0])[0].problem == ""
    os.kill(started[0], signal.SIGSTOP)
    threading.Timer(0.3, os.kill, (started[0], signal.SIGKILL)).start()
    assert worker.measure(paths[1])[0].problem.startswith(f"{paths[1]}: the decoder crashed on it")
    assert worker.measure(paths[2])[0].problem == ""
    assert len(started) == 2
    worker.close()


FAKE = """
import json, sys, time
for line in sys.stdin:
    name, *_ = json.loads(line)
    for _ in range(60 if name == "long" else 0):
        print(flush=True)
        time.sleep(0.2)
    while name == "asleep":
        time.sleep(1)
    if name == "half":
        print("{", end="", flush=True)
        time.sleep(600)
    print(json.dumps([{"samples": len(name)}]), flush=True)
"""
"""A worker: one that never comes back for some names, and takes longer than the limit for one."""


def test_a_hung_decoder_costs_one_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    def fake() -> Any:
        return subprocess.Popen(
            [sys.executable, "-c", FAKE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    monkeypatch.setattr(measurers, "_start", fake)
    monkeypatch.setattr(measurers, "_QUIET_S", 10.0)
    monkeypatch.setattr(measurers, "_LOOK_S", 0.1)
    names = ["a", "asleep", "long", "half", "four"]
    found = [r for [r] in measure_all(((Path(name), [WHOLE]) for name in names), workers=2)]
    hung = "the decoder hung for 10 s on it; convert it again or leave it out"
    assert [r.problem for r in found] == [
        "", f"asleep: {hung}", "", f"half: {hung}", "",
    ]  # fmt: skip
    assert [r.samples for r in found if not r.problem] == [1, 4, 4]


def test_a_worker_gives_signs_of_life(tmp_path: Path) -> None:
    """One for each 10 s of sound, and for the hash of the file: what is long isn't hung."""
    path = write_clip(tmp_path / "x.wav", seconds=35)
    process = measurers._start()
    assert process.stdin is not None
    answer, _ = process.communicate(json.dumps([str(path), [WHOLE], ALL]) + "\n")
    *signs, facts, rest = answer.split("\n")
    assert signs == [""] * 5
    assert json.loads(facts)[0]["samples"] == 35 * 16_000
    assert rest == ""


def test_workers_end_with_the_last_recording(tmp_path: Path) -> None:
    def children() -> set[str]:
        found = set()
        for task in Path("/proc/self/task").iterdir():
            with contextlib.suppress(OSError):  # a thread that ended meanwhile
                found |= set((task / "children").read_text().split())
        return found

    if not Path(f"/proc/self/task/{os.getpid()}/children").exists():
        pytest.skip("this system doesn't list a process's children")
    before = children()
    results = measure_all((write_clip(tmp_path / f"{i}.wav"), [WHOLE]) for i in range(200))
    next(results)
    assert len(children() - before) in (1, 2)
    results.close()  # type: ignore[attr-defined]
    deadline = time.monotonic() + 300
    while children() - before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert children() - before == set()
