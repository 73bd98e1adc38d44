"""`malgwi transcribe`: write down what recordings say."""

import argparse
from pathlib import Path

from malgwi.cli.options import add_model, add_progress, add_search, add_threads, read_search


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_model(parser)
    parser.add_argument("audio", type=Path, nargs="+", help="recordings of any length")
    parser.add_argument(
        "--format", default="text", help="text, json, srt or vtt; several with --output: json,srt"
    )
    parser.add_argument("--output", type=Path, help="folder for one file a recording and format")
    add_search(parser)
    add_threads(parser)
    add_progress(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    from malgwi.recognition.transcribe import transcribe

    transcribe(
        args.model,
        args.audio,
        formats=tuple(args.format.split(",")),
        output=args.output,
        threads=args.threads,
        search=read_search(args),
    )
