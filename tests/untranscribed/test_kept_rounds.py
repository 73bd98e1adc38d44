"""What isn't finished: begun, gone on with, refused."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from malgwi.errors import MalgwiError
from malgwi.training.config import TrainConfig
from malgwi.untranscribed.kept_rounds import open_work, read_begun, work_folder
from malgwi.untranscribed.line_file import append_line, read_lines

CONFIG = TrainConfig(max_steps=3)
BEGUN = {"dataset": "abc", "folder": "more", "recordings": [["a.wav", 3]], "rounds": 2}


def begun(output: Path) -> None:
    with open_work(output, CONFIG, BEGUN, resume=False, replace=False) as work:
        (work.round(1) / "made").touch()


def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    begun(tmp_path / "run")
    assert read_begun(tmp_path / "run") == CONFIG
    free = replace(CONFIG, keep=1)  # changes no weights
    with open_work(tmp_path / "run", free, BEGUN, resume=True, replace=False) as work:
        assert work.folder == tmp_path / "run.also"
        assert (work.round(1) / "made").exists()
        work.remove()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"rounds": 3}, "--also-rounds: it has 2, given 3"),
        ({"dataset": "xyz"}, r"the data set \(its manifest or vocabulary\) changed"),
        ({"recordings": [["a.wav", 4]]}, "the recordings there changed"),
    ],
)
def test_with_others_it_does_not(tmp_path: Path, changed: dict[str, object], said: str) -> None:
    begun(tmp_path / "run")
    with (
        pytest.raises(MalgwiError, match=said),
        open_work(tmp_path / "run", CONFIG, BEGUN | changed, resume=True, replace=False),
    ):
        pass
    other = replace(CONFIG, max_steps=4)
    with (
        pytest.raises(MalgwiError, match="--max-steps: the run has 3, given 4"),
        open_work(tmp_path / "run", other, BEGUN, resume=True, replace=False),
    ):
        pass


def test_nothing_is_thrown_away_unasked(tmp_path: Path) -> None:
    begun(tmp_path / "run")
    with pytest.raises(MalgwiError, match=r"run\.also: is there, .*--resume.*--replace"):
        begun(tmp_path / "run")
    with open_work(tmp_path / "run", CONFIG, BEGUN, resume=False, replace=True) as work:
        assert not (work.round(1) / "made").exists()
    with pytest.raises(MalgwiError, match=r"other\.also: not there"):
        read_begun(tmp_path / "other")


def test_others_things_stay_whatever_is_asked(tmp_path: Path) -> None:
    place = work_folder(tmp_path / "run")
    place.mkdir()
    (place / "begun.json.part").touch()  # of a command that was killed as it began
    begun(tmp_path / "run")
    for path in (place / "round-1" / "made", place / "begun.json"):
        path.unlink()
    for replace_ in (True, False):
        with (
            pytest.raises(MalgwiError, match=r"run\.also: holds other things"),
            open_work(tmp_path / "run", CONFIG, BEGUN, resume=False, replace=replace_),
        ):
            pass
    assert [path.name for path in place.iterdir()] == ["round-1"]


def test_two_do_not_work_there(tmp_path: Path) -> None:
    """The lock ends with the process that holds it."""
    ready, tell = os.pipe()
    child = os.fork()
    if not child:
        with open_work(tmp_path / "run", CONFIG, BEGUN, resume=False, replace=False):
            os.write(tell, b"x")
            signal.pause()
    try:
        os.read(ready, 1)
        for resume in (True, False):
            with (
                pytest.raises(MalgwiError, match="another process works there"),
                open_work(tmp_path / "run", CONFIG, BEGUN, resume=resume, replace=not resume),
            ):
                pass
            assert read_begun(tmp_path / "run") == CONFIG
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    with open_work(tmp_path / "run", CONFIG, BEGUN, resume=True, replace=False):
        pass


def test_damage_is_named(tmp_path: Path) -> None:
    begun(tmp_path / "run")
    (work_folder(tmp_path / "run") / "begun.json").write_text("{")
    with pytest.raises(MalgwiError, match=r"begun\.json: not readable"):
        read_begun(tmp_path / "run")


def test_half_a_line_is_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    assert read_lines(file) == []
    append_line(file, {"a": "é\udcff"})
    with file.open("a") as lines:
        lines.write('{"b')
    assert read_lines(file) == [{"a": "é\udcff"}]
    append_line(file, {"c": 1})
    assert read_lines(file) == [{"a": "é\udcff"}, {"c": 1}]
    file.write_text("no\n")
    with pytest.raises(MalgwiError, match="damaged"):
        read_lines(file)
