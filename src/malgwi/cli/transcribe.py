"""`malgwi transcribe`: write down what recordings say."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from malgwi.cli.cluster_options import add_cluster, check_cluster
from malgwi.cli.dry_run import add_dry_run, check_dry_run, say_how_much
from malgwi.cli.options import (
    add_channel,
    add_model,
    add_part,
    add_progress,
    add_search,
    add_threads,
    read_part,
    read_search,
)
from malgwi.errors import MalgwiError

if TYPE_CHECKING:
    from malgwi.decoding.search import Search
    from malgwi.stores.address import Location


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_model(parser)
    parser.add_argument(
        "audio",
        nargs="*",
        help="recordings of any length, or folders of them; - for stdin; or in object stores: "
        "s3://, gs://, hf://, https:// (docs/cluster.md)",
    )
    parser.add_argument(
        "--list", metavar="FILE", help="and those of a list, one a line, or of a manifest"
    )
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
        "--output",
        help="folder for one file a recording and format, or s3://, gs://; with --into a file",
    )
    add_part(parser)
    add_dry_run(parser)
    add_cluster(parser, "a stretch")
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
    from malgwi.recognition.transcribe_part import transcribe_part
    from malgwi.speech.pipe import is_pipe, pipes, spooled
    from malgwi.stores.address import destination, location

    search, channel, part = read_search(args), read_asked(args.channel), read_part(args)
    if args.into and args.format:
        raise MalgwiError(f"--format {args.format}: --into adds to ELAN files only; leave it out")
    check_cluster(args, without=("--part", "--into", "--threads"))
    check_dry_run(args)
    if args.into and part:
        raise MalgwiError(f"--part {part}: --into takes one recording; leave one of them out")
    output = None if args.output is None else destination(args.output)
    listed = None if args.list is None else location(args.list)
    named = recordings([location(text) for text in args.audio], listed)
    formats = tuple((args.format or "text").split(","))
    pipe = next(filter(is_pipe, named), None)
    if pipe and (part or args.cluster is not None or args.dry_run):
        raise MalgwiError(f"{pipe}: comes through a pipe; give it as a file")
    how: dict[str, Any] = {"formats": formats, "output": output, "search": search}
    how["channel"] = channel
    if args.dry_run:
        say_how_much(args, named, part, search)
    elif args.cluster is not None:
        _on_cluster(args, named, how)
    elif args.into:
        _into(args, named, output, search, channel)
    else:
        with spooled(named) as files:
            how["threads"] = args.threads
            if part:
                transcribe_part(args.model, files, part, **how)
            else:
                transcribe(args.model, files, called=pipes(named, files), **how)


def _into(
    args: argparse.Namespace,
    named: Sequence["Location"],
    output: "Location | None",
    search: "Search",
    channel: int | str | None,
) -> None:
    from malgwi.recognition.transcribe_into import transcribe_into
    from malgwi.speech.pipe import spooled

    for place in (*named, output):
        if place is not None and not isinstance(place, Path):
            raise MalgwiError(f"{place}: --into takes files of this machine; fetch it first")
    with spooled([place for place in named if isinstance(place, Path)]) as files:
        transcribe_into(
            args.model,
            files,
            args.into,
            output=output if isinstance(output, Path) else None,
            threads=args.threads,
            search=search,
            channel=channel,
        )


def _on_cluster(
    args: argparse.Namespace,
    files: Sequence["Location"],
    how: dict[str, Any],
) -> None:
    from malgwi.cluster.transcribe import transcribe_on_cluster

    transcribe_on_cluster(
        args.cluster,
        args.model,
        files,
        cpus=args.worker_cpus or 1,
        gpus=args.worker_gpus or 0.0,
        **how,
    )
