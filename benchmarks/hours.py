"""Does `malgwi hours` foretell what twice the speech brings? Curves up to half, held against all.

    python benchmarks/hours.py DATASET ... --curves build/curves.jsonl --runs 4

Every curve is one of runs on 1/16, 1/8, 1/4, 1/2 and all of a random part of a data set's training
clips, from a small start (some of the starter's layers). The first four are what the command would
have: what it says of all is held against the fifth, and likewise what the first three say of 1/2
(the two of a curve aren't independent). Curves are appended to the file, so that a stopped
benchmark goes on; with no --runs those that are there are looked at.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from malgwi.cli.options import share_processors
from malgwi.dataset.manifest import load_dataset
from malgwi.dataset.shares import first_share, in_fair_order
from malgwi.evaluation.learning_curve import LEVEL
from malgwi.evaluation.more_speech import Learnt, expect, rate
from malgwi.hours import equal_config, learn_shares
from malgwi.speech.score import score_utterance
from malgwi.training.start import Start

SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
LAYERS, MINUTES, PASSES = (1, 2), (2.0, 4.0), (1.5, 3.0)
"""Of the starter; of speech in all; of the steps through all of it."""
BATCH_SECONDS = 8.0
HEARD = 40
"""Validation clips, at most."""


def main() -> None:
    """Make curves and judge all that there are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("datasets", nargs="*", type=Path, metavar="DATASET")
    parser.add_argument("--curves", type=Path, default=Path("build/curves.jsonl"))
    parser.add_argument("--runs", type=int, default=0, help="curves of each data set to add")
    parser.add_argument("--seed", type=int, default=0, help="of the first curve in the file")
    args = parser.parse_args()
    share_processors()
    args.curves.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(args.runs):
        for dataset in args.datasets:
            curve = _curve(dataset, args.seed + sum(1 for _ in _read(args.curves)))
            with args.curves.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(curve)}\n")
    _judge(list(_read(args.curves)))


def _read(curves: Path) -> Iterator[dict[str, Any]]:
    if curves.is_file():
        yield from map(json.loads, curves.read_text(encoding="utf-8").splitlines())


def _curve(dataset: Path, number: int) -> dict[str, Any]:
    """Return the curve with a number, which seeds what is drawn for it."""
    from malgwi.model.checkpoint import load_checkpoint, save_checkpoint
    from malgwi.model.fewer_layers import keep_layers

    random = np.random.default_rng(number)
    kept, minutes = int(random.choice(LAYERS)), float(random.choice(MINUTES))
    passes = float(random.choice(PASSES))
    whole = load_dataset(dataset)
    clips = in_fair_order(whole.split("train"), seed=number)
    part = first_share(clips, 60 * minutes / sum(clip.duration for clip in clips))
    heard = in_fair_order(whole.split("valid"), seed=number)[:HEARD]
    data = replace(whole, utterances=(*part, *heard))
    with tempfile.TemporaryDirectory() as folder:
        start = Path(folder) / "start"
        start.mkdir()
        cut = load_checkpoint("starter")
        keep_layers(cut, kept)
        save_checkpoint(start, cut)
        config = equal_config(data.split("train"), SHARES, start=Start(str(start)), seed=number)
        seconds = min(config.batch_seconds or BATCH_SECONDS, BATCH_SECONDS)
        steps = round(passes * 60 * minutes / seconds)
        config = replace(
            config,
            batch_seconds=seconds,
            max_steps=steps,
            eval_every=steps,
            learning_rate=5e-4,
            layerdrop=0.0,
        )
        runs = learn_shares(data, Path(folder), config, SHARES, checkpoint=str(start))
    if len(runs) < len(SHARES):  # stopped by a signal
        raise SystemExit(1)
    return {
        "dataset": whole.info.get("name", dataset.name),
        "layers": kept,
        "steps": steps,
        "runs": [
            {
                "hours": run.hours,
                "passes": run.passes,
                "failed": run.failed,
                "texts": [[u.reference, u.hypothesis] for u in run.utterances],
            }
            for run in runs
        ],
    }


def _runs(curve: dict[str, Any]) -> list[Learnt]:
    """Return the runs of a curve with their rates."""
    return [
        rate(
            Learnt(
                share=share,
                clips=0,
                hours=run["hours"],
                passes=run["passes"],
                failed=run["failed"],
                utterances=tuple(score_utterance(*pair) for pair in run["texts"]),
            ),
            "CER",
        )
        for share, run in zip(SHARES, curve["runs"], strict=True)
    ]


def _judge(curves: list[dict[str, Any]]) -> None:
    """Print what was foretold of each curve's last run from those before, and the figures of all.

    The score is the mean distance to what came, in expectation over the draws, less half of that
    between draws (CRPS): for "the same as before" it is the distance itself.
    """
    told: list[tuple[float, ...]] = []
    kept_back: list[tuple[float, ...]] = []
    parts = [(curve, _runs(curve)[:many]) for curve in curves for many in (4, 5)]
    for curve, (*known, last) in parts:
        rates = " ".join("-" if run.rate is None else f"{run.rate:.3f}" for run in (*known, last))
        line = f"{curve['dataset']:12} {rates:29}"
        seen, _, why_not = expect(known, "CER", last.hours - known[-1].hours)
        if seen is None or last.rate is None:
            print(f"{line}  no curve: {why_not or last.failed}")
            continue
        low, median, high = (float(bound[-1]) for bound in seen.bounds())
        draws, before = seen.rates[:, -1], known[-1].rate or 0.0
        spread = np.abs(draws - np.random.default_rng(0).permutation(draws)).mean()
        crps = np.abs(draws - last.rate).mean() - spread / 2
        inside = low <= last.rate <= high
        relative = np.array([high - low, crps, abs(last.rate - before)]) / before
        (told if why_not is None else kept_back).append((inside, *relative))
        print(
            f"{line}  foretold {median:.3f} ({low:.3f} to {high:.3f})"
            f"{'' if inside else '  OUTSIDE'}{f'  not told: {why_not}' if why_not else ''}"
        )
    print(f"{len(curves)} curves, {len(parts)} questions")
    for name, found in (("told", told), ("not told", kept_back)):
        if found:
            inside, width, crps, same = np.array(found, dtype=float).T
            print(
                f"{name}: {inside.sum():.0f} of {len(found)} inside the {LEVEL:.0%}; median width "
                f"{np.median(width):.2f} of the rate before; CRPS {crps.mean():.3f} of it, of "
                f"'same as before' {same.mean():.3f}"
            )


if __name__ == "__main__":
    main()
