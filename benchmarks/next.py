"""Is what `malgwi next` chooses worth more than as much speech drawn at random?

    python benchmarks/next.py DATASET --work build/next --seed 0 --minutes 5 --steps 60

A fifth of a data set's training clips keeps its transcripts; a run learns from it. Of the other
clips, so many minutes are chosen as the command does, each clip being a stretch, since only whole
clips have texts; and as many minutes at random, once or more. Then the run is trained on with
either, in equal steps, and the last weights are scored on the split test.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from malgwi.cli.options import share_processors
from malgwi.dataset.manifest import Dataset, Utterance, load_dataset
from malgwi.dataset.shares import first_share, in_fair_order, write_part
from malgwi.dataset.sound import Recordings


def main() -> None:
    """Make the runs that aren't there, score them, and print a row each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--work", type=Path, default=Path("build/next"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--pool-minutes", type=float, help="of the others, drawn at random; all")
    parser.add_argument("--first-steps", type=int, default=300)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--draws", type=int, default=1, help="random choices to compare with")
    args = parser.parse_args()
    share_processors()
    from malgwi.evaluation.evaluate import evaluate
    from malgwi.training.config import TrainConfig
    from malgwi.training.train import train

    place = args.work / f"seed-{args.seed}"
    place.mkdir(parents=True, exist_ok=True)
    whole = load_dataset(args.dataset)
    ordered = in_fair_order(whole.split("train"), seed=args.seed)
    fifth = first_share(ordered, 1 / 5)
    left = ordered[len(fifth) :]
    if args.pool_minutes is not None:
        left = _until(left, 60 * args.pool_minutes)  # their order is random
    config = replace(
        TrainConfig.starter(), max_steps=args.first_steps, batch_seconds=16.0, seed=args.seed
    )
    _part(whole, fifth, place / "fifth")
    first = place / "run-fifth"
    if not first.exists():
        train(place / "fifth", first, config, checkpoint="starter")
    told = place / "chosen.json"
    if not told.exists():
        ids = _chosen(first, whole, left, minutes=args.minutes, seed=args.seed)
        told.write_text(json.dumps(ids))
    wanted = set(json.loads(told.read_text()))
    added = {"chosen": [u for u in left if u.id in wanted]}
    for draw in range(args.draws):
        order = np.random.default_rng([args.seed, draw]).permutation(len(left))
        added[f"random {draw}"] = _until([left[i] for i in order], 60 * args.minutes)
    again = replace(config, max_steps=args.steps, eval_every=args.steps)  # the last weights
    for name, clips in added.items():
        part, run = place / name.replace(" ", "-"), place / f"run-{name.replace(' ', '-')}"
        _part(whole, [*fifth, *clips], part)
        if not run.exists():
            train(part, run, again, checkpoint=str(first))
        seconds = sum(u.duration for u in clips)
        found = evaluate(run, args.dataset, split="test")
        print(
            f"{name}: {len(clips)} clips, {seconds / 60:.2f} min; WER {found.wer:.4f}, "
            f"CER {found.cer:.4f}",
            flush=True,
        )


def _part(whole: Dataset, clips: Sequence[Utterance], folder: Path) -> None:
    write_part(whole, (*clips, *whole.split("valid"), *whole.split("test")), folder)


def _chosen(
    run: Path, whole: Dataset, clips: Sequence[Utterance], *, minutes: float, seed: int
) -> list[str]:
    """Return the ids of the clips that the command would choose."""
    from malgwi.untranscribed.choose import choose
    from malgwi.untranscribed.listener import open_listener
    from malgwi.untranscribed.next import calibration

    _, listen = open_listener(str(run))
    confidence = calibration(whole, listen)
    assert confidence is not None  # noqa: S101 - there is a validation split
    recordings = Recordings()
    heard = [listen(recordings.read(clip)) for clip in clips]
    places = choose(
        [sum(1 - confidence(w.confidence) for w in one.transcript.words) for one in heard],
        [clip.duration for clip in clips],
        np.stack([one.sound for one in heard]),
        budget=60 * minutes,
        seed=seed,
    )
    return [clips[place].id for place in places]


def _until(clips: Sequence[Utterance], seconds: float) -> list[Utterance]:
    """Return the first clips that fit into a time."""
    taken: list[Utterance] = []
    for clip in clips:
        if clip.duration <= seconds:
            taken.append(clip)
            seconds -= clip.duration
    return taken


if __name__ == "__main__":
    main()
