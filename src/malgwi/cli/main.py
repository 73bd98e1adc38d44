"""`main`: run a command line and report its errors, one line each.

Libraries are imported inside the commands, so that `malgwi --help` answers at once. Exit status:
0 done; 1 the work failed its own gate; 2 the input or the command line is wrong.
"""

import os
import sys
from collections.abc import Sequence

from malgwi.cli.parse import parse_args, run
from malgwi.errors import MalgwiError
from malgwi.extras import install
from malgwi.terminal import escape_missing, escaped, printable


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; one line on stderr where it fails."""
    args = parse_args(argv)
    escape_missing(sys.stdout)
    try:
        run(args)
        sys.stdout.flush()
        _tell_of_escapes()
    except KeyboardInterrupt:
        print("malgwi: stopped", file=sys.stderr)  # noqa: T201 - the command line speaks
        return 130
    except BrokenPipeError:
        # The reader of a pipe has left (`malgwi transcribe … | head`); nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if args.debug:
            raise
        _tell_of_escapes()
        print(f"malgwi: error: {printable(_line(error, args.command))}", file=sys.stderr)  # noqa: T201
        return error.exit_status if isinstance(error, MalgwiError) else 2
    return 0


def _line(error: Exception, command: str) -> str:
    """Return what went wrong, and the remedy."""
    if isinstance(error, MalgwiError):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and not (error.name or "").startswith("malgwi"):
        return f"{command} needs {error.name}, which isn't installed; {install('train')}"
    if isinstance(error, OSError):
        where = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        return f"{where}{error.strerror or error}"
    said = str(error).strip().partition("\n")[0][:300]
    return (
        f"{command} failed in a way that it shouldn't ({type(error).__name__}: {said}); please "
        "report what --debug shows"
    )


def _tell_of_escapes() -> None:
    if encoding := escaped():
        print(  # noqa: T201
            f"malgwi: warning: {encoding} lacks some of the characters, which are written as "
            "\\u and their number; set PYTHONIOENCODING=utf-8 to have them all",
            file=sys.stderr,
        )
