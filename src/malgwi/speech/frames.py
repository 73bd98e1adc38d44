"""Samples to frames: the one place that knows how the convolutions cut a recording into frames.

Frame i starts at sample i * hop and looks at `receptive_field` samples. The number of frames
comes from the convolution formula (16,000 samples give 49 frames), never from seconds times 50.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod


@dataclass(frozen=True)
class FrameGrid:
    """Kernel sizes and strides of a stack of unpadded 1-D convolutions, first layer first."""

    kernels: tuple[int, ...]
    strides: tuple[int, ...]

    def __post_init__(self) -> None:
        """Check the sizes.

        Raises:
            ValueError: the two lists differ in length, are empty or hold a size below 1.
        """
        if len(self.kernels) != len(self.strides) or not self.kernels:
            raise ValueError(
                f"convolution kernels {list(self.kernels)} and strides {list(self.strides)} "
                "must be two lists of one length, at least 1"
            )
        if min(*self.kernels, *self.strides) < 1:
            raise ValueError(f"convolution sizes must be 1 or more: {self.kernels}, {self.strides}")

    @classmethod
    def of(cls, kernels: Sequence[int], strides: Sequence[int]) -> "FrameGrid":
        """Build a grid from a checkpoint's `conv_kernel` and `conv_stride`."""
        return cls(tuple(kernels), tuple(strides))

    @property
    def hop(self) -> int:
        """Samples from the start of one frame to the start of the next (320: 20 ms at 16 kHz)."""
        return prod(self.strides)

    @property
    def receptive_field(self) -> int:
        """Samples that one frame sees, which is also the fewest samples that give a frame (400)."""
        field, hop = 1, 1
        for kernel, stride in zip(self.kernels, self.strides, strict=True):
            field += (kernel - 1) * hop
            hop *= stride
        return field

    def count(self, samples: int) -> int:
        """Return the number of frames that `samples` samples give; 0 when there are too few."""
        for kernel, stride in zip(self.kernels, self.strides, strict=True):
            samples = (samples - kernel) // stride + 1 if samples >= kernel else 0
        return samples


WAV2VEC2 = FrameGrid((10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2))
"""The sizes that every published Wav2Vec2, HuBERT and WavLM checkpoint has."""


def frame_ms(frame: int, hop: int, sample_rate: int, samples: int | None = None) -> int:
    """Return the start of `frame` in whole milliseconds, never past the end of `samples`."""
    sample = frame * hop
    if samples is not None:
        sample = min(sample, samples)
    return sample * 1000 // sample_rate
