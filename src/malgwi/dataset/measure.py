"""What a recording holds, measured by decoding all of it once: length, levels, a fingerprint.

`measure_all` does so in worker processes, since a decoder that crashes on a broken file, or never
comes back, must cost that file only. A worker is `python -m malgwi.dataset.measure`: paths and
channels in, facts out, a JSON line each, and empty lines before it as signs of life.
"""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from math import log10
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from malgwi.errors import MalgwiError
from malgwi.speech import audio
from malgwi.speech.channels import Choice, choose

FULL_SCALE = 0.999
"""A sample from here up counts as clipped."""

SPECTRUM_DB = 60.0
"""Hiss of a microphone stays within this of the peak of speech; where nothing was recorded, only
rounding to 16 bits is left, some 80 below."""

_BLOCK_S = 10.0
_SPECTRUM = 512
_STRETCH = audio.SAMPLE_RATE // 10
_CHUNK = 1 << 24  # bytes hashed at a time
_IN_FLIGHT = 64  # recordings handed out before the oldest one's facts are in
_QUIET_S = 300.0
"""Without a sign of life a worker hangs: it gives one for every 10 s of sound, which take it some
milliseconds, so that a busy machine or a slow disk isn't mistaken for a file that is broken."""
_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Recording:
    """The facts of one recording; where `problem` is set, the others mean nothing."""

    samples: int = 0
    """At 16 kHz."""
    sample_rate: int = 0
    """The file's own, Hz."""
    channels: int = 0
    loudest_dbfs: float = -200.0
    """Level of the loudest 0.1 s (root mean square, dB below full scale; -200 for silence)."""
    highest_hz: float = 0.0
    """Above this its spectrum is `SPECTRUM_DB` below its peak everywhere."""
    clipped: float = 0.0
    """Share of samples at full scale, 0 to 1."""
    sha256: str = ""
    """Of the file's bytes."""
    sound_sha256: str = ""
    """Of the samples that a model would hear: equal for copies in another container."""
    channel: int | None = None
    """The one that was measured, counted from 0; None is the average of all."""
    channel_chosen: str = ""
    """Why this channel, where the corpus doesn't say which."""
    truncated: str = ""
    """What was said about a file that ends too early."""
    wrong_header: str = ""
    """What was said about a header that says something else than the file holds."""
    problem: str = ""
    """Why the recording can't be read."""

    @property
    def seconds(self) -> float:
        """The length at 16 kHz."""
        return self.samples / audio.SAMPLE_RATE


