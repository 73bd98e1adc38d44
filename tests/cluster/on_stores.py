"""S3, by moto's server on this machine, as source and as target: `make cluster-test`.

moto and the libraries for S3 are too large for what every test needs.
"""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import fsspec
import pytest

from bundles import level_bundle
from level_model import level_clip
from malgwi.cli.main import main
from malgwi.stores import store

FORMATS = "json,srt,textgrid"
CLIPS = 12


class Bucket:
    """What the server holds."""

    def __init__(self, fs: Any) -> None:
        self.fs = fs

    def content(self, below: str) -> dict[str, bytes]:
        found = [name for name in self.fs.find(below) if name.startswith(f"{below}/")]
        return {name.removeprefix(f"{below}/"): self.fs.cat_file(name) for name in found}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as moto:
        while moto.poll() is None:
            with socket.socket() as asking:
                if asking.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
        moto.terminate()


@pytest.fixture(autouse=True)
def bucket(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """Twelve recordings and a broken one, in a folder and below s3://archive/in."""
    monkeypatch.chdir(tmp_path)
    tests = str(Path(__file__).parents[1])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*sys.path, tests]))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    (tmp_path / "fetched").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "fetched"))
    monkeypatch.setenv("RAY_TMPDIR", tempfile.gettempdir())  # its sockets need a short path
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "fetched"))
    monkeypatch.setattr(store, "WAITS_S", (0.0,) * len(store.WAITS_S))
    store._store.cache_clear()
    fs = fsspec.filesystem("s3", skip_instance_cache=True, use_listings_cache=False)
    for name in ("archive", "results"):
        if fs.exists(name):
            fs.rm(name, recursive=True)
        fs.mkdir(name)
    level_bundle(Path("m.malgwi"))
    for number in range(CLIPS):
        level_clip(Path(f"in/{number % 3}/{number:02}.wav"), "_" + "ab|"[: number % 3 + 1] * 9)
    Path("in/bad.wav").write_bytes(b"RIFF and nothing else")
    for path in Path("in").rglob("*.wav"):
        fs.pipe_file(f"archive/{path}", path.read_bytes())
    yield Bucket(fs)
    store._store.cache_clear()
    assert list((tmp_path / "fetched").glob(".malgwi*")) == []


def _line(source: str, output: str, *more: str) -> list[str]:
    return ["transcribe", "m.malgwi", source, "--output", output, "--format", FORMATS, *more]


def _in_a_folder() -> dict[str, bytes]:
    assert main(_line("in", "one")) == 2
    return {
        path.name: path.read_bytes().replace(b'"file": "in/', b'"file": "s3://archive/in/')
        for path in Path("one").iterdir()
    }


