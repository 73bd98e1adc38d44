"""What passes is tried again, what stays is told, and nothing that was cut is taken for whole."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from malgwi.errors import MalgwiError
from malgwi.stores import store
from malgwi.stores.address import Address
from malgwi.stores.store import below, check, fetch, found, put, read, remove, size
from stores_in_memory import MemoryStore, memory_store
from web import Web, web

CONTENT = bytes(range(256)) * 400


@pytest.fixture
def memory() -> Iterator[MemoryStore]:
    with memory_store() as held:
        yield held


@pytest.fixture
def served(memory: MemoryStore) -> Iterator[Web]:
    """With `memory`, so that no time is waited."""
    with web() as server:
        server.files["/a.wav"] = CONTENT
        yield server


@pytest.mark.parametrize("how", [429, 500, 503, "cut", "short"])
def test_what_passes_is_tried_again(served: Web, how: int | str, tmp_path: Path) -> None:
    address = Address(f"{served.url}/a.wav")
    expected = size(address)
    assert expected == len(CONTENT)
    served.failing["/a.wav"] = (len(store.WAITS_S), how)
    fetch(address, tmp_path / "a.wav", expected)
    assert (tmp_path / "a.wav").read_bytes() == CONTENT
    assert served.gets["/a.wav"] == len(store.WAITS_S) + 1


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (500, r"a.wav: failed 6 times \(500,.*; run this again when the store answers"),
        ("cut", "failed 6 times"),
        ("short", r"failed 6 times \(51,200 bytes came, expected 102,400 as the store says\)"),
        (403, r"a.wav: access denied, or it isn't there \(403,.*; fetch it with a tool that may"),
        (410, r"a.wav: the store refused it \(410,"),
    ],
)
def test_what_stays_is_told(served: Web, how: int | str, message: str, tmp_path: Path) -> None:
    served.failing["/a.wav"] = (99, how)
    with pytest.raises(MalgwiError, match=message):
        fetch(Address(f"{served.url}/a.wav"), tmp_path / "a.wav", len(CONTENT))
    assert served.gets["/a.wav"] == (6 if how in {500, "cut", "short"} else 1)


def test_a_size_that_cannot_be_asked_for_is_no_missing_file(served: Web) -> None:
    """fsspec takes any failure of HEAD and GET for a file that isn't there."""
    address = Address(f"{served.url}/a.wav")
    served.failing["/a.wav"] = (4, 500)  # HEAD and GET, twice
    assert size(address) == len(CONTENT)
    served.failing["/a.wav"] = (99, 500)
    with pytest.raises(MalgwiError, match="failed 6 times"):
        size(address)
    with pytest.raises(MalgwiError, match=r"b.wav: isn't there; check bucket, folder and name"):
        size(Address(f"{served.url}/b.wav"))


def test_nobody_answers(memory: MemoryStore) -> None:
    with web() as gone:
        address = Address(f"{gone.url}/a.wav")
    with pytest.raises(MalgwiError, match=r"a.wav: failed 6 times \(.*127.0.0.1"):
        found(address)


def test_objects_are_put_listed_read_and_removed(memory: MemoryStore) -> None:
    folder = Address("memory://b/in")
    assert (below(folder), read(folder / "a")) == ({}, None)
    put(folder / "a", b"one")
    put(folder / "a", b"twice")
    put(folder / "c/d", b"")
    assert below(folder) == {"a": 5, "c/d": 0}
    assert below(Address("memory://b/i")) == {}
    assert read(folder / "a") == b"twice"
    assert [(str(one), one.size) for one in found(folder)] == [
        ("memory://b/in/a", 5),
        ("memory://b/in/c/d", 0),
    ]
    assert [one.size for one in found(folder / "a")] == [5]
    remove(folder / "a")
    remove(folder / "a")
    assert below(folder) == {"c/d": 0}
    with pytest.raises(MalgwiError, match="memory://b/out: isn't there"):
        found(Address("memory://b/out"))


class NoCredentialsError(Exception):
    """As botocore's is called."""


class ClientError(Exception):
    """As botocore's is made."""

    def __init__(self, status: int) -> None:
        super().__init__(f"An error occurred ({status}) at https://h/k?sig=secret")
        self.response = {"ResponseMetadata": {"HTTPStatusCode": status}}


def _from(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "tries", "message"),
    [
        (NoCredentialsError("none"), 1, "no credentials for s3://; set AWS_ACCESS_KEY_ID"),
        (_from(OSError(5, "slow"), ClientError(503)), 6, r"failed 6 times \(An error occurred"),
        (_from(PermissionError("no"), ClientError(403)), 1, r"\?…\); its credentials are those of"),
        (_from(FileNotFoundError("x"), ClientError(404)), 1, "isn't there; check bucket"),
        (ConnectionResetError("reset"), 6, r"failed 6 times \(reset\)"),
        (OSError(28, "No space left on device"), 1, r"can't be kept \(.*No space.*set TMPDIR"),
        (ValueError("odd\nthing"), 1, r"the store refused it \(odd thing\)"),
    ],
)
def test_errors_of_other_libraries(
    memory: MemoryStore,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    tries: int,
    message: str,
) -> None:
    asked = []

    class Failing:
        def cat_file(self, _: str) -> bytes:
            asked.append(1)
            raise error

    monkeypatch.setattr(store, "_store", lambda _: Failing())
    if "isn't there" in message:
        assert read(Address("s3://b/a")) is None
        return
    with pytest.raises(MalgwiError, match=f"s3://b/a: .*{message}") as told:
        read(Address("s3://b/a"))
    assert len(asked) == tries
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("protocol", "package"), [("s3", "s3fs"), ("gs", "gcsfs"), ("https", "aiohttp")]
)
def test_what_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, protocol: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    loaded = import_module("fsspec.registry")._registry
    monkeypatch.delitem(loaded, protocol, raising=False)
    store._store.cache_clear()
    with pytest.raises(
        MalgwiError, match=rf"{protocol}:// needs {package}, .*pip install -e '\.\[stores\]'"
    ):
        check(protocol)
