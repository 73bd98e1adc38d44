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


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; one line on stderr where it fails."""
    args = parse_args(argv)
    try:
        run(args)
        sys.stdout.flush()
    except MalgwiError as error:
        if args.debug:
            raise
        print(f"malgwi: error: {error}", file=sys.stderr)  # noqa: T201 - the command line speaks
        return error.exit_status
    except ModuleNotFoundError as error:
        if args.debug or (error.name or "").startswith("malgwi"):
            raise
        print(  # noqa: T201
            f"malgwi: error: {args.command} needs {error.name}, which isn't installed; "
            f"{install('train')}",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print("malgwi: stopped", file=sys.stderr)  # noqa: T201
        return 130
    except BrokenPipeError:
        # The reader of a pipe has left (`malgwi transcribe … | head`); nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if args.debug:
            raise
        where = f"{error.filename}: " if error.filename else ""
        print(f"malgwi: error: {where}{error.strerror or error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0
