"""`malgwi evaluate`: score a model on a split of a data set."""

import argparse
from pathlib import Path

from malgwi.cli.cluster_options import add_cluster, check_cluster
from malgwi.cli.options import (
    add_dataset,
    add_json,
    add_model,
    add_part,
    add_progress,
    add_replace,
    add_search,
    add_threads,
    console,
    print_json,
    read_part,
    read_search,
)
from malgwi.errors import MalgwiError


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_model(parser)
    add_dataset(parser)
    parser.add_argument("--split", default="test", help="train, valid or test (test)")
    parser.add_argument("--output", type=Path, help="folder for results.json and utterances.csv")
    parser.add_argument("--html", type=Path, help="write a page to listen and look")
    parser.add_argument("--limit", type=int, help="only the first so many utterances")
    add_part(parser)
    add_cluster(parser, "a task")
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
    from malgwi.evaluation.evaluate_part import evaluate_part
    from malgwi.evaluation.report import print_results
    from malgwi.evaluation.results import check_complete

    check_cluster(args, without=("--part", "--threads"))
    if part := read_part(args):
        if args.html or args.json:
            shown = "--html" if args.html else "--json"
            raise MalgwiError(
                f"{shown}: a part has no figures; leave it out. malgwi join --json has those of all"
            )
        total = evaluate_part(
            args.model,
            args.dataset,
            part,
            split=args.split,
            output=args.output,
            limit=args.limit,
            threads=args.threads,
            search=read_search(args),
            replace=args.replace,
        )
        console(args).print(
            f"part {part}: {total} utterances; after all parts: malgwi join {args.output}",
            markup=False,
        )
        return
    asked = {
        "split": args.split,
        "output": args.output,
        "html": args.html,
        "limit": args.limit,
        "search": read_search(args),
        "replace": args.replace,
    }
    if args.cluster is None:
        results = evaluate(args.model, args.dataset, threads=args.threads, **asked)
    else:
        from malgwi.cluster.evaluate import evaluate_on_cluster

        cpus, gpus = args.worker_cpus or 1, args.worker_gpus or 0.0
        results = evaluate_on_cluster(
            args.cluster, args.model, args.dataset, cpus=cpus, gpus=gpus, **asked
        )
    if args.json:
        print_json(results.to_json())
    else:
        print_results(results, console(args))
    check_complete(results)
