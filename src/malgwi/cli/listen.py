"""`malgwi listen`: write down speech while it is spoken."""

import argparse

from malgwi.cli.options import add_model, add_search, add_threads, read_search, warn


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_model(parser)
    parser.add_argument(
        "source",
        nargs="?",
        choices=("-",),
        help="16-bit mono samples at 16 kHz from stdin (else the microphone); Ctrl-C ends",
    )
    parser.add_argument(
        "--json", action="store_true", help="a JSON line for each change of the text"
    )
    parser.add_argument(
        "--preview",
        type=float,
        default=0.3,
        metavar="SECONDS",
        help="new sound before what isn't finished is shown again (0.3; 0: never)",
    )
    add_search(parser)
    add_threads(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    import sys

    from malgwi.errors import MalgwiError
    from malgwi.recognition.listen import JsonLines, Lines, listen, microphone, pipe
    from malgwi.recognition.recognise import open_recogniser

    if not 0 <= args.preview <= 60:
        raise MalgwiError(f"--preview {args.preview:g}: expected 0 to 60 seconds")
    if args.grammar:
        raise MalgwiError("--grammar takes one command a recording: record it, then transcribe it")
    recogniser = open_recogniser(
        args.model, threads=args.threads, search=read_search(args), warn=warn
    )
    printed = JsonLines() if args.json else Lines()
    piped = args.source or (sys.stdin and not sys.stdin.isatty())
    with pipe() if piped else microphone() as source:
        printed.end(listen(recogniser, source, printed, preview_s=args.preview))
