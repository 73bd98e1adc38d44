"""How long `malgwi prepare` takes, and whether its memory grows with the corpus.

    python benchmarks/prepare.py [CLIPS ...]

Makes corpora of 1,000 and 10,000 (or CLIPS) recordings of one to three seconds, prepares each in
a process of its own, and prints seconds and peak memory of that process and of its workers. Two
runs of each; the faster one counts, since the first one fills the disk cache. It also times
`import malgwi` and `malgwi --help`.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

_WORDS = "turn on off the light in kitchen bedroom play some music please what time is it"
WORDS = _WORDS.split()


def make_corpus(root: Path, clips: int) -> float:
    """Write an audiofolder of noise with random words, and return its seconds."""
    random = np.random.default_rng(0)
    noise = random.normal(0, 0.1, 16_000 * 4).astype(np.float32)
    lines, total = ["file_name,transcription,speaker"], 0.0
    for i in range(clips):
        name = f"clips/{i % 100:02}/{i:06}.flac"
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        samples = int(random.integers(16_000, 48_000))
        start = int(random.integers(0, len(noise) - samples))
        soundfile.write(root / name, noise[start : start + samples], 16_000)
        words = random.choice(WORDS, size=samples // 6_000)
        lines.append(f"{name},{' '.join(words)},s{i % 97}")
        total += samples / 16_000
    (root / "metadata.csv").write_text("\n".join(lines) + "\n")
    return total


def prepare_once(source: Path, output: Path) -> dict[str, float]:
    """Prepare in a fresh process; return seconds and peak memory in 10^6 bytes."""
    command = [sys.executable, __file__, "--one", str(source), str(output)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def _one(source: str, output: str) -> None:
    begun = time.perf_counter()
    from malgwi.dataset.prepare import prepare

    prepare(source, Path(output))
    seconds = time.perf_counter() - begun
    unit = 1 if sys.platform == "darwin" else 1024
    peak = {
        who: resource.getrusage(flag).ru_maxrss * unit / 1e6
        for who, flag in (
            ("process", resource.RUSAGE_SELF),
            ("worker", resource.RUSAGE_CHILDREN),
        )
    }
    print(json.dumps({"seconds": seconds, **peak}))


def startup() -> None:
    """Time the imports that every command pays for."""
    for words in (["-c", "import malgwi"], ["-m", "malgwi", "--help"]):
        times = []
        for _ in range(5):
            begun = time.perf_counter()
            subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
            times.append(time.perf_counter() - begun)
        print(f"python {' '.join(words):28} {min(times):.3f} s")


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] or [1_000, 10_000]
    print("  clips  hours  seconds  x real time     MB  MB a worker")
    for clips in sizes:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            heard = make_corpus(root / "corpus", clips)
            runs = [prepare_once(root / "corpus", root / f"out{i}") for i in range(2)]
            best = min(runs, key=lambda run: run["seconds"])
            print(
                f"{clips:7,} {heard / 3600:6.2f} {best['seconds']:8.1f} "
                f"{heard / best['seconds']:12.0f} {best['process']:6.0f} {best['worker']:12.0f}"
            )
    startup()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        _one(*sys.argv[2:4])
    else:
        main()
