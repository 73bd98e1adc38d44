"""A smaller model beside its teacher, and beside one of its size that learns from labels alone.

    python benchmarks/shrink.py RUN DATASET --layers 4 --output shrink.json
    python benchmarks/shrink.py --cost RUN SMALL base-12 base-6

`malgwi shrink` runs twice, with its teacher and with --teacher-weight 0, from the same layers and
with the same numbers. Training time is that of steps and, for the one that is taught, of hearing
the teacher, which a fresh copy of the data set keeps from being there already; the other makes as
many more steps as fit into the difference. Then all three are scored and exported. --cost is only
what int8 models cost on one thread; base-N is wav2vec2-base with N layers and random weights. What
they cost is processor time, measured in turn, 30 rounds, of which the least counts: so other work
on the machine, which comes and goes, does less harm.
"""

import argparse
import json
import platform
import re
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

from malgwi.bundle.contract import Decoding
from malgwi.bundle.ort import open_session
from malgwi.dataset.manifest import DATASET, MANIFEST, VOCAB, load_dataset, write_manifest
from malgwi.decoding.segments import SegmentPlan
from malgwi.errors import GateError
from malgwi.evaluation.evaluate import evaluate
from malgwi.export.cost import measure_cost
from malgwi.export.export import export
from malgwi.export.onnx_graph import write_onnx
from malgwi.export.quantise import quantise
from malgwi.model.checkpoint import Checkpoint, load_checkpoint
from malgwi.model.fewer_layers import keep_layers
from malgwi.speech.audio import SAMPLE_RATE
from malgwi.speech.frames import WAV2VEC2
from malgwi.speech.vocab import Vocab
from malgwi.training.config import TrainConfig
from malgwi.training.distil import Distillation
from malgwi.training.shrink import shrink
from malgwi.training.train import TrainResult

_BASE = re.compile(r"base-\d+$")
TEACHER, STUDENT, ALONE = "teacher", "student", "same layers, labels alone"


def main() -> None:
    """Parse the command line, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", help="the teacher: run, folder, hub id or starter")
    parser.add_argument(
        "dataset", nargs="?", type=Path, help="a folder that `malgwi prepare` wrote"
    )
    parser.add_argument("--cost", nargs="+", metavar="MODEL", help="only size, speed and memory")
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--epochs", type=float, help="of the student; else what malgwi shrink does")
    parser.add_argument("--eval-every", type=int, help="steps between evaluations")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="write the figures as JSON")
    args = parser.parse_args()
    if args.cost:
        print("| | int8 bytes | real-time factor | peak bytes |\n| --- | ---: | ---: | ---: |")
        for model, cost in _costs(args.cost).items():
            speed = f"{cost['real_time_factor']:.4f}"
            print(f"| {model} | {cost['int8_bytes']} | {speed} | {cost['peak_bytes']} |")
        return
    if args.dataset is None:
        parser.error("give a run and a data set, or --cost")
    with tempfile.TemporaryDirectory() as folder:
        figures = _measure(args, Path(folder))
    _show(figures)
    if args.output:
        args.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    data = _without_cache(args.dataset, folder / "dataset")
    config = replace(TrainConfig.student(), seed=args.seed, eval_every=args.eval_every)
    if args.epochs:
        config = replace(config, epochs=args.epochs)
    taught, labels = Distillation(args.layers), Distillation(args.layers, weight=0.0)
    # Both find the features of the convolutions, which are the same for them, in the cache.
    shrink(args.model, data, folder / "first", replace(config, max_steps=1), labels)
    student = _trained(shrink(args.model, data, folder / STUDENT, config, taught))
    more = 1 + student["teacher_seconds"] / student["train_seconds"]
    longer = replace(config, max_steps=round(student["steps"] * more))
    alone = _trained(shrink(args.model, data, folder / ALONE, longer, labels))
    rows = {
        TEACHER: _scored(args.model, data, folder / "teacher.malgwi"),
        STUDENT: student | _scored(str(folder / STUDENT), data, folder / "student.malgwi"),
        ALONE: alone | _scored(str(folder / ALONE), data, folder / "alone.malgwi"),
    }
    places = {TEACHER: args.model, STUDENT: str(folder / STUDENT), ALONE: str(folder / ALONE)}
    costs = _costs(places.values())
    rows = {name: row | costs[places[name]] for name, row in rows.items()}
    about = {"model": args.model, "dataset": args.dataset.name, "processor": platform.processor()}
    about |= {"threads": torch.get_num_threads(), "torch": torch.__version__}
    return {"about": about | {"how": asdict(taught), "config": asdict(config)}, "rows": rows}


def _without_cache(dataset: Path, copy: Path) -> Path:
    """Write a copy of the data set's folder without its cache."""
    copy.mkdir()
    write_manifest(copy / MANIFEST, load_dataset(dataset).utterances, copy)
    for name in (DATASET, VOCAB):
        (copy / name).write_bytes((dataset / name).read_bytes())
    return copy


