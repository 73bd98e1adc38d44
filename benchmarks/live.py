"""Live recognition: what it costs, and how long words take to appear.

    mvn -f android/core/pom.xml test-compile
    python benchmarks/live.py --data DATASET --split valid            starter and base size
    python benchmarks/live.py --data DATASET --models starter --threads 1 --output live.json

Clips of a data set are joined with pauses of .4 to 2 s of faint noise and fed into the Java core's
stream in real time, 20 ms at a time, as a microphone does. Figures: processor seconds of the whole
process, over those of one pass over the recording; the median and 95 % of the delays
from a sound's being fed to the end of the first run of the model that heard it; and the time from
stop to the final text, after a pause. `base-random` has wav2vec2-base's shape and random weights.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

CORE = Path(__file__).parents[1] / "android" / "core" / "target"
JAR = CORE / "malgwi-core-cli.jar"
DRIVER = CORE / "test-classes"
RATE = 16_000


def main() -> None:
    """Measure each model in each way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a prepared data set")
    parser.add_argument("--split", default="valid")
    parser.add_argument("--clips", type=int, default=10, help="clips to join (10)")
    parser.add_argument("--models", nargs="+", default=["starter", "base-random"])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--output", type=Path, help="write the figures as JSON")
    args = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as place:
        for model in args.models:
            folder = Path(place) / model
            folder.mkdir()
            files = _make(args, model, folder)
            wave = folder / "session.wav"
            soundfile.write(wave, _session(files), RATE, subtype="PCM_16")
            for threads in args.threads:
                for way in ("usual", "sparing"):
                    found = _live(folder / "model.malgwi", wave, threads, way)
                    rows.append({"model": model, "threads": threads, "previews": way, **found})
                    _show(rows[-1])
    if args.output:
        args.output.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def _make(args: argparse.Namespace, model: str, folder: Path) -> list[str]:
    """Write the bundle and the clips as `recognise.py` does."""
    maker = Path(__file__).with_name("recognise.py")
    command = [sys.executable, maker, "--worker", "make", model, args.data, args.split]
    done = subprocess.run(
        [*map(str, command), str(args.clips), str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    files: list[str] = json.loads(done.stdout)["files"]
    return files


def _session(files: list[str]) -> Any:
    """Return the clips with pauses between them, as in a quiet room."""
    random = np.random.default_rng(0)
    parts = []
    for file in files:
        parts += [soundfile.read(file)[0], np.zeros(int(random.uniform(0.4, 2.0) * RATE))]
    whole = np.concatenate(parts)
    return whole + random.normal(0, 10 ** (-65 / 20), len(whole))


def _live(bundle: Path, wave: Path, threads: int, way: str) -> dict[str, Any]:
    path = f"{DRIVER}:{JAR}"
    command = ["java", "-cp", path, "org.malgwi.core.LiveBench", bundle, wave, threads, way]
    done = subprocess.run(
        [str(word) for word in command], stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _show(row: dict[str, Any]) -> None:
    print(
        f"{row['model']}, {row['threads']} threads, {row['previews']}: "
        f"{row['live_s'] / row['pass_s']:.1f} x one pass ({row['live_s']:.1f} of {row['seconds']} "
        f"s, model {row['run_seconds'] / row['seconds']:.1f} x), median {row['median_ms']} ms, "
        f"95 % {row['most_ms_of_95']} ms, stop to final {row['stop_ms']} ms",
        flush=True,
    )


if __name__ == "__main__":
    main()
