"""How long `malgwi prepare` takes, and whether its memory grows with the corpus.

    python benchmarks/prepare.py [CLIPS ...]
    python benchmarks/prepare.py --stretches [HOURS]

The first makes corpora of 1,000 and 10,000 (or CLIPS) recordings of one to three seconds, prepares
each in a process of its own, and prints seconds and peak memory of that process and of its workers.
Two runs of each; the faster one counts, since the first one fills the disk cache. It also times
`import malgwi` and `malgwi --help`.

The second joins the shipped speech to HOURS (20) recordings of one hour, each with a thousand
stretches of 3.4 s, and writes the same stretches as clips, all in FLAC. Both are prepared in turns,
twice, and one of the recordings by itself. Then Hugging Face `datasets` maps the same stretches to
arrays at 16 kHz, in two processes as `prepare` does: all of them, each seeking to its stretch by
soundfile, and forty of them, spread evenly, by a column of `Audio`, which needs torchcodec.
The clips are removed before that, since the arrays take 220 MB an hour.
"""

import importlib.util
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

_WORDS = "turn on off the light in kitchen bedroom play some music please what time is it"
WORDS = _WORDS.split()
HOUR, STRETCHES, STRETCH = 3_600 * 16_000, 1_000, 54_400
"""Samples of a recording, stretches in it, samples of each."""
FEW = 40
"""Stretches that a column of `Audio` is measured with: it takes seconds for each."""


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


def make_recordings(root: Path, hours: int) -> None:
    """Write `joined` with recordings, `clips` with their stretches, `alone` with the first hour.

    A stretch begins anywhere in the shipped speech, so that no two are equal.
    """
    import malgwi
    from malgwi.speech.audio import read

    speech = Path(malgwi.__file__).parent / "data" / "commands"
    pool = np.concatenate([read(path) for path in sorted(speech.rglob("*.ogg"))])
    random = np.random.default_rng(0)
    (root / "joined").mkdir(parents=True)
    (root / "clips").mkdir()
    joined, clips = [], []
    for hour in range(hours):
        parts = []
        for number in range(STRETCHES):
            start = int(random.integers(0, len(pool) - STRETCH))
            stretch = pool[start : start + STRETCH]
            parts += [stretch, np.zeros(HOUR // STRETCHES - STRETCH, np.float32)]
            text = " ".join(random.choice(WORDS, size=8))
            name = f"{hour:02}-{number:04}.flac"
            soundfile.write(root / "clips" / name, stretch, 16_000)
            clips.append({"audio_filepath": name, "text": text})
            offset = {"offset": number * HOUR / STRETCHES / 16_000, "duration": STRETCH / 16_000}
            joined.append({"audio_filepath": f"{hour:02}.flac", "text": text, **offset})
        soundfile.write(root / "joined" / f"{hour:02}.flac", np.concatenate(parts), 16_000)
    (root / "alone").mkdir()
    os.link(root / "joined" / "00.flac", root / "alone" / "00.flac")
    for name, rows in (("joined", joined), ("clips", clips), ("alone", joined[:STRETCHES])):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (root / name / "manifest.jsonl").write_text(lines)


def prepare_once(source: Path, output: Path, how: str = "--one") -> dict[str, float]:
    """Prepare in a fresh process; return seconds and peak memory in 10^6 bytes."""
    command = [sys.executable, __file__, how, str(source), str(output)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def _one(source: str, output: str) -> None:
    begun = time.perf_counter()
    from malgwi.dataset.prepare import prepare

    prepare(source, Path(output))
    _tell(time.perf_counter() - begun)


def _mapped(source: str, output: str, *, column: bool) -> None:
    begun = time.perf_counter()
    import datasets

    folder = Path(source)
    lines = (folder / "manifest.jsonl").read_text().splitlines()
    rows = datasets.Dataset.from_list([json.loads(line) for line in lines])

    def array(row: dict[str, Any]) -> dict[str, Any]:
        first, count = (round(row[key] * 16_000) for key in ("offset", "duration"))
        path = folder / row["audio_filepath"]
        samples, _ = soundfile.read(path, count, first, dtype="float32")
        return {"array": samples}

    def decoded(row: dict[str, Any]) -> dict[str, Any]:
        end = row["offset"] + row["duration"]
        samples = row["audio"].get_samples_played_in_range(row["offset"], end)
        return {"array": samples.data[0].numpy()}

    Path(output).mkdir()
    if column:
        rows = rows.select(range(0, len(rows), len(rows) // FEW)[:FEW])
        paths = [str(folder / name) for name in rows["audio_filepath"]]
        rows = rows.add_column("audio", paths)
        rows = rows.cast_column("audio", datasets.Audio(sampling_rate=16_000))
    how = decoded if column else array
    names = rows.column_names
    rows.map(how, num_proc=2, remove_columns=names, cache_file_name=f"{output}/arrays.arrow")
    _tell(time.perf_counter() - begun)


def _tell(seconds: float) -> None:
    unit = 1 if sys.platform == "darwin" else 1024
    peak = {
        who: resource.getrusage(flag).ru_maxrss * unit / 1e6
        for who, flag in (
            ("process", resource.RUSAGE_SELF),
            ("worker", resource.RUSAGE_CHILDREN),
        )
    }
    cpu = sum(
        use.ru_utime + use.ru_stime
        for use in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
    print(json.dumps({"seconds": seconds, "cpu": cpu, **peak}))


def stretches(hours: int) -> None:
    """Compare stretches with clips and with `datasets`."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        # In a process of its own: those that follow would be said to have had its memory.
        subprocess.run([sys.executable, __file__, "--make", str(root), str(hours)], check=True)
        print(f"{hours} h, {hours * STRETCHES:,} stretches")
        runs: dict[str, list[dict[str, float]]] = {"clips": [], "joined": [], "alone": []}
        for turn in range(2):
            for name, done in runs.items():
                done.append(prepare_once(root / name, root / f"{name}{turn}"))
        shutil.rmtree(root / "clips")
        runs["seeking"] = [prepare_once(root / "joined", root / "seeking1", "--map")]
        print("            seconds  CPU s     MB  MB a worker  MB on disk")
        for name, done in runs.items():
            written = sum(p.stat().st_size for p in (root / f"{name}1").rglob("*") if p.is_file())
            for run in done:
                print(
                    f"{name:10} {run['seconds']:8.1f} {run['cpu']:6.1f} {run['process']:6.0f} "
                    f"{run['worker']:12.0f} {written / 1e6:11.1f}"
                )
        if importlib.util.find_spec("torchcodec") is None:
            print("column of Audio: not measured, since torchcodec isn't installed")
            return
        column = prepare_once(root / "joined", root / "column", "--map-column")
        print(f"column of Audio: {column['seconds']:.1f} s, CPU {column['cpu']:.1f} s for {FEW}")


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
    if sys.argv[1:2] == ["--stretches"]:
        stretches(int((*sys.argv[2:], "20")[0]))
        return
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
    elif sys.argv[1:2] == ["--make"]:
        make_recordings(Path(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1:2] in (["--map"], ["--map-column"]):
        _mapped(*sys.argv[2:4], column=sys.argv[1] == "--map-column")
    else:
        main()
