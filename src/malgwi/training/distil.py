"""How a student learns: from the labels, and from its teacher's tokens of every frame.

Knowledge distillation (Hinton, Vinyals and Dean 2015) frame by frame. A CTC model's peaks may stand
anywhere within a sound, so the frames of a model trained apart are a bad lesson; a student that is
cut from its teacher has peaks where its teacher has them.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from malgwi.errors import MalgwiError
from malgwi.model.ctc_model import CtcOutput


@dataclass(frozen=True)
class Distillation:
    """How many layers the student has, and how much the teacher counts."""

    layers: int
    """Of the student."""
    weight: float = 0.5
    """Share of the loss that is the teacher's; the labels have the rest."""
    temperature: float = 1.0
    """Above 1, what the teacher holds for less likely counts for more."""

    def __post_init__(self) -> None:
        """Check what can be checked without the teacher.

        Raises:
            MalgwiError: names the flag, the value and the range.
        """
        if not 0 <= self.weight <= 1:
            raise MalgwiError(
                f"--teacher-weight: {self.weight:g} is out of range; give a value between 0 and 1"
            )
        if not 0.1 <= self.temperature <= 100:
            raise MalgwiError(
                f"--temperature: {self.temperature:g} is out of range; give a value between 0.1 "
                "and 100"
            )

    def taught(self, output: CtcOutput, targets: Tensor, label_lengths: Tensor) -> CtcOutput:
        """Return the output with losses that hold the teacher's part, too.

        Args:
            output: the student's, with its losses of CTC.
            targets: (clips, frames, tokens), ln of the teacher's probabilities, padded.
            label_lengths: (clips,).
        """
        assert output.losses is not None  # noqa: S101 - labels were given
        divergences = divergence(output.logits, targets, output.frame_lengths, self.temperature)
        theirs = divergences / label_lengths.clamp(min=1)
        return replace(output, losses=(1 - self.weight) * output.losses + self.weight * theirs)


def divergence(
    logits: Tensor, targets: Tensor, frame_lengths: Tensor, temperature: float = 1.0
) -> Tensor:
    """Return each clip's Kullback-Leibler divergence from teacher to student, over its frames.

    Both are softened by the temperature, and the sum is multiplied by its square, so that the
    gradients stay as large. Frames behind a clip's own count for nothing.
    """
    student = functional.log_softmax(logits / temperature, dim=-1)
    teacher = functional.log_softmax(targets.float() / temperature, dim=-1)
    frames = (teacher.exp() * (teacher - student)).sum(-1)
    real = torch.arange(frames.shape[1], device=frames.device) < frame_lengths[:, None]
    return temperature**2 * frames.masked_fill(~real, 0.0).sum(1)
