"""One file, and nothing else, for a while, at one path that can't be guessed."""

import http.client
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from malgwi.studio.share import Share, qr_code

HOST = "127.0.0.1"
CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "말귀 1.malgwi"
    path.write_bytes(CONTENT)
    (tmp_path / "other.malgwi").write_bytes(b"other")
    return path


@pytest.fixture
def share(bundle: Path) -> Iterator[Share]:
    found = Share(bundle, HOST, downloads=3)
    yield found
    if not found.ended:
        found.end()


def _asked(share: Share, path: str | None = None, method: str = "GET") -> tuple[int, bytes]:
    url = urlsplit(share.url)
    connection = http.client.HTTPConnection(str(url.hostname), url.port)
    try:
        connection.request(method, url.path if path is None else path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _until(true: Callable[[], object]) -> None:
    while not true():
        time.sleep(0.02)


def _closed(share: Share) -> bool:
    try:
        socket.create_connection((HOST, urlsplit(share.url).port)).close()
    except ConnectionRefusedError:
        return True
    return False


def test_the_file_is_a_download_with_its_name(share: Share) -> None:
    connection = http.client.HTTPConnection(HOST, urlsplit(share.url).port)
    connection.request("GET", urlsplit(share.url).path)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, CONTENT)
    connection.close()
    name = "%EB%A7%90%EA%B7%80%201.malgwi"
    assert answer.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{name}"
    assert answer.headers["Server"] == "malgwi"
    assert share.to_json()["downloads"] == 2


def test_nothing_else_is_served_and_nothing_else_counts(share: Share) -> None:
    path = urlsplit(share.url).path
    secret = path.split("/")[1]
    assert re.fullmatch(r"[\w-]{22}", secret)
    for other in (
        "/",
        f"/{secret}",
        f"/{secret}/",
        f"/{secret}/other.malgwi",
        f"/{secret}/../other.malgwi",
        path + "/",
        path + "?a=1",
        path.replace(secret, "A" * 22),
        "/etc/hosts",
        f"/{secret}/%00",
    ):
        assert _asked(share, other)[0] == 404, other
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert _asked(share, method=method)[0] == 501
    assert share.to_json()["downloads"] == 3


def test_it_ends_after_some_downloads(share: Share) -> None:
    assert [_asked(share)[0] for _ in range(3)] == [200, 200, 200]
    assert share.ended
    _until(lambda: _closed(share))


def test_it_ends_after_some_time(bundle: Path) -> None:
    share = Share(bundle, HOST, seconds=0.3)
    assert 0 < share.seconds <= 0.3
    _until(lambda: _closed(share))
    assert share.ended
    assert share.seconds == 0


def test_it_ends_when_asked_to(bundle: Path) -> None:
    share = Share(bundle, HOST)
    assert 590 < share.seconds <= 600
    share.end()
    assert share.ended
    assert _closed(share)


def test_two_shares_have_two_paths(bundle: Path) -> None:
    shares = [Share(bundle, HOST) for _ in range(2)]
    first, second = (urlsplit(one.url).path for one in shares)
    assert first != second
    for one in shares:
        one.end()


def test_the_code_is_a_picture_without_style_or_script() -> None:
    drawn = qr_code("http://192.168.1.23:45678/abc/k.malgwi")
    assert drawn.startswith("<svg ")
    assert "style" not in drawn
    assert "script" not in drawn
    # 29 modules of version 3 and a border of 4
    assert 'viewBox="0 0 37 37"' in drawn
    assert 'fill="#fff"' in drawn
