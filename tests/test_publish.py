"""Whole or not at all: publish.py."""

import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from malgwi.errors import MalgwiError
from malgwi.publish import (
    claim_file,
    claim_files_in,
    claim_folder,
    publish_file,
    publish_folder,
    recover,
)
from malgwi.unfinished import MARK, sweep


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
    with pytest.raises(MalgwiError, match="input/output error") as failed:
        write(target, "2", replace=True)
    assert (target / "a").read_text() == "1"
    (kept,) = (path for path in tmp_path.iterdir() if path != target)
    assert f"lies in {kept}" in str(failed.value)
    assert (kept / "a").read_text() == "2"


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


def test_a_folder_that_is_a_volume_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can take its name: in a container the result would go with the container."""
    volume = tmp_path / "out"
    volume.mkdir()
    monkeypatch.setattr(Path, "is_mount", lambda path: path == volume)
    with pytest.raises(MalgwiError, match=r"out: another disk .* inside it, such as .*out/result$"):
        claim_folder(volume, replace=True)
    write(volume / "result", "new")
    assert names(tmp_path) == ["out"]
    assert names(volume) == ["result"]


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


def overtaken(target: Path, text: str, *, replace: bool = False) -> None:
    """Another publication ends while this one is in its work."""
    with publish_folder(target, replace=replace) as folder:
        (folder / "a").write_text(text)
        write(target, "the other", replace=replace)


def test_what_came_meanwhile_stays_and_the_new_result_lies_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "run"
    with pytest.raises(MalgwiError, match="meanwhile, which stays") as failed:
        overtaken(target, "hours of work")
    assert (target / "a").read_text() == "the other"
    assert (tmp_path / "run-2" / "a").read_text() == "hours of work"
    assert f"lies in {tmp_path / 'run-2'}." in str(failed.value)
    assert names(tmp_path) == ["run", "run-2"]
    write(tmp_path / "run-2", "3", replace=True)  # it is a result like any other


def test_replace_means_the_result_that_was_there(tmp_path: Path) -> None:
    target = tmp_path / "run"
    write(target, "old")
    with pytest.raises(MalgwiError, match="run-2"):
        overtaken(target, "2", replace=True)
    assert (target / "a").read_text() == "the other"
    assert (tmp_path / "run-2" / "a").read_text() == "2"


def test_a_folder_filled_by_others_meanwhile_stays(tmp_path: Path) -> None:
    target = tmp_path / "run"
    target.mkdir()
    (tmp_path / "run-2").touch()
    with pytest.raises(MalgwiError, match="run-3"), publish_folder(target):
        (target / "thesis.txt").write_text("mine")
    assert names(target) == ["thesis.txt"]
    assert names(tmp_path) == ["run", "run-2", "run-3"]


def test_what_went_meanwhile_is_no_obstacle(tmp_path: Path) -> None:
    target = tmp_path / "run"
    write(target, "old")
    with publish_folder(target, replace=True) as folder:
        (folder / "a").write_text("new")
        target.rename(tmp_path / "saved")
    assert (target / "a").read_text() == "new"
    assert (tmp_path / "saved" / "a").read_text() == "old"


def test_a_folder_called_old_that_is_not_ours_is_neither_deleted_nor_put_back(
    tmp_path: Path,
) -> None:
    old = tmp_path / ".y.old"
    old.mkdir()
    (old / "photo.jpg").touch()
    recover(tmp_path / "y")
    write(tmp_path / "y", "1")
    with pytest.raises(MalgwiError, match="y-2"):
        write(tmp_path / "y", "2", replace=True)
    assert names(old) == ["photo.jpg"]
    assert (tmp_path / "y" / "a").read_text() == "1"


WRITER = """
import sys, time
from pathlib import Path
from malgwi.publish import publish_file, publish_folder
publish = {"folder": publish_folder, "file": publish_file}[sys.argv[1]]
with publish(Path(sys.argv[2])) as fresh:
    print(fresh, flush=True)
    time.sleep(600)
