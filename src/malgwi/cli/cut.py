"""`malgwi cut`: cut long recordings with an untimed text into a corpus."""

import argparse
import shlex
from pathlib import Path

from malgwi.cli.options import (
    add_json,
    add_model,
    add_progress,
    add_replace,
    add_threads,
    console,
    print_json,
    share_processors,
    warn,
)
from malgwi.errors import MalgwiError


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_model(parser)
    parser.add_argument(
        "audio", type=Path, help="a recording, or a folder of recordings with texts of their names"
    )
    parser.add_argument("words", type=Path, nargs="?", help="a text file with what is said")
    parser.add_argument("--output", required=True, type=Path, help="the corpus folder to write")
    parser.add_argument(
        "--clips",
        action="store_true",
        help="write every stretch as a WAV file (the table names its place in the recording)",
    )
    add_threads(parser)
    add_progress(parser)
    add_replace(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    share_processors()
    from malgwi.recognition.cut import LEFT_OUT, Pair, cut, pairs_in
    from malgwi.terminal import printable

    if args.audio.is_dir():
        if args.words is not None:
            raise MalgwiError(
                f"{args.audio}: is a folder, whose texts have the names of its recordings; leave "
                f"out {args.words}"
            )
        pairs = pairs_in(args.audio, warn)
    elif args.words is None:
        raise MalgwiError("cut needs the text of the recording: malgwi cut MODEL talk.mp3 talk.txt")
    else:
        pairs = [Pair(args.audio, args.words)]
    found = cut(
        args.model,
        pairs,
        args.output,
        clips=args.clips,
        replace=args.replace,
        threads=args.threads,
        warn=warn,
    )
    outside = "" if args.clips else " --allow-outside"
    out = console(args)
    for line in (
        f"{found.stretches:,} stretches with {found.kept_sentences:,} of {found.sentences:,} "
        f"sentences, {found.kept_seconds / 60:.1f} of {found.seconds / 60:.1f} minutes. What was "
        f"left out and why, with its place: {args.output / LEFT_OUT}",
        f"Next: malgwi prepare {shlex.quote(str(args.output))}{outside} --output dataset",
    ):
        out.print(printable(line), markup=False, soft_wrap=True)
    if args.json:
        print_json(found.to_json())
