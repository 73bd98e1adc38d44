"""`malgwi train`: fine-tune a checkpoint on a data set."""

import argparse
from pathlib import Path

from malgwi.cli.options import add_json, add_progress, add_replace, print_json, share_processors


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    from malgwi.training.config import add_arguments

    parser.add_argument("dataset", type=Path, help="a folder that `malgwi prepare` wrote")
    parser.add_argument("--output", required=True, type=Path, help="the run folder to write")
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
    parser.add_argument(
        "--resume", action="store_true", help="go on with the run in --output where it stopped"
    )
    add_progress(parser)
    add_replace(parser)
    add_json(parser)
    add_arguments(parser.add_argument_group("numbers of the run"))


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    share_processors()
    from malgwi.training.config import TrainConfig, from_args, read_config
    from malgwi.training.train import train

    if args.resume:
        base = read_config(args.output)
    else:
        recipe = args.recipe or ("starter" if args.checkpoint == "starter" else "default")
        base = {
            "default": TrainConfig,
            "starter": TrainConfig.starter,
            "tutorial": TrainConfig.tutorial,
        }[recipe]()
    result = train(
        args.dataset,
        args.output,
        from_args(args, base),
        checkpoint=args.checkpoint,
        resume=args.resume,
        replace=args.replace,
    )
    if args.json:
        print_json(result.to_json())
