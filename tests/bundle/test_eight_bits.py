"""Bytes are multiplied and the sum looked at; a bundle that a processor gets wrong is named."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bundles import level_bundle
from malgwi.bundle import eight_bits
from malgwi.bundle.bundle import open_bundle
from malgwi.bundle.eight_bits import overflows
from malgwi.bundle.ort import load_onnxruntime
from malgwi.recognition.recognise import open_recogniser


class _Session:
    """As onnxruntime's, of a processor with this sum."""

    def __init__(self, found: int) -> None:
        self.found = found

    def InferenceSession(self, *_: Any, **__: Any) -> "_Session":  # noqa: N802 - its name
        return self

    def run(self, _: None, factors: dict[str, Any]) -> list[Any]:
        assert (factors["a"].astype(int) @ factors["b"].astype(int)).item() == 129_540
        return [np.array([[self.found]], np.int32)]


@pytest.mark.parametrize(("found", "wrong"), [(129_540, False), (65_534, True)])
def test_the_sum_tells(found: int, wrong: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    overflows.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(eight_bits, "load_onnxruntime", lambda: _Session(found))
        assert overflows() is wrong
    overflows.cache_clear()


def test_onnxruntime_takes_the_question() -> None:
    """Right or 2 x 32,767, what two sums of 16 bits can hold."""
    session = load_onnxruntime().InferenceSession(eight_bits._PRODUCT)
    factors = {"a": np.full((1, 4), 255, np.uint8), "b": np.full((4, 1), 127, np.int8)}
    [found] = session.run(None, factors)
    assert found.item() in {129_540, 65_534}


@pytest.mark.parametrize(
    ("precision", "wrong", "warned"),
    [("int8", True, True), ("int8", False, False), ("int8-reduced", True, False)],
)
def test_a_bundle_of_eight_bits_is_warned_of(
    precision: str, wrong: bool, warned: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = level_bundle(tmp_path / "m.malgwi", precision=precision)
    assert open_bundle(bundle).precision == precision
    monkeypatch.setattr(eight_bits, "overflows", lambda: wrong)
    said: list[str] = []
    open_recogniser(bundle, warn=said.append)
    assert [f"{bundle}: its weights have 8 bits" in text for text in said] == [True] * warned
