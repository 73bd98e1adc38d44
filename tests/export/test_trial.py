"""Several models on the same clips: a model that spells by loudness, and one that errs."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from bundles import DECODING, level_onnx
from level_model import level_dataset, level_samples
from malgwi.bundle.golden import hear
from malgwi.bundle.runtime import OnnxModel
from malgwi.dataset.manifest import load_dataset
from malgwi.errors import MalgwiError
from malgwi.export.trial import run_trials


@pytest.fixture
def models(tmp_path: Path) -> list[OnnxModel]:
    """The level model, and one whose `a` has become as unlikely as a loud noise."""
    exact = level_onnx(tmp_path / "exact.onnx")
    model = onnx.load(exact)
    for tensor in model.graph.initializer:
        if tensor.name == "levels":
            levels = numpy_helper.to_array(tensor).copy()
            levels[0] = -0.9
            tensor.CopyFrom(numpy_helper.from_array(levels, "levels"))
    onnx.save(model, tmp_path / "deaf.onnx")
    return [OnnxModel(tmp_path / f"{name}.onnx", DECODING, threads=1) for name in ("exact", "deaf")]


def test_rates_and_distances_by_hand(tmp_path: Path, models: list[OnnxModel]) -> None:
    rows = [("1", "x", "_b_a_|_b_", "ba b"), ("2", "x", "_b_", "b")]
    utterances = load_dataset(level_dataset(tmp_path / "data", rows)).utterances
    exact, deaf = run_trials(models, DECODING, utterances)
    assert [h.text for h in exact.heard] == ["ba b", "b"]
    assert (exact.score.wer, exact.score.cer, exact.same_tokens, exact.largest_difference) == (
        0,
        0,
        1,
        0,
    )
    # Without `a`, its three frames of 36 lie halfway between blank and `b`; the first, the blank,
    # has level 0.0, as far as 0.4: a tie, which the lower id, `b`, wins.
    assert deaf.heard[1].text == "b"
    assert deaf.score.wer == pytest.approx(1 / 3)
    assert deaf.same_tokens == pytest.approx(33 / 36)
    assert deaf.largest_difference == pytest.approx(50 * 0.7, rel=0.01)
    assert deaf.score.words.reference == 3


def test_the_margin_is_the_least_gap_of_any_frame() -> None:
    logits = np.array([[9, 1, 0, 0], [0, 5, 3, 0], [0, 0, 0, 4]], np.float32)
    heard = hear(logits, DECODING)
    assert heard.margin == 2.0
    assert heard.tokens.tolist() == [0, 1, 3]
    assert heard.text == "ab"


def test_long_clips_go_through_in_windows(models: list[OnnxModel]) -> None:
    samples = level_samples("_a_b_|" * 20)
    assert len(samples) > 3 * DECODING.segments.window_samples
    logits = models[0].whole_logits(samples)
    assert len(logits) == DECODING.grid.count(len(samples))
    assert hear(logits, DECODING).text == " ".join(["ab"] * 20)


def test_nothing_to_hear(models: list[OnnxModel]) -> None:
    heard = hear(models[0].whole_logits(np.zeros(100, np.float32)), DECODING)
    assert (heard.text, len(heard.tokens), heard.margin) == ("", 0, np.inf)


def test_a_clip_that_cannot_be_read_is_named(tmp_path: Path, models: list[OnnxModel]) -> None:
    data = load_dataset(level_dataset(tmp_path / "data", [("1", "x", "", "a")]))
    with pytest.raises(MalgwiError, match=r"clip0\.wav"):
        run_trials(models, DECODING, data.utterances)
