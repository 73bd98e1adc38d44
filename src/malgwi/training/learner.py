"""What is trained, and how one step changes it."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from accelerate import Accelerator

from malgwi.model.ctc_model import CtcModel, CtcOutput, Trained, joined
from malgwi.training.distil import Distillation
from malgwi.training.optimise import Average
from malgwi.training.step_inputs import Inputs, Step


@dataclass(frozen=True)
class Outcome:
    """What one step came to; losses and logits are those of this process's share."""

    step: Step
    inputs: Inputs
    output: CtcOutput
    rate: float
    norm: float
    """Of the gradients, before they were clipped."""
    finite: bool
    """Whether the gradients were; else nothing was learnt."""
    scale: float
    """What the loss was multiplied by: 1, but for fp16."""


@dataclass(frozen=True)
class Learner:
    """The model, and what changes it; these stay the same objects, and a step changes them all."""

    ctc: CtcModel
    wrapped: Any
    """`ctc` as accelerate wraps it, so that processes average their gradients."""
    optimizer: torch.optim.AdamW
    scaler: torch.amp.GradScaler
    average: Average | None
    accelerator: Accelerator
    distillation: Distillation | None = None
    """How much the teacher counts where inputs have its frames."""

    def gradients(
        self, step: Step, inputs: Inputs, *, trained: Trained, parts: int = 1
    ) -> CtcOutput:
        """Compute the gradients of one step.

        Args:
            step: its number and the clips of all processes.
            inputs: this process's share.
            trained: the part of the model to change.
            parts: how many parts the clips go through in, to save memory.
        """
        self.ctc.trained = trained
        self.ctc.train()
        *first, last = inputs.parts(parts)
        outputs = []
        for part in first:
            with self.accelerator.no_sync(self.wrapped):
                outputs.append(self._backward(step, part))
        return joined([*outputs, self._backward(step, last)])

    def forward(self, inputs: Inputs) -> CtcOutput:
        """Return what the model, in the mode that it is in, makes of this process's share."""
        device = self.accelerator.device
        output: CtcOutput = self.wrapped(
            **{
                name: value.to(device) if torch.is_tensor(value) else value
                for name, value in inputs.forward.items()
            }
        )
        if self.distillation is not None and inputs.targets is not None:
            lengths = inputs.forward["label_lengths"].to(device)
            output = self.distillation.taught(output, inputs.targets.to(device), lengths)
        return output

    def _backward(self, step: Step, inputs: Inputs) -> CtcOutput:
        output = self.forward(inputs)
        assert output.losses is not None  # noqa: S101 - labels were given
        # Processes average their gradients: times their number, it is a sum over all clips.
        weight = self.accelerator.num_processes / len(step.batch) if inputs.counts else 0.0
        loss: torch.Tensor = self.scaler.scale(output.losses.sum() * weight)
        torch.autograd.backward(loss)
        return output

    def step(
        self, step: Step, inputs: Inputs, output: CtcOutput, *, rate: float, largest: float
    ) -> Outcome:
        """Make one optimizer step by the gradients that were computed, and drop them.

        Args:
            step: as `gradients` had it, and so are the inputs.
            inputs: this process's share.
            output: what `gradients` returned.
            rate: learning rate.
            largest: norm that gradients are clipped to.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["scale"]
        self.scaler.unscale_(self.optimizer)
        norm = torch.nn.utils.clip_grad_norm_(self.ctc.parameters(), largest)
        finite = bool(torch.isfinite(norm))
        scale = float(self.scaler.get_scale())
        if finite or self.scaler.is_enabled():  # the scaler itself leaves an overflow out
            self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        if finite and self.average is not None:
            self.average.update(step.number)
        return Outcome(step, inputs, output, rate, float(norm), finite, scale)

    def averaged(self) -> AbstractContextManager[None]:
        """Have the averaged weights in the model, where there are any."""
        return nullcontext() if self.average is None else self.average.applied()

    def compute_activations_twice(self, wanted: bool = True) -> None:
        """Keep only what goes into the layers, where it is wanted; the numbers are the same."""
        if wanted:
            self.ctc.model.activation_checkpointing_enable({"use_reentrant": False})
        else:
            self.ctc.model.activation_checkpointing_disable()

    def tensors(self) -> dict[str, Any]:
        """Return what a state keeps of it."""
        return {
            "model": self.ctc.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "average": None if self.average is None else self.average.average,
        }

    def go_on(self, saved: Mapping[str, Any]) -> None:
        """Take over what `tensors` returned, but for the weights, which were loaded before."""
        self.optimizer.load_state_dict(saved["optimizer"])
        if saved["scaler"]:  # else it was trained where nothing is scaled: the search begins here
            self.scaler.load_state_dict(saved["scaler"])
        if self.average is not None:
            self.average.load(saved["average"])
