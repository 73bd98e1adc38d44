"""How items are shared out among tasks; what tasks do is asked of Ray in on_ray_evaluate.py."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from malgwi.cluster import machines as module
from malgwi.cluster.machines import check_room, machines, said, tasks
from malgwi.cluster.openings import Listener
from malgwi.decoding.search import Search
from malgwi.each import Work
from malgwi.errors import MalgwiError


def _numbers(lengths: list[float], processors: int) -> list[list[int]]:
    found = tasks(list(enumerate(lengths)), lambda seconds: seconds, processors)
    return [[n for n, _ in task] for task in found]


def test_the_longest_go_first_and_alone() -> None:
    lengths = [5.0, 100.0, 5.0, 90.0, *[5.0] * 28]
    found = _numbers(lengths, 2)
    assert found[:2] == [[1], [3]]
    # 335 s in 16 turns are 20.9 s, but 32 items in 16 turns are two at a time.
    assert found[2:] == [[0, 2], *([n, n + 1] for n in range(4, 32, 2))]


def test_tasks_are_bounded_by_sound_and_by_number() -> None:
    assert {len(task) for task in _numbers([5.0] * 1_200, 1)} == {12}  # a minute
    assert {len(task) for task in _numbers([0.0] * 6_400, 1)} == {64}  # nobody knows how long
    assert _numbers([3.0, 2.0], 8) == [[0], [1]]
    assert _numbers([], 8) == []


def test_what_went_wrong_is_said_in_a_line() -> None:
    task = RuntimeError("a traceback\nof Ray")
    task.cause = MalgwiError("x.wav: not readable")  # type: ignore[attr-defined]
    assert said(task) == "x.wav: not readable"
    task.cause = TypeError("odd\nand long")  # type: ignore[attr-defined]
    assert said(task) == "TypeError: odd"
    gone = ConnectionError("a worker")
    assert said(gone) == (
        "its process died or gave no answer, also when begun again (ConnectionError)"
    )


def test_more_than_any_machine_has() -> None:
    """Ray would wait for a machine that has as many."""
    dead = {"Alive": False, "Resources": {"CPU": 64.0, "GPU": 8.0}}
    head = {"Alive": True, "Resources": {"CPU": 2.0}}
    other = {"Alive": True, "Resources": {"CPU": 16.0, "GPU": 1.0}}
    ray = SimpleNamespace(nodes=lambda: [dead, head, other])
    check_room(ray, cpus=16, gpus=0.5)
    for cpus, gpus in ((17, 0.0), (2, 1.5)):
        message = f"--worker-cpus {cpus} --worker-gpus {gpus:g}: no machine .* has as many; they "
        with pytest.raises(MalgwiError, match=f"{message}have 2 and 0, 16 and 1"):
            check_room(ray, cpus=cpus, gpus=gpus)


def test_nothing_to_do_joins_no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: str) -> object:
        raise AssertionError

    monkeypatch.setattr(module, "connected", never)
    work: Work[object, Path, str] = Work(lambda *_: "", seconds=lambda _: 0.0, name=str)
    with machines("nowhere:1") as cluster:
        each = cluster.each(Listener("m.malgwi", Search(), 1))
        assert list(each(work, [])) == []
        with pytest.raises(AssertionError):
            list(each(work, [(0, Path("a.wav"))]))
