"""Random examples: show.py."""

from pathlib import Path

import pytest
from rich.console import Console

from corpora import ROW, manifest_folder
from malgwi.dataset.show import show
from malgwi.errors import MalgwiError


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    rows = [{**ROW, "id": str(i), "text": f"text {i}", "speaker": "ann"} for i in range(30)]
    rows[7] |= {"split": "test", "text": "the [red] test\x1b"}
    return manifest_folder(tmp_path, *rows)


def test_draws_by_seed(dataset: Path) -> None:
    first = [u.id for u in show(dataset, count=10)]
    assert len(set(first)) == 10
    assert [u.id for u in show(dataset, count=10)] == first
    assert [u.id for u in show(dataset, count=10, seed=1)] != first
    assert len(show(dataset, count=99)) == 30


def test_prints_text_seconds_speaker_and_path(dataset: Path) -> None:
    console = Console(width=30, record=True)
    show(dataset, split="test", console=console)
    path = (dataset / "a.wav").resolve()
    assert console.export_text() == f"the [red] test\\x1b\n  1.50 s   test   ann   {path}\n"


def test_bad_requests(dataset: Path) -> None:
    with pytest.raises(MalgwiError, match="--count 0: expected 1 or more"):
        show(dataset, count=0)
    with pytest.raises(MalgwiError, match="no split 'valid'; it has test, train"):
        show(dataset, split="valid")
