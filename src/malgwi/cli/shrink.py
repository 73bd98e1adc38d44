"""`malgwi shrink`: train a smaller model from a run."""

import argparse
from dataclasses import replace

from malgwi.cli.options import add_dataset, add_training, print_json, share_processors
from malgwi.errors import MalgwiError


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("model", help="the teacher: a run of Malgwi, a checkpoint folder or hub id")
    add_dataset(parser)
    parser.add_argument(
        "--layers", type=int, metavar="N", help="how many of its transformer layers stay"
    )
    parser.add_argument(
        "--teacher-weight",
        type=float,
        metavar="X",
        help="share of the loss that is the teacher's; the labels have the rest (0.5)",
    )
    parser.add_argument(
        "--temperature",
        type=float,
        metavar="X",
        help="above 1, what the teacher holds for less likely counts for more (1)",
    )
    add_training(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    share_processors()
    from malgwi.training.config import TrainConfig, read_config
    from malgwi.training.distil import Distillation
    from malgwi.training.flags import from_args
    from malgwi.training.shrink import read_distillation, shrink

    how = {"layers": args.layers, "weight": args.teacher_weight, "temperature": args.temperature}
    given = {name: value for name, value in how.items() if value is not None}
    if args.resume:
        base = read_config(args.output)
        distillation = replace(read_distillation(args.output), **given)
    elif args.layers is None:
        raise MalgwiError("--layers: say how many layers stay, such as half of the run's")
    else:
        base = TrainConfig.student()
        distillation = Distillation(**given)
    result = shrink(
        args.model,
        args.dataset,
        args.output,
        from_args(args, base),
        distillation,
        resume=args.resume,
        replace=args.replace,
    )
    if args.json:
        print_json(result.to_json())
