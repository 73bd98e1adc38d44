"""The journal: what is answered stays, what isn't leaves no trace; undo and redo."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import malgwi
from malgwi.corpus.edits import Segment, replayed
from malgwi.errors import MalgwiError
from malgwi.studio.journal import Journal, begin
from malgwi.studio.refused import Refused

SAMPLES = 160_000
A = Segment("a", 0, 16_000, "one")
B = Segment("b", 16_000, 48_000, "two", state="written")


def started(folder: Path, *segments: Segment) -> Journal:
    path = folder / "edits.jsonl"
    begin(path, segments or (A, B))
    return Journal(path, SAMPLES)


@pytest.fixture
def quick() -> Iterator[Path]:
    """A folder in memory, where fsync costs nothing: a killed process doesn't need a disk."""
    memory = Path("/dev/shm")  # noqa: S108
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def with_text(one: Segment, text: str) -> Segment:
    return Segment(one.id, one.start, one.end, text, one.person, one.state)


def entry(rev: int, name: str, op: str, before: list[object], after: list[object]) -> str:
    return json.dumps(
        {"rev": rev, "id": name, "op": op, "time": "t", "before": before, "after": after}
    )


def test_an_edit_stands_and_is_there_after_a_restart(tmp_path: Path) -> None:
    journal = started(tmp_path)
    said = journal.edit("e1", "text", [A], [with_text(A, "Eins.")])
    assert said.rev == 2
    assert journal.segments() == (2, (with_text(A, "Eins."), B))
    assert Journal(journal.path, SAMPLES).segments() == (2, (with_text(A, "Eins."), B))
    last = json.loads(journal.path.read_text().splitlines()[-1])
    assert last.pop("time").endswith("Z")
    assert last == {
        "rev": 2,
        "id": "e1",
        "op": "text",
        "before": [A.to_json()],
        "after": [with_text(A, "Eins.").to_json()],
    }


def test_a_retry_changes_nothing_and_is_answered_as_before(tmp_path: Path) -> None:
    journal = started(tmp_path)
    journal.edit("e1", "text", [A], [with_text(A, "x")])
    journal.edit("e2", "text", [with_text(A, "x")], [with_text(A, "y")])
    size = journal.path.stat().st_size
    assert journal.edit("e1", "text", [A], [with_text(A, "x")]).rev == 2
    assert Journal(journal.path, SAMPLES).edit("e1", "text", [A], [with_text(A, "x")]).rev == 2
    assert journal.undo("u1").rev == 4
    assert journal.undo("u1").rev == 4
    assert journal.rev == 4
    assert size < journal.path.stat().st_size


def test_of_two_tabs_the_second_is_told_what_stands(tmp_path: Path) -> None:
    journal = started(tmp_path)
    journal.edit("e1", "text", [A], [with_text(A, "first")])
    with pytest.raises(Refused) as refused:
        journal.edit("e2", "text", [A], [with_text(A, "second")])
    assert (refused.value.status, refused.value.code) == (409, "conflict")
    assert refused.value.values == {"rev": 2, "segments": [with_text(A, "first").to_json()]}
    joined = Segment("a", 0, 48_000, "first two")
    journal.edit("e3", "join", [with_text(A, "first"), B], [joined])
    with pytest.raises(Refused) as refused:
        journal.edit("e4", "aside", [B], [Segment("b", 16_000, 48_000, "two", state="aside")])
    assert refused.value.values == {"rev": 3, "segments": []}


@pytest.mark.parametrize(
    ("after", "says"),
    [
        (Segment("c", 0, SAMPLES + 1), "ends at sample 160,001"),
        (Segment("a", 0, 10), "something else"),
        (Segment("gone", 0, 10), "was another segment's"),
    ],
)
def test_what_cant_be_is_refused(tmp_path: Path, after: Segment, says: str) -> None:
    journal = started(tmp_path)
    gone = Segment("gone", 50_000, 60_000)
    journal.edit("e1", "split", [], [gone])
    journal.edit("e2", "join", [gone], [])
    size = journal.path.stat().st_size
    with pytest.raises(MalgwiError) as error:
        journal.edit("e3", "split", [], [after])
    assert says in str(error.value) or says == "something else"
    assert journal.path.stat().st_size == size


