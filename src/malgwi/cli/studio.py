"""`malgwi studio`: the whole way in a page of the browser."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from malgwi.errors import MalgwiError
from malgwi.extras import install

if TYPE_CHECKING:
    from malgwi.studio.project import Project

HOME = "Malgwi"
"""The project in the home folder that is opened where none is named."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        help=f"the project folder, made where it isn't there ({HOME} in the home folder)",
    )
    parser.add_argument(
        "--port", type=int, default=0, metavar="N", help="of 127.0.0.1 (one that is free)"
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="print the link and don't open it"
    )
    parser.add_argument(
        "--demo",
        action="store_true",
        help="a project with the synthetic speech that comes with Malgwi; without a folder it is "
        "gone afterwards",
    )
    parser.add_argument(
        "--shortcut",
        action="store_true",
        help="put an icon that opens the project on the desktop and into the menu (Linux)",
    )


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    if sys.platform == "win32":
        raise MalgwiError(
            "studio: needs Linux or macOS, whose locks and signals its work rests on; on Windows "
            "use it in WSL"
        )
    for needed in ("starlette", "uvicorn", "websockets", "segno"):
        if find_spec(needed) is None:
            raise MalgwiError(f"studio needs {needed}, which isn't installed; {install('studio')}")
    folder = (args.folder or Path.home() / HOME).absolute()
    if args.shortcut:
        from malgwi.studio.shortcut import make

        for place in make(folder):
            _say(f"{place}")
    elif args.demo:
        with _demo_folder(args.folder) as place:
            _serve(place, args)
    else:
        _serve(folder, args)


def _serve(folder: Path, args: argparse.Namespace) -> None:
    import webbrowser

    from malgwi.studio.demo import fill
    from malgwi.studio.link import running
    from malgwi.studio.project import open_project
    from malgwi.studio.server import listen_on, serve

    if link := running(folder):
        _say(link)  # somebody clicked the icon twice
        if not args.no_browser:
            webbrowser.open(link)
        return
    with listen_on(args.port) as listener, open_project(folder) as project:
        if args.demo:
            fill(project)
        serve(project, listener, said=_greet, browser=not args.no_browser)
        _leave(project, temporary=args.demo and args.folder is None)


@contextmanager
def _demo_folder(asked: Path | None) -> Iterator[Path]:
    from tempfile import TemporaryDirectory

    if asked:
        yield asked.absolute()
        return
    with TemporaryDirectory(prefix="malgwi-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "demo"


def _leave(project: "Project", *, temporary: bool) -> None:
    """Stop what works in a folder that goes; else say that it goes on."""
    from malgwi.studio.jobs import RUNNING, Jobs

    jobs = Jobs(project.folder)
    for job in [job for job, state in jobs.states().items() if state == RUNNING]:
        if temporary:
            jobs.kill(job)
        else:
            _say(f"Job {job} goes on; start Studio again to see how far it is.")


def _greet(link: str) -> None:
    _say(link)
    sys.stderr.write("Malgwi Studio is at this link. Ctrl-C, or closing this window, ends it.\n")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - read by people and by programs that open it
