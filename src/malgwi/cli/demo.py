"""`malgwi demo`: run the whole chain on the shipped speech."""

import argparse
from pathlib import Path

from malgwi.cli.options import add_progress, add_replace, console, share_processors
from malgwi.errors import MalgwiError


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("--output", type=Path, default=Path("demo"), help="folder to write (demo)")
    parser.add_argument(
        "--language", choices=("en", "ko"), default="en", help="of the shipped speech (en)"
    )
    parser.add_argument(
        "--minutes", type=float, default=2.0, help="longest time to train (2 minutes)"
    )
    add_progress(parser)
    add_replace(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    if not args.minutes >= 0:  # NaN, too
        raise MalgwiError(f"--minutes {args.minutes:g}: expected a number from 0 on")
    share_processors()
    from malgwi.demo import demo

    demo(
        args.output,
        language=args.language,
        minutes=args.minutes,
        replace=args.replace,
        console=console(args),
    )