def test_files_are_those_of_a_folder(bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(_line("s3://archive/in", "s3://results/out")) == 2
    assert "error: s3://archive/in/bad.wav: not readable as audio" in capsys.readouterr().err
    assert bucket.content("results") == {f"out/{n}": c for n, c in _in_a_folder().items()}


def test_a_run_that_is_killed_goes_on(bucket: Bucket) -> None:
    line = _line("s3://archive/in", "s3://results/out", "--part", "1/1")
    words = [sys.executable, "-m", "malgwi", *line]
    first = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    while first.poll() is None and len(bucket.content("results/out")) < 4 * 3:
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert 12 <= len(bucket.content("results/out")) < 3 * CLIPS
    again = subprocess.run(words, stderr=subprocess.PIPE, text=True, check=False)
    assert again.returncode == 2
    assert "13 of 13 recordings are through, " in again.stderr
    assert " of them earlier; after all parts: malgwi join s3://results/out" in again.stderr
    assert main(["join", "s3://results/out"]) == 2  # the broken one
    assert bucket.content("results") == {f"out/{n}": c for n, c in _in_a_folder().items()}


@pytest.mark.parametrize("more", [["--part", "1/1"], ["--cluster", "local"]])
def test_texts_are_aligned_there(bucket: Bucket, more: list[str]) -> None:
    """Two texts of the letters that are said, and one of letters that the model lacks."""
    for name, text in (("in/1/01", "ab " * 9), ("in/2/02", "ab " * 9), ("in/0/00", "xyz")):
        Path(f"{name}.txt").write_text(text)
        bucket.fs.pipe_file(f"archive/{name}.txt", text.encode())
    words = ["align", "m.malgwi", "--format", "json,srt", "--output"]
    assert main([*words, "one", "in"]) == 2
    assert main([*words, "s3://results/out", "s3://archive/in", *more]) == 2
    if "--part" in more:
        assert main(["join", "s3://results/out"]) == 2
    kept = [name for name in bucket.content("results") if not name.startswith("out/")]
    assert all(name.startswith("out.parts/") for name in kept)
    assert bool(kept) == ("--cluster" in more)  # as what can't be aligned is tried again
    found = {
        n: c.replace(b"s3://archive/in", b"in") for n, c in bucket.content("results/out").items()
    }
    assert found == {path.name: path.read_bytes() for path in Path("one").iterdir()}
    assert "01.srt" in found


@contextmanager
def _failing(server: str, failures: dict[str, int]) -> Iterator[tuple[str, Counter[str]]]:
    """Pass requests on, but fail the first GETs of recordings, in turn with 429, 500 and a cut.

    `failures` has how many, by the ends of paths; nothing has one for all. Lists are called `list`.
    """
    host = server.removeprefix("http://")
    failed: Counter[str] = Counter()

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            inner = http.client.HTTPConnection(host, timeout=60)
            inner.request(self.command, self.path, content, dict(self.headers))
            answer = inner.getresponse()
            found = answer.read()
            end = "list" if "list-type=2" in self.path else self.path.rpartition("/")[2]
            failing = self.command == "GET" and (end == "list" or end.endswith(".wav"))
            failing = failing and failed[end] < failures.get(end, failures[""])
            if failing:
                failed[end] += 1
            how = failed[end] % 3 if failing else None
            status = {1: 429, 2: 500}.get(how or 0, answer.status)
            self.send_response(status)
            ours = {"transfer-encoding", "connection", "content-length"}
            for name, value in answer.getheaders() if status == answer.status else ():
                if name.lower() not in ours:
                    self.send_header(name, value)
            length = answer.getheader("Content-Length") or str(len(found))
            self.send_header("Content-Length", "0" if how in {1, 2} else length)
            self.end_headers()
            if how == 0:
                self.wfile.write(found[: len(found) // 2])
                self.close_connection = True
            elif how is None and self.command != "HEAD":
                self.wfile.write(found)
            inner.close()

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    thread = Thread(target=proxy.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{proxy.server_address[1]}", failed
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()


def test_reads_that_fail_are_tried_again_and_then_named(
    server: str,
    bucket: Bucket,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each fails four times, and one for ever; so do lists."""
    with _failing(server, {"": 4, "07.wav": 999}) as (url, failed):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        store._store.cache_clear()
        assert main(_line("s3://archive/in", "s3://results/out", "--part", "1/1")) == 2
    said = capsys.readouterr().err
    assert "error: s3://archive/in/1/07.wav: failed 6 times (" in said
    assert "2 of 13 recordings could not be transcribed" in said
    assert failed["03.wav"] == 4
    assert 6 <= failed["07.wav"] < 40
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    store._store.cache_clear()
    assert main(_line("s3://archive/in", "s3://results/out", "--part", "1/1")) == 2
    assert "13 of 13 recordings are through, 11 of them earlier" in capsys.readouterr().err
    assert bucket.content("results/out") == _in_a_folder()


def test_a_list_that_fails_is_no_empty_one(
    server: str,
    bucket: Bucket,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Else what somebody corrected would be written over."""
    bucket.fs.pipe_file("results/out/00.TextGrid", b"corrected")
    with _failing(server, {"": 0, "list": 9999}) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        store._store.cache_clear()
        for source in ("in/0/00.wav", "s3://archive/in"):
            assert main(_line(source, "s3://results/out")) == 2
            assert re.search(r"s3://\w+/\w+: failed 6 times \(", capsys.readouterr().err)
    assert bucket.content("results") == {"out/00.TextGrid": b"corrected"}


def test_on_a_cluster(bucket: Bucket) -> None:
    line = _line("s3://archive/in", "s3://results/out", "--cluster", "local")
    assert main(line) == 2  # the broken one
    assert bucket.content("results/out") == _in_a_folder()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("s3://none/in", "s3://none/in: isn't there; check bucket, folder and name"),
        ("s3://archive/none", "s3://archive/none: isn't there; check bucket"),
        ("in --output s3://none/out", "s3://none/out/.malgwi: isn't there; check bucket"),
        ("in --output s3://none/out --part 1/2", "1-of-2.jsonl/owner: isn't there; check"),
    ],
)
def test_what_is_not_there(line: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["transcribe", "m.malgwi", *line.split()]) == 2
    assert message in capsys.readouterr().err


def test_credentials(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    store._store.cache_clear()
    assert main(["transcribe", "m.malgwi", "s3://archive/in"]) == 2
    said = "s3://archive/in: no credentials for s3://; set AWS_ACCESS_KEY_ID and"
    assert said in capsys.readouterr().err
    Path("list").write_text("in/bad.wav\ns3://archive/in/0/00.wav\ns3://archive/in/0/03.wav\n")
    assert main(["transcribe", "m.malgwi", "--list", "list"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "no credentials for s3://" in line
    monkeypatch.setenv("FSSPEC_S3_ANON", "true")
    from fsspec.config import conf, set_conf_env

    set_conf_env(conf)
    store._store.cache_clear()
    assert main(["transcribe", "m.malgwi", "s3://archive/in/0/00.wav"]) == 2
    assert "00.wav: access denied, or it isn't there (" in capsys.readouterr().err
    conf.pop("s3")
