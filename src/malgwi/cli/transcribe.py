"""`malgwi transcribe`: write down what recordings say."""

import argparse
from pathlib import Path

from malgwi.cli.options import add_model, add_progress, add_search, add_threads, read_search
from malgwi.errors import MalgwiError


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_model(parser)
    parser.add_argument("audio", type=Path, nargs="+", help="recordings of any length; - for stdin")
    parser.add_argument(
        "--format",
        help="text (the default), json, srt, vtt, eaf (ELAN), textgrid (Praat), audacity, ctm or "
        "stm; several with --output: json,srt",
    )
    parser.add_argument(
        "--into",
        type=Path,
        metavar="FILE.eaf",
        help="add tiers to a copy of the recording's ELAN file: FILE-malgwi.eaf, or --output",
    )
    parser.add_argument(
        "--channel",
        metavar="N|mix|each",
        help="one channel, counted from 0; the average; each by itself (chosen by what they hold)",
    )
    parser.add_argument(
        "--output", type=Path, help="folder for one file a recording and format; with --into a file"
    )
    add_search(parser)
    add_threads(parser)
    add_progress(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    from malgwi.recognition.transcribe import transcribe
    from malgwi.recognition.transcribe_into import transcribe_into
    from malgwi.speech.channels import read_asked
    from malgwi.speech.pipe import spooled

    search, channel = read_search(args), read_asked(args.channel)
    if args.into and args.format:
        raise MalgwiError(f"--format {args.format}: --into adds to ELAN files only; leave it out")
    with spooled(args.audio) as files:
        if args.into:
            transcribe_into(
                args.model,
                files,
                args.into,
                output=args.output,
                threads=args.threads,
                search=search,
                channel=channel,
            )
        else:
            transcribe(
                args.model,
                files,
                formats=tuple((args.format or "text").split(",")),
                output=args.output,
                threads=args.threads,
                search=search,
                channel=channel,
            )
