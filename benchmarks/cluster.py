"""What Ray costs: the same recordings by plain processes, by `--cluster`, and by Ray Data.

    make build/ray-2.60.0/ready; export PYTHONPATH=build/ray-2.60.0
    python benchmarks/cluster.py demo/demo.malgwi demo/dataset --clips 1000 --minutes 30

The recordings are a data set's clips, again and again under other names, and one that is long.
They are transcribed with one thread a worker by two workers: two processes, each with a `--part`;
a Ray cluster of one node of two processors; and Ray Data as one would first write it, a row a file
and the model in an actor. Each way is started for two clips before, and what that takes is taken
off as what starting takes. Processor seconds and memory are those of all processes of a way, read
every 0.5 s from what the system keeps of each; so a process that lives for less may be missed.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

WORKERS = 2
PLAIN, CLUSTER, DATA = "plain processes", "--cluster", "Ray Data, a row a file"


def main() -> None:
    """Parse the command line; be one way of doing it, or measure them all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("dataset", type=Path, help="a folder that `malgwi prepare` wrote")
    parser.add_argument("--clips", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=30.0, help="of the long one (0: none)")
    parser.add_argument("--output", type=Path, help="write the figures as JSON")
    parser.add_argument("--way", help=argparse.SUPPRESS)
    parser.add_argument("--files", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.way:
        WAYS[args.way](str(args.model.resolve()), args.files, args.output)
        return
    figures = _all(args)
    _show(figures)
    if args.output:
        args.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _all(args: argparse.Namespace) -> dict[str, Any]:
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        few, many = folder / "few", folder / "many"
        _recordings(args.dataset, few, clips=WORKERS, minutes=0.0)
        seconds = _recordings(args.dataset, many, clips=args.clips, minutes=args.minutes)
        figures: dict[str, Any] = {
            "clips": args.clips,
            "long_minutes": args.minutes,
            "audio_seconds": round(seconds, 1),
            "ways": {},
        }
        first: dict[str, bytes] = {}
        for way in WAYS:
            console.print(f"{way} ...")
            start = _measured(args, way, few, folder / "out")
            found = _measured(args, way, many, folder / "out")
            texts = {path.name: path.read_bytes() for path in (folder / "out").glob("*.txt")}
            first = first or texts
            figures["ways"][way] = {
                "start": start,
                "all": found,
                "work_cpu_seconds": round(found["cpu_seconds"] - start["cpu_seconds"], 2),
                "files": len(texts),
                "equal": texts == first,
            }
    return figures


def _recordings(dataset: Path, folder: Path, *, clips: int, minutes: float) -> float:
    """Write the recordings as WAV; return their seconds."""
    from malgwi.dataset.manifest import load_dataset
    from malgwi.speech import audio

    folder.mkdir()
    utterances = load_dataset(dataset).utterances
    seconds = 0.0
    for number, utterance in enumerate(islice(cycle(utterances), clips)):
        samples = audio.read(utterance.audio)
        _write(folder / f"{number:05}.wav", [samples])
        seconds += len(samples) / audio.SAMPLE_RATE
    if minutes:
        joined, length = [], 0
        for utterance in cycle(utterances):
            joined += [audio.read(utterance.audio), np.zeros(audio.SAMPLE_RATE // 2, np.float32)]
            length += len(joined[-2]) + len(joined[-1])
            if length >= minutes * 60 * audio.SAMPLE_RATE:
                break
        _write(folder / "long.wav", joined)
        seconds += length / audio.SAMPLE_RATE
    return seconds


def _write(path: Path, pieces: list[Any]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        for piece in pieces:
            file.writeframes(np.rint(np.clip(piece, -1, 1) * 32_767).astype("<i2").tobytes())


def _measured(args: argparse.Namespace, way: str, files: Path, output: Path) -> dict[str, Any]:
    """Run one way in processes of its own; return what they took together."""
    for left in (output, output.with_name("out.parts")):
        shutil.rmtree(left, ignore_errors=True)
    output.mkdir()
    words = [sys.executable, __file__, str(args.model), str(args.dataset)]
    words += [f"--way={way}", "--files", str(files), "--output", str(output)]
    begun = time.monotonic()
    with (
        subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process,
        _watched(psutil.Process(process.pid)) as taken,
    ):
        said = process.communicate()[1].decode(errors="replace")
    if process.returncode:
        raise SystemExit(f"{way}: ended with {process.returncode}\n{said[-2000:]}")
    return {
        "wall_seconds": round(time.monotonic() - begun, 2),
        "cpu_seconds": round(sum(taken["cpu"].values()), 2),
        "peak_mb": round(taken["peak"] / 1e6),
    }


@contextmanager
def _watched(root: psutil.Process) -> Iterator[dict[str, Any]]:
    """Read what a process and all below it take, until the block ends.

    A daemon goes on below another parent; what was once seen below is followed to its end.
    """
    taken: dict[str, Any] = {"cpu": {}, "peak": 0}
    known: dict[tuple[int, float], psutil.Process] = {}
    done = threading.Event()

    def look() -> None:
        for process in (root, *list(known.values())):
            try:
                for one in (process, *process.children(recursive=True)):
                    known[one.pid, one.create_time()] = one
            except psutil.Error:
                continue
        memory = 0
        for key, process in list(known.items()):
            try:
                times = process.cpu_times()
                memory += process.memory_info().rss - process.memory_info().shared
            except psutil.Error:
                del known[key]
                continue
            taken["cpu"][key] = times.user + times.system
        taken["peak"] = max(taken["peak"], memory)

    def watch() -> None:
        while not done.wait(0.5):
            look()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield taken
    finally:
        done.set()
        watcher.join()


def _plain(model: str, files: Path, output: Path) -> None:
    """Two processes, each with its part, where there are two recordings."""
    parts = min(WORKERS, len(list(files.iterdir())))
    words = ["transcribe", model, str(files), "--format", "text", "--output", str(output)]
    each = [
        subprocess.Popen(
            [sys.executable, "-m", "malgwi", *words, "--threads", "1", "--part", f"{n}/{parts}"]
        )
        for n in range(1, parts + 1)
    ]
    codes = [process.wait() for process in each]
    if any(codes):
        raise SystemExit("a part failed")


def _cluster(model: str, files: Path, output: Path) -> None:
    from ray.cluster_utils import Cluster

    head = {"num_cpus": WORKERS, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    words = ["transcribe", model, str(files), "--format", "text", "--output", str(output)]
    try:
        subprocess.run(
            [sys.executable, "-m", "malgwi", *words, "--cluster", cluster.address], check=True
        )
    finally:
        cluster.shutdown()


def _data(model: str, files: Path, output: Path) -> None:
    import ray
    import ray.data

    ray.init("local", num_cpus=WORKERS + 1, include_dashboard=False, log_to_driver=False)
    rows = [{"file": str(path)} for path in sorted(files.iterdir())]
    listened = ray.data.from_items(rows).map(
        Listener, fn_constructor_args=(model,), concurrency=WORKERS, num_cpus=1
    )
    for row in listened.iter_rows():
        name = Path(row["file"]).with_suffix(".txt").name
        (output / name).write_text(row["text"], encoding="utf-8")


class Listener:
    """The model in an actor of Ray Data."""

    def __init__(self, model: str) -> None:
        """Open the model."""
        from malgwi.recognition.recognise import open_recogniser

        self._recogniser = open_recogniser(model, threads=1)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Hear a whole recording."""
        from malgwi.recognition.render import render
        from malgwi.recognition.transcribe import of_file

        file = Path(row["file"])
        [(_, transcript)] = of_file(self._recogniser, file, channel=None, warn=print)
        return {"file": row["file"], "text": render(transcript, file, "text")}


WAYS = {PLAIN: _plain, CLUSTER: _cluster, DATA: _data}


def _show(figures: dict[str, Any]) -> None:
    console = Console()
    console.print(
        f"{figures['clips']} clips and one of {figures['long_minutes']:g} minutes, "
        f"{figures['audio_seconds'] / 60:.1f} minutes together"
    )
    table = Table("", "wall s", "processor s", "of these to start", "plain / this", "MB", "equal")
    plain = figures["ways"][PLAIN]["work_cpu_seconds"]
    for way, found in figures["ways"].items():
        table.add_row(
            way,
            f"{found['all']['wall_seconds']:.1f}",
            f"{found['all']['cpu_seconds']:.1f}",
            f"{found['start']['cpu_seconds']:.1f}",
            f"{plain / found['work_cpu_seconds']:.3f}",
            str(found["all"]["peak_mb"]),
            str(found["equal"]),
        )
    console.print(table)
    more = figures["ways"][CLUSTER]["work_cpu_seconds"] - plain
    console.print(
        f"--cluster, more than plain: {more / figures['clips'] * 1000:.1f} s a 1,000 clips"
    )


if __name__ == "__main__":
    main()
