"""The facts of recordings, measured by processes that may die: measure.py."""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr

from corpora import write_clip
from malgwi.dataset import measure as measuring
from malgwi.dataset.measure import WHOLE, Part, Recording, measure, measure_all
from malgwi.speech import audio


def _whole(path: Path, channel: int | None = None) -> Recording:
    [found] = measure(path, [Part(channel)])
    return found


def test_facts_of_a_known_signal(tmp_path: Path) -> None:
    samples = np.zeros(16_000, np.float32)
    samples[8_000:9_600] = 0.5  # 0.1 s at half of full scale: -6.0 dB
    samples[15_984:] = 1.0  # 16 of 16,000 samples: 0.1 %
    path = tmp_path / "x.wav"
    soundfile.write(path, np.stack([samples, samples], 1), 16_000, subtype="FLOAT")
    assert replace(_whole(path), highest_hz=0.0) == Recording(
        samples=16_000,
        length=16_000,
        sample_rate=16_000,
        channels=2,
        loudest_dbfs=-6.0,
        clipped=0.001,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        sound_sha256=hashlib.sha256(samples.tobytes()).hexdigest(),
    )


def test_facts_do_not_depend_on_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_clip(tmp_path / "x.wav", seconds=3.7, rate=22_050)
    whole = _whole(path)
    monkeypatch.setattr(measuring, "_BLOCK_S", 0.5)
    assert _whole(path).sound_sha256 == whole.sound_sha256
    assert _whole(path).samples == whole.samples == round(3.7 * 16_000)
    assert whole.sample_rate == 22_050


def test_where_the_spectrum_ends(tmp_path: Path) -> None:
    """A tone on line 32 of 256 (8 kHz), whose window spreads it by one line: 33 * 31.25 Hz."""
    tone = 0.5 * np.sin(2 * np.pi * 1_000 * np.arange(16_384) / 16_000)
    soundfile.write(tmp_path / "tone.wav", tone, 16_000, subtype="FLOAT")
    assert _whole(tmp_path / "tone.wav").highest_hz == 33 * 31.25
    narrow = soxr.resample(np.random.default_rng(1).normal(0, 0.1, 16_000), 8_000, 16_000)
    soundfile.write(tmp_path / "narrow.wav", narrow, 16_000)
    assert 3_700 < _whole(tmp_path / "narrow.wav").highest_hz < 4_100


def test_a_header_that_is_wrong_is_not_truncation(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "x.wav")
    content = bytearray(path.read_bytes())
    content[40:44] = bytes(4)  # the size, as a killed recorder leaves it
    path.write_bytes(content)
    found = _whole(path)
    assert found.samples == (len(content) - 44) // 2
    assert found.truncated == ""
    assert "its header says 0 bytes of sound" in found.wrong_header


def test_the_channel_that_is_named_or_chosen(tmp_path: Path) -> None:
    tone = 0.5 * np.sin(np.arange(16_000))
    path = tmp_path / "x.wav"
    soundfile.write(path, np.stack([tone, 0 * tone], 1), 16_000)
    [[chosen, first, second]] = measure_all([(path, [WHOLE, Part(0), Part(1)])], workers=1)
    assert (chosen.channel, chosen.channel_chosen) == (0, "there is silence in 1")
    assert (first.channel, first.channel_chosen) == (0, "")
    assert chosen.sound_sha256 == first.sound_sha256
    assert second.loudest_dbfs == -200.0
    assert "no channel 2; it has 2" in _whole(path, 2).problem


@pytest.mark.parametrize("block_s", [10.0, 0.7])
def test_a_part_is_measured_as_a_clip_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_s: float
) -> None:
    monkeypatch.setattr(measuring, "_BLOCK_S", block_s)
    noise = np.random.default_rng(0).normal(0, 0.2, 25 * 16_000).clip(-1, 1)
    path = tmp_path / "long.wav"
    soundfile.write(path, noise, 16_000)
    # In any order, two of them overlap, one is longer than what is measured at a time.
    borders = [(200_000, 230_001), (7, 180_000), (50_000, 70_000), (399_000, None), (0, 100)]
    found = measure(path, [Part(None, first, end) for first, end in borders])
    sound, _ = soundfile.read(path, dtype="int16")
    for part, (first, end) in zip(found, borders, strict=True):
        soundfile.write(tmp_path / "clip.wav", sound[first:end], 16_000)
        clip = _whole(tmp_path / "clip.wav")
        assert part == replace(clip, length=400_000, sha256=found[0].sha256)
    assert found[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_parts_at_and_behind_the_end(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "x.wav")
    found = measure(path, [Part(0, 15_000, 17_000), Part(0, 16_000, 16_100), Part(0, 10**9, None)])
    assert [(r.samples, r.length) for r in found] == [(1_000, 16_000), (0, 16_000), (0, 16_000)]


def test_a_recording_is_decoded_once_a_channel_and_hashed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int | None] = []
    blocks = audio.blocks

    def noted(path: Path, block_s: float, warn: Any, channel: int | None) -> Any:
        decoded.append(channel)
        return blocks(path, block_s, warn, channel)

    path = tmp_path / "call.wav"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, (32_000, 2)), 16_000)
    monkeypatch.setattr(audio, "blocks", noted)
    parts = [Part(i % 2, 100 * i, 100 * i + 1_600) for i in range(100)]
    signs: list[None] = []
    found = measure(path, parts, lambda: signs.append(None))
    assert decoded == [0, 1]
    assert len(signs) == 3  # a block of each channel, and the hash
    assert {r.channel for r in found} == {0, 1}


def test_memory_does_not_grow_with_the_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The blocks of 10 s that are over are given back: 640 kB each of ninety."""
    path = tmp_path / "long.wav"
    soundfile.write(path, np.zeros(16_000 * 900, np.int16), 16_000)
    parts = [Part(0, 16_000 * i, 16_000 * i + 8_000) for i in range(900)]
    monkeypatch.setattr(measuring, "_CHUNK", 1 << 20)
    measure(path, parts[:1])
    tracemalloc.start()
    measure(path, parts)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16_000_000


def test_silence_and_emptiness(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silent.wav", np.zeros(800), 16_000)
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), 16_000)
    assert _whole(tmp_path / "silent.wav").loudest_dbfs == -200.0
    assert _whole(tmp_path / "empty.wav").samples == 0


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
    name, _ = json.loads(line)
    for _ in range(60 if name == "long" else 0):
        print(flush=True)
        time.sleep(0.2)
    while name == "asleep":
        time.sleep(1)
    while name == "busy":
        pass
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

    monkeypatch.setattr(measuring, "_start", fake)
    monkeypatch.setattr(measuring, "_QUIET_S", 10.0)
    monkeypatch.setattr(measuring, "_LOOK_S", 0.1)
    names = ["a", "asleep", "busy", "long", "half", "four"]
    found = [r for [r] in measure_all(((Path(name), [WHOLE]) for name in names), workers=2)]
    hung = "the decoder hung for 10 s on it; convert it again or leave it out"
    assert [r.problem for r in found] == [
        "", f"asleep: {hung}", f"busy: {hung}", "", f"half: {hung}", "",
    ]  # fmt: skip
    assert [r.samples for r in found if not r.problem] == [1, 4, 4]


def test_a_worker_gives_signs_of_life(tmp_path: Path) -> None:
    """One for each 10 s of sound, and for the hash of the file: what is long isn't hung."""
    path = write_clip(tmp_path / "x.wav", seconds=35)
    process = measuring._start()
    assert process.stdin is not None
    answer, _ = process.communicate(json.dumps([str(path), [WHOLE]]) + "\n")
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