def measure(
    path: Path, channel: int | None = None, alive: Callable[[], object] = lambda: None
) -> Recording:
    """Decode a recording block by block and return its facts; call `alive` on the way.

    Those of one channel where the corpus names it, else of what is chosen by measurement.
    """
    said: list[str] = []
    samples, clipped, loudest, power = 0, 0, 0.0, np.zeros(_SPECTRUM // 2 + 1)
    digest = hashlib.sha256()
    try:
        header = audio.info(path)
        choice = choose(path, alive) if channel is None else Choice(channel, "")
        for block in audio.blocks(path, _BLOCK_S, said.append, choice.channel):
            samples += len(block)
            clipped += int((np.abs(block) >= FULL_SCALE).sum())
            loudest = max(loudest, _loudest(block))
            power += _power(block)
            digest.update(block.tobytes())
            alive()
        file_digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                file_digest.update(chunk)
                alive()
    except (MalgwiError, OSError) as error:
        return Recording(problem=str(error))
    return Recording(
        samples=samples,
        sample_rate=header.sample_rate,
        channels=header.channels,
        loudest_dbfs=round(10 * log10(loudest), 1) if loudest > 1e-20 else -200.0,
        highest_hz=_highest(power),
        clipped=clipped / samples if samples else 0.0,
        sha256=file_digest.hexdigest(),
        sound_sha256=digest.hexdigest(),
        channel=choice.channel,
        channel_chosen=choice.why,
        truncated="".join(text for text in said if not isinstance(text, audio.WrongHeader)),
        wrong_header="".join(text for text in said if isinstance(text, audio.WrongHeader)),
    )


def _loudest(block: audio.Samples) -> float:
    """Return the largest mean square over stretches of 0.1 s, or over all if it is shorter."""
    squares = block.astype(np.float64) ** 2
    whole = len(squares) // _STRETCH * _STRETCH
    if not whole:
        return float(squares.mean())
    return float(squares[:whole].reshape(-1, _STRETCH).mean(axis=1).max())


def _power(block: audio.Samples) -> NDArray[np.float64]:
    """Return the power spectrum, summed over stretches of `_SPECTRUM` samples."""
    whole = block[: len(block) // _SPECTRUM * _SPECTRUM].reshape(-1, _SPECTRUM)
    spectrum = np.fft.rfft(whole * np.hanning(_SPECTRUM + 1)[:-1])
    power: NDArray[np.float64] = (np.abs(spectrum) ** 2).sum(axis=0)
    return power


def _highest(power: NDArray[np.float64]) -> float:
    over = np.flatnonzero(power > power.max() * 10 ** (-SPECTRUM_DB / 10))
    return float(over[-1]) * audio.SAMPLE_RATE / _SPECTRUM if len(over) else 0.0


def measure_all(
    recordings: Iterable[tuple[Path, int | None]], workers: int = 2
) -> Iterator[Recording]:
    """Yield the facts of each recording and channel, in order, measured by `workers` processes.

    A recording on which the decoder crashes or hangs gets a `problem`; the rest goes on. Memory
    doesn't grow with the number of recordings.
    """
    local = threading.local()
    started: list[_Worker] = []

    def ask(path: Path, channel: int | None) -> Recording:
        if not hasattr(local, "worker"):
            local.worker = _Worker()
            started.append(local.worker)
        worker: _Worker = local.worker
        return worker.measure(path, channel)

    pending: deque[Future[Recording]] = deque()
    threads = ThreadPoolExecutor(workers)
    try:
        for path, channel in recordings:
            pending.append(threads.submit(ask, path, channel))
            if len(pending) >= _IN_FLIGHT:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        threads.shutdown(cancel_futures=True)
        for worker in started:
            worker.close()


class _Watch:
    """Ends a process that gives no sign of life for too long."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.hung = False
        self._process = process
        self._quiet = 0.0
        self._done = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def alive(self) -> None:
        self._quiet = 0.0

    def close(self) -> None:
        self._done.set()

    def _look(self) -> None:
        # Counted in looks, since a whole group of processes may be stopped for hours and go on.
        while not self._done.wait(_LOOK_S):
            self._quiet += _LOOK_S
            if self._quiet >= _QUIET_S:
                self.hung = True
                self._process.kill()
                return


class _Worker:
    """A process that measures one recording after the other; it is replaced when it dies."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def measure(self, path: Path, channel: int | None = None) -> Recording:
        process = self._process = self._process or _start()
        assert process.stdin is not None  # noqa: S101 - pipes, as started
        assert process.stdout is not None  # noqa: S101
        answer = ""
        with closing(_Watch(process)) as watch, suppress(BrokenPipeError):
            process.stdin.write(json.dumps([os.fspath(path), channel]) + "\n")
            process.stdin.flush()
            while (answer := process.stdout.readline()) == "\n":
                watch.alive()
        if answer.endswith("\n"):
            return Recording(**json.loads(answer))
        self.close()
        found = f"hung for {_QUIET_S:.0f} s" if watch.hung else "crashed"
        return Recording(
            problem=f"{path}: the decoder {found} on it; convert it again or leave it out"
        )

    def close(self) -> None:
        if self._process is not None:
            with suppress(OSError):
                self._process.communicate()
            self._process = None


def _start() -> "subprocess.Popen[str]":
    places = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "malgwi.dataset.measure"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # decoders written in C talk there
        text=True,
        encoding="ascii",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places), "OPENBLAS_NUM_THREADS": "1"},
    )


def _main() -> None:
    for line in sys.stdin:
        path, channel = json.loads(line)
        recording = measure(Path(path), channel, _give_sign)
        sys.stdout.write(json.dumps(asdict(recording)) + "\n")
        sys.stdout.flush()


def _give_sign() -> None:
    sys.stdout.write("\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt, BrokenPipeError):
        _main()