def _trained(result: TrainResult) -> dict[str, Any]:
    if result.stopped == "signal":
        raise KeyboardInterrupt
    return {
        "steps": result.steps,
        "best_step": result.best_step,
        "train_seconds": round(result.train_seconds, 1),
        "teacher_seconds": round(result.cache_seconds, 1),
    }


def _scored(model: str, data: Path, bundle: Path) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for split in ("valid", "test"):
        found = evaluate(model, data, split=split)
        row[split] = {"wer": found.wer, "interval": found.wer_interval, "cer": found.cer}
    try:
        exported = export(model, data=data, output=bundle, licence="unknown", console=Console())
    except GateError as error:
        print(f"{model}: no bundle ({error})")
        return row
    return row | {
        "test_of_bundle": evaluate(bundle, data).wer,
        "bundle_bytes": exported.bundle_bytes,
    }


def _show(figures: dict[str, Any]) -> None:
    columns = ("valid WER", "test WER", "steps", "training s", "int8 MB", "real-time factor")
    table = Table("", *columns)
    for name, row in figures["rows"].items():
        table.add_row(
            name,
            f"{row['valid']['wer']:.4f}",
            f"{row['test']['wer']:.4f}",
            f"{row['steps']}" if "steps" in row else "",
            f"{row['train_seconds'] + row['teacher_seconds']:.0f}" if "steps" in row else "",
            f"{row['int8_bytes'] / 1e6:.2f}",
            f"{row['real_time_factor']:.4f}",
        )
    Console().print(table)
    teacher, student = (figures["rows"][name]["valid"]["wer"] for name in (TEACHER, STUDENT))
    print(f"valid WER of the student: {student / max(teacher, 1e-9) - 1:+.1%} of its teacher's")


def _costs(models: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return what int8 versions of the models cost on one thread."""
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for number, model in enumerate(models):
            checkpoint = _base(int(model[5:])) if _BASE.match(model) else load_checkpoint(model)
            if checkpoint.vocab is None:
                raise SystemExit(f"{model}: has no trained head")
            decoding = Decoding(checkpoint.vocab, checkpoint.grid, SegmentPlan())
            source = Path(folder) / "fp32.onnx"
            files[model] = Path(folder) / f"{number}.onnx"
            write_onnx(checkpoint, decoding, source, unfold=True)
            quantise(source, files[model], reduce_range=True)
        sessions = {model: open_session(file, threads=1) for model, file in files.items()}
        rounds = [{m: _processor_time(s) for m, s in sessions.items()} for _ in range(30)]
        for model, file in files.items():
            found[model] = {
                "int8_bytes": file.stat().st_size,
                "real_time_factor": min(times[model] for times in rounds),
                "peak_bytes": measure_cost(file).peak_bytes,
            }
    return found


def _processor_time(session: Any) -> float:
    """Return the processor's seconds for a second of speech."""
    noise = np.random.default_rng(0).standard_normal((1, 10 * SAMPLE_RATE), dtype=np.float32)
    begun = time.process_time()
    session.run(None, {session.get_inputs()[0].name: 0.1 * noise})
    return (time.process_time() - begun) / 10


def _base(layers: int) -> Checkpoint:
    """Return wav2vec2-base with random weights and some of its layers."""
    torch.manual_seed(0)
    vocab = Vocab.from_texts(["abcdefghijklmnopqrstuvwxyz'"])
    model: Any = Wav2Vec2ForCTC(Wav2Vec2Config(vocab_size=len(vocab), pad_token_id=vocab.blank))
    checkpoint = Checkpoint(model.eval(), vocab, WAV2VEC2, do_normalize=True)
    keep_layers(checkpoint, layers)
    return checkpoint


if __name__ == "__main__":
    main()
