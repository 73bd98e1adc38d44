"""`malgwi join`: put together what the parts of a job array did."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from malgwi.cli.options import add_json, add_replace, console, print_json, warn
from malgwi.errors import MalgwiError

if TYPE_CHECKING:
    from malgwi.stores.address import Location


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("output", help="the --output of the commands with --part")
    add_replace(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    from malgwi.job_array import join
    from malgwi.stores.address import destination

    output = destination(args.output)
    joined = join(output)
    out = console(args)
    if joined.work.facts["command"] == "evaluate":
        from malgwi.evaluation.evaluate_part import join_evaluation
        from malgwi.evaluation.report import print_results
        from malgwi.evaluation.results import check_complete

        results = join_evaluation(_folder(output), joined, replace=args.replace)
        if args.json:
            print_json(results.to_json())
        else:
            print_results(results, out)
        check_complete(results)
    elif joined.work.facts["command"] == "cut":
        from malgwi.cli.cut import show
        from malgwi.recognition.cut_part import join_cut

        found = join_cut(_folder(output), joined, replace=args.replace, warn=warn)
        show(args, found, clips=joined.work.about["clips"])
    elif joined.work.facts["command"] == "prepare":
        from malgwi.cli.prepare import join_prepare

        _folder(output)
        join_prepare(args, joined)
    else:
        from malgwi.recognition.written_files import join_files

        join_files(output, joined)
        if args.json:
            print_json({"parts": joined.parts, "recordings": len(joined.found)})
        else:
            out.print(
                f"{output}: {len(joined.found)} recordings, complete; parts: {joined.parts}",
                markup=False,
            )


def _folder(output: "Location") -> Path:
    """Return a folder of this machine, where what is joined is written anew.

    Raises:
        MalgwiError: it is a place in a store.
    """
    if isinstance(output, Path):
        return output
    raise MalgwiError(
        f"{output}: only transcripts are joined in a store; copy it to a folder first"
    )
