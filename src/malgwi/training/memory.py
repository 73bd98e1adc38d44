"""How much memory a step takes, measured on two clips, and how much there is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import psutil
import torch

from malgwi.model.families import encoder_config
from malgwi.training.clips import Clip
from malgwi.training.config import TrainConfig
from malgwi.training.learner import Learner
from malgwi.training.optimise import trains_cnn
from malgwi.training.state import random_states, set_random_states
from malgwi.training.step_inputs import Inputs, Step, StepInputs
from malgwi.training.trained_weights import trained_weights

_AROUND, _BESIDE = 1.2, 150_000_000
"""The peak of a step by what it keeps for the way back, and bytes beside it (docs/training.md)."""
_AROUND_FROZEN = 2.4
"""Where a processor trains adapters or LoRA's factors: less is kept, and as much passes through."""
_FRAMES_OF_LIKE_COST = 1000
"""Where attention, which grows with the square of the frames, keeps as much as all else."""
_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Need:
    """Bytes that a run takes beyond the model itself."""

    weights: int
    """Of gradients and of AdamW's moments."""
    shared: int
    """Kept for the way back once a step, however many clips it has."""
    clip: int
    """Kept for each clip."""
    clips: int
    """Of the step that takes most."""
    layers: int
    """Of the transformer, but for frozen ones."""
    around: float = _AROUND
    """The peak by what is kept."""

    def peak(self, parts: int) -> int:
        """Return about the most that a step takes in so many parts."""
        at_once = math.ceil(self.clips / parts)
        return self.weights + _BESIDE + int(self.around * (self.shared + self.clip * at_once))

    def checkpointed(self) -> "Need":
        """Return what is kept where a layer's activations are computed again when they are used.

        A layer's own, as much again for their gradients, and what goes into all of them.
        """
        return replace(self, clip=min(3 * self.clip // self.layers, self.clip))

    def parts_within(self, free: int) -> int:
        """Return how many parts fit into `free` bytes; one clip each where even that doesn't."""
        parts = 1
        while parts < self.clips and self.peak(parts) > free:
            parts *= 2
        return parts


def measure_need(
    learner: Learner, inputs: StepInputs, clips: Sequence[Clip], config: TrainConfig
) -> Need:
    """Measure what clips of the largest step take; nothing is learnt, and nothing drawn.

    Args:
        learner: as it is before its first step.
        inputs: the steps of the run.
        clips: what they are made of.
        config: what the steps train.

    Raises:
        MalgwiError: a clip can't be read.
        MemoryError, RuntimeError: not even two clips fit.
    """
    largest = _largest(inputs, clips)
    before = random_states()
    learner.compute_activations_twice(False)
    try:
        one, two = (
            _kept(learner, inputs.inputs(replace(largest, batch=largest.batch[:1] * n)), config)
            for n in (1, 2)
        )
    finally:
        learner.compute_activations_twice(bool(config.gradient_checkpointing))
        set_random_states(before)
    trained = trained_weights(learner.ctc)
    usual = sum(p.numel() for p in learner.ctc.parameters())
    usual -= sum(p.numel() for p in learner.ctc.cnn.parameters())
    narrow = trained < usual / 2 and learner.accelerator.device.type == "cpu"
    frozen = learner.ctc.frozen_layers
    return Need(
        weights=12 * trained,
        shared=max(2 * one - two, 0),
        clip=two - one,
        clips=len(largest.batch),
        layers=encoder_config(learner.ctc.model).num_hidden_layers - frozen,
        around=_AROUND_FROZEN if narrow and not frozen else _AROUND,
    )


def memory_now(device: torch.device) -> int:
    """Return how many bytes this process has on a device."""
    if device.type == "cuda":
        return int(torch.cuda.memory_reserved(device))
    return int(psutil.Process().memory_info().rss)


def free_memory(device: torch.device) -> int:
    """Return how many bytes this process can still have on a device."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    free = [psutil.virtual_memory().available, _left_in_container(), _left_by_limit()]
    return max(min(int(left) for left in free if left is not None), 0)


def _largest(inputs: StepInputs, clips: Sequence[Clip]) -> Step:
    """Return the step of an epoch that keeps most, as the last of the run, which trains most."""

    def kept(step: Step) -> int:
        frames = max(clips[index].frames for index in step.batch)
        return len(step.batch) * frames * (_FRAMES_OF_LIKE_COST + frames)

    epoch = takewhile(lambda step: step.epoch == 0, inputs.steps(0))
    return replace(max(epoch, key=kept), number=inputs.total - 1)


def _kept(learner: Learner, inputs: Inputs, config: TrainConfig) -> int:
    """Return the bytes that a forward pass keeps for its gradients, weights aside."""
    ctc = learner.ctc
    ours = {parameter.untyped_storage().data_ptr() for parameter in ctc.parameters()}
    kept: dict[int, torch.UntypedStorage] = {}  # held, so that no place is used twice

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in ours:
            kept[storage.data_ptr()] = storage
        return tensor

    ctc.trained = "all" if trains_cnn(config) else "encoder"
    ctc.train()
    settings: Any = encoder_config(ctc.model)
    dropped = getattr(settings, "layerdrop", 0.0)
    settings.layerdrop = 0.0
    try:
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            learner.forward(inputs)
    finally:
        settings.layerdrop = dropped
    return sum(storage.nbytes() for storage in kept.values())


def _left_in_container() -> int | None:
    """Return what Linux lets a container have, beyond what it can't take back (cgroup v2)."""
    try:
        most = int((_CGROUP / "memory.max").read_text())
        now = int((_CGROUP / "memory.current").read_text())
        rows = dict(line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines())
        return most - now + int(rows["inactive_file"])
    except (OSError, ValueError, KeyError):  # no container, or one without a limit: "max"
        return None


def _left_by_limit() -> int | None:
    """Return what `ulimit -v` leaves."""
    if not hasattr(psutil, "RLIMIT_AS"):
        return None
    process = psutil.Process()
    most = process.rlimit(psutil.RLIMIT_AS)[0]
    return None if most == psutil.RLIM_INFINITY else most - process.memory_info().vms
