"""`malgwi lm`: estimate a language model from text."""

import argparse
from pathlib import Path

from malgwi.cli.options import add_json, add_replace, add_spelling, console, print_json, warn
from malgwi.errors import MalgwiError


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "text",
        type=Path,
        nargs="+",
        help="text files, a sentence a line, and folders of `malgwi prepare` (their train split)",
    )
    parser.add_argument("--output", required=True, type=Path, help="NAME.arpa or NAME.bin")
    parser.add_argument("--order", type=int, default=3, help="words of the longest n-grams (3)")
    parser.add_argument(
        "--prune",
        default="",
        metavar="0,0,1",
        help="for each order, leave out n-grams that occur no more often than this",
    )
    add_spelling(parser)
    add_replace(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    from malgwi.lm.make import make_lm, print_estimated
    from malgwi.speech.notation import Notation

    try:
        prune = [int(count) for count in args.prune.split(",") if args.prune]
    except ValueError as error:
        raise MalgwiError(f"--prune {args.prune}: expected counts such as 0,0,1") from error
    result = make_lm(
        args.text,
        args.output,
        order=args.order,
        prune=prune,
        language=args.language,
        keep_letters=args.keep_letters,
        keep_digits=args.keep_digits,
        notation=Notation(args.tags, written=args.written),
        replace=args.replace,
        warn=warn,
    )
    if args.json:
        print_json(result.to_json())
    else:
        print_estimated(result, console(args))
