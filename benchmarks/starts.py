"""Does `malgwi try` find the better start? The starter, half of it, and one that knows nothing.

    python benchmarks/starts.py demo/dataset --minutes 2

All have the starter's shape, so that only what they know differs; half of the layers are left out
of the second, and the third has random weights.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import torch

from malgwi.cli.main import main as malgwi
from malgwi.model.checkpoint import load_checkpoint, save_checkpoint
from malgwi.model.fewer_layers import keep_layers


def main() -> None:
    """Make the other two starts and try all three."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--output", type=Path, help="keep the folder that malgwi try writes")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        half, random = Path(folder) / "half", Path(folder) / "random"
        for place in (half, random):
            place.mkdir()
        cut = load_checkpoint("starter")
        keep_layers(cut, 4)
        save_checkpoint(half, cut)
        known = load_checkpoint("starter")
        torch.manual_seed(0)
        unknown = type(known.model)(known.model.config)
        save_checkpoint(random, replace(known, model=unknown.eval()))
        words = ["try", str(args.dataset), "--minutes", f"{args.minutes:g}", "--output"]
        words.append(str(args.output or Path(folder) / "tried"))
        for checkpoint in ("starter", str(half), str(random)):
            words += ["--checkpoint", checkpoint]
        raise SystemExit(malgwi(words))


if __name__ == "__main__":
    main()
