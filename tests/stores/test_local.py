"""What is fetched is here for as long as it is needed, for its owner, and then gone."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from malgwi.errors import MalgwiError
from malgwi.stores import local as module
from malgwi.stores.address import Address
from malgwi.stores.local import local
from stores_in_memory import MemoryStore, memory_store


@pytest.fixture(autouse=True)
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryStore]:
    (tmp_path / "here").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "here"))
    module._sweep.cache_clear()
    with memory_store() as held:
        held.put("b/talk.wav", b"sound")
        yield held


def _kept(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "here").rglob("*") if path.name != ".malgwi"]


def test_a_file_of_this_machine_is_itself(tmp_path: Path) -> None:
    with local(tmp_path / "x") as (path, named):
        assert (path, named(f"{path}: odd")) == (tmp_path / "x", f"{tmp_path / 'x'}: odd")


def test_an_object_is_a_file_under_its_name_and_then_gone(tmp_path: Path) -> None:
    with local(Address("memory://b/talk.wav")) as (path, named):
        assert (path.name, path.read_bytes()) == ("talk.wav", b"sound")
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert named(f"{path}: cut, see {path}") == (
            "memory://b/talk.wav: cut, see memory://b/talk.wav"
        )
    assert _kept(tmp_path) == []


@pytest.mark.parametrize("error", [MalgwiError, KeyboardInterrupt])
def test_it_goes_whatever_happens_and_is_named_by_its_address(
    tmp_path: Path, error: type[BaseException]
) -> None:
    with pytest.raises(error) as told, local(Address("memory://b/talk.wav")) as (path, _):
        raise error(f"{path}: odd")
    assert error is KeyboardInterrupt or str(told.value) == "memory://b/talk.wav: odd"
    assert _kept(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [("n" * 300 + ".flac", "recording.flac"), ("..", "recording"), ("a\0b.wav", "a_b.wav")],
)
def test_names_that_no_file_can_have(memory: MemoryStore, name: str, expected: str) -> None:
    memory.put(f"b/{name}", b"x")
    with local(Address(f"memory://b/{name}")) as (path, _):
        assert path.name == expected


def test_what_is_longer_than_was_said(memory: MemoryStore, tmp_path: Path) -> None:
    with (
        pytest.raises(MalgwiError, match=r"talk.wav: failed 6 times \(5 bytes came, expected 4 as"),
        local(Address("memory://b/talk.wav", 4)),
    ):
        pass
    assert _kept(tmp_path) == []


def test_no_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(3_000_000))
    with (
        pytest.raises(
            MalgwiError, match=r"talk.wav: 9 MB, and .*here has 3 MB free; .*TMPDIR to a folder"
        ),
        local(Address("memory://b/talk.wav", 9_000_000)),
    ):
        pass
    assert _kept(tmp_path) == []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with (
        pytest.raises(MalgwiError, match=r"can't be fetched to .*gone \(No such file.*TMPDIR"),
        local(Address("memory://b/talk.wav")),
    ):
        pass


def test_what_a_killed_process_left_goes_with_the_next_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = (
        "import fsspec, os, signal\n"
        "from malgwi.stores.address import Address\n"
        "from malgwi.stores.local import local\n"
        "fsspec.filesystem('memory').pipe_file('/b/x.wav', b'x')\n"
        "with local(Address('memory://b/x.wav')):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    env = os.environ | {"TMPDIR": str(tmp_path / "here"), "PYTHONPATH": os.pathsep.join(sys.path)}
    died = subprocess.run([sys.executable, "-c", code], env=env, check=False)
    assert died.returncode == -signal.SIGKILL
    assert [path.name for path in _kept(tmp_path) if path.is_file()] == ["x.wav"]
    with local(Address("memory://b/talk.wav")):
        assert [path.name for path in _kept(tmp_path) if path.is_file()] == ["talk.wav"]
    assert "removed; a process that was killed had left it" in capsys.readouterr().err
