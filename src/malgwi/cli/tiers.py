"""`malgwi tiers`: list the tiers of files of annotations."""

import argparse
from pathlib import Path

from malgwi.cli.options import add_json, add_tiers, console, print_json, read_tiers


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("source", type=Path, help="a folder, or one file of annotations")
    parser.add_argument("--language", help="theirs: how files that aren't UTF-8 are encoded")
    add_tiers(parser)
    parser.add_argument(
        "--allow-outside",
        action="store_true",
        help="follow links to recordings outside of the folder",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    from malgwi.corpus.annotated import open_project
    from malgwi.dataset.project import print_pairs, print_tiers, recording_length, to_json
    from malgwi.speech.language import resolve
    from malgwi.text_file import TextFiles

    files = TextFiles(resolve(args.language))
    project = open_project(
        args.source,
        read_tiers(args),
        files,
        allow_outside=args.allow_outside,
        length=recording_length,
    )
    out = console(args)
    print_pairs(project, out)
    for note in files.notes():
        out.print(note, markup=False)
    print_tiers(project, out)
    if args.json:
        print_json(to_json(project))
