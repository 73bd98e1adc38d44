"""The learning curve is a PNG, also of a run that has hardly begun."""

from pathlib import Path
from typing import Any

import pytest

from malgwi.training.curve import draw_curve

ROWS: list[dict[str, Any]] = [
    {"step": 1, "loss": 2.5, "learning_rate": 1e-4},
    {"step": 2, "loss": 1.5, "learning_rate": 2e-4},
    {"step": 2, "wer": 0.8, "cer": 0.3},
    {"step": 2, "finding": "plateau", "message": "…"},
]


@pytest.mark.parametrize("count", [0, 1, 4])
def test_a_picture(count: int, tmp_path: Path) -> None:
    path = tmp_path / "curve.png"
    draw_curve(ROWS[:count], path, "WER", "run")
    assert path.read_bytes().startswith(b"\x89PNG")
    assert list(tmp_path.iterdir()) == [path]
