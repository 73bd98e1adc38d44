"""`malgwi tune`: find how much a language model should count."""

import argparse
from pathlib import Path

from malgwi.cli.options import (
    add_dataset,
    add_json,
    add_model,
    add_progress,
    add_replace,
    add_threads,
    console,
    print_json,
    warn,
)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_model(parser)
    add_dataset(parser)
    parser.add_argument("--lm", required=True, type=Path, help="an ARPA file, or lm.bin")
    parser.add_argument(
        "--output", required=True, type=Path, help="NAME.bin; or NAME.malgwi, the bundle with it"
    )
    parser.add_argument("--split", default="valid", help="the data to tune on, never test (valid)")
    add_threads(parser)
    add_progress(parser)
    add_replace(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    from malgwi.evaluation.tune import print_tuned, tune

    out = console(args)
    result = tune(
        args.model,
        args.dataset,
        lm=args.lm,
        output=args.output,
        split=args.split,
        threads=args.threads,
        replace=args.replace,
        warn=warn,
        console=out,
    )
    if args.json:
        print_json(result.to_json())
    else:
        print_tuned(result, out)
