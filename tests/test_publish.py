"""Whole or not at all: publish.py."""

import errno
import resource
from pathlib import Path

import pytest

from malgwi.errors import MalgwiError
from malgwi.publish import MARK, publish_file, publish_folder, recover


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def write(target: Path, text: str, *, replace: bool = False) -> None:
    with publish_folder(target, replace=replace) as folder:
        (folder / "a").write_text(text)


def interrupt(path: Path) -> None:
    path.write_text("half of it")
    raise KeyboardInterrupt


def test_folder_appears_whole_with_parents(tmp_path: Path) -> None:
    target = tmp_path / "x" / "y"
    with publish_folder(target) as folder:
        (folder / "a").write_text("1")
        assert not target.exists()
    assert names(target) == [MARK, "a"]
    assert names(target.parent) == ["y"]


def test_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), publish_folder(tmp_path / "y") as folder:
        interrupt(folder / "a")
    assert names(tmp_path) == []


def test_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "y").mkdir()
    write(tmp_path / "y", "1")
    assert (tmp_path / "y" / "a").read_text() == "1"


def test_folder_of_others_is_refused_even_with_replace(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").touch()
    for replace in (False, True):
        with pytest.raises(MalgwiError, match="holds other things; give an empty folder"):
            write(tmp_path, "1", replace=replace)
    assert names(tmp_path) == ["photo.jpg"]


def test_result_is_replaced_only_when_asked(tmp_path: Path) -> None:
    target = tmp_path / "y"
    write(target, "1")
    with pytest.raises(MalgwiError, match=r"already holds a result.*--replace"):
        write(target, "2")
    assert (target / "a").read_text() == "1"
    write(target, "3", replace=True)
    assert (target / "a").read_text() == "3"
    assert names(tmp_path) == ["y"]


def test_failed_replacement_keeps_the_old(tmp_path: Path) -> None:
    target = tmp_path / "y"
    write(target, "1")
    with pytest.raises(KeyboardInterrupt), publish_folder(target, replace=True) as folder:
        interrupt(folder / "a")
    assert (target / "a").read_text() == "1"
    assert names(tmp_path) == ["y"]


def test_failed_rename_puts_the_old_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "y"
    write(target, "1")
    rename = Path.rename

    def failing(self: Path, to: Path) -> Path:
        if ".part" in self.name:
            raise OSError(errno.EIO, "input/output error")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(MalgwiError, match="input/output error"):
        write(target, "2", replace=True)
    assert (target / "a").read_text() == "1"
    assert names(tmp_path) == ["y"]


def test_killed_between_the_renames_is_mended(tmp_path: Path) -> None:
    target = tmp_path / "y"
    write(target, "1")
    target.rename(tmp_path / ".y.old")
    recover(target)
    assert (target / "a").read_text() == "1"


def test_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "y").write_text("kept")
    with pytest.raises(MalgwiError, match="y: is a file; expected a folder"):
        write(tmp_path / "y", "1")
    with pytest.raises(MalgwiError, match="not written"):
        write(tmp_path / "y" / "z", "1")
    assert (tmp_path / "y").read_text() == "kept"


def test_published_file_replaces_whole(tmp_path: Path) -> None:
    target = tmp_path / "x" / "r.json"
    for text in ("1", "2"):
        with publish_file(target) as path:
            path.write_text(text)
            assert path.suffix == ".json"
        assert target.read_text() == text
    with pytest.raises(KeyboardInterrupt), publish_file(target) as path:
        interrupt(path)
    assert target.read_text() == "2"
    assert names(target.parent) == ["r.json"]


def test_file_refuses_a_folder(tmp_path: Path) -> None:
    with (
        pytest.raises(MalgwiError, match="is a folder; expected the name of a file"),
        publish_file(tmp_path),
    ):
        pytest.fail("entered")


def test_full_disk_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(MalgwiError, match=r"y: not written \(File too large"):
            write(tmp_path / "y", "1" * 2000)
        with (
            pytest.raises(MalgwiError, match=r"z: not written \(File too large"),
            publish_file(tmp_path / "z") as path,
        ):
            path.write_text("1" * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names(tmp_path) == []
