"""`malgwi export`: turn a run into one file for phones, proven equal."""

import argparse
from pathlib import Path

from malgwi.cli.options import add_json, add_progress, add_replace, console, print_json, warn


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("model", help="a run of Malgwi, a checkpoint folder or a hub id")
    parser.add_argument(
        "--data", required=True, type=Path, help="the data set whose valid split is the gate"
    )
    parser.add_argument("--output", required=True, type=Path, help="NAME.malgwi")
    parser.add_argument("--precision", choices=("int8", "fp32"), default="int8")
    parser.add_argument("--name", help="what the app calls the model")
    parser.add_argument("--language", help="its language, such as en, de or ko")
    parser.add_argument("--licence", help="the licence of the model, such as CC0-1.0")
    parser.add_argument("--lm", type=Path, help="a language model to go with it, lm.bin or ARPA")
    parser.add_argument(
        "--share-speaker",
        action="append",
        default=[],
        metavar="NAME",
        help="a speaker whose recordings may travel as golden clips; may be repeated. Without it "
        "those whose column share says yes; without such a column, anyone's",
    )
    parser.add_argument(
        "--no-detector",
        action="store_true",
        help="the bundle writes down whatever isn't quiet, also what is taken for no speech",
    )
    add_progress(parser)
    add_replace(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    from malgwi.export.export import export

    result = export(
        args.model,
        data=args.data,
        output=args.output,
        precision=args.precision,
        name=args.name,
        language=args.language,
        licence=args.licence,
        lm=args.lm,
        share_speakers=args.share_speaker,
        detector=not args.no_detector,
        replace=args.replace,
        warn=warn,
        console=console(args),
    )
    if args.json:
        print_json(result.to_json())
