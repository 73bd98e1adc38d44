"""Does a bundle give the same in two versions of onnxruntime?

    pip install --no-deps --target build/ort-1.26 onnxruntime==1.26.0
    pip install --no-deps --target build/ort-1.28 onnxruntime==1.28.0
    python benchmarks/runtimes.py demo/demo.malgwi demo/dataset \
        --wheels build/ort-1.26 build/ort-1.28 \
        [--jars onnxruntime-1.26.0.jar onnxruntime-1.28.0.jar]

Runs the test part of the data set in Python with both wheels and compares the logits of every
frame, and in the Java core with both jars (from Maven) and compares what it prints. Each version
has a process of its own, since two of them don't bear each other in one. One thread.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malgwi.bundle.bundle import open_bundle
from malgwi.bundle.golden import wav_bytes
from malgwi.dataset.manifest import load_dataset
from malgwi.dataset.sound import read_utterance
from malgwi.java import JAR
from malgwi.speech.audio import read

HERE = Path(__file__).resolve()


def logits(wheel: Path, bundle: Path, waves: list[Path], work: Path) -> list[NDArray[np.float32]]:
    """Return the logits of each recording, from a process that has the wheel first on its path."""
    path = os.pathsep.join([str(wheel.resolve()), *filter(None, sys.path)])
    command = [sys.executable, *map(str, (HERE, "--one", bundle, work, *waves))]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, check=True)
    return [np.load(work / f"{wave.stem}.npy") for wave in waves]


def _one(bundle: Path, work: Path, waves: list[Path]) -> None:
    import onnxruntime  # noqa: TID251 - versions that Malgwi refuses are what is measured

    print(f"onnxruntime {onnxruntime.__version__}")
    opened = open_bundle(bundle)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    with opened.unpacked(*opened.model_files) as [model, *_]:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    for wave in waves:
        feed = {opened.decoding.input: read(wave)[None]}
        np.save(work / f"{wave.stem}.npy", session.run([opened.decoding.output], feed)[0][0])


def java(jar: Path, bundle: Path, waves: list[Path]) -> list[dict[str, Any]]:
    """Return Java's JSON for each recording."""
    path = os.pathsep.join([str(jar), str(HERE.parents[1] / JAR)])
    command = ["java", "-cp", path, "org.malgwi.core.Cli", *map(str, (bundle, *waves))]
    command += ["--json", "--tokens", "--threads", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("bundle", type=Path)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--wheels", nargs=2, type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--jars", nargs=2, type=Path, metavar="JAR")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        waves = []
        for number, clip in enumerate(load_dataset(args.dataset).split("test")):
            waves.append(Path(folder) / f"{number:04}.wav")
            waves[-1].write_bytes(wav_bytes(read_utterance(clip)))
        old, new = (logits(wheel, args.bundle, waves, Path(folder)) for wheel in args.wheels)
        vocab = open_bundle(args.bundle).decoding.vocab
        pairs = [(a.argmax(1), b.argmax(1)) for a, b in zip(old, new, strict=True)]
        texts = [(vocab.decode(a.tolist()), vocab.decode(b.tolist())) for a, b in pairs]
        report: dict[str, Any] = {
            "recordings": len(waves),
            "frames": sum(map(len, old)),
            "largest logit": max(float(np.abs(a).max()) for a in old),
            "largest difference": max(
                float(np.abs(a - b).max()) for a, b in zip(old, new, strict=True)
            ),
            "other tokens": sum(int((a != b).sum()) for a, b in pairs),
            "other texts": [pair for pair in texts if pair[0] != pair[1]],
        }
        if args.jars:
            rows = zip(*(java(jar, args.bundle, waves) for jar in args.jars), strict=True)
            java_pairs = list(rows)
            report["Java: other tokens"] = sum(
                s != t for a, b in java_pairs for s, t in zip(a["tokens"], b["tokens"], strict=True)
            )
            report["Java: other texts"] = [
                (a["text"], b["text"]) for a, b in java_pairs if a["text"] != b["text"]
            ]
    print(json.dumps(report, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        _one(Path(sys.argv[2]), Path(sys.argv[3]), [Path(name) for name in sys.argv[4:]])
    else:
        main()
