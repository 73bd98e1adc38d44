"""All routes together, guarded, on 127.0.0.1: the server of the page.

Errors are answered as docs/studio-api.md says: the line that the command line would print, and
never a traceback.
"""

import errno
import hashlib
import socket
import sys
import traceback
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib import resources
from pathlib import Path
from threading import Thread

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from malgwi.errors import MalgwiError
from malgwi.studio import desk_api, round_api
from malgwi.studio.guard import Guard
from malgwi.studio.jobs import Jobs
from malgwi.studio.link import kept
from malgwi.studio.project import Project
from malgwi.studio.refused import Refused
from malgwi.studio.round_removal import finish_removals
from malgwi.studio.rounds import rounds
from malgwi.terminal import printable

PAGE = Path(str(resources.files("malgwi"))) / "data" / "studio"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
"""Of the page's files; the system's own table isn't asked, which may know JavaScript as text."""
_MOST_MESSAGE = 1 << 20
"""Bytes of a WebSocket's message."""


def project_routes(project: Project) -> list[BaseRoute]:
    """Return all that the page asks of a project."""
    jobs = Jobs(project.folder)
    made = partial(rounds, project.folder, jobs)
    return [*desk_api.routes(project, jobs, made), *round_api.routes(project, jobs)]


def application(routes: Sequence[BaseRoute], page: Path = PAGE) -> ASGIApp:
    """Return the routes and the page's files as one application, not guarded yet."""
    files = Route("/{name:path}", _files(page))
    return Starlette(
        routes=[*routes, files],
        middleware=[Middleware(_Answers)],
        exception_handlers={HTTPException: _http_error},
    )


def listen_on(port: int) -> socket.socket:
    """Return a socket of this machine only; 0 takes a free port.

    Raises:
        MalgwiError: the port can't be had.
    """
    if not 0 <= port <= 65_535:
        raise MalgwiError(f"--port {port}: expected 1 to 65535, or 0 for a free one")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()  # who follows the link at once waits, and isn't refused
    except OSError as error:
        listener.close()
        raise MalgwiError(
            f"--port {port}: can't be had ({error.strerror}); leave it out to take a free one"
        ) from error
    return listener


def serve(
    project: Project,
    listener: socket.socket,
    *,
    said: Callable[[str], object],
    browser: bool = True,
) -> None:
    """Serve a project and the page until Ctrl-C.

    Args:
        project: opened, so that nobody else serves it.
        listener: where; `listen_on` makes it.
        said: told the link that opens the page.
        browser: whether to open it.
    """
    finish_removals(project.folder)
    app = application(project_routes(project))
    guard = Guard(app, listener.getsockname()[1])
    config = uvicorn.Config(
        guard,
        access_log=False,
        log_level="error",
        lifespan="off",
        ws_max_size=_MOST_MESSAGE,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    with suppress(KeyboardInterrupt), kept(project.folder, guard.link):  # the way to end it
        said(guard.link)
        if browser:
            Thread(target=webbrowser.open, args=(guard.link,), daemon=True).start()
        uvicorn.Server(config).run(sockets=[listener])


def _files(page: Path) -> Callable[[Request], Response]:
    def file(request: Request) -> Response:
        """Answer with one of the page's files, never from a browser's memory without asking."""
        name = request.path_params["name"] or "index.html"
        path = page / name
        kind = _TYPES.get(path.suffix)
        if kind is None or {"", ".", ".."} & set(name.split("/")) or not path.is_file():
            raise HTTPException(404)
        content = path.read_bytes()
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=kind, headers=headers)

    return file


class _Answers:
    """Turns what goes wrong into answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = scope["type"] != "http"

        async def begun(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, begun)
        except Exception as error:
            if started:
                raise
            await _answer(error, scope)(scope, receive, send)


def _answer(error: Exception, scope: Scope) -> Response:
    if isinstance(error, Refused):
        return _said(str(error), error.status, error.code, error.values)
    # What publishes files says it as one of ours, whose cause is the disk.
    cause = error.__cause__ if isinstance(error, MalgwiError) else error
    if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
        return _said("the disk is full; make room, then try again", 507, "full")
    if isinstance(error, MalgwiError):
        return _said(str(error), 400)
    what = f"{scope['method']} {scope['path']}"
    traceback.print_exception(error, file=sys.stderr)
    said = printable(str(error).strip().partition("\n")[0][:300])
    return _said(f"{what} failed in a way that it shouldn't ({type(error).__name__}: {said})", 500)


def _http_error(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    reason = error.detail if isinstance(error, HTTPException) else "failed"
    return _said(reason, status)


def _said(
    line: str, status: int, code: str = "malgwi", values: dict[str, object] | None = None
) -> Response:
    return JSONResponse({"error": line, "code": code, "values": values or {}}, status)
