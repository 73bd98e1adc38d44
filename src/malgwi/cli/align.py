"""`malgwi align`: find when each word of a known text is said."""

import argparse
import sys
from pathlib import Path

from malgwi.cli.options import (
    add_channel,
    add_model,
    add_progress,
    add_threads,
    read_channel,
    share_processors,
    warn,
)
from malgwi.errors import MalgwiError


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_model(parser)
    parser.add_argument("audio", type=Path, help="one recording of any length; - for stdin")
    parser.add_argument("words", type=Path, nargs="?", help="a text file with all that is said")
    parser.add_argument("--text", help="what is said, instead of a file")
    parser.add_argument(
        "--format",
        default="text",
        help="text, json, srt, vtt, eaf (ELAN), textgrid (Praat), audacity, ctm or stm",
    )
    add_channel(parser)
    add_threads(parser)
    add_progress(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    share_processors()
    from malgwi.recognition.align import align_file
    from malgwi.speech.pipe import spooled
    from malgwi.text_file import TextFiles

    if (args.words is None) == (args.text is None):
        raise MalgwiError("align needs what is said: either a text file or --text, not both")
    channel = read_channel(args)
    files = TextFiles()
    text = args.text if args.words is None else files.read(args.words)
    for note in files.notes():
        warn(note)
    with spooled([args.audio]) as [audio]:
        sys.stdout.write(
            align_file(
                args.model,
                audio,
                text,
                form=args.format,
                threads=args.threads,
                channel=channel,
                warn=warn,
            )
        )