def test_undo_and_redo_are_a_stack(tmp_path: Path) -> None:
    journal = started(tmp_path, A)
    one, two, three = (with_text(A, word) for word in ("1", "2", "3"))
    journal.edit("e1", "text", [A], [one])
    journal.edit("e2", "text", [one], [two])
    undone = journal.undo("u1")
    assert (undone.rev, undone.of, undone.before, undone.after) == (4, 3, (two,), (one,))
    undone = journal.undo("u2")
    assert (undone.rev, undone.of, undone.after) == (5, 2, (A,))
    with pytest.raises(Refused) as refused:
        journal.undo("u3")
    assert refused.value.code == "nothing"
    redone = journal.redo("r1")
    assert (redone.rev, redone.of, redone.after) == (6, 5, (one,))
    redone = Journal(journal.path, SAMPLES).redo("r2")
    assert (redone.rev, redone.of, redone.after) == (7, 4, (two,))
    journal.undo("u4")
    journal.edit("e3", "text", [one], [three])
    with pytest.raises(Refused) as refused:
        journal.redo("r3")
    assert refused.value.code == "nothing"
    assert journal.undo("u5").after == (one,)
    assert journal.undo("u6").after == (A,)


def test_a_split_that_is_undone_has_its_ids_again(tmp_path: Path) -> None:
    journal = started(tmp_path, A)
    parts = [Segment("c", 0, 8_000, "on"), Segment("d", 8_000, 16_000, "e")]
    journal.edit("e1", "split", [A], parts)
    journal.undo("u1")
    assert journal.segments()[1] == (A,)
    journal.redo("r1")
    assert journal.segments()[1] == tuple(parts)


@pytest.mark.parametrize("tail", ['{"rev": 2, "id": "e', "{}", "half a line\n", "\0\0\0"])
def test_a_torn_tail_was_never_answered_and_is_cut(tmp_path: Path, tail: str) -> None:
    journal = started(tmp_path)
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole + tail.encode())
    assert journal.segments() == (1, (A, B))
    assert journal.path.read_bytes() == whole + tail.encode(), "reading changes nothing"
    journal.edit("e1", "text", [A], [with_text(A, "x")])
    lines = journal.path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 2
    assert lines[0] == whole
    assert Journal(journal.path, SAMPLES).segments()[1] == (with_text(A, "x"), B)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("no JSON", "line 2"),
        (entry(3, "e", "text", [A.to_json()], []), "rev 3, expected 2"),
        (entry(2, "e", "text", [B.to_json() | {"text": "?"}], []), "something else"),
        (entry(2, "e", "paint", [], []), "op 'paint'"),
        (entry(2, "e", "text", [], [A.to_json() | {"id": "c", "start": 1.5}]), "from 1.5"),
        (entry(2, "e", "text", [], [A.to_json() | {"id": "c", "start": True}]), "from True"),
        (entry(2, "e", "text", [], [A.to_json() | {"id": "../x"}]), "'../x'"),
        (entry(2, "e", "text", [], [A.to_json() | {"id": "c", "end": 1 << 70}]), "ends at"),
        (entry(2, "e", "text", [], [A.to_json() | {"id": "c", "text": "\ud800"}]), "in UTF-8"),
        (entry(2, "e", "import", [], []), "the import"),
        ("[" * 100_000, "line 2"),
    ],
)
def test_damage_elsewhere_is_named_and_left(tmp_path: Path, line: str, says: str) -> None:
    journal = started(tmp_path)
    good = entry(2, "f", "text", [A.to_json()], [with_text(A, "x").to_json()])
    journal.path.write_text(f"{journal.path.read_text()}{line}\n{good}\n")
    before = journal.path.read_bytes()
    with pytest.raises(MalgwiError, match="line 2") as error:
        journal.segments()
    assert says in str(error.value)
    with pytest.raises(MalgwiError):
        journal.edit("e1", "text", [A], [])
    assert journal.path.read_bytes() == before


