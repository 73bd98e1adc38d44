"""The words of a command line to a command and its options, and to the module that runs it."""

import argparse
import keyword
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import ModuleType

from malgwi import __version__
from malgwi.errors import MalgwiError
from malgwi.terminal import printable

COMMANDS = {
    "studio": "do all of it in a page of the browser",
    "demo": "run the whole chain on the shipped speech",
    "prepare": "turn a corpus into a checked data set",
    "tiers": "list the tiers of files of annotations",
    "show": "show random examples of a data set",
    "try": "find which checkpoint suits a data set, by equal short runs",
    "hours": "say what more speech would bring, by runs on growing shares of it",
    "train": "fine-tune a checkpoint on a data set",
    "next": "choose which untranscribed speech to write down next",
    "shrink": "train a smaller model from a run",
    "evaluate": "score a model on a split of a data set",
    "inspect": "show the CTC token of every 20 ms of a recording",
    "transcribe": "write down what recordings say",
    "join": "put together what the parts of a job array did",
    "listen": "write down speech while it is spoken",
    "align": "find when each word of a known text is said",
    "cut": "cut long recordings with an untimed text into a corpus",
    "lm": "estimate a language model from text",
    "tune": "find how much a language model should count",
    "export": "turn a run into one file for phones, proven equal",
    "check": "prove that a bundle is whole and recognises its golden clips",
    "android": "put a bundle into the Android app and sign it",
}
"""Each command and what it does, in the order of the work; its module has the same name.

`try` is a word of Python's, so its module is `try_`.
"""


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the command and its options; `argparse` exits with 2 where they are wrong.

    `words_given` has the words themselves, for a command that names itself.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="malgwi",
        description="From a folder of recordings to your own offline speech recogniser.",
        epilog="First steps: malgwi demo. Each command explains itself: malgwi prepare --help.",
    )
    parser.add_argument("--version", action="version", version=f"malgwi {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        sub = commands.add_parser(
            name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."
        )
        sub.add_argument("--debug", action="store_true", help="show the traceback of an error")
        # The flags of the other commands need not be built to understand this one's.
        if name in words[:1]:
            _module(name).add_flags(sub)
    args, unknown = parser.parse_known_args(words)
    if unknown:
        parser.exit(2, _unknown(args.command, commands.choices[args.command], unknown))
    args.words_given = words
    return args


def _unknown(command: str, parser: argparse.ArgumentParser, words: Sequence[str]) -> str:
    """Return what to say of words that a command doesn't take, without its pages of options."""
    options = re.findall(r"--[a-z][a-z-]*", parser.format_help())
    like = get_close_matches(words[0].partition("=")[0], options, 1) if words[0][:1] == "-" else ()
    meant = f"; did you mean {like[0]}?" if like else "."
    return (
        f"malgwi {command}: error: unknown: {printable(' '.join(words))}{meant} "
        f"What it takes: malgwi {command} --help\n"
    )


def run(args: argparse.Namespace) -> None:
    """Run one parsed command.

    Raises:
        MalgwiError: what the user can mend.
    """
    from malgwi.progress import write_to  # `--help` needs none

    _check_paths(args)
    if isinstance(output := getattr(args, "output", None), Path):
        args.output = named(output)
    with write_to(getattr(args, "progress", None)):
        _module(args.command).run(args)


def named(output: Path) -> Path:
    """Return a path that ends with a name, for what lies beside it: `.` and `..` have none.

    Raises:
        MalgwiError: it is the root of a disk.
    """
    if output.name not in {"", ".."}:
        return output
    # Later it may lead nowhere: a folder that is published takes the place of the current one.
    place = output.resolve()
    if not place.name:
        raise MalgwiError(f"--output {output}: the root of a disk; give a folder in it")
    return place


def _check_paths(args: argparse.Namespace) -> None:
    """Refuse addresses where files are meant: `s3://b` is a path, too, that of `s3:/b`.

    Raises:
        MalgwiError: names the first.
    """
    from malgwi.stores.address import without_secrets

    for value in vars(args).values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Path) and re.match(r"(s3|gs|hf|https?|ftp):/", str(one)):
                raise MalgwiError(
                    f"{without_secrets(str(one).replace(':/', '://', 1))}: expected a path of this "
                    "machine; fetch it with the store's own tool (docs/cluster.md)"
                )


def _module(command: str) -> ModuleType:
    return import_module(f"malgwi.cli.{command}{'_' * keyword.iskeyword(command)}")
