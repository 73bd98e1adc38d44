"""`malgwi cut`: cut long recordings with an untimed text into a corpus."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from malgwi.cli.cluster_options import add_cluster, asked_where, check_cluster
from malgwi.cli.options import (
    add_channel,
    add_json,
    add_model,
    add_part,
    add_progress,
    add_replace,
    add_threads,
    console,
    print_json,
    read_channel,
    read_pairs,
    read_part,
    share_processors,
    warn,
)
from malgwi.errors import MalgwiError
from malgwi.terminal import printable

if TYPE_CHECKING:
    from rich.console import Console

    from malgwi.job_array import Part
    from malgwi.recognition.cut import Cuts
    from malgwi.recognition.pairs import Pair


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
    add_part(parser)
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
    check_cluster(args, without=("--part", "--threads"))
    from malgwi.recognition.cut_rounds import cut_in_rounds

    channel, part = read_channel(args), read_part(args)
    if args.rounds > 1 and (part or args.cluster is not None):
        raise MalgwiError(
            f"--rounds {args.rounds}: a later round needs the corpus of the one before, and its "
            "model lies on one machine; leave --part and --cluster out"
        )
    pairs = read_pairs(args)
    out = console(args)
    if part or args.cluster is not None:
        _in_parts(args, pairs, part, channel)
        return
    found = cut_in_rounds(
        args.model,
        pairs,
        args.output,
        rounds=args.rounds,
        clips=args.clips,
        replace=args.replace,
        threads=args.threads,
        channel=channel,
        warn=warn,
        told=lambda n, cuts: _tell(cuts, args.output, out, n if args.rounds > 1 else None),
    )
    _end(args, found, clips=args.clips)


def _in_parts(
    args: argparse.Namespace, pairs: "list[Pair]", part: "Part | None", channel: int | str | None
) -> None:
    """Do a part, or on a cluster the whole as the only part."""
    from malgwi.job_array import Part, join
    from malgwi.recognition.cut_part import cut_part, join_cut

    with asked_where(args) as where:
        wrong = cut_part(
            args.model,
            pairs,
            part or Part(1, 1),
            args.output,
            clips=args.clips,
            replace=args.replace,
            threads=where.cpus if part is None else args.threads,
            channel=channel,
            each=where.listening(args.model),
            warn=warn,
        )
    if part is None:
        found = join_cut(args.output, join(args.output), replace=args.replace, warn=warn)
        show(args, found, clips=args.clips)
        return
    console(args).print(
        printable(f"part {part} is through; after all parts: malgwi join {args.output}"),
        markup=False,
        soft_wrap=True,
    )
    if wrong:
        count = len(wrong)
        raise MalgwiError(f"part {part}: {count} recordings can't be cut, the first {wrong[0]}")


def show(args: argparse.Namespace, found: "Cuts", *, clips: bool) -> None:
    """Tell what became of the recordings of a corpus in `--output`, which is written.

    Raises:
        MalgwiError: some could not be cut.
    """
    _tell(found, Path(args.output), console(args), None)
    _end(args, found, clips=clips)


def _tell(found: "Cuts", output: Path, out: "Console", number: int | None) -> None:
    from malgwi.recognition.cut import LEFT_OUT

    which = "" if number is None else f"Round {number}: "
    line = (
        f"{which}{found.stretches:,} stretches with {found.kept_sentences:,} of "
        f"{found.sentences:,} sentences, {found.kept_seconds / 60:.1f} of "
        f"{found.seconds / 60:.1f} minutes. What was left out and why, with its place: "
        f"{output / LEFT_OUT}"
    )
    out.print(printable(line), markup=False, soft_wrap=True)


def _end(args: argparse.Namespace, found: "Cuts", *, clips: bool) -> None:
    from malgwi.recognition.cut import LEFT_OUT

    outside = "" if clips else " --allow-outside"
    line = f"Next: malgwi prepare {shlex.quote(str(args.output))}{outside} --output dataset"
    console(args).print(printable(line), markup=False, soft_wrap=True)
    if args.json:
        print_json(found.to_json())
    if found.failed:
        total = found.recordings + found.failed
        raise MalgwiError(
            f"{found.failed} of {total} recordings could not be cut; each is named above and in "
            f"{LEFT_OUT}, the others are done"
        )
