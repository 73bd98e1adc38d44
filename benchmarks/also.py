"""How much of what transcripts bring do recordings without them bring? A fifth, all, and between.

    python benchmarks/also.py DATASET --work build/also --seed 0 --steps 300

Of a data set's training clips a fifth keeps its transcripts (each speaker in proportion, drawn by
the seed); the sound of the others lies in a folder of its own, under other names. Three runs of
equal steps from one checkpoint: on the fifth, on all, and on the fifth with `--also` that folder.
Round 0 of the last is the first. Each is scored on the test split, greedily and with a language
model of the texts that it was told (a fifth's for the first and the third), whose weights aren't
tuned. What was done is found again in the work folder.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from malgwi.cli.options import share_processors
from malgwi.dataset.manifest import load_dataset
from malgwi.dataset.shares import first_share, in_fair_order, write_part

EVALUATIONS = 8


def main() -> None:
    """Make the runs that aren't there, score them, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--work", type=Path, default=Path("build/also"))
    parser.add_argument("--checkpoint", default="starter")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch-seconds", type=float, default=16.0)
    parser.add_argument("--share", type=float, help="--also-share")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--score", action="store_true", help="make nothing, score what is there")
    args = parser.parse_args()
    share_processors()
    place = args.work / f"seed-{args.seed}"
    place.mkdir(parents=True, exist_ok=True)
    if not args.score:
        _make(args, place)
    _tell(_scores(args, place))


def _make(args: argparse.Namespace, place: Path) -> None:
    """Make data sets and runs."""
    from malgwi.training.start import usual_config
    from malgwi.training.train import train
    from malgwi.untranscribed.kept_rounds import Work, work_folder
    from malgwi.untranscribed.rounds import SHARE, train_also

    whole = load_dataset(args.dataset)
    ordered = in_fair_order(whole.split("train"), seed=args.seed)
    fifth = first_share(ordered, 1 / 5)
    told = {utterance.id for utterance in fifth}
    sound = place / "sound"
    sound.mkdir(exist_ok=True)
    for number, utterance in enumerate(ordered):
        # A stretch's whole recording would hold transcribed ones, too.
        link = sound / f"{number:05d}{utterance.audio.suffix}"
        if utterance.id not in told and not link.is_symlink():
            link.symlink_to(utterance.audio.resolve())
    held = (*whole.split("valid"), *whole.split("test"))
    write_part(whole, (*fifth, *held), place / "fifth")
    write_part(whole, (*whole.split("train"), *held), place / "all")
    config = replace(
        usual_config(args.checkpoint),
        max_steps=args.steps,
        eval_every=max(args.steps // EVALUATIONS, 1),
        batch_seconds=args.batch_seconds,
        seed=args.seed,
        keep=1,
    )
    if not (place / "run-all").exists():
        train(place / "all", place / "run-all", config, checkpoint=args.checkpoint)
    also = place / "run-also"
    if not also.exists():
        # Its rounds are scored, too.
        Work.remove = lambda _: None  # type: ignore[method-assign, assignment]
        train_also(
            place / "fifth",
            also,
            config,
            folder=sound,
            checkpoint=args.checkpoint,
            rounds=args.rounds,
            share=SHARE if args.share is None else args.share,
            resume=work_folder(also).exists(),
        )


def _scores(args: argparse.Namespace, place: Path) -> dict[str, dict[str, Any]]:
    """Return what each run comes to on the test split, by its name."""
    from malgwi.decoding.search import GREEDY, Search
    from malgwi.evaluation.evaluate import evaluate
    from malgwi.lm.make import make_lm
    from malgwi.speech.score import interval

    runs = {"a fifth": (_run(place, 0), "fifth"), "all": (place / "run-all", "all")}
    runs |= {f"round {n}": (_run(place, n), "fifth") for n in range(1, args.rounds + 1)}
    file = place / "scores.json"
    scores: dict[str, dict[str, Any]] = json.loads(file.read_text()) if file.exists() else {}
    for name, (run, texts) in runs.items():
        if name in scores or not _is_done(run):
            continue
        lm = place / f"{texts}.bin"
        if not lm.exists():
            make_lm([place / texts], lm)
        scores[name] = {}
        for how, search in (("greedy", GREEDY), ("lm", Search(lm=lm))):
            found = evaluate(run, args.dataset, split="test", search=search)
            scores[name][how] = {
                "WER": found.wer,
                "WER interval": interval([u.words for u in found.utterances]),
                "CER": found.cer,
                "CER interval": interval([u.characters for u in found.utterances]),
            }
        file.write_text(json.dumps(scores, indent=2))
    return scores


def _run(place: Path, number: int) -> Path:
    return place / "run-also.also" / f"round-{number}" / "run"


def _is_done(run: Path) -> bool:
    record = run / "train.json"
    return record.exists() and json.loads(record.read_text())["figures"]["status"] == "finished"


def _tell(scores: dict[str, dict[str, Any]]) -> None:
    """Print a row a run, with the share of the gap between a fifth and all that it closes."""
    low, high = scores["a fifth"], scores["all"]
    for name, found in scores.items():
        cells = []
        for how in ("greedy", "lm"):
            for rate in ("WER", "CER"):
                gap = low[how][rate] - high[how][rate]
                closed = (low[how][rate] - found[how][rate]) / gap if gap else float("nan")
                begin, end = found[how][f"{rate} interval"]
                cells.append(
                    f"{how} {rate} {found[how][rate]:.4f} ({begin:.3f} to {end:.3f}), {closed:.0%}"
                )
        print(f"{name:18} {'  '.join(cells)}")


if __name__ == "__main__":
    main()
