"""`malgwi train`: fine-tune a checkpoint on a data set."""

import argparse

from malgwi.cli.options import add_dataset, add_training, console, print_json, share_processors
from malgwi.errors import MalgwiError


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
    from malgwi.training.train import train, usual_config

    if args.resume and args.dry_run:
        raise MalgwiError("--dry-run: is for a run that begins; leave out --resume")
    if args.resume:
        base = read_config(args.output)
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
