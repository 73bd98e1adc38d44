"""Parts of cutting, joined, are the corpus that one run writes."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from any_order import DIED, backwards
from folder_content import content
from level_model import level_clip, level_logits, level_recogniser
from malgwi.cli.main import main
from malgwi.errors import MalgwiError
from malgwi.job_array import Part, join
from malgwi.recognition import cut as module
from malgwi.recognition import cut_part as parts
from malgwi.recognition.cut import Cuts, cut
from malgwi.recognition.cut_part import cut_part, join_cut
from malgwi.recognition.pairs import Pair, pairs_in

ONE, TWO, THREE = "abba|" * 8 + "ab", "baab|" * 8 + "ba", "aabb|bb|" * 5 + "a"
PAUSE = "_" * 10
SURE = replace(level_recogniser(), logits=lambda samples: 4 * level_logits(samples))


def _said(*texts: str) -> str:
    spaced = ("".join(c + "_" * (t[at + 1 : at + 2] == c) for at, c in enumerate(t)) for t in texts)
    return PAUSE + PAUSE.join(spaced) + PAUSE


@pytest.fixture(autouse=True)
def pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Pair]:
    """Five, of which one has a text that can't be read."""
    for place in (module, parts):
        monkeypatch.setattr(place, "open_recogniser", lambda model, **_: SURE)
    monkeypatch.chdir(tmp_path)
    for n, said in enumerate(((ONE,), (ONE, TWO), (THREE, ONE), (TWO, THREE), (TWO, ONE, TWO))):
        level_clip(Path(f"in/{n}.wav"), _said(*said))
        text = ". ".join([*said, "bbb " * 9]).replace("|", " ")
        Path(f"in/{n}.txt").write_text(text, encoding="utf-8")
    Path("in/1.txt").write_bytes(bytes(range(128, 256)))
    return pairs_in(Path("in"), pytest.fail)


def _part(pairs: list[Pair], number: int, of: int, **more: Any) -> list[str]:
    return cut_part("m", pairs, Part(number, of), Path("out"), warn=pytest.fail, **more)


@pytest.mark.parametrize("clips", [False, True])
def test_joined_parts_are_what_one_run_writes(pairs: list[Pair], clips: bool) -> None:
    wrong = [_part(pairs, number, 3, clips=clips) for number in (3, 1, 2)]
    [[why]] = filter(None, wrong)
    assert why.startswith("in/1.txt: not UTF-8")
    assert not Path("out").exists()
    told: list[str] = []
    found = join_cut(Path("out"), join(Path("out")), warn=told.append)
    again: list[str] = []
    assert found == cut("m", pairs, Path("one"), clips=clips, warn=again.append)
    assert told == again == [why]
    assert (found.recordings, found.failed, found.stretches) == (4, 1, 8)
    assert content("out") == content("one")
    assert len(content("out")) == (10 if clips else 2)
    assert not Path("out.parts").exists()


def test_elsewhere_in_any_order_and_what_died_is_tried_again(pairs: list[Pair]) -> None:
    record = Path("out.parts/1-of-1.jsonl")
    wrong = _part(pairs, 1, 1, each=backwards(SURE, "2.wav"))
    assert wrong[1:] == [f"in/2.wav: {DIED}"]
    before = len(record.read_text().splitlines())
    assert before == 1 + 5
    assert len(_part(pairs, 1, 1, each=backwards(SURE))) == 1
    assert len(record.read_text().splitlines()) == before + 2  # the text is tried again, too
    join_cut(Path("out"), join(Path("out")), warn=lambda _: None)
    cut("m", pairs, Path("one"), warn=lambda _: None)
    assert content("out") == content("one")


def test_of_one_pair_nothing_is_written_and_the_record_stays(pairs: list[Pair]) -> None:
    cut_part("m", pairs[1:2], Part(1, 1), Path("out"), warn=pytest.fail)
    with pytest.raises(MalgwiError, match=r"in/1\.txt: not UTF-8"):
        join_cut(Path("out"), join(Path("out")), warn=pytest.fail)
    assert not Path("out").exists()
    assert Path("out.parts/1-of-1.jsonl").is_file()


