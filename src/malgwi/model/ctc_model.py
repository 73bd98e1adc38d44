"""The one module that is trained: (features, frame lengths, labels) to logits and losses.

It wraps transformers' model of a family and calls its parts with a mask over *frames*. The
convolutions see no padding (one clip at a time where they are frozen, by `convolutions` where they
are trained): a group norm there averages over the whole clip, so padded samples would change every
frame. Padded frames are zeroed before every later convolution and masked in attention, and batch
norm uses what it learnt before, so a batch gives what each clip gives alone, to rounding.

`CtcModel.forward` is what accelerate wraps: calling parts of a wrapped model from outside would
go past the synchronisation of gradients between processes.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, fields
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from malgwi.model.convolutions import convolve
from malgwi.model.families import (
    compute_positions_afresh,
    convolutions_of,
    family_of,
    grid_of,
    head_of,
)

Trained = Literal["head", "encoder", "all"]
"""What a step changes: the head; all but the convolutions; everything."""


@dataclass
class CtcOutput:
    """What one batch of `clips` clips gives."""

    logits: Tensor
    """(clips, frames, tokens), fp32."""
    frame_lengths: Tensor
    """(clips,), frames that are not padding."""
    losses: Tensor | None
    """(clips,), fp32: -log p(labels) per label; 0 where it is not finite."""
    not_finite: Tensor | None
    """(clips,), bool: the loss was infinite (too few frames) or not a number."""


def joined(outputs: Sequence[CtcOutput]) -> CtcOutput:
    """Return the output of a batch that went through in parts, each padded to one width."""
    if len(outputs) == 1:
        return outputs[0]

    def together(name: str) -> Any:
        each = [getattr(output, name) for output in outputs]
        return None if each[0] is None else torch.cat([one.detach() for one in each])

    return CtcOutput(**{field.name: together(field.name) for field in fields(CtcOutput)})


class CtcModel(nn.Module):
    """A CTC model of the Wav2Vec2 family, trained and scored on padded features."""

    def __init__(
        self,
        model: Any,
        *,
        blank: int,
        precision: torch.dtype | None = None,
        frozen_layers: int = 0,
    ) -> None:
        """Wrap `model`.

        Args:
            model: of one of the families.
            blank: id of the blank.
            precision: of autocast during training (None: fp32).
            frozen_layers: leave out so many of the first layers and all below them: what goes in
                as features is what `LowerLayers` makes of them.
        """
        super().__init__()
        self.model = model
        self.blank = blank
        self.precision = precision
        self.frozen_layers = frozen_layers
        self.trained: Trained = "encoder"
        self._real: Tensor | None = None
        compute_positions_afresh(model)
        family = family_of(model)
        if family.idle:  # data-parallel training waits for every gradient
            self.base.get_submodule(family.idle).requires_grad_(False)
        if family.hears_padding:
            for module in self.base.encoder.modules():
                if isinstance(module, nn.Conv1d) and module.kernel_size[0] > 1:
                    module.register_forward_pre_hook(self._silence_padding)

    @property
    def base(self) -> Any:
        """The model below the head: convolutions, projection, transformer."""
        return family_of(self.model).base(self.model)

    @property
    def cnn(self) -> nn.ModuleList:
        """The convolutions that cut a waveform into frames."""
        return convolutions_of(self.model)

    def train(self, mode: bool = True) -> "CtcModel":
        """Set the mode; batch norm stays as it is in use, since it would mix clips and padding."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm1d):
                module.eval()
        return self

    def forward(
        self,
        features: Tensor | None,
        frame_lengths: Tensor | None,
        labels: Tensor | None = None,
        label_lengths: Tensor | None = None,
        *,
        waveforms: Sequence[Tensor] = (),
        time_mask: Tensor | None = None,
        feature_mask: Tensor | None = None,
        pad_frames_to: int = 1,
    ) -> CtcOutput:
        """Return logits, and losses where labels are given.

        Args:
            features: (clips, frames, channels), the output of `cnn`, or of the frozen layers where
                there are some, padded with anything.
            frame_lengths: (clips,), frames of each clip.
            labels: (clips, longest) token ids, padded with anything.
            label_lengths: (clips,), labels of each clip.
            waveforms: normalised clips, one vector each, instead of `features`, where no layers are
                frozen: the convolutions run here, with gradients where they are trained.
            time_mask: (clips, frames), bool, frames replaced by the mask embedding, or by zeros
                above frozen layers, whose input the embedding belongs to.
            feature_mask: (clips, hidden size), bool, channels set to zero.
            pad_frames_to: as `TrainConfig.pad_frames_to`, for `waveforms`.
        """
        device = self.model.device.type
        dtype = self.precision if self.training else None
        with torch.autocast(device, dtype=dtype, enabled=dtype is not None):
            if features is None or frame_lengths is None:
                features, frame_lengths = self._convolve(waveforms, pad_frames_to)
            with torch.no_grad() if self.trained == "head" else nullcontext():
                hidden = self.encode(features, frame_lengths, time_mask, feature_mask)
            dropout = getattr(self.model, "dropout", nn.Identity())
            logits = head_of(self.model)(dropout(hidden))
        logits = logits.float()
        if labels is None or label_lengths is None:
            return CtcOutput(logits, frame_lengths, None, None)
        with torch.autocast(device, enabled=False):
            losses, not_finite = ctc_losses(
                logits, frame_lengths, labels, label_lengths, self.blank
            )
        return CtcOutput(logits, frame_lengths, losses, not_finite)

    def _convolve(self, waveforms: Sequence[Tensor], multiple: int) -> tuple[Tensor, Tensor]:
        if self.frozen_layers:
            raise ValueError("waveforms are no activations of the frozen layers")
        with nullcontext() if self.trained == "all" else torch.no_grad():
            return convolve(self.cnn, waveforms, grid_of(self.model), multiple)

    def encode(
        self,
        features: Tensor,
        frame_lengths: Tensor,
        time_mask: Tensor | None = None,
        feature_mask: Tensor | None = None,
    ) -> Tensor:
        """Return the transformer's output, (clips, frames, hidden size)."""
        frames = features.shape[1]
        real = torch.arange(frames, device=features.device) < frame_lengths[:, None]
        # Whatever stands in the padding must not reach the norm: NaN times 0 is NaN.
        features = features.float().masked_fill(~real[..., None], 0.0)
        family, base = family_of(self.model), self.base
        above, zero = self.frozen_layers, features.new_zeros(())
        hidden = features if above else family.project(base, features)
        embedding = zero if above else getattr(base, "masked_spec_embed", zero)
        if self.training:
            # Without a mask too: data-parallel training wants every parameter in every step.
            masked = torch.zeros_like(real) if time_mask is None else time_mask
            hidden = torch.where(masked[..., None], embedding.to(hidden.dtype), hidden)
        if feature_mask is not None:
            hidden = hidden.masked_fill(feature_mask[:, None], 0.0)
        self._real = real
        if above:
            assert family.encode_from is not None  # noqa: S101 - the others were refused
            encoded = family.encode_from(base, hidden, real, above)
        else:
            encoded = family.encode(base, hidden, real)
        if not torch.is_grad_enabled():  # checkpointed layers run again in the backward pass
            self._real = None
        return encoded

    def _silence_padding(self, _: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
        """Give a convolution along time zeros for padding, as it pads a clip that is alone."""
        real = self._real
        return inputs if real is None else (inputs[0].masked_fill(~real[:, None], 0.0),)


def ctc_losses(
    logits: Tensor, frame_lengths: Tensor, labels: Tensor, label_lengths: Tensor, blank: int
) -> tuple[Tensor, Tensor]:
    """Return each clip's CTC loss divided by its number of labels, and where it isn't finite.

    Args:
        logits: (clips, frames, tokens), fp32.
        frame_lengths: (clips,).
        labels: (clips, longest).
        label_lengths: (clips,).
        blank: id of the blank.

    A loss is infinite where there are fewer frames than labels plus repeats; it counts as 0
    and gives no gradient.
    """
    log_probs = functional.log_softmax(logits, dim=-1).transpose(0, 1)
    losses = functional.ctc_loss(
        log_probs,
        labels,
        frame_lengths,
        label_lengths,
        blank=blank,
        reduction="none",
        zero_infinity=True,
    )
    inside = torch.arange(1, labels.shape[1], device=labels.device) < label_lengths[:, None]
    repeats = ((labels[:, 1:] == labels[:, :-1]) & inside).sum(1)
    not_finite = (frame_lengths < label_lengths + repeats) | ~torch.isfinite(losses)
    losses = torch.where(not_finite, torch.zeros_like(losses), losses)
    return losses / label_lengths.clamp(min=1), not_finite
