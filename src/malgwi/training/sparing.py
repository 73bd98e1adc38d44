"""A step that memory is too small for, computed in parts, and then with activations twice.

The parts' gradients are summed, so that the step is that of all its clips at once, to rounding and
but for dropout, which is drawn for each part. What a run has come to stands in its state, so that
a resumed run computes its steps in the same parts.
"""

from collections.abc import Sequence

from malgwi.model.ctc_model import CtcOutput, Trained
from malgwi.progress import say
from malgwi.training.clips import Clip
from malgwi.training.config import TrainConfig
from malgwi.training.learner import Learner
from malgwi.training.memory import free_memory, measure_need
from malgwi.training.out_of_memory import give_back, is_out_of_memory
from malgwi.training.state import Position, random_states, set_random_states
from malgwi.training.step_inputs import Inputs, Step, StepInputs


def gradients_that_fit(
    learner: Learner,
    step: Step,
    inputs: Inputs,
    *,
    trained: Trained,
    config: TrainConfig,
    position: Position,
) -> CtcOutput:
    """Compute a step's gradients in as many parts as memory asks for, and say when it does.

    `position` remembers what was needed.

    Raises:
        MemoryError, RuntimeError: one clip at a time is too much, or other processes wait, whose
            gradients are averaged with these.
    """
    while True:
        before = random_states()
        try:
            return learner.gradients(step, inputs, trained=trained, parts=position.parts)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error) or not _spare(learner, config, position, inputs):
                raise
        # Only here does nothing hold what the failed try had.
        learner.optimizer.zero_grad(set_to_none=True)
        give_back()
        set_random_states(before)
        say(f"out of memory at step {step.number}: from here on {_told(position)}")


def fit_into_memory(
    learner: Learner,
    inputs: StepInputs,
    clips: Sequence[Clip],
    config: TrainConfig,
    position: Position,
) -> None:
    """Choose before the first step what `position` asks of memory, and say so where it is small.

    A processor's memory has no error to wait for: the system ends whoever takes the most of it.

    Raises:
        MalgwiError: a clip can't be read.
    """
    try:
        need = measure_need(learner, inputs, clips, config)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return
    free = free_memory(learner.accelerator.device)
    position.parts = need.parts_within(free)
    if need.peak(position.parts) > free and config.gradient_checkpointing is None:
        position.checkpointed = True
        learner.compute_activations_twice()
    if position.parts > 1 or position.checkpointed:
        say(
            f"the clips of a step need about {need.peak(1) / 1e9:.1f} GB at once, and "
            f"{free / 1e9:.1f} are free: {_told(position)}"
        )
    spared = need.checkpointed() if position.checkpointed else need
    if spared.peak(position.parts) > free:
        say(
            f"even so a step needs about {spared.peak(position.parts) / 1e9:.1f} GB: the system "
            "may end this run; close other programs, or start from a smaller checkpoint"
        )


def _spare(learner: Learner, config: TrainConfig, position: Position, inputs: Inputs) -> bool:
    """Let `position` ask for less memory, where anything is left to spare."""
    if learner.accelerator.num_processes > 1:
        return False
    if position.parts < len(inputs.clips):
        position.parts *= 2
    elif config.gradient_checkpointing is None and not position.checkpointed:
        position.checkpointed = True
        learner.compute_activations_twice()
    else:
        return False
    return True


def _told(position: Position) -> str:
    parts = f"the clips of a step go through in {position.parts} parts"
    return parts + (", and activations are computed twice" if position.checkpointed else "")
