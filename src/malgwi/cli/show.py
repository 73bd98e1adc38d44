"""`malgwi show`: show random examples of a data set."""

import argparse
from pathlib import Path

from malgwi.cli.options import add_dataset, console


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_dataset(parser)
    parser.add_argument("--count", type=int, default=10, help="how many examples (10)")
    parser.add_argument("--split", help="only of this split")
    parser.add_argument("--seed", type=int, default=0, help="another draw of examples")
    parser.add_argument("--html", type=Path, help="write a page to listen to them instead")


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    if args.html:
        from malgwi.page.examples import show_page

        show_page(args.dataset, args.html, count=args.count, split=args.split, seed=args.seed)
        console(args).print(f"Open {args.html} in a browser.")
        return
    from malgwi.dataset.show import show

    show(args.dataset, count=args.count, split=args.split, seed=args.seed, console=console(args))
