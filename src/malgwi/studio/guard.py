"""Who may ask: this machine, by the link that was printed, from the page itself and nothing else.

Any page in any browser can send requests to 127.0.0.1, any name can be made to resolve to it, and
cookies ignore ports. So each request needs the cookie, a Host that is ours, and an Origin or
Sec-Fetch-Site that says that our own page asks (docs/studio-api.md).
"""

import hmac
import json
from collections.abc import Mapping
from secrets import token_urlsafe
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from malgwi.studio.refused import Refused

MOST_BODY = 16 << 20
"""Bytes of a request, but for recordings."""
MOST_RECORDING = 4 << 30
RECORDINGS = "/api/media/"
_OURS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src blob: 'self'; connect-src 'self'; font-src 'self'; frame-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SANDBOX = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data: blob:; media-src data: blob:; frame-ancestors 'self'"
)
"""The policy of an evaluation page, which carries its own script and is no part of ours."""
_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
}
_POLICY = b"content-security-policy"
_SAFE = {"GET", "HEAD"}
_CODES = {401: "token", 403: "origin", 413: "too-long"}


class Guard:
    """Lets requests through to an application, or answers them itself."""

    def __init__(self, app: ASGIApp, port: int, token: str | None = None) -> None:
        """Guard an application that is served at a port; a fresh token by default."""
        self._app = app
        self._port = port
        self.token = token or token_urlsafe(32)
        self._cookie = f"malgwi-{port}"
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    @property
    def link(self) -> str:
        """What opens the page."""
        return f"http://127.0.0.1:{self._port}/?token={self.token}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = _Headers(scope)
        if scope["type"] == "websocket":
            if self._refuses(scope, headers):
                await receive()  # the wish to connect; closed before it is accepted, that is a 403
                await send({"type": "websocket.close", "code": 1008})
                return
            await self._app(scope, receive, send)
            return
        await self._http(scope, headers, receive, _with_headers(send))

    async def _http(self, scope: Scope, headers: "_Headers", receive: Receive, send: Send) -> None:
        if headers.only("host") in self._hosts and (given := _token(scope)) is not None:
            if not _equal(given, self.token):
                await _tell_people(send)
                return
            cookie = f"{self._cookie}={self.token}; HttpOnly; SameSite=Strict; Path=/"
            await _answer(send, 303, {"location": "/", "set-cookie": cookie})
            return
        if refusal := self._refuses(scope, headers):
            if scope["path"] == "/" and refusal[0] == 401:
                await _tell_people(send)
            else:
                await _refuse(send, *refusal)
            return
        most = MOST_RECORDING if scope["path"].startswith(RECORDINGS) else MOST_BODY
        length = headers.only("content-length") or ""
        if length.isdecimal() and int(length) > most:
            await _refuse(send, 413, f"a body of {length} bytes; at most {most} are taken")
            return
        await self._app(scope, _bounded(receive, most), send)

    def _refuses(self, scope: Scope, headers: "_Headers") -> tuple[int, str] | None:
        """Return status and reason where a request isn't the page's own."""
        host = headers.only("host")
        if host not in self._hosts:
            return 403, "this address isn't Studio's; open the link that it printed"
        given = headers.cookies(self._cookie)
        if not any(_equal(one, self.token) for one in given):
            return 401, "open the link that Studio printed: this browser hasn't"
        origin, site = headers.only("origin"), headers.only("sec-fetch-site")
        if origin is not None or scope["type"] == "websocket":
            allowed = origin == f"http://{host}"
        else:
            typed = site == "none" and scope["method"] in _SAFE
            allowed = typed or site == "same-origin"
        return None if allowed else (403, "another page asks; only Studio's own may")


_FOR_PEOPLE = """\
Malgwi Studio: this browser isn't known yet. Open the link that `malgwi studio` printed.
말귀 스튜디오: 이 브라우저로는 아직 연 적이 없습니다. `malgwi studio`가 보여 준 주소로 여세요.
""".encode()


class _Headers:
    """The headers of a request."""

    def __init__(self, scope: Scope) -> None:
        self._pairs = [
            (name.decode("latin-1"), v.decode("latin-1")) for name, v in scope["headers"]
        ]

    def only(self, name: str) -> str | None:
        """Return the header that comes once; None for none, "" for several."""
        found = [value for key, value in self._pairs if key == name]
        return found[0] if len(found) == 1 else "" if found else None

    def cookies(self, name: str) -> list[str]:
        """Return the values of a cookie."""
        parts = (p for key, value in self._pairs if key == "cookie" for p in value.split(";"))
        pairs = (part.strip().partition("=") for part in parts)
        return [value for key, _, value in pairs if key == name]


def _token(scope: Scope) -> str | None:
    if scope["method"] != "GET" or scope["path"] != "/":
        return None
    found = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True).get("token")
    return found[0] if found else None


def _equal(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())


def _bounded(receive: Receive, most: int) -> Receive:
    got = 0

    async def bounded() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > most:
            raise Refused(
                f"the body goes on after {most} bytes, the most that is taken", 413, _CODES[413]
            )
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = list(message.get("headers", ()))
            names = {name.lower() for name, _ in given}
            ours = {**_HEADERS, **({} if _POLICY in names else {_POLICY: _OURS.encode()})}
            message = {**message, "headers": [*given, *ours.items()]}
        await send(message)

    return with_headers


async def _refuse(send: Send, status: int, reason: str) -> None:
    said = {"error": reason, "code": _CODES[status], "values": {}}
    await _answer(send, status, {"content-type": "application/json"}, json.dumps(said).encode())


async def _tell_people(send: Send) -> None:
    """Answer somebody who opened the address without the link, or with one from before."""
    await _answer(send, 401, {"content-type": "text/plain; charset=utf-8"}, _FOR_PEOPLE)


async def _answer(send: Send, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
    fields = {**headers, "content-length": str(len(body)), "cache-control": "no-store"}
    pairs = [(name.encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
