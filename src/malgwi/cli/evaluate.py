"""`malgwi evaluate`: score a model on a split of a data set."""

import argparse
from pathlib import Path

from malgwi.cli.options import (
    add_json,
    add_model,
    add_progress,
    add_replace,
    add_search,
    add_threads,
    console,
    print_json,
    read_search,
)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_model(parser)
    parser.add_argument("dataset", type=Path, help="a folder that `malgwi prepare` wrote")
    parser.add_argument("--split", default="test", help="train, valid or test (test)")
    parser.add_argument("--output", type=Path, help="folder for results.json and utterances.csv")
    parser.add_argument("--html", type=Path, help="write a page to listen and look")
    parser.add_argument("--limit", type=int, help="only the first so many utterances")
    add_search(parser)
    add_threads(parser)
    add_progress(parser)
    add_replace(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    from malgwi.evaluation.evaluate import evaluate
    from malgwi.evaluation.report import print_results
    from malgwi.evaluation.results import check_complete

    results = evaluate(
        args.model,
        args.dataset,
        split=args.split,
        output=args.output,
        html=args.html,
        limit=args.limit,
        threads=args.threads,
        search=read_search(args),
        replace=args.replace,
    )
    if args.json:
        print_json(results.to_json())
    else:
        print_results(results, console(args))
    check_complete(results)
