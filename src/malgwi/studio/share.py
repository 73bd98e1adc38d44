"""One file, one route, for a phone: a listener of its own, off until asked for, and soon gone.

It is the only thing of Studio that other machines can reach. Its path can't be guessed; it ends
after some minutes or downloads, whichever comes first. What it serves is a model, not recordings,
but for the golden clips of people who agreed to share.
"""

import hmac
import io
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from secrets import token_urlsafe
from shutil import copyfileobj
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import segno

from malgwi.errors import MalgwiError

SECONDS = 600.0
DOWNLOADS = 5
_SLOWEST_S = 30.0
"""For a phone to send its request, or to take in what fits into the machine's buffers."""
_ANYWHERE = ("192.0.2.1", 9)
"""An address of nobody, to see by which of ours others would be reached; nothing is sent."""


class Share:
    """A file that a phone may fetch, for a while."""

    def __init__(
        self,
        file: Path,
        address: str,
        *,
        seconds: float = SECONDS,
        downloads: int = DOWNLOADS,
    ) -> None:
        """Begin to share it on a free port of an address of this machine.

        Raises:
            MalgwiError: the address can't be had.
        """
        self.file = file
        self._until = time.monotonic() + seconds
        self._left = downloads
        self._counting = threading.Lock()
        name = quote(file.name, safe="")
        self._path = f"/{token_urlsafe(16)}/{name}"
        try:
            self._server = _Server((address, 0), _handler(self))
        except OSError as error:
            raise MalgwiError(
                f"{address}: nothing can be served there ({error.strerror}); copy the file by "
                f"cable instead: {file}"
            ) from error
        self.url = f"http://{address}:{self._server.server_address[1]}{self._path}"
        threading.Thread(target=self._server.serve_forever, args=(0.2,), daemon=True).start()
        self._timer = threading.Timer(seconds, self.end)
        self._timer.daemon = True
        self._timer.start()

    @property
    def seconds(self) -> float:
        """How long it goes on."""
        return max(0.0, self._until - time.monotonic())

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self._left <= 0 or self.seconds <= 0

    def end(self) -> None:
        """End it; a download that goes on may finish."""
        self._until = 0.0
        self._timer.cancel()
        self._server.shutdown()
        self._server.server_close()

    def is_meant(self, path: str) -> bool:
        """Say whether a request asks for the file."""
        given, meant = unquote_to_bytes(path), unquote_to_bytes(self._path)
        return hmac.compare_digest(given, meant)

    def take(self) -> bool:
        """Count a download; say whether it is one that is allowed."""
        with self._counting:
            if self.ended:
                return False
            self._left -= 1
            if self._left <= 0:
                threading.Thread(target=self.end, daemon=True).start()
            return True

    def to_json(self) -> dict[str, Any]:
        """Return what the page shows."""
        return {
            "url": self.url,
            "qr": qr_code(self.url),
            "seconds": round(self.seconds),
            "downloads": self._left,
            "file": str(self.file),
        }


def address_for_phones() -> str:
    """Return this machine's address in its network.

    Raises:
        MalgwiError: it is in none.
    """
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(_ANYWHERE)  # of UDP: chooses an address and sends nothing
            found = str(probe.getsockname()[0])
    except OSError:
        found = "127.0.0.1"
    if found.startswith("127."):
        raise MalgwiError(
            "this machine is in no network that a phone could be in; join one, or copy the file "
            "by cable"
        )
    return found


def qr_code(text: str) -> str:
    """Return a QR code as SVG, dark on light, whatever the page's colours are."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, border=4, light="#fff", dark="#000", omitsize=True
    )
    return drawn.getvalue().decode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Say nothing of a phone that left in the middle."""


def _handler(share: Share) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _SLOWEST_S

        def do_GET(self) -> None:
            """Send the file, or nothing."""
            if not share.is_meant(self.path) or not share.take():
                self.send_error(404)
                return
            with share.file.open("rb") as file:
                self.send_response(200)
                self.send_header("Content-Type", "application/octet-stream")
                self.send_header("Content-Length", str(share.file.stat().st_size))
                name = quote(share.file.name, safe="")
                self.send_header("Content-Disposition", f"attachment; filename*=UTF-8''{name}")
                self.send_header("Cache-Control", "no-store")
                self.send_header("X-Content-Type-Options", "nosniff")
                self.end_headers()
                copyfileobj(file, self.wfile)

        def version_string(self) -> str:
            """Say nothing of the machine."""
            return "malgwi"

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    return Handler
