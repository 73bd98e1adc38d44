"""The server as it is started: where it listens, what it serves, how it ends, what it says."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from bundles import level_bundle
from malgwi.cli.main import main
from malgwi.errors import MalgwiError
from malgwi.publish import publish_file
from malgwi.studio.link import running
from malgwi.studio.refused import Refused
from malgwi.studio.server import application, listen_on
from silence import no_namespace, observe


@dataclass
class Server:
    """A running `malgwi studio`."""

    process: subprocess.Popen[str]
    folder: Path
    port: int
    token: str

    def ask(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        try:
            connection.putrequest("GET", path, skip_host="Host" in headers)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    @property
    def cookie(self) -> str:
        return f"malgwi-{self.port}={self.token}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("studio") / "project"
    command = [sys.executable, "-m", "malgwi", "studio", str(folder), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        link = process.stdout.readline()
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\?token=(\S+)\n", link)
        assert found, link
        yield Server(process, folder, int(found[1]), found[2])
        process.send_signal(signal.SIGINT)
        said = process.stdout.read()
        assert (process.wait(), said) == (0, "")
        assert not (folder / "link").exists()


def test_the_link_opens_the_page(server: Server) -> None:
    status, headers, _ = server.ask(f"/?token={server.token}", Sec_Fetch_Site="none")
    assert (status, headers["location"]) == (303, "/")
    cookie = headers["set-cookie"].split(";")[0]
    assert cookie == server.cookie
    status, headers, body = server.ask("/api/project", Cookie=cookie, Sec_Fetch_Site="same-origin")
    assert (status, json.loads(body)["recordings"]) == (200, 0)
    assert "server" not in headers


def test_the_token_is_long_and_another_one_each_time(server: Server) -> None:
    assert len(server.token) == 43  # 32 bytes in base64


def test_nothing_is_answered_to_strangers(server: Server) -> None:
    for path in ("/", "/api/project", "/api/folders?path=/", "/index.html", "/absent"):
        assert server.ask(path, Sec_Fetch_Site="none")[0] == 401
        own = {"Cookie": server.cookie, "Sec_Fetch_Site": "none"}
        assert server.ask(path, **own, Host=f"evil.example:{server.port}")[0] == 403
        foreign = {"Cookie": server.cookie, "Origin": "http://evil.example"}
        assert server.ask(path, **foreign)[0] == 403


@pytest.mark.parametrize(
    ("origin", "cookie", "status"),
    [
        ("http://127.0.0.1:{port}", True, 101),
        ("http://127.0.0.1:{port}", False, 403),
        ("http://evil.example", True, 403),
        (None, True, 403),
    ],
)
def test_a_websocket_of_another_page_is_refused(
    server: Server, origin: str | None, cookie: bool, status: int
) -> None:
    lines = [
        "GET /api/live?round=0&rate=7 HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ]
    lines += [f"Origin: {origin.format(port=server.port)}"] if origin else []
    lines += [f"Cookie: {server.cookie}"] if cookie else []
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode())
        assert line.recv(1000).startswith(f"HTTP/1.1 {status} ".encode())


def test_no_other_address_of_this_machine_listens(server: Server) -> None:
    for address in ("127.0.0.2", *_addresses()):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, server.port), timeout=5).close()


def _addresses() -> list[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            return []
        found = str(probe.getsockname()[0])
    return [] if found.startswith("127.") else [found]


def test_starting_once_more_finds_the_page_that_is_open(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    link = f"http://127.0.0.1:{server.port}/?token={server.token}\n"
    assert main(["studio", str(server.folder), "--no-browser"]) == 0
    assert capsys.readouterr().out == link
    kept = server.folder / "link"
    assert (kept.read_text(), kept.stat().st_mode & 0o777) == (link, 0o600)


def test_nobody_elses_link_is_followed(server: Server, tmp_path: Path) -> None:
    """A project from elsewhere may bring a link along."""
    (tmp_path / "link").write_text("http://127.0.0.1:1/?token=" + "a" * 43)
    (tmp_path / "lock").touch()
    assert running(tmp_path) is None
    kept = (server.folder / "link").read_text()
    try:
        (server.folder / "link").write_text("http://evil.example/?token=" + "a" * 43)
        assert running(server.folder) is None
    finally:
        (server.folder / "link").write_text(kept)
    assert running(server.folder) == kept.strip()


def test_a_port_that_is_taken_is_said(server: Server, tmp_path: Path) -> None:
    with pytest.raises(MalgwiError, match=f"--port {server.port}: can't be had"):
        listen_on(server.port)
    with pytest.raises(MalgwiError, match="--port 65536: expected"):
        listen_on(65536)


def _page(tmp_path: Path) -> TestClient:
    (tmp_path / "page" / "words").mkdir(parents=True)
    for name in ("index.html", "a.js", "words/ko.json", "notes.md"):
        (tmp_path / "page" / name).write_text(name)
    (tmp_path / "secret.js").write_text("secret")

    def fails(request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind == "input":
            raise MalgwiError("a: found b, expected c")
        if kind == "refused":
            raise Refused("d", 409, "busy", {"job": "0001"})
        if kind == "full":
            raise OSError(28, "No space left on device")
        if kind == "unpublished":
            with publish_file(tmp_path / "studio.json"):
                raise OSError(28, "No space left on device")
        raise ValueError("deep inside\nsecond line")

    routes = [Route("/api/ok", lambda _: JSONResponse({})), Route("/api/{kind}", fails)]
    return TestClient(application(routes, tmp_path / "page"))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/a.js", "text/javascript; charset=utf-8"),
        ("/words/ko.json", "application/json"),
    ],
)
def test_the_pages_files_have_their_types_and_are_asked_for_again(
    tmp_path: Path, path: str, kind: str
) -> None:
    client = _page(tmp_path)
    first = client.get(path)
    assert (first.status_code, first.headers["content-type"]) == (200, kind)
    assert first.headers["cache-control"] == "no-cache"
    tag = {"If-None-Match": first.headers["etag"]}
    again = client.get(path, headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    (tmp_path / "page" / (path[1:] or "index.html")).write_text("new")
    assert client.get(path, headers=tag).text == "new"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.js", "/%2e%2e/secret.js", "/..%2fsecret.js", "/words/../../secret.js",
        "/words/%2e%2e/%2e%2e/secret.js", "//secret.js", "/notes.md", "/words", "/b.js",
        "/%2Fetc%2Fhosts", "/a.js%00",
    ],
)  # fmt: skip
def test_no_other_file_is_served(tmp_path: Path, path: str) -> None:
    client = _page(tmp_path)
    request = client.build_request("GET", "http://testserver/")
    raw = path.encode()
    request.url = request.url.copy_with(raw_path=raw)
    answer = client.send(request)
    assert answer.status_code == 404
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("kind", "status", "code", "line"),
    [
        ("input", 400, "malgwi", "a: found b, expected c"),
        ("refused", 409, "busy", "d"),
        ("full", 507, "full", "the disk is full; make room, then try again"),
        ("unpublished", 507, "full", "the disk is full; make room, then try again"),
        (
            "other",
            500,
            "malgwi",
            "GET /api/other failed in a way that it shouldn't (ValueError: deep inside)",
        ),
    ],
)
def test_what_goes_wrong_is_one_line(
    tmp_path: Path, kind: str, status: int, code: str, line: str
) -> None:
    answer = _page(tmp_path).get(f"/api/{kind}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["error"] == line
    assert answer.json()["values"] == ({"job": "0001"} if kind == "refused" else {})


def test_ways_that_arent_there_are_json_too(tmp_path: Path) -> None:
    client = _page(tmp_path)
    assert client.get("/absent").json()["code"] == "malgwi"
    assert client.post("/api/ok").status_code == 405
    assert set(client.post("/api/ok").json()) == {"error", "code", "values"}


SESSION = """
import sys, time
from pathlib import Path
from starlette.testclient import TestClient
from malgwi.studio.files import write_json
from malgwi.studio.project import open_project
from malgwi.studio.server import application, project_routes
folder = Path("project").absolute()
with open_project(folder) as project:
    made = folder / "rounds" / "0001"
    made.mkdir(parents=True)
    write_json(made / "round.json", {"number": 1})
    (made / "levels.malgwi").write_bytes(Path(sys.argv[1]).read_bytes())
    client = TestClient(application(project_routes(project)))
    for path in ("project", "recordings", "rounds", "jobs", "people", "folders", "share"):
        assert client.get(f"/api/{path}").status_code == 200, path
    sound = made / "clip.wav"
    sound.write_bytes(b"RIFF")
    asked = {"kind": "transcribe", "round": 1, "paths": [str(sound)]}
    job = client.post("/api/jobs", json=asked).json()["job"]
    while client.get(f"/api/jobs/{job}").json()["state"] == "running":
        time.sleep(0.05)
    with client.websocket_connect("/api/live?round=1&rate=16000") as socket:
        socket.send_bytes(bytes(32_000))
        socket.send_text("end")
        while not socket.receive_json().get("ended"):
            pass
print("done")
"""


def test_nothing_leaves_the_machine(tmp_path: Path) -> None:
    if reason := no_namespace():
        text = f"NOT TESTED that nothing leaves Studio: no network namespace here ({reason})"
        warnings.warn(text, stacklevel=1)
        pytest.skip(text)
    bundle = level_bundle(tmp_path / "levels.malgwi")
    path = os.pathsep.join(one for one in sys.path if one)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path}
    seen = observe([sys.executable, "-c", SESSION, str(bundle)], tmp_path / "home", environment)
    assert (seen.said, seen.packets, seen.hosts) == ("done", 0, frozenset())
