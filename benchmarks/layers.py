"""Which layers suffer most from eight bits: the word error rate with each in turn left in fp32.

    python benchmarks/layers.py RUN DATASET --split valid

prints a table in Markdown, the most sensitive layer first; above it fp32 and int8 whole.
"""

import argparse
import tempfile
from pathlib import Path

from malgwi.bundle.contract import Decoding
from malgwi.bundle.runtime import OnnxModel
from malgwi.dataset.manifest import load_dataset
from malgwi.decoding.segments import SegmentPlan
from malgwi.export.onnx_graph import write_onnx
from malgwi.export.quantise import quantise
from malgwi.export.trial import run_trials
from malgwi.export.versions import sensitivity
from malgwi.model.checkpoint import load_checkpoint


def main() -> None:
    """Parse the command line, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="run, folder, hub id or starter")
    parser.add_argument("dataset", type=Path, help="a folder that `malgwi prepare` wrote")
    parser.add_argument("--split", default="valid")
    args = parser.parse_args()
    utterances = load_dataset(args.dataset).split(args.split)
    checkpoint = load_checkpoint(args.model)
    if checkpoint.vocab is None:
        raise SystemExit(f"{args.model}: has no trained head")
    decoding = Decoding(checkpoint.vocab, checkpoint.grid, SegmentPlan())
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "fp32.onnx"
        write_onnx(checkpoint, decoding, source, unfold=True)
        print("| layer in fp32 | WER | frames with fp32's token |\n| --- | ---: | ---: |")
        models = [OnnxModel(source, decoding)]
        for reduce_range in (False, True):
            quantise(source, Path(folder) / "int8.onnx", reduce_range=reduce_range)
            models.append(OnnxModel(Path(folder) / "int8.onnx", decoding))
        names = ("all", "none (int8)", "none (int8, reduce_range)")
        for name, trial in zip(names, run_trials(models, decoding, utterances), strict=True):
            print(f"| {name} | {trial.score.wer:.2%} | {trial.same_tokens:.2%} |", flush=True)
        for row in sensitivity(source, decoding, utterances, reduce_range=True):
            print(f"| {row.layer} | {row.rate:.2%} | {row.same_tokens:.2%} |")


if __name__ == "__main__":
    main()
