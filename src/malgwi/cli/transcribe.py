"""`malgwi transcribe`: write down what recordings say."""

import argparse
from pathlib import Path

from malgwi.cli.options import add_model, add_progress, add_search, add_threads, read_search


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_model(parser)
    parser.add_argument("audio", type=Path, nargs="+", help="recordings of any length; - for stdin")
    parser.add_argument(
        "--format", default="text", help="text, json, srt or vtt; several with --output: json,srt"
    )
    parser.add_argument(
        "--channel",
        metavar="N|mix|each",
        help="one channel, counted from 0; the average; each by itself (chosen by what they hold)",
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
    from malgwi.speech.channels import read_asked
    from malgwi.speech.pipe import spooled

    with spooled(args.audio) as files:
        transcribe(
            args.model,
            files,
            formats=tuple(args.format.split(",")),
            output=args.output,
            threads=args.threads,
            search=read_search(args),
            channel=read_asked(args.channel),
        )
