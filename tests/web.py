"""A web server for tests that fails as servers do, a number of times."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Web:
    """Files by their paths, and how often getting one fails first, and with what."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.files: dict[str, bytes] = {}
        self.failing: dict[str, tuple[int, int | str]] = {}
        """By path: how many times, and a status; `cut` in the middle; `short` without an error."""
        self.gets: Counter[str] = Counter()


@contextmanager
def web() -> Iterator[Web]:
    """Serve files of this machine to this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(with_content=False)

        def do_GET(self) -> None:
            served.gets[self.path] += 1
            self._answer(with_content=True)

        def _answer(self, *, with_content: bool) -> None:
            content = served.files.get(self.path)
            left, how = served.failing.get(self.path, (0, 0))
            if content is None or (left and isinstance(how, int)):
                self._fail(left, how if content is not None else 404)
                return
            wrong = bool(left and with_content)
            self.send_response(200)
            cut = content[: len(content) // 2]
            length = len(cut) if wrong and how == "short" else len(content)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            if with_content:
                self.wfile.write(cut if wrong else content)
            if wrong:
                served.failing[self.path] = left - 1, how
                self.close_connection = True

        def _fail(self, left: int, status: Any) -> None:
            if left:
                served.failing[self.path] = left - 1, status
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Web(server.server_address[1])
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
