"""Logs in a store: lines in their order, one writer at a time, and nothing mixed."""

import json
from collections.abc import Iterator

import pytest

from malgwi.errors import MalgwiError
from malgwi.job_array import Part, Work, join, record
from malgwi.stores.address import Address
from malgwi.stores.log import LINES, StoredLogs
from stores_in_memory import MemoryStore, memory_store

OUT = Address("memory://b/out")
WORK = Work({"model": "m"}, 300)
MINE = list(range(300))


@pytest.fixture(autouse=True)
def memory() -> Iterator[MemoryStore]:
    with memory_store() as held:
        yield held


def _do(items: list[int], said: str = "x") -> dict[int, str]:
    with record(OUT, Part(1, 1), MINE, WORK) as done:
        before = dict(done.done)
        for item in items:
            done.add(item, f"{said}{item}")
    return before


def test_a_part_that_died_goes_on_and_all_is_joined(memory: MemoryStore) -> None:
    """100 lines are two objects; the second run begins a third, and says another thing of 99."""
    assert _do(MINE[:100]) == {}
    assert _do(MINE[99:], "y") == {n: f"x{n}" for n in range(100)}
    sizes = [content.count(b"\n") for content in memory.content("b/out.parts").values()]
    assert sorted(sizes) == sorted([0, 1, LINES, 100 - LINES, LINES, LINES, LINES, 201 - 3 * LINES])
    joined = join(OUT)
    assert joined.found == [*(f"x{n}" for n in range(99)), *(f"y{n}" for n in range(99, 300))]
    joined.remove()
    assert memory.content("b/out.parts") == {}
    with pytest.raises(MalgwiError, match=r"memory://b/out.parts: no parts there"):
        join(OUT)


def test_the_later_of_two_goes_on_and_the_earlier_ends(memory: MemoryStore) -> None:
    with record(OUT, Part(1, 1), MINE, WORK) as first:
        first.add(0, "first")
        with record(OUT, Part(1, 1), MINE, WORK) as second:
            assert second.done == {0: "first"}
            with pytest.raises(
                MalgwiError, match=r"1-of-1.jsonl: another process is at part 1/1 since \(.*process"
            ):
                first.add(1, "first")
            second.add(1, "second")
    assert _do([]) == {0: "first", 1: "second"}


def test_a_record_that_was_removed_meanwhile(memory: MemoryStore) -> None:
    with record(OUT, Part(1, 1), MINE, WORK) as done:
        memory.clear()
        with pytest.raises(MalgwiError, match="the record was removed meanwhile; run this again"):
            done.add(0, "x")


def test_other_works_are_refused_and_never_mixed(memory: MemoryStore) -> None:
    _do([0])
    other = Work({"model": "n"}, 300)
    with (
        pytest.raises(MalgwiError, match=r"part 1/1 is of another work: model is m, expected n"),
        record(OUT, Part(1, 1), MINE, other),
    ):
        pass
    place = "b/out.parts/1-of-1.jsonl"
    head = next(name for name in memory.content(place) if name.startswith("head"))
    memory.put(f"{place}/head-{'0' * 16}", memory.content(place)[head])  # at the same moment
    with pytest.raises(MalgwiError, match=r"1-of-1.jsonl: of two works that were begun at once"):
        join(OUT)


def test_what_is_damaged_or_not_ours(memory: MemoryStore) -> None:
    _do([0])
    memory.put("b/out.parts/notes.txt", b"mine")
    with pytest.raises(MalgwiError, match=r"1 begun and not finished \(1\)"):
        join(OUT)
    place = "b/out.parts/1-of-1.jsonl"
    lines = next(name for name in memory.content(place) if "-000001-" in name)
    memory.put(f"{place}/{lines}", b'[0, "x"\n')
    with pytest.raises(MalgwiError, match=r"1-of-1.jsonl: damaged"):
        join(OUT)


def test_a_head_is_a_log_and_what_is_left_of_a_removed_one_is_none(memory: MemoryStore) -> None:
    logs = StoredLogs(OUT)
    memory.put(f"b/out/a/{'0' * 16}-000001-{'0' * 16}", b"left\n")
    assert logs.names() == ["a"]
    assert logs.read("a") == b""
    with logs.append("a", "it") as (there, add):
        add(json.dumps({}).encode() + b"\n")
        add(b"one\n")
    assert there == b""
    assert logs.read("a") == b"{}\none\n"
