"""The facts of recordings, measured by processes that may die: measure.py."""

import hashlib
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from corpora import write_clip
from malgwi.dataset import measure as measuring
from malgwi.dataset.measure import Recording, measure, measure_all


def test_facts_of_a_known_signal(tmp_path: Path) -> None:
    samples = np.zeros(16_000, np.float32)
    samples[8_000:9_600] = 0.5  # 0.1 s at half of full scale: -6.0 dB
    samples[15_984:] = 1.0  # 16 of 16,000 samples: 0.1 %
    path = tmp_path / "x.wav"
    soundfile.write(path, np.stack([samples, samples], 1), 16_000, subtype="FLOAT")
    assert measure(path) == Recording(
        samples=16_000,
        sample_rate=16_000,
        channels=2,
        loudest_dbfs=-6.0,
        clipped=0.001,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        sound_sha256=hashlib.sha256(samples.tobytes()).hexdigest(),
    )


def test_facts_do_not_depend_on_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_clip(tmp_path / "x.wav", seconds=3.7, rate=22_050)
    whole = measure(path)
    monkeypatch.setattr(measuring, "_BLOCK_S", 0.5)
    assert measure(path).sound_sha256 == whole.sound_sha256
    assert measure(path).samples == whole.samples == round(3.7 * 16_000)
    assert whole.sample_rate == 22_050


def test_silence_and_emptiness(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silent.wav", np.zeros(800), 16_000)
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), 16_000)
    assert measure(tmp_path / "silent.wav").loudest_dbfs == -200.0
    assert measure(tmp_path / "empty.wav").samples == 0


def test_problems_are_facts_too(tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"RIFF")
    cut = write_clip(tmp_path / "cut.wav")
    cut.write_bytes(cut.read_bytes()[:16_044])
    bad, short, missing = measure_all(
        [tmp_path / "bad.wav", cut, tmp_path / "missing.wav"], workers=1
    )
    assert "bad.wav: not readable as audio" in bad.problem
    assert short.truncated.endswith("cut.wav: truncated after 0.50 s")
    assert short.samples == 8_000
    assert "missing.wav: no such file" in missing.problem


def test_order_is_kept(tmp_path: Path) -> None:
    lengths = [0.9, 0.1, 0.5, 0.2, 0.7, 0.3] * 20
    paths = [write_clip(tmp_path / f"{i}.wav", seconds) for i, seconds in enumerate(lengths)]
    assert [r.seconds for r in measure_all(paths)] == pytest.approx(lengths)


def test_a_crash_costs_one_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker is stopped, so that it certainly holds the recording when it is killed."""
    paths = [write_clip(tmp_path / f"{i}.wav") for i in range(3)]
    started: list[int] = []
    start = measuring._start

    def noted() -> Any:
        process = start()
        started.append(process.pid)
        return process

    monkeypatch.setattr(measuring, "_start", noted)
    worker = measuring._Worker()
    assert worker.measure(paths[0]).problem == ""
    os.kill(started[0], signal.SIGSTOP)
    threading.Timer(0.3, os.kill, (started[0], signal.SIGKILL)).start()
    assert worker.measure(paths[1]).problem.startswith(f"{paths[1]}: the decoder crashed on it")
    assert worker.measure(paths[2]).problem == ""
    assert len(started) == 2
    worker.close()


def test_workers_end_with_the_last_recording(tmp_path: Path) -> None:
    def children() -> set[str]:
        found = set()
        for task in Path("/proc/self/task").iterdir():
            found |= set((task / "children").read_text().split())
        return found

    if not Path(f"/proc/self/task/{os.getpid()}/children").exists():
        pytest.skip("this system doesn't list a process's children")
    before = children()
    results = measure_all([write_clip(tmp_path / f"{i}.wav") for i in range(200)])
    next(results)
    assert len(children() - before) in (1, 2)
    results.close()  # type: ignore[attr-defined]
    deadline = time.monotonic() + 10
    while children() - before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert children() - before == set()
