"""`malgwi transcribe`: write down what recordings say."""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    from malgwi.job_array import Part
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
    parser.add_argument(
        "--dry-run", action="store_true", help="say how much there is to do, and do nothing"
    )
    parser.add_argument(
        "--egress-price",
        type=float,
        metavar="PRICE",
        help="with --dry-run: what a GB costs that leaves a store",
    )
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
    from malgwi.speech.pipe import is_pipe, spooled
    from malgwi.stores.address import destination, location

    search, channel, part = read_search(args), read_asked(args.channel), read_part(args)
    if args.into and args.format:
        raise MalgwiError(f"--format {args.format}: --into adds to ELAN files only; leave it out")
    check_cluster(args, without=("--part", "--into", "--threads"))
    _check_dry_run(args)
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
        _say_how_much(args, named, part)
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
                transcribe(args.model, files, **how)


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


def _check_dry_run(args: argparse.Namespace) -> None:
    """Refuse options that don't go with --dry-run, or not without it.

    Raises:
        MalgwiError: names them.
    """
    if args.dry_run and args.into:
        raise MalgwiError("--dry-run: doesn't go with --into; leave one of them out")
    if args.egress_price is not None:
        if not args.dry_run:
            raise MalgwiError("--egress-price: is for --dry-run; leave it out")
        if not 0 <= args.egress_price < math.inf:
            raise MalgwiError(f"--egress-price {args.egress_price:g}: expected 0 or more")


def _say_how_much(
    args: argparse.Namespace, files: Sequence["Location"], part: "Part | None"
) -> None:
    """Print how many recordings there are, their hours or bytes, and what fetching them costs."""
    from malgwi.recognition.transcribe import known_bytes
    from malgwi.speech.audio import known_seconds

    sizes = [known_bytes(file) for file in files]
    mine = part.items(sizes) if part else range(len(files))
    here = [known_seconds(file) for n in mine if isinstance(file := files[n], Path)]
    stored = [sizes[n] for n in mine if not isinstance(files[n], Path)]
    lines = []
    if here or not stored:
        lines.append(
            f"{len(here)} recordings, {sum(here) / 3600:.2f} hours by their headers; without a "
            f"length that can be read: {here.count(0.0)}"
        )
    if stored:
        lines.append(
            f"{len(stored)} recordings in stores, {sum(stored) / 1e9:.3f} GB to fetch (115 MB are "
            "an hour of 16 kHz in 16 bits; other kinds have less or more); without a size that is "
            f"told: {stored.count(0)}"
        )
        if (price := args.egress_price) is not None:
            lines.append(f"egress: {sum(stored) / 1e9 * price:.2f} at {price:g} a GB of 10^9 bytes")
    for line in lines:
        console(args).print(line, markup=False)


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
