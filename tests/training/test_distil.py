"""The losses of a student, against numbers worked out by hand."""

import math
from typing import Any

import pytest
import torch

from malgwi.errors import MalgwiError
from malgwi.model.ctc_model import CtcOutput
from malgwi.training.distil import Distillation, divergence

HALF, MOST, LEAST = (0.5, 0.5), (0.75, 0.25), (0.25, 0.75)
MOST_FROM_HALF = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)  # .1308
HALF_FROM_LEAST = 0.5 * math.log(2) + 0.5 * math.log(2 / 3)  # .1438


def _logs(*clips: tuple[tuple[float, float], ...]) -> torch.Tensor:
    return torch.tensor(clips).log()


def test_it_sums_over_a_clips_own_frames() -> None:
    student = _logs((HALF, LEAST), (HALF, HALF)) + 3.0  # a constant changes no probability
    teacher = _logs((MOST, HALF), (MOST, LEAST))
    student[1, 1] = math.nan  # padding
    found = divergence(student, teacher, torch.tensor([2, 1]))
    assert found.tolist() == pytest.approx([MOST_FROM_HALF + HALF_FROM_LEAST, MOST_FROM_HALF])


def test_the_temperature_softens_both() -> None:
    # Halved logarithms make .9 and .1 three to one; the square of 2 makes up for it.
    found = divergence(_logs((HALF,)), _logs(((0.9, 0.1),)), torch.tensor([1]), temperature=2.0)
    assert found.tolist() == pytest.approx([4 * MOST_FROM_HALF])


def test_nothing_is_learnt_from_a_teacher_who_says_the_same() -> None:
    student = torch.randn(2, 3, 5, requires_grad=True)
    teacher = student.detach().log_softmax(-1)
    divergence(student, teacher, torch.tensor([3, 2]), 2.0).sum().backward()  # type: ignore[no-untyped-call]
    assert student.grad is not None
    assert float(student.grad.abs().max()) < 1e-6


def test_labels_and_teacher_share_the_loss_per_label() -> None:
    output = CtcOutput(
        logits=_logs((HALF, LEAST), (HALF, HALF)),
        frame_lengths=torch.tensor([2, 1]),
        losses=torch.tensor([0.8, 0.4]),
        not_finite=torch.tensor([False, False]),
    )
    teacher = _logs((MOST, HALF), (MOST, LEAST))
    taught = Distillation(1, weight=0.25).taught(output, teacher, torch.tensor([2, 1]))
    assert taught.losses is not None
    assert taught.losses.tolist() == pytest.approx(
        [
            0.75 * 0.8 + 0.25 * (MOST_FROM_HALF + HALF_FROM_LEAST) / 2,
            0.75 * 0.4 + 0.25 * MOST_FROM_HALF,
        ]
    )
    assert taught.logits is output.logits


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"weight": 1.5}, r"--teacher-weight: 1\.5 is out of range; give a value between 0 and 1"),
        ({"weight": math.nan}, "--teacher-weight: nan is out of range"),
        ({"temperature": 0.0}, "--temperature: 0 is out of range; give a value between"),
    ],
)
def test_what_is_out_of_range_is_named(how: dict[str, Any], said: str) -> None:
    with pytest.raises(MalgwiError, match=said):
        Distillation(2, **how)
