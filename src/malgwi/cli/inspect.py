"""`malgwi inspect`: show the CTC token of every 20 ms of a recording."""

import argparse
from dataclasses import replace
from pathlib import Path

from malgwi.cli.options import (
    add_channel,
    add_json,
    add_model,
    add_threads,
    console,
    print_json,
    read_channel,
    warn,
)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_model(parser)
    parser.add_argument("audio", type=Path, help="one recording; - for stdin")
    parser.add_argument("--picture", type=Path, help="write waveform, spectrogram, tokens as PNG")
    add_channel(parser)
    add_threads(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    from malgwi.decoding.search import GREEDY
    from malgwi.recognition.inspection import inspect_file, print_inspection
    from malgwi.recognition.recognise import open_recogniser
    from malgwi.speech.pipe import pipes, renamed, spooled

    channel = read_channel(args)
    if args.picture:
        from malgwi.recognition.picture import claim_picture, draw_inspection

        place = claim_picture(args.picture)
    recogniser = open_recogniser(args.model, threads=args.threads, search=GREEDY)
    with spooled([args.audio]) as files:
        called = pipes([args.audio], files)
        inspection = inspect_file(
            recogniser, files[0], channel=channel, warn=lambda text: warn(renamed(text, called))
        )
    inspection = replace(inspection, file=renamed(inspection.file, called))
    if args.picture:
        draw_inspection(inspection, place)
    if args.json:
        print_json(inspection.to_json())
    else:
        print_inspection(inspection, console(args))
