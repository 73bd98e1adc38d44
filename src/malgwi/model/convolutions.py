"""The convolutions over a padded batch of clips, equal to each clip alone.

They have no padding of their own, so a frame sees only the samples under it, and what stands
behind the end of a clip can change its frames in one way: a group norm (`wav2vec2-base`)
averages over the whole clip. Here it averages over the clip's own positions only, so one pass
over a padded batch gives what one pass a clip gives, to rounding, and trains the convolutions
several times faster than clip by clip.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from malgwi.model.log_mel import CHANNELS, LogMel
from malgwi.speech.frames import FrameGrid


def convolve(
    cnn: nn.ModuleList, waveforms: Sequence[Tensor], grid: FrameGrid, multiple: int = 1
) -> tuple[Tensor, Tensor]:
    """Return features (clips, frames, channels) and frame lengths (clips,).

    Args:
        cnn: the convolutions of a model, or `LogMel` in their place.
        waveforms: normalised clips, one vector each, of at least one frame.
        grid: the sizes of `cnn`.
        multiple: the number of frames of the batch is rounded up to one; behind a clip's own
            frames stands anything.
    """
    samples = [len(clip) for clip in waveforms]
    frames = torch.tensor([grid.count(n) for n in samples], device=waveforms[0].device)
    width = -(-int(frames.max()) // multiple) * multiple
    if isinstance(cnn[0], LogMel):  # mean and variance are those of the clip
        each = [convolve_alone(cnn, clip) for clip in waveforms]
        return torch.stack([functional.pad(c, (0, 0, 0, width - len(c))) for c in each]), frames
    # Samples behind the last frame are heard by the group norm, so they must fit in too.
    longest = width * grid.hop + grid.receptive_field - 1
    hidden = torch.stack([functional.pad(clip, (0, longest - len(clip))) for clip in waveforms])
    hidden = hidden[:, None]
    lengths = torch.tensor(samples, device=hidden.device)
    for layer, kernel, stride in zip(cnn, grid.kernels, grid.strides, strict=True):
        lengths = (lengths - kernel) // stride + 1
        norm = getattr(layer, "layer_norm", None)
        if isinstance(norm, nn.GroupNorm):
            hidden = layer.activation(_group_norm(norm, layer.conv(hidden), lengths))  # type: ignore[operator]
        else:
            hidden = layer(hidden)
    return hidden[..., :width].transpose(1, 2), frames


def channels_of(cnn: nn.ModuleList) -> int:
    """Return how many numbers a frame of the features has."""
    if isinstance(cnn[-1], LogMel):
        return CHANNELS
    weight: Tensor = cnn[-1].conv.weight  # type: ignore[union-attr, assignment]
    return len(weight)


def convolve_alone(cnn: nn.ModuleList, waveform: Tensor) -> Tensor:
    """Return the features of one clip, (frames, channels)."""
    hidden = waveform[None, None]
    for layer in cnn:
        hidden = layer(hidden)
    return hidden[0].T


def _group_norm(norm: nn.GroupNorm, hidden: Tensor, lengths: Tensor) -> Tensor:
    """Normalise (clips, channels, positions) by each clip's first `lengths` positions.

    Group normalisation (Wu & He 2018) with one group a channel, as the family has it.
    """
    if norm.num_groups != norm.num_channels:
        raise ValueError(
            f"group norm over {norm.num_groups} groups of {norm.num_channels} channels"
        )
    exact = hidden.float()
    real = torch.arange(hidden.shape[-1], device=hidden.device) < lengths[:, None, None]
    count = lengths[:, None, None]
    mean = (exact * real).sum(-1, keepdim=True) / count
    centred = exact - mean
    variance = (centred.square() * real).sum(-1, keepdim=True) / count
    scaled = centred * torch.rsqrt(variance + norm.eps)
    return scaled * norm.weight[:, None].float() + norm.bias[:, None].float()
