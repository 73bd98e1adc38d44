"""A process opens a model once, whatever its tasks are about."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bundles import level_bundle
from malgwi.cluster import openings as module
from malgwi.cluster.openings import Listener, Searching, opened
from malgwi.decoding.long_form import anything
from malgwi.decoding.search import Search
from malgwi.recognition import recognise


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_open", {})


def _counted(monkeypatch: pytest.MonkeyPatch, place: Any, name: str) -> list[int]:
    calls: list[int] = []
    real: Any = getattr(place, name)

    def counting(*args: Any, **more: Any) -> Any:
        calls.append(1)
        return real(*args, **more)

    monkeypatch.setattr(place, name, counting)
    return calls


def test_stretches_and_whole_recordings_have_one_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    level_bundle(tmp_path / "m.malgwi")
    models = _counted(monkeypatch, recognise, "_from_bundle")
    searches = _counted(monkeypatch, module, "open_search")
    for _ in range(2):
        listener = Listener(str(tmp_path / "m.malgwi"), Search(width=4, nbest=2), 1)
        whole = opened(listener)
        stretches = opened(listener.alone)
        assert whole.logits is stretches.logits
        assert whole.search is opened(Searching(listener.model, listener.search, whole.vocab))
        assert (whole.nbest, stretches.nbest) == (2, 0)
        assert stretches.search is None
    assert (len(models), len(searches)) == (1, 1)


def test_it_is_what_one_machine_opens(tmp_path: Path) -> None:
    level_bundle(tmp_path / "m.malgwi")
    for search in (Search(), Search(greedy=True), Search(nbest=3, detector=False)):
        ours = opened(Listener(str(tmp_path / "m.malgwi"), search, 1))
        theirs = recognise.open_recogniser(tmp_path / "m.malgwi", threads=1, search=search)
        for name in ("vocab", "grid", "segments", "confidence", "greedy_confidence", "nbest"):
            assert getattr(ours, name) == getattr(theirs, name), name
        assert (ours.search is None) == (theirs.search is None)
        assert (ours.is_speech is anything) == (theirs.is_speech is anything)


@dataclass(frozen=True)
class _Kind:
    name: str

    def open(self) -> object:
        return object()


@dataclass(frozen=True)
class _Other(_Kind):
    pass


def test_another_of_its_kind_takes_its_place() -> None:
    first = opened(_Kind("a"))
    other = opened(_Other("a"))
    assert opened(_Kind("a")) is first
    assert opened(_Kind("b")) is not first
    assert opened(_Kind("a")) is not first
    assert opened(_Other("a")) is other
