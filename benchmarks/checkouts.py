"""Two checkouts of Malgwi side by side: what one recording costs greedily, and how much memory.

    python benchmarks/checkouts.py OLD/src MODEL_OF_OLD src MODEL TALK.wav [--pairs 40]
    python benchmarks/checkouts.py OLD/src MODEL_OF_OLD src MODEL --memory SHORT.wav LONG.wav

The first keeps a process of each checkout open, one thread each, and has them transcribe the same
recording in turn (A B, B A, A B ...), so that a machine whose speed drifts is fair to both. It
prints the medians of processor and wall time, and of the ratios pair by pair. The second starts a
process for each recording and prints the most memory it held.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import wave
from pathlib import Path
from typing import Any, TextIO, cast


class Checkout:
    """A process that transcribes with the code of one checkout."""

    def __init__(self, source: str, model: str) -> None:
        """Start it and open the model."""
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--work", model],
            env={**os.environ, "PYTHONPATH": source},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._to, self._from = (
            cast("TextIO", self._process.stdin),
            cast("TextIO", self._process.stdout),
        )
        self._answer()

    def transcribe(self, file: Path) -> dict[str, Any]:
        """Return the text, seconds of processor and wall time, and the most memory so far."""
        print(file, file=self._to, flush=True)
        return self._answer()

    def close(self) -> None:
        """End the process."""
        self._to.close()
        self._process.wait()

    def _answer(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._from.readline())
        return answer


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["--work"]:
        _work(sys.argv[2])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkouts", nargs=4, metavar="SOURCE MODEL")
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--memory", nargs="+", type=Path)
    args = parser.parse_args()
    old, new = args.checkouts[:2], args.checkouts[2:]
    if args.file:
        _pairs(Checkout(*old), Checkout(*new), args.file, args.pairs)
    for file in args.memory or ():
        for name, checkout in (("old", old), ("new", new)):
            worker = Checkout(*checkout)
            peak = worker.transcribe(file)["peak_mb"]
            worker.close()
            print(f"{name}: {_seconds(file) / 60:.0f} min: at most {peak:.0f} MB")


def _pairs(old: Checkout, new: Checkout, file: Path, pairs: int) -> None:
    texts = [worker.transcribe(file)["text"] for worker in (old, new)]  # not counted
    taken: dict[str, list[tuple[float, float]]] = {"cpu": [], "wall": []}
    for number in range(pairs):
        order = (old, new) if number % 2 == 0 else (new, old)
        answers = {id(worker): worker.transcribe(file) for worker in order}
        for kind, both in taken.items():
            both.append((answers[id(old)][kind], answers[id(new)][kind]))
    print(f"{_seconds(file):.0f} s of sound, {pairs} pairs; same text: {texts[0] == texts[1]}")
    for kind, both in taken.items():
        before, now = (statistics.median(column) for column in zip(*both, strict=True))
        ratios = sorted(b / a for a, b in both)
        print(
            f"{kind}: {before:.4f} s -> {now:.4f} s; new / old: median "
            f"{statistics.median(ratios):.4f}, quartiles {ratios[len(ratios) // 4]:.4f} and "
            f"{ratios[3 * len(ratios) // 4]:.4f}"
        )
    for worker in (old, new):
        worker.close()


def _work(model: str) -> None:
    """Answer each line of stdin, a recording, with what transcribing it took."""
    try:
        from malgwi.recognition.recognise import open_recogniser, transcribe_file
    except ImportError:  # before there were rooms
        from importlib import import_module

        rooms: Any = import_module("malgwi.recognise")
        open_recogniser, transcribe_file = rooms.open_recogniser, rooms.transcribe_file
    recogniser = open_recogniser(model, threads=1)
    print(json.dumps({}), flush=True)
    for line in sys.stdin:
        cpu, wall = time.process_time(), time.perf_counter()
        text = transcribe_file(recogniser, Path(line.strip())).text
        spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        print(json.dumps({"text": text, "peak_mb": peak, **spent}), flush=True)


def _seconds(file: Path) -> float:
    with wave.open(str(file)) as sound:
        return float(sound.getnframes() / sound.getframerate())


if __name__ == "__main__":
    main()
