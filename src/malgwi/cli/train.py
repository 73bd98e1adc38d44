"""`malgwi train`: fine-tune a checkpoint on a data set."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from malgwi.cli.options import add_dataset, add_training, console, print_json, share_processors
from malgwi.errors import MalgwiError

if TYPE_CHECKING:
    from malgwi.training.config import TrainConfig


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_dataset(parser)
    parser.add_argument(
        "--checkpoint",
        default="starter",
        help="what to fine-tune: a hub id, a local folder, or starter (the small shipped one)",
    )
    parser.add_argument(
        "--recipe",
        choices=("default", "starter", "tutorial"),
        help="where the numbers below start from (starter for the starter, else default)",
    )
    group = parser.add_argument_group("speech that nobody wrote down (docs/training.md)")
    group.add_argument(
        "--also",
        type=Path,
        metavar="FOLDER",
        help="recordings without transcripts, of any length: label them with the model so far, "
        "train on both from the start, and keep that run if it measures better on valid",
    )
    group.add_argument(
        "--also-rounds", type=int, metavar="N", help="times to label and train anew, at most (2)"
    )
    group.add_argument(
        "--also-share",
        type=float,
        metavar="X",
        help="learn from labels of which the model is as sure as of this share of the validation "
        "clips, surest first (0.75)",
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="try a few steps, say what time, memory and disk the run will take, and leave nothing",
    )
    add_training(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    share_processors()
    from malgwi.training.config import TrainConfig, read_config
    from malgwi.training.flags import from_args
    from malgwi.training.start import usual_config
    from malgwi.training.train import train
    from malgwi.untranscribed.kept_rounds import read_begun

    if args.resume and args.dry_run:
        raise MalgwiError("--dry-run: is for a run that begins; leave out --resume")
    _check_also(args)
    if args.resume:
        base = read_begun(args.output) if _goes_on_with_rounds(args) else read_config(args.output)
    else:
        base = {
            None: lambda: usual_config(args.checkpoint),
            "default": TrainConfig,
            "starter": TrainConfig.starter,
            "tutorial": TrainConfig.tutorial,
        }[args.recipe]()
    config = from_args(args, base)
    if args.dry_run:
        from malgwi.training.outlook import look_ahead

        outlook = look_ahead(args.dataset, args.output, config, checkpoint=args.checkpoint)
        if args.json:
            print_json(outlook.to_json())
        else:
            console(args).print(outlook.to_text(), markup=False, soft_wrap=True)
        return
    if args.also is not None:
        _train_also(args, config)
        return
    result = train(
        args.dataset,
        args.output,
        config,
        checkpoint=args.checkpoint,
        resume=args.resume,
        replace=args.replace,
    )
    if args.json:
        print_json(result.to_json())


def _check_also(args: argparse.Namespace) -> None:
    """Refuse options that don't go together.

    Raises:
        MalgwiError: names them.
    """
    from malgwi.untranscribed.kept_rounds import is_begun, work_folder

    if args.also is None:
        for name, value in (("rounds", args.also_rounds), ("share", args.also_share)):
            if value is not None:
                raise MalgwiError(f"--also-{name}: is of --also; give its folder, or leave it out")
        if args.resume and is_begun(args.output):
            raise MalgwiError(
                f"{args.output}: was begun with untranscribed speech ({work_folder(args.output)} "
                "is there); give --also again, too"
            )
    elif args.dry_run:
        raise MalgwiError("--dry-run: tries one run, and --also makes several; leave --also out")


def _goes_on_with_rounds(args: argparse.Namespace) -> bool:
    """Say whether what is to be resumed are rounds that aren't finished."""
    from malgwi.untranscribed.kept_rounds import is_begun

    return args.also is not None and is_begun(args.output)


def _train_also(args: argparse.Namespace, config: "TrainConfig") -> None:
    from malgwi.untranscribed.rounds import ROUNDS, SHARE, train_also

    found = train_also(
        args.dataset,
        args.output,
        config,
        folder=args.also,
        checkpoint=args.checkpoint,
        rounds=ROUNDS if args.also_rounds is None else args.also_rounds,
        share=SHARE if args.also_share is None else args.also_share,
        resume=args.resume,
        replace=args.replace,
    )
    if args.json:
        print_json(found.to_json())
