"""`malgwi next`: choose what to write down next."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from malgwi.cli.options import (
    add_json,
    add_progress,
    add_replace,
    console,
    print_json,
    share_processors,
)

if TYPE_CHECKING:
    from rich.table import Table

    from malgwi.untranscribed.next import Next

_SHOWN = 20


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("model", help="a run folder, a checkpoint or its hub id")
    parser.add_argument("folder", type=Path, help="recordings of any length, or one of them")
    parser.add_argument(
        "--minutes", type=float, default=30.0, metavar="N", help="of speech to choose (30)"
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DATASET",
        help="what is transcribed already: it is left out, and its split valid says how far the "
        "model is to be trusted (by default what the run learnt from)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of what is drawn (0)")
    parser.add_argument(
        "--output", required=True, type=Path, help="the folder for the list and the page"
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
    from malgwi.untranscribed.next import LIST, PAGE, check_all_read, choose_next

    found = choose_next(
        args.model,
        args.folder,
        args.output,
        minutes=args.minutes,
        dataset=args.data,
        seed=args.seed,
        replace=args.replace,
    )
    if args.json:
        print_json(found.to_json())
    else:
        screen = console(args)
        screen.print(_table(found))
        screen.print(
            f"{len(found.chosen)} stretches, {found.chosen_minutes:.1f} of the {args.minutes:g} "
            f"minutes asked for. Listen: {args.output / PAGE}. Write each text into "
            f"{args.output / LIST}, then: malgwi prepare {args.output} --allow-outside",
            markup=False,
            soft_wrap=True,
        )
    check_all_read(found)


def _table(found: "Next") -> "Table":
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from malgwi.progress import clock
    from malgwi.terminal import printable

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in ("", "recording", "from", "seconds", "wrong words", "draft"):
        right = header in ("", "from", "seconds", "wrong words")
        table.add_column(header, justify="right" if right else "left", overflow="fold")
    for rank, one in enumerate(found.chosen[:_SHOWN], 1):
        table.add_row(
            str(rank),
            escape(printable(one.audio.name)),
            clock(one.start),
            f"{one.end - one.start:.1f}",
            f"{one.wrong:.1f}",
            escape(printable(one.draft)),
        )
    if len(found.chosen) > _SHOWN:
        table.add_row("", f"... and {len(found.chosen) - _SHOWN} more")
    return table
