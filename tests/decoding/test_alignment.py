import itertools
import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

import places
from malgwi.decoding import alignment
from malgwi.decoding.alignment import best_path, force
from malgwi.errors import MalgwiError
from malgwi.speech.vocab import frames_needed

GOLDEN = json.loads((places.GOLDEN / "alignment.json").read_text(encoding="utf-8"))
BLANK = 2


def _cases(key: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in GOLDEN[key]]


def _scores(rows: Sequence[Sequence[float | str]]) -> npt.NDArray[np.float64]:
    return np.array([[float(value) for value in row] for row in rows]).reshape(len(rows), 3)


def _spelt(path: Sequence[int]) -> list[int]:
    return [token for token, _ in groupby(path) if token != BLANK]


@pytest.mark.parametrize("case", _cases("cases"))
def test_golden_path(case: dict[str, Any]) -> None:
    path = best_path(_scores(case["scores"]), case["labels"], case["blank"])
    assert path.tolist() == case["path"]


@pytest.mark.parametrize("case", _cases("errors"))
def test_golden_errors(case: dict[str, Any]) -> None:
    with pytest.raises(MalgwiError, match=r"needs \d frames|no probability at all"):
        best_path(_scores(case["scores"]), case["labels"], case["blank"])


def test_the_error_names_both_lengths() -> None:
    with pytest.raises(MalgwiError, match=r"the text needs 4 frames .* the recording has 3"):
        best_path(np.zeros((3, 3)), [0, 0, 1], BLANK)


@st.composite
def _problems(draw: st.DrawFn) -> tuple[npt.NDArray[np.float64], list[int]]:
    labels = draw(st.lists(st.integers(0, 1), max_size=3))
    frames = draw(st.integers(frames_needed(labels), 6))
    # Whole numbers, so that there are ties and no rounding.
    row = st.lists(st.integers(-4, 0), min_size=3, max_size=3)
    scores = draw(st.lists(row, min_size=frames, max_size=frames))
    return np.array(scores, dtype=np.float64).reshape(frames, 3), labels


@given(_problems(), st.integers(1, 7))
def test_no_path_is_likelier(
    problem: tuple[npt.NDArray[np.float64], list[int]], stretch: int
) -> None:
    scores, labels = problem
    path = best_path(scores, labels, BLANK)
    assert _spelt(path.tolist()) == labels
    frames = np.arange(len(scores))
    every = itertools.product(range(3), repeat=len(scores))
    best = max(scores[frames, list(p)].sum() for p in every if _spelt(p) == labels)
    assert scores[frames, path].sum() == best
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "STRETCH", stretch)
        assert best_path(scores, labels, BLANK).tolist() == path.tolist()


def test_long_recordings_are_traced_in_stretches() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 1_500).tolist()
    said = [token for label in labels for token in (label, BLANK)]
    frames = [token for token in said for _ in range(3)]
    scores = np.full((len(frames), 3), -5.0)
    scores[np.arange(len(frames)), frames] = -0.01
    assert len(frames) > 4 * alignment.STRETCH
    assert best_path(scores, labels, BLANK).tolist() == frames


def test_probabilities_are_those_of_the_path() -> None:
    logits = np.log(np.array([[0.2, 0.1, 0.7], [0.5, 0.1, 0.4], [0.1, 0.6, 0.3]]))
    found = force(logits.astype(np.float32), [0], BLANK)
    assert found.ids.tolist() == [BLANK, 0, BLANK]
    assert found.probabilities == pytest.approx([0.7, 0.5, 0.3], abs=1e-6)


def test_frames_that_are_no_numbers_are_refused() -> None:
    logits = np.zeros((3, 3), np.float32)
    logits[1, 0] = np.nan
    with pytest.raises(MalgwiError, match="not a number in 1 of 3 frames, first in frame 1"):
        force(logits, [0], BLANK)
