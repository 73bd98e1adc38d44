"""What a model costs: load time, speed on one thread, and memory, in a process of its own.

`python -m malgwi.export.cost MODEL.onnx SECONDS` prints one JSON object. Peak memory can be told
only for a whole process, so the process holds nothing else than Python, NumPy and onnxruntime.
"""

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from malgwi.bundle.ort import load_onnxruntime, open_session
from malgwi.errors import MalgwiError

_RUNS = 3


@dataclass(frozen=True)
class Cost:
    """What running a model costs on this machine, on one thread."""

    load_s: float
    """From the file to a model that is ready."""
    real_time_factor: float
    """Seconds of computing for a second of speech; the fastest of three runs."""
    peak_bytes: int | None
    """Most memory that the process held; None where the system doesn't tell."""


def measure_cost(model: Path, seconds: float = 10.0) -> Cost:
    """Measure a model in a fresh process.

    Raises:
        MalgwiError: the process failed, with what it said last.
    """
    command = [sys.executable, "-m", "malgwi.export.cost", str(model), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise MalgwiError(
            f"{model}: measuring it failed (exit {done.returncode}: {said}); is memory short?"
        )
    return Cost(**json.loads(done.stdout))


def _run(model: str, seconds: float) -> Cost:
    load_onnxruntime()  # importing it isn't loading the model
    started = time.perf_counter()
    session = open_session(Path(model), threads=1)
    load = time.perf_counter() - started
    noise = np.random.default_rng(0).standard_normal((1, int(seconds * 16_000)), dtype=np.float32)
    feed = {session.get_inputs()[0].name: 0.1 * noise}
    times = []
    for _ in range(_RUNS):
        started = time.perf_counter()
        session.run(None, feed)
        times.append(time.perf_counter() - started)
    return Cost(load, min(times) / seconds, peak_bytes())


def peak_bytes() -> int | None:
    """Return the most memory that this process has held so far; None where nobody tells."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux, whose getrusage counts what the parent held at the fork, too
        peak = re.search(r"^VmHWM:\s*(\d+) kB", status.read_text(), re.MULTILINE)
        return int(peak[1]) * 1024 if peak else None
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak_rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak_rss) if sys.platform == "darwin" else int(peak_rss) * 1024


if __name__ == "__main__":
    print(json.dumps(vars(_run(sys.argv[1], float(sys.argv[2])))))  # noqa: T201