"""


@contextmanager
def writing(kind: str, target: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process in the middle of a publication."""
    command = [sys.executable, "-c", WRITER, kind, str(target)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_a_killed_process_left_is_removed_by_the_next(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "run"
    with writing(kind, target) as process, writing(kind, tmp_path / "run.2"):
        (part,) = tmp_path.glob(".run.????????.part")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        if kind == "folder":
            write(target, "1")
        else:
            with publish_file(claim_file(target, replace=False)) as fresh:
                fresh.touch()
        # That of the living process, for another place, is its own matter.
        assert len(list(tmp_path.glob(".run.2.*.part"))) == 1
    said = f"malgwi: {part}: removed; a process that was killed had left it unfinished\n"
    assert capsys.readouterr().err == said
    assert not part.exists()
    (other,) = tmp_path.glob(".run.2.*.part")
    sweep(tmp_path)  # killed by now
    assert not other.exists()
    assert names(tmp_path) == ["run"]


def test_the_part_of_a_living_process_stays_and_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "run"
    with writing("folder", target):
        (part,) = tmp_path.glob(".run.*.part")
        write(target, "1")
        assert part.is_dir()
        assert f"{part}: another process is writing to the same place" in capsys.readouterr().err
        sweep(tmp_path, any_machine=True)
        assert part.is_dir()


def test_parts_that_may_be_alive_elsewhere_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign, bare = tmp_path / ".y.01234567.part", tmp_path / ".y.89abcdef.part"
    for part in (foreign, bare):
        part.mkdir()
    (foreign / MARK).write_text("being written on another machine")
    write(tmp_path / "y", "1")
    assert names(tmp_path) == [foreign.name, bare.name, "y"]
    assert capsys.readouterr().err.count("left unfinished, perhaps by another machine") == 2
    sweep(tmp_path, any_machine=True)
    assert names(tmp_path) == ["y"]


def test_a_published_folder_holds_no_lock_and_no_machine(tmp_path: Path) -> None:
    import fcntl

    with publish_folder(tmp_path / "y") as folder:
        with (folder / MARK).open() as mark, pytest.raises(BlockingIOError):
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert (folder / MARK).read_text().startswith("being written on ")
    with (tmp_path / "y" / MARK).open() as mark:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert len(mark.read()) == 33
    assert names(tmp_path / "y") == [MARK]


def test_a_claimed_file_replaces_only_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "x.bin"
    place = claim_file(target, replace=False)
    assert names(tmp_path) == []
    target.write_text("came meanwhile")
    with pytest.raises(MalgwiError, match=r"x-2\.bin"), publish_file(place) as fresh:
        fresh.write_text("new")
    assert target.read_text() == "came meanwhile"
    assert (tmp_path / "x-2.bin").read_text() == "new"
    with pytest.raises(MalgwiError, match="exists; give a new name, or --replace"):
        claim_file(target, replace=False)
    with publish_file(claim_file(target, replace=True)) as fresh:
        fresh.write_text("replaced")
    assert target.read_text() == "replaced"
    place = claim_file(target, replace=True)
    target.write_text("changed meanwhile")
    with pytest.raises(MalgwiError, match=r"x-3\.bin"), publish_file(place) as fresh:
        fresh.write_text("new")
    assert names(tmp_path) == ["x-2.bin", "x-3.bin", "x.bin"]


@pytest.mark.parametrize("name", ["file/x/y", "file/x", "/proc/x/y", "a" * 300, "a/" + "b" * 300])
def test_a_place_that_cannot_be_written_is_told_and_nothing_is_left(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    with pytest.raises(MalgwiError, match="not written"):
        claim_file(Path(name), replace=True)
    with pytest.raises(MalgwiError, match=r"not written|is a file"):
        claim_files_in(Path(name))
    with pytest.raises(MalgwiError, match="not written"):
        claim_folder(Path(name), replace=True)
    with pytest.raises(MalgwiError, match="not written"), publish_folder(Path(name)):
        pytest.fail("entered")
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("name", ["a\0b", "loop"])
def test_what_is_no_name_is_told(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    for publish in (publish_folder, publish_file):
        with pytest.raises(MalgwiError, match="no name for a file"), publish(Path(name)):
            pytest.fail("entered")


def test_failure_leaves_no_folder_that_was_made_for_it(tmp_path: Path) -> None:
    for publish in (publish_folder, publish_file):
        with pytest.raises(ZeroDivisionError), publish(tmp_path / "x" / "y" / "z"):
            1 / 0  # noqa: B018
    claim_files_in(tmp_path / "x" / "y")
    claim_folder(tmp_path / "x" / "y", replace=False)
    assert names(tmp_path) == []
    claim_files_in(tmp_path / "x" / "y", shared=True)
    assert names(tmp_path / "x" / "y") == []


def test_a_device_is_no_place(tmp_path: Path) -> None:
    for place in (Path("/dev/null"), Path("/dev/zero")):
        with pytest.raises(MalgwiError, match="is a device or pipe"), publish_file(place):
            pytest.fail("entered")
    assert Path("/dev/null").is_char_device()


def test_names_as_long_as_they_may_be(tmp_path: Path) -> None:
    for name in ("n" * 255, "가" * 85):
        for replace in (False, True):
            write(tmp_path / name, "1", replace=replace)
        with publish_file(tmp_path / name[::-1] / name) as fresh:
            fresh.touch()