def test_a_link_isnt_written_through(tmp_path: Path) -> None:
    journal = started(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    journal.path.rename(elsewhere)
    journal.path.symlink_to(elsewhere)
    size = elsewhere.stat().st_size
    with pytest.raises(Refused):
        journal.edit("e1", "text", [A], [])
    assert elsewhere.stat().st_size == size


def test_a_full_disk_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    """A limit on the size of files stands for it: the line is written in part, then it fails."""
    journal = started(tmp_path)
    whole = journal.path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 40, limits[1]))
    try:
        with pytest.raises(Refused) as refused:
            journal.edit("e1", "text", [A], [with_text(A, "x")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert refused.value.status == 507
    assert journal.path.read_bytes() == whole
    assert journal.edit("e1", "text", [A], [with_text(A, "x")]).rev == 2
    assert Journal(journal.path, SAMPLES).segments()[1] == (with_text(A, "x"), B)


_KILLED = """
import os, random, signal, sys, time
from pathlib import Path
from malgwi.corpus.edits import Segment, replayed
from malgwi.studio.journal import Journal, begin

chance = random.Random(7)
answered, there = set(), set()
for turn in range(200):
    path = Path(sys.argv[1], f"{turn // 4}.jsonl")
    if turn % 4 == 0:
        begin(path, [Segment("a", 0, 1000)])
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        journal = Journal(path, 1000)
        number = 0
        while True:
            number += 1
            (_, (one,)) = journal.segments()
            name = f"{turn}-{number}"
            if number % 5:
                journal.edit(name, "text", [one], [Segment("a", 0, 1000, name)])
            else:
                journal.undo(name)
            os.write(writing, f"{name}\\n".encode())
    os.close(writing)
    with open(reading, "rb") as answers:
        if turn % 5:
            answered.add(answers.readline().decode().strip())
        time.sleep(chance.uniform(0.0, 0.003))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        answered |= {line.decode().strip() for line in answers if line.endswith(b"\\n")}
    there |= {entry.id for entry in replayed(path, 1000)[0].entries}
    if chance.random() < 0.3:  # as if the last write had been torn
        with path.open("ab") as file:
            file.write(b'{"rev": ' + b"x" * chance.randrange(50))
print(len(answered), len(answered - there))
"""


def test_killed_at_200_moments_no_answered_edit_is_lost(quick: Path) -> None:
    """Proves nothing about power loss: what the kernel has taken, it writes."""
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(quick)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(malgwi.__file__).parents[1])},
    )
    answered, lost = map(int, done.stdout.split())
    assert answered >= 150
    assert lost == 0


Steps = st.lists(
    st.one_of(
        st.tuples(st.just("text"), st.integers(0, 9), st.text(max_size=3)),
        st.tuples(st.just("split"), st.integers(0, 9), st.just("")),
        st.tuples(st.just("join"), st.integers(0, 9), st.just("")),
        st.tuples(st.sampled_from(["undo", "redo", "again"]), st.just(0), st.just("")),
    ),
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(Steps)
def test_replay_equals_a_model(quick: Path, steps: list[tuple[str, int, str]]) -> None:
    """The model keeps whole states: before, and after an undo."""
    journal = started(Path(mkdtemp(dir=quick)), Segment("s0", 0, SAMPLES))
    now: tuple[Segment, ...] = (Segment("s0", 0, SAMPLES),)
    past: list[tuple[Segment, ...]] = []
    future: list[tuple[Segment, ...]] = []
    for number, (op, place, text) in enumerate(steps):
        name = f"e{number}"
        if op in {"undo", "redo"}:
            here, there = (past, future) if op == "undo" else (future, past)
            if not here:
                with pytest.raises(Refused):
                    journal.turn_round(name, op)
                continue
            journal.turn_round(name, op)
            there.append(now)
            now = here.pop()
        elif op == "again":
            journal = Journal(journal.path, SAMPLES)
        else:
            at = place % len(now)
            one = now[at]
            before, after = [one], [with_text(one, text.replace("\0", ""))]
            if op == "split":
                middle = (one.start + one.end) // 2
                after = [
                    Segment(f"l{number}", one.start, middle),
                    Segment(f"r{number}", middle, one.end),
                ]
            elif op == "join" and at + 1 < len(now):
                before = [one, now[at + 1]]
                after = [Segment(one.id, one.start, now[at + 1].end, one.text)]
            if any("\ud800" <= char <= "\udfff" for one in after for char in one.text):
                continue
            if before[0].end - before[0].start < 2:
                continue
            journal.edit(name, op, before, after)
            past.append(now)
            future.clear()
            now = (*now[:at], *after, *now[at + len(before) :])
        assert journal.segments()[1] == now
    assert tuple(replayed(journal.path, SAMPLES)[0].segments()) == now


def test_of_many_threads_each_edit_is_whole_and_one_wins_a_segment(quick: Path) -> None:
    segments = [Segment(f"s{i}", 100 * i, 100 * i + 100) for i in range(8)]
    journal = started(quick, *segments)

    def work(place: int) -> list[bool]:
        one, won = segments[place], []
        for number in range(20):
            after = with_text(one, f"{place}-{number}")
            journal.edit(f"own-{place}-{number}", "text", [one], [after])
            one = after
        for number in range(5):
            shared = Segment(f"shared{number}", 900, 1000, f"of {place}")
            try:
                journal.edit(f"both-{place}-{number}", "split", [], [shared])
                won.append(True)
            except Refused as refused:
                won.append(refused.code != "conflict")
        return won

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(work, range(8)))
    assert [sum(each) for each in zip(*won, strict=True)] == [1] * 5
    replay, _ = replayed(journal.path, SAMPLES)
    assert replay.rev == 1 + 8 * 20 + 5
    assert {f"{place}-19" for place in range(8)} <= {one.text for one in replay.segments()}
