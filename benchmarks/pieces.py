"""The convolutions of an int8 model, positional ones too, over a clip at once and piece by piece.

    python benchmarks/pieces.py demo/run [--seconds 1 3 10] [--rounds 9]

The run, and wav2vec2-base's size with random weights, are exported both ways. Processor
milliseconds of one thread for noise of each length, in turn, least of all rounds; and the peak
memory of a process that holds nothing else than Python, NumPy and onnxruntime, after ten seconds.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

from malgwi.bundle.contract import Decoding
from malgwi.bundle.ort import open_session
from malgwi.decoding.segments import SegmentPlan
from malgwi.export import piece_loop
from malgwi.export.cost import measure_cost
from malgwi.export.onnx_graph import write_onnx
from malgwi.export.pieces import FRAMES
from malgwi.export.quantise import quantise
from malgwi.export.weights_apart import set_weights_apart
from malgwi.model.checkpoint import Checkpoint, load_checkpoint

WAYS = {"at once": 1_000_000, "in pieces": FRAMES}
"""Frames of a piece."""


def main() -> None:
    """Parse the command line, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", help="a run or a checkpoint with a vocabulary")
    parser.add_argument("--seconds", type=float, nargs="+", default=[1.0, 3.0, 10.0])
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    torch.manual_seed(0)
    own = load_checkpoint(args.run)
    assert own.vocab is not None  # noqa: S101 - a run has one
    config = Wav2Vec2Config(vocab_size=len(own.vocab), pad_token_id=own.vocab.blank)
    model: Any = Wav2Vec2ForCTC(config)
    base = Checkpoint(model.eval(), own.vocab, own.grid, do_normalize=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, checkpoint in ((args.run, own), ("base size", base)):
            models = {way: _model(checkpoint, way, Path(folder)) for way in WAYS}
            times = {s: _milliseconds(models, s, args.rounds) for s in args.seconds}
            _show(name, models, times)


def _model(checkpoint: Checkpoint, way: str, folder: Path) -> Path:
    """Write the int8 model of a checkpoint, and return its file."""
    setattr(piece_loop, "FRAMES", WAYS[way])  # noqa: B010 - a constant there
    vocab: Any = checkpoint.vocab
    unfolded, model = folder / "unfolded.onnx", folder / way / "model.onnx"
    model.parent.mkdir(exist_ok=True)
    write_onnx(checkpoint, Decoding(vocab, checkpoint.grid, SegmentPlan()), unfolded, unfold=True)
    quantise(unfolded, model)
    return set_weights_apart(model)[0]


def _milliseconds(models: dict[str, Path], seconds: float, rounds: int) -> dict[str, float]:
    sessions = {way: open_session(path, threads=1) for way, path in models.items()}
    noise = np.random.default_rng(0).standard_normal((1, int(16_000 * seconds)), dtype=np.float32)
    least = dict.fromkeys(models, float("inf"))
    for _ in range(rounds):
        for way, session in sessions.items():
            begun = time.process_time()
            session.run(None, {session.get_inputs()[0].name: 0.1 * noise})
            least[way] = min(least[way], 1000 * (time.process_time() - begun))
    return least


def _show(name: str, models: dict[str, Path], times: dict[float, dict[str, float]]) -> None:
    table = Table(name, *(f"{seconds:g} s" for seconds in times), "peak MB")
    for way, path in models.items():
        peak = measure_cost(path).peak_bytes or 0
        table.add_row(way, *(f"{found[way]:.1f}" for found in times.values()), f"{peak / 1e6:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
