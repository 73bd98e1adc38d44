"""`malgwi hours`: say what more speech would bring, by equal runs on growing shares of it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from malgwi.cli.options import (
    add_dataset,
    add_json,
    add_progress,
    add_replace,
    add_start,
    console,
    print_json,
    share_processors,
)

if TYPE_CHECKING:
    from rich.table import Table

    from malgwi.evaluation.hours import Hours


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_dataset(parser)
    parser.add_argument(
        "--checkpoint",
        default="starter",
        metavar="MODEL",
        help="what each run starts from: a hub id, a local folder, or starter",
    )
    add_start(parser)
    parser.add_argument(
        "--minutes", type=float, default=40.0, metavar="N", help="of training, all runs (40)"
    )
    parser.add_argument(
        "--steps", type=int, metavar="N", help="of each run, in place of what the minutes allow"
    )
    parser.add_argument(
        "--more", type=float, default=1.0, metavar="HOURS", help="of speech to think of (1)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of runs and shares (0)")
    parser.add_argument(
        "--dry-run", action="store_true", help="say what it will take, and leave nothing"
    )
    parser.add_argument(
        "--output", required=True, type=Path, help="the folder for the figures and the picture"
    )
    add_progress(parser)
    add_replace(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    share_processors()
    from malgwi.hours import PICTURE, learn_hours, plan_hours
    from malgwi.training.start import Start

    asked = {
        "start": Start(args.checkpoint, args.language_adapter, args.lora, args.learning_rate),
        "minutes": args.minutes,
        "steps": args.steps,
        "seed": args.seed,
    }
    screen = console(args)
    if args.dry_run:
        plan = plan_hours(args.dataset, args.output, **asked)
        if args.json:
            print_json(plan.to_json())
        else:
            screen.print(plan.to_text(), markup=False, soft_wrap=True)
        return
    found = learn_hours(args.dataset, args.output, **asked, more=args.more, replace=args.replace)
    if args.json:
        print_json(found.to_json())
        return
    screen.print(_table(found))
    screen.print(found.to_text(), markup=False)
    screen.print(
        f"{found.measure} of {found.utterances} validation clips. {args.output / PICTURE} shows it",
        markup=False,
    )


def _table(found: "Hours") -> "Table":
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from malgwi.terminal import printable

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in ("clips", "minutes", "passes", found.measure, "95 %"):
        table.add_column(header, justify="right", no_wrap=header != "95 %")
    for one in found.runs:
        speech = (str(one.clips), f"{60 * one.hours:.1f}")
        if one.rate is None:
            table.add_row(*speech, "", "failed", escape(printable(one.failed or "")))
            continue
        low, high = one.interval or (one.rate, one.rate)
        table.add_row(*speech, f"{one.passes:.1f}", f"{one.rate:.3f}", f"{low:.3f} to {high:.3f}")
    return table
