"""`malgwi cut`: cut long recordings with an untimed text into a corpus."""

import argparse
import shlex
from pathlib import Path

from malgwi.cli.cluster_options import add_cluster, asked_where, check_cluster
from malgwi.cli.options import (
    add_channel,
    add_json,
    add_model,
    add_progress,
    add_replace,
    add_threads,
    console,
    print_json,
    read_channel,
    read_pairs,
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
    parser.add_argument(
        "--rounds",
        type=int,
        default=1,
        metavar="N",
        help="2: train the model on what was cut, as malgwi train does, and cut again with it (1)",
    )
    add_channel(parser)
    add_threads(parser)
    add_cluster(parser, "a recording")
    add_progress(parser)
    add_replace(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    share_processors()
    check_cluster(args, without=("--threads",))
    from malgwi.recognition.cut import LEFT_OUT, Cuts
    from malgwi.recognition.cut_rounds import cut_in_rounds
    from malgwi.terminal import printable

    channel = read_channel(args)
    pairs = read_pairs(args)
    out = console(args)

    def told(number: int, found: Cuts) -> None:
        which = f"Round {number}: " if args.rounds > 1 else ""
        line = (
            f"{which}{found.stretches:,} stretches with {found.kept_sentences:,} of "
            f"{found.sentences:,} sentences, {found.kept_seconds / 60:.1f} of "
            f"{found.seconds / 60:.1f} minutes. What was left out and why, with its place: "
            f"{args.output / LEFT_OUT}"
        )
        out.print(printable(line), markup=False, soft_wrap=True)

    with asked_where(args) as where:
        found = cut_in_rounds(
            args.model,
            pairs,
            args.output,
            rounds=args.rounds,
            clips=args.clips,
            replace=args.replace,
            threads=args.threads,
            channel=channel,
            each=where.listening(args.model),
            warn=warn,
            told=told,
        )
    outside = "" if args.clips else " --allow-outside"
    line = f"Next: malgwi prepare {shlex.quote(str(args.output))}{outside} --output dataset"
    out.print(printable(line), markup=False, soft_wrap=True)
    if args.json:
        print_json(found.to_json())
    if found.failed:
        raise MalgwiError(
            f"{found.failed} of {len(pairs)} recordings could not be cut; each is named above and "
            f"in {LEFT_OUT}, the others are done"
        )
