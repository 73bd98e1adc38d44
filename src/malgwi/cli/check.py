"""`malgwi check`: prove that a bundle is whole and recognises its golden clips."""

import argparse
from pathlib import Path

from malgwi.cli.options import add_json, console, print_json


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("bundle", type=Path, help="NAME.malgwi")
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    from malgwi.bundle.check import check, print_check, require_equal

    result = check(args.bundle)
    if args.json:
        print_json(result.to_json())
    else:
        print_check(result, console(args))
    require_equal(result)
