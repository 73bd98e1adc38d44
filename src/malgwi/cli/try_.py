"""`malgwi try`: find which checkpoint suits a data set, by equal short runs."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from malgwi.terminal import printable

if TYPE_CHECKING:
    from rich.table import Table

    from malgwi.starts import Comparison


class _Begin(argparse.Action):
    """Begin a checkpoint to try."""

    def __call__(
        self, _parser: Any, namespace: argparse.Namespace, values: Any, _option: Any = None
    ) -> None:
        from malgwi.training.start import Start

        namespace.starts = [*(namespace.starts or ()), Start(values)]


class _OfTheLast(argparse.Action):
    """Tell something of the checkpoint that was named last."""

    def __call__(
        self, _parser: Any, namespace: argparse.Namespace, values: Any, option: Any = None
    ) -> None:
        if not namespace.starts:
            raise argparse.ArgumentError(self, "give the --checkpoint that it is of before it")
        *others, last = namespace.starts
        name = option[2:].replace("-", "_")
        if getattr(last, name) is not None:
            raise argparse.ArgumentError(self, f"is given twice for {last.checkpoint}")
        namespace.starts = [*others, replace(last, **{name: values})]


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_dataset(parser)
    parser.add_argument(
        "--checkpoint",
        action=_Begin,
        dest="starts",
        required=True,
        metavar="MODEL",
        help="a hub id, a local folder, or starter; given for each that is to be tried, the same "
        "one with other numbers, too",
    )
    add_start(parser, "of the --checkpoint before it: ", action=_OfTheLast, dest="starts")
    parser.add_argument(
        "--minutes", type=float, default=10.0, metavar="N", help="of training for each (10)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of all runs (0)")
    parser.add_argument(
        "--output", required=True, type=Path, help="the folder for table, picture, runs and bundles"
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
    from malgwi.starts import PICTURE, check_all_tried, try_checkpoints

    found = try_checkpoints(
        args.dataset,
        args.output,
        args.starts,
        minutes=args.minutes,
        seed=args.seed,
        replace=args.replace,
    )
    if args.json:
        print_json(found.to_json())
    else:
        screen = console(args)
        screen.print(_table(found))
        for one in found.tried:
            if one.failed is not None:
                screen.print(printable(f"{one.start}: {one.failed}"), markup=False, soft_wrap=True)
        screen.print(
            f"{found.measure} of {found.utterances} validation clips after {found.minutes:g} "
            f"minutes each; best in: of 100 draws of them; RTF: seconds of work for a second of "
            f"speech, on one thread of this machine. {args.output / PICTURE} shows it",
            markup=False,
        )
    check_all_tried(found)


def _table(found: "Comparison") -> "Table":
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("checkpoint", overflow="fold")
    for header in (found.measure, "95 %", "best in", "bundle", "RTF"):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("licence", overflow="fold")
    for one in found.tried:
        if one.rate is None:
            table.add_row(escape(printable(str(one.start))), "failed")
            continue
        low, high = one.interval or (one.rate, one.rate)
        table.add_row(
            escape(printable(str(one.start))),
            f"{one.rate:.3f}",
            f"{low:.3f} to {high:.3f}",
            f"{100 * (one.best_in or 0):.0f}",
            "none" if one.bundle_bytes is None else f"{one.bundle_bytes / 1e6:.1f} MB",
            "" if one.real_time_factor is None else f"{one.real_time_factor:.3f}",
            escape(printable(one.licence or "not stated")),
        )
    return table