@pytest.mark.parametrize("clips", [False, True])
def test_joined_from_another_folder(
    pairs: list[Pair], clips: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where recordings of the same names and other lengths lie."""
    for number in (1, 2):
        _part(pairs, number, 2, clips=clips)
    cut("m", pairs, Path("one"), clips=clips, warn=lambda _: None)
    level_clip(Path("far/in/3.wav"), _said(ONE))
    monkeypatch.chdir("far")
    join_cut(Path("../out"), join(Path("../out")), warn=lambda _: None)
    monkeypatch.chdir(tmp_path)
    assert content("out") == content("one")


def test_recordings_that_were_moved_along_with_the_parts(
    pairs: list[Pair], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _part(pairs, 1, 1)
    cut("m", pairs, Path("one"), warn=lambda _: None)
    Path("other").mkdir()
    for name in ("in", "out.parts"):
        Path(name).rename(f"other/{name}")
    monkeypatch.chdir("other")
    join_cut(Path("out"), join(Path("out")), warn=lambda _: None)
    monkeypatch.chdir(tmp_path)
    assert content("other/out") == content("one")


@pytest.mark.parametrize("gone", [False, True])
def test_a_recording_that_was_changed_before_the_end_is_named(
    pairs: list[Pair], gone: bool, tmp_path: Path
) -> None:
    size = Path("in/3.wav").stat().st_size
    for number in (1, 2):
        _part(pairs, number, 2)
    level_clip(Path("in/3.wav"), _said(ONE))
    how = rf"has {Path('in/3.wav').stat().st_size:,} bytes"
    if gone:
        Path("in/3.wav").unlink()
        how = "isn't there"
    with pytest.raises(MalgwiError, match=rf"in/3\.wav: {how}, and had {size:,} when it was cut"):
        join_cut(Path("out"), join(Path("out")), warn=lambda _: None)
    assert not Path("out").exists()
    assert len(list(Path("out.parts").iterdir())) == 2


def test_a_recording_that_was_changed_between_parts_is_named(pairs: list[Pair]) -> None:
    size = Path("in/3.wav").stat().st_size
    _part(pairs, 1, 2)
    level_clip(Path("in/3.wav"), _said(ONE))
    now = Path("in/3.wav").stat().st_size
    said = rf"\(in/3\.wav: {size:,} bytes in part 1/2 and {now:,} in part 2/2\)"
    with pytest.raises(MalgwiError, match=said):
        _part(pairs, 2, 2)


def test_another_choice_is_another_work(pairs: list[Pair]) -> None:
    _part(pairs, 1, 3)
    for more, fact in (
        ({"clips": True}, "--clips is False"),
        ({"channel": 0}, "--channel is None"),
    ):
        with pytest.raises(MalgwiError, match=f"of another work: {fact}"):
            _part(pairs, 2, 3, **more)
    Path("in/3.txt").write_text("a b")
    with pytest.raises(MalgwiError, match="another work: recordings is 5 with texts"):
        _part(pairs, 2, 3)


def test_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    for number in (1, 2):
        status = main(["cut", "m", "in", "--output", "out", "--part", f"{number}/2"])
        said = capsys.readouterr()
        assert f"part {number}/2 is through; after all parts: malgwi join out" in said.out
        assert status == (2 if "recordings can't be cut, the first in/1.txt" in said.err else 0)
    assert main(["join", "out", "--json"]) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["failed"] == 1
    assert "8 stretches with 8 of 12 sentences" in said.err
    assert "Next: malgwi prepare out --allow-outside --output dataset" in said.err
    assert "1 of 5 recordings could not be cut; each is named above" in said.err
    assert Path("out/manifest.jsonl").is_file()
    assert Cuts().to_json().keys() == json.loads(said.out).keys()
