"""`malgwi align`: find when each word of a known text is said."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from malgwi.cli.cluster_options import add_cluster, asked_where, check_cluster
from malgwi.cli.options import (
    add_channel,
    add_model,
    add_part,
    add_progress,
    add_threads,
    read_channel,
    read_pairs,
    read_part,
    share_processors,
    warn,
)
from malgwi.errors import MalgwiError

if TYPE_CHECKING:
    from malgwi.job_array import Part


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_model(parser)
    parser.add_argument(
        "audio",
        help="a recording of any length, or a folder of recordings with texts of their names; - "
        "for stdin; or in object stores: s3://, gs://, hf://, https:// (docs/cluster.md)",
    )
    parser.add_argument("words", nargs="?", help="a text file with all that is said")
    parser.add_argument("--text", help="what is said, instead of a file")
    parser.add_argument(
        "--format",
        default="text",
        help="text, json, srt, vtt, eaf (ELAN), textgrid (Praat), audacity, ctm or stm; several "
        "with --output: json,srt",
    )
    parser.add_argument(
        "--output", help="folder for one file a recording and format, or s3://, gs://"
    )
    add_channel(parser)
    add_threads(parser)
    add_part(parser)
    add_cluster(parser, "a recording")
    add_progress(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    share_processors()
    from malgwi.stores.address import destination, location

    check_cluster(args, without=("--part", "--threads"))
    args.audio = location(args.audio)
    args.words = None if args.words is None else location(args.words)
    part = read_part(args)
    args.output = None if args.output is None else destination(args.output)
    if (isinstance(args.audio, Path) and args.audio.is_dir()) or args.output is not None:
        _align_many(args, part)
        return
    from malgwi.recognition.align import align_file
    from malgwi.speech.pipe import pipes, spooled
    from malgwi.text_file import TextFiles

    if (args.words is None) == (args.text is None):
        raise MalgwiError("align needs what is said: either a text file or --text, not both")
    channel = read_channel(args)
    for place in (args.audio, args.words):
        if place is not None and not isinstance(place, Path):
            raise MalgwiError(f"{place}: what is in a store goes to files; give --output FOLDER")
    texts = TextFiles()
    text = args.text if args.words is None else texts.read(args.words)
    for note in texts.notes():
        warn(note)
    with spooled([args.audio]) as files:
        sys.stdout.write(
            align_file(
                args.model,
                files[0],
                text,
                form=args.format,
                threads=args.threads,
                channel=channel,
                called=pipes([args.audio], files),
                warn=warn,
            )
        )


def _align_many(args: argparse.Namespace, part: "Part | None") -> None:
    from malgwi.job_array import Part, join
    from malgwi.recognition.align_many import align_many
    from malgwi.recognition.align_part import align_part
    from malgwi.recognition.written_files import join_files
    from malgwi.speech.pipe import is_pipe

    channel = read_channel(args)
    if args.text is not None:
        raise MalgwiError("--text: is for one recording without --output; give a text file")
    if args.output is None:
        raise MalgwiError(f"{args.audio}: is a folder; give --output FOLDER")
    if is_pipe(args.audio):
        raise MalgwiError(f"{args.audio}: comes through a pipe; give it as a file, or no --output")
    pairs = read_pairs(args)
    how: dict[str, Any] = {"formats": tuple(args.format.split(",")), "output": args.output}
    how["channel"] = channel
    if args.cluster is not None:
        with asked_where(args) as where:
            each = where.listening(args.model)
            align_part(args.model, pairs, Part(1, 1), threads=where.cpus, each=each, **how)
        join_files(args.output, join(args.output))
    elif part:
        align_part(args.model, pairs, part, threads=args.threads, **how)
    else:
        align_many(args.model, pairs, threads=args.threads, **how)
