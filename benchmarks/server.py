"""The example server in Java under load: how long answers take, and whether it grows.

    mvn -f android/core/pom.xml package -Dspotless.check.skip=true
    python benchmarks/server.py demo/demo.malgwi --requests 10000

Starts `org.malgwi.example.SpeechServer` as a process of its own and posts the bundle's golden clips
from eight threads, each over one connection. Every answer must be the clip's text. Figures: the
median and 95 % of the time from the request to its answer, and the server's memory, open files and
threads, ten times on the way.
"""

import argparse
import http.client
import itertools
import json
import os
import statistics
import subprocess
import sys
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CORE = Path(__file__).parents[1] / "android" / "core" / "target"
CLIENTS = 8
PORT = 8973
START_S = 60


def main() -> None:
    """Start the server, load it, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--requests", type=int, default=10_000)
    args = parser.parse_args()
    places = os.pathsep.join(map(str, (CORE / "malgwi-core-cli.jar", CORE / "test-classes")))
    command = ["java", "-Xmx256m", "-cp", places, "org.malgwi.example.SpeechServer"]
    with subprocess.Popen([*command, str(args.bundle), str(PORT)]) as server:
        try:
            _wait(server)
            _load(server.pid, _clips(args.bundle), args.requests)
        finally:
            server.terminate()


def _clips(bundle: Path) -> list[tuple[bytes, str]]:
    """The bundle's golden clips and their texts."""
    with zipfile.ZipFile(bundle) as archive:
        info = json.loads(archive.read("bundle.json"))
        return [(archive.read(clip["audio"]), clip["text"]) for clip in info["golden"]]


def _wait(server: subprocess.Popen[bytes]) -> None:
    for _ in range(START_S * 10):
        try:
            http.client.HTTPConnection("127.0.0.1", PORT).connect()
        except ConnectionRefusedError:
            if server.poll() is not None:
                sys.exit("the server ended")
            time.sleep(0.1)
        else:
            return
    sys.exit(f"the server didn't answer within {START_S} s")


def _load(server: int, clips: list[tuple[bytes, str]], requests: int) -> None:
    numbers, took, lock = itertools.count(), list[float](), threading.Lock()
    print(" requests  memory MB  open files  threads")

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        while (number := next(numbers)) < requests:
            wave, text = clips[number % len(clips)]
            start = time.perf_counter()
            connection.request("POST", "/transcribe", wave)
            answer = connection.getresponse()
            found = answer.read().decode()
            seconds = time.perf_counter() - start
            if answer.status != http.HTTPStatus.OK or found != text:
                raise ValueError(f"answer {answer.status}, {found!r}; expected {text!r}")
            with lock:
                took.append(seconds)
                if len(took) % max(1, requests // 10) == 0:
                    memory, files, running = _state(server)
                    print(f"{len(took):9}  {memory:9.0f}  {files:10}  {running:7}", flush=True)

    start = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        for done in [clients.submit(client) for _ in range(CLIENTS)]:
            done.result()
    wall = time.perf_counter() - start
    percent = statistics.quantiles(took, n=100)
    print(
        f"{len(took)} requests in {wall:.0f} s, {len(took) / wall:.1f} a second; "
        f"p50 {percent[49] * 1000:.0f} ms, p95 {percent[94] * 1000:.0f} ms"
    )


def _state(server: int) -> tuple[float, int, int]:
    """Resident megabytes, open files and threads of a process."""
    lines = Path(f"/proc/{server}/status").read_text(encoding="utf-8").splitlines()
    facts = dict(line.split(":", 1) for line in lines)
    files = len(list(Path(f"/proc/{server}/fd").iterdir()))
    return int(facts["VmRSS"].split()[0]) * 1024 / 1e6, files, int(facts["Threads"])


if __name__ == "__main__":
    main()
