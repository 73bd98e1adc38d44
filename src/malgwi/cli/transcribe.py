"""`malgwi transcribe`: write down what recordings say."""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from malgwi.cli.cluster_options import add_cluster, check_cluster
from malgwi.cli.options import (
    add_channel,
    add_model,
    add_part,
    add_progress,
    add_search,
    add_threads,
    console,
    read_part,
    read_search,
)
from malgwi.errors import MalgwiError

if TYPE_CHECKING:
    from malgwi.decoding.search import Search


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_model(parser)
    parser.add_argument(
        "audio",
        type=Path,
        nargs="*",
        help="recordings of any length, or folders of them; - for stdin",
    )
    parser.add_argument("--list", type=Path, metavar="FILE", help="and those of a list, one a line")
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
    add_channel(parser, each="each by itself")
    parser.add_argument(
        "--output", type=Path, help="folder for one file a recording and format; with --into a file"
    )
    add_part(parser)
    group = add_cluster(parser, "a stretch")
    group.add_argument(
        "--dry-run", action="store_true", help="say how much there is to do, and do nothing"
    )
    add_search(parser)
    add_threads(parser)
    add_progress(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    from malgwi.channel_names import read_asked
    from malgwi.recognition.sources import recordings
    from malgwi.recognition.transcribe import transcribe
    from malgwi.recognition.transcribe_into import transcribe_into
    from malgwi.recognition.transcribe_part import transcribe_part
    from malgwi.speech.pipe import is_pipe, spooled

    search, channel, part = read_search(args), read_asked(args.channel), read_part(args)
    if args.into and args.format:
        raise MalgwiError(f"--format {args.format}: --into adds to ELAN files only; leave it out")
    check_cluster(args, without=("--part", "--into", "--threads"), only=("--dry-run",))
    if args.into and part:
        raise MalgwiError(f"--part {part}: --into takes one recording; leave one of them out")
    named = recordings(args.audio, args.list)
    formats = tuple((args.format or "text").split(","))
    pipe = next(filter(is_pipe, named), None)
    if pipe and (part or args.cluster is not None):
        raise MalgwiError(f"{pipe}: comes through a pipe; give it as a file")
    if args.cluster is not None:
        _on_cluster(args, named, formats, search, channel)
        return
    with spooled(named) as files:
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
            (partial(transcribe_part, part=part) if part else transcribe)(
                args.model,
                files,
                formats=formats,
                output=args.output,
                threads=args.threads,
                search=search,
                channel=channel,
            )


def _on_cluster(
    args: argparse.Namespace,
    files: Sequence[Path],
    formats: tuple[str, ...],
    search: "Search",
    channel: int | str | None,
) -> None:
    if args.dry_run:
        from malgwi.speech.audio import known_seconds

        seconds = [known_seconds(file) for file in files]
        console(args).print(
            f"{len(files)} recordings, {sum(seconds) / 3600:.2f} hours by their headers; without a "
            f"length that can be read: {seconds.count(0.0)}",
            markup=False,
        )
        return
    from malgwi.cluster.transcribe import transcribe_on_cluster

    transcribe_on_cluster(
        args.cluster,
        args.model,
        files,
        formats=formats,
        output=args.output,
        cpus=args.worker_cpus or 1,
        gpus=args.worker_gpus or 0.0,
        search=search,
        channel=channel,
    )
