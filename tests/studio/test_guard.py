"""Who may ask: each line of "Who may ask" in docs/studio-api.md, each header wrong once."""

import json
from collections.abc import Iterator, Mapping

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from malgwi.studio import guard
from malgwi.studio.guard import SANDBOX, Guard
from malgwi.studio.server import application

TOKEN = "a-token-of-the-test"  # noqa: S105
PORT = 8799
ORIGIN = f"http://127.0.0.1:{PORT}"
COOKIE = {"Cookie": f"malgwi-{PORT}={TOKEN}"}
TYPED = {**COOKIE, "Sec-Fetch-Site": "none"}
OURS = {**COOKIE, "Origin": ORIGIN}


async def _told(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


def _page(_: Request) -> Response:
    return PlainTextResponse("", headers={"Content-Security-Policy": SANDBOX})


async def _echo(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


@pytest.fixture
def client() -> Iterator[TestClient]:
    every = ["GET", "POST", "PUT", "DELETE"]
    app = application(
        [
            Route("/api/told", _told, methods=every),
            Route("/api/media/{name}", _told, methods=["PUT"]),
            Route("/api/page", _page),
            WebSocketRoute("/api/live", _echo),
        ]
    )
    guarded = Guard(app, PORT, TOKEN)
    with TestClient(guarded, base_url=ORIGIN, follow_redirects=False) as found:
        yield found


def test_the_link_gives_a_cookie_and_leaves_no_token_in_the_address(client: TestClient) -> None:
    answer = client.get(f"/?token={TOKEN}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert answer.headers["set-cookie"] == (
        f"malgwi-{PORT}={TOKEN}; HttpOnly; SameSite=Strict; Path=/"
    )
    assert answer.headers["cache-control"] == "no-store"
    assert client.get("/api/told", headers={"Sec-Fetch-Site": "none"}).text == "0"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/?token=another", {}, 401),
        ("/?token=", {}, 401),
        (f"/?token={TOKEN}", {"Host": f"evil.example:{PORT}"}, 403),
        (f"/api/told?token={TOKEN}", {"Sec-Fetch-Site": "none"}, 401),
        ("/api/told", {"Sec-Fetch-Site": "none"}, 401),
        ("/", {"Sec-Fetch-Site": "none"}, 401),
        ("/api/told", {**TYPED, "Cookie": f"malgwi-{PORT}=another"}, 401),
        ("/api/told", {**TYPED, "Cookie": f"malgwi-{PORT + 1}={TOKEN}"}, 401),
        ("/api/told", {**TYPED, "Cookie": f"other=1; malgwi-{PORT}={TOKEN}"}, 200),
        ("/api/told", TYPED, 200),
        ("/api/told", {**TYPED, "Host": f"localhost:{PORT}"}, 200),
        ("/api/told", {**TYPED, "Host": "127.0.0.1"}, 403),
        ("/api/told", {**TYPED, "Host": f"127.0.0.1:{PORT + 1}"}, 403),
        ("/api/told", {**TYPED, "Host": f"evil.example:{PORT}"}, 403),
        ("/api/told", {**TYPED, "Host": f"127.0.0.1.evil.example:{PORT}"}, 403),
        ("/api/told", COOKIE, 403),
        ("/api/told", {**COOKIE, "Sec-Fetch-Site": "same-origin"}, 200),
        ("/api/told", {**COOKIE, "Sec-Fetch-Site": "same-site"}, 403),
        ("/api/told", {**COOKIE, "Sec-Fetch-Site": "cross-site"}, 403),
        ("/api/told", {**COOKIE, "Origin": "null"}, 403),
        ("/api/told", {**COOKIE, "Origin": f"http://localhost:{PORT}"}, 403),
        ("/api/told", {**COOKIE, "Origin": "http://evil.example", "Sec-Fetch-Site": "none"}, 403),
        ("/api/told", {**COOKIE, "Origin": f"http://127.0.0.1:{PORT + 1}"}, 403),
        ("/api/told", OURS, 200),
    ],
)  # fmt: skip
def test_a_get_is_answered_or_refused(
    client: TestClient, path: str, headers: Mapping[str, str], status: int
) -> None:
    assert client.get(path, headers=headers).status_code == status


