"""Parts of a work: who does what, and which of them make up a whole."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from malgwi.errors import MalgwiError
from malgwi.job_array import Part, Work, join, record

WORK = Work({"model": "m", "--beam": "None"}, 4, {"split": "test"})
MINE = ([0, 2], [1, 3])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "--part x: expected a part and how many there are, such as 3/50"),
        ("3/", "expected a part"),
        ("-1/3", "expected a part"),
        ("١/٣", "expected a part"),
        ("3/0", "--part 3/0: expected 1 part or more"),
        ("0/50", r"--part 0/50: the 50 parts are counted from 1 to 50 \(sbatch --array=1-50\)"),
        ("51/50", "--part 51/50: the 50 parts"),
    ],
)
def test_what_is_no_part(text: str, message: str) -> None:
    with pytest.raises(MalgwiError, match=message):
        Part.read(text)


def test_the_heaviest_goes_to_the_part_that_has_least() -> None:
    """9 to part 1, 7 to 2, 5 to 3; the first 4 to 3 (9), the second to 2 (11), 0 to 1 of the 9s."""
    weights = [4, 9, 0, 7, 4, 5]
    parts = [Part.read(f"{n}/3").items(weights) for n in (1, 2, 3)]
    assert parts == [[1, 2], [3, 4], [0, 5]]


def test_no_part_is_empty_and_nothing_is_done_twice() -> None:
    assert [Part(n, 3).items([0, 0, 0]) for n in (1, 2, 3)] == [[0], [1], [2]]
    assert [Part(n, 3).items([5, 0, 0]) for n in (1, 2, 3)] == [[0], [1], [2]]
    with pytest.raises(MalgwiError, match="--part 1/4: there are 3 recordings, which make at most"):
        Part(1, 4).items([5, 5, 5])


def _do(
    output: Path, number: int, items: Sequence[int] | None = None, *, work: Work = WORK, of: int = 2
) -> None:
    mine = MINE[number - 1]
    with record(output, Part(number, of), mine, work) as done:
        for item in mine if items is None else items:
            done.add(item, {"n": item})


def test_parts_are_joined_in_the_order_of_the_items(tmp_path: Path) -> None:
    output = tmp_path / "out"
    _do(output, 2)
    _do(output, 1)
    joined = join(output)
    assert joined.found == [{"n": n} for n in range(4)]
    assert joined.by == [Part(1, 2), Part(2, 2), Part(1, 2), Part(2, 2)]
    assert (joined.work.facts, joined.work.about) == (WORK.facts, WORK.about)
    (tmp_path / "out.parts" / "mine.txt").touch()
    joined.remove()
    assert [path.name for path in (tmp_path / "out.parts").iterdir()] == ["mine.txt"]


def test_a_part_that_died_goes_on(tmp_path: Path) -> None:
    """In the middle of an item, of a line, and before anything was written."""
    output, place = tmp_path / "out", tmp_path / "out.parts" / "1-of-2.jsonl"
    _do(output, 1, [2])
    whole = place.read_bytes()
    place.write_bytes(whole + b'[0, "fou')
    with record(output, Part(1, 2), MINE[0], WORK) as done:
        assert done.done == {2: {"n": 2}}
        done.add(0, "more")
    assert place.read_bytes() == whole + b'[0, "more"]\n'
    place.write_bytes(whole[:20])
    with record(output, Part(1, 2), MINE[0], WORK) as done:
        assert done.done == {}


def test_one_process_is_at_a_part(tmp_path: Path) -> None:
    with (
        record(tmp_path / "out", Part(1, 2), MINE[0], WORK),
        pytest.raises(MalgwiError, match="another process is at part 1/2"),
        record(tmp_path / "out", Part(1, 2), MINE[0], WORK),
    ):
        pass


OTHER = replace(WORK, facts={"model": "m", "--beam": "8"})


def test_another_work_is_refused_before_it_begins(tmp_path: Path) -> None:
    _do(tmp_path / "out", 1)
    with pytest.raises(
        MalgwiError,
        match=r"1-of-2.jsonl: part 1/2 is of another work: --beam is None, expected 8 as of part "
        r"2/2; ask for the same, give another --output, or remove .*out.parts to begin anew",
    ):
        _do(tmp_path / "out", 2, work=OTHER)
    with pytest.raises(MalgwiError, match="the number of parts is 2, expected 3 as of part 2/3"):
        _do(tmp_path / "out", 2, of=3)
    assert [path.name for path in (tmp_path / "out.parts").iterdir()] == ["1-of-2.jsonl"]


def _twice(folder: Path) -> None:
    (folder / "copy.jsonl").write_bytes((folder / "1-of-2.jsonl").read_bytes())


def _elsewhere(folder: Path) -> None:
    """Two nodes that began at once, each with its own idea."""
    _do(folder.parent / "b", 2, work=OTHER)
    (folder.parent / "b.parts" / "2-of-2.jsonl").replace(folder / "2-of-2.jsonl")


def _overlap(folder: Path) -> None:
    head, *lines = (folder / "2-of-2.jsonl").read_text().splitlines()
    head = json.dumps(json.loads(head) | {"mine": [1]})
    (folder / "2-of-2.jsonl").write_text("\n".join([head, lines[0], ""]))


def _misnumbered(folder: Path) -> None:
    path = folder / "2-of-2.jsonl"
    path.write_text(path.read_text().replace('"number": 2', '"number": "2"'))


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda f: (f / "2-of-2.jsonl").unlink(), r"of 2 parts 1 missing \(2\); run .* --part 2/2"),
        (lambda f: (f / "2-of-2.jsonl").write_bytes(b""), r"1 missing \(2\)"),
        (
            lambda f: _do(f.parent / "out", 2, [], work=WORK),
            r"1 begun and not finished \(2\); run them again, those that were begun go on: --part",
        ),
        (_twice, r"copy.jsonl: part 1/2 is there twice, also as .*1-of-2.jsonl; remove one"),
        (_elsewhere, "2-of-2.jsonl: part 2/2 is of another work: --beam is 8, expected None as of"),
        (_overlap, "the parts aren't the whole"),
        (lambda f: (f / "2-of-2.jsonl").write_text("{}\n"), "2-of-2.jsonl: damaged"),
        (_misnumbered, "2-of-2.jsonl: damaged .*'2' for a number"),
        (lambda f: (f / "2-of-2.jsonl").write_text("[1]\n3\n"), "2-of-2.jsonl: damaged"),
        (
            lambda f: [path.unlink() for path in f.iterdir()],
            "no parts there; give the .*joined are gone",
        ),
    ],
)
def test_parts_that_make_up_no_whole(
    tmp_path: Path, harm: Callable[[Path], object], message: str
) -> None:
    output = tmp_path / "out"
    _do(output, 1)
    _do(output, 2)
    (tmp_path / "out.parts" / "2-of-2.jsonl").unlink() if "begun" in message else None
    harm(tmp_path / "out.parts")
    with pytest.raises(MalgwiError, match=message):
        join(output)


def test_a_file_that_was_changed_is_named(tmp_path: Path) -> None:
    first = replace(WORK, facts={"recordings": "9 bytes"}, files=[("a", 1), ("b", 3), ("c", 5)])
    with record(tmp_path / "out", Part(1, 2), [0], first):
        pass
    other = Work({"recordings": "5 bytes"}, first.items, files=[("a", 1), ("b", 2), ("c", 2)])
    said = r"as of part 2/2 \(b: 3 bytes in part 1/2 and 2 in part 2/2, and 1 more changed\); ask"
    with pytest.raises(MalgwiError, match=said), record(tmp_path / "out", Part(2, 2), [1], other):
        pytest.fail("begun")
    said = r"as of part 1/2 \(b: 3 bytes in part 1/2 and 2 now, and 1 more changed\); ask"
    with pytest.raises(MalgwiError, match=said), record(tmp_path / "out", Part(1, 2), [0], other):
        pytest.fail("begun again")
    assert Work({}, 1, files=[("a", 1)] * 20_001).files == ()


def test_a_place_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    _do(Path(), 1)
    assert (tmp_path / "here.parts" / "1-of-2.jsonl").is_file()