@pytest.mark.parametrize("path", ["/", "/?token=of-yesterday"])
def test_who_types_the_address_is_told_in_both_languages(client: TestClient, path: str) -> None:
    said = client.get(path, headers={"Sec-Fetch-Site": "none"})
    assert said.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Open the link" in said.text
    assert "주소로 여세요" in said.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_changes_something_needs_the_pages_own_origin(client: TestClient, method: str) -> None:
    def status(headers: Mapping[str, str]) -> int:
        return client.request(method, "/api/told", headers=headers).status_code

    assert status(OURS) == 200
    assert status({**COOKIE, "Sec-Fetch-Site": "same-origin"}) == 200
    assert status(TYPED) == 403
    assert status(COOKIE) == 403
    assert status({"Origin": ORIGIN}) == 401
    assert status({**COOKIE, "Origin": "http://evil.example"}) == 403


def test_two_hosts_are_none(client: TestClient) -> None:
    twice = [("Host", f"127.0.0.1:{PORT}"), ("Host", f"127.0.0.1:{PORT}"), *TYPED.items()]
    assert client.get("/api/told", headers=twice).status_code == 403


@pytest.mark.parametrize(
    ("headers", "let_in"),
    [
        (OURS, True),
        ({**OURS, "Host": f"localhost:{PORT}", "Origin": f"http://localhost:{PORT}"}, True),
        (COOKIE, False),
        (TYPED, False),
        ({**COOKIE, "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": ORIGIN}, False),
        ({**COOKIE, "Origin": "http://evil.example"}, False),
        ({**OURS, "Host": "evil.example"}, False),
        ({**OURS, "Cookie": f"malgwi-{PORT}=another"}, False),
    ],
)
def test_a_websocket_needs_cookie_host_and_origin(
    client: TestClient, headers: Mapping[str, str], let_in: bool
) -> None:
    if let_in:
        with client.websocket_connect(f"ws://127.0.0.1:{PORT}/api/live", headers=headers) as socket:
            assert socket.receive_text() == "hello"
        return
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(f"ws://127.0.0.1:{PORT}/api/live", headers=headers),
    ):
        pass


@pytest.mark.parametrize("path", ["/api/told", "/api/absent", "/", "/?token=another"])
def test_every_answer_carries_the_policy(client: TestClient, path: str) -> None:
    headers = client.get(path, headers=TYPED).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == policy["style-src"] == "'self'"
    assert policy["media-src"] == "blob: 'self'"
    assert policy["frame-ancestors"] == policy["form-action"] == policy["base-uri"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert not [name for name in headers if name.startswith("access-control-")]


def test_nothing_is_allowed_to_other_origins(client: TestClient) -> None:
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    answer = client.options("/api/told", headers={**COOKIE, **asked})
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_page_with_a_policy_of_its_own_keeps_that_one(client: TestClient) -> None:
    headers = client.get("/api/page", headers=TYPED).headers
    assert headers.get_list("content-security-policy") == [SANDBOX]
    assert "allow-same-origin" not in SANDBOX


@pytest.mark.parametrize("streamed", [False, True])
def test_bodies_are_bounded(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, streamed: bool
) -> None:
    monkeypatch.setattr(guard, "MOST_BODY", 1000)
    monkeypatch.setattr(guard, "MOST_RECORDING", 2000)

    def put(path: str, size: int) -> tuple[int, str]:
        body = iter([bytes(size // 2)] * 2) if streamed else bytes(size)
        answer = client.put(path, content=body, headers=OURS)
        return answer.status_code, answer.text

    assert put("/api/told", 1000) == (200, "1000")
    assert put("/api/media/a.wav", 2000) == (200, "2000")
    for path, size in (("/api/told", 1002), ("/api/media/a.wav", 2002)):
        status, text = put(path, size)
        assert status == 413
        assert json.loads(text)["code"] == "too-long"
