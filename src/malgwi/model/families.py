"""The families of checkpoints: what differs between them stands in one table.

All take the waveform, cut it into frames with unpadded convolutions, and have a CTC head over a
transformer; Wav2Vec2-BERT has log-mel features (`log_mel`) in the place of convolutions.
`Family.encode` gives a clip in a padded batch what transformers gives it alone, where its own mask
doesn't: SEW squeezes frames, so a clip's last odd frame must not draw padding in.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from malgwi.model import log_mel
from malgwi.model.log_mel import LogMel
from malgwi.model.normalisation import WAV2VEC2_EPSILON
from malgwi.speech.frames import FrameGrid


def _project(base: Any, features: Tensor) -> Tensor:
    projected = base.feature_projection(features)
    hidden: Tensor = projected[0] if isinstance(projected, tuple) else projected
    return hidden


def _encode(base: Any, hidden: Tensor, real: Tensor) -> Tensor:
    encoded: Tensor = base.encoder(hidden, attention_mask=real).last_hidden_state
    return encoded


def _encode_causal(base: Any, hidden: Tensor, real: Tensor) -> Tensor:
    """Encode where convolutions hear only what is before a frame; padding stands behind it."""
    return _encode(base, hidden, real)


def _encode_from(base: Any, hidden: Tensor, real: Tensor, first: int) -> Tensor:
    encoder = base.encoder
    attended = _attend(encoder.layers[first:], hidden, real, base.config, encoder.training)
    normal: Tensor = encoder.layer_norm(attended) if _is_stable(base) else attended
    return normal


def _is_stable(base: Any) -> bool:
    """Whether the norm stands behind the layers, as in large models, and not before them."""
    return getattr(base.config, "do_stable_layer_norm", False)


def _encode_from_wavlm(base: Any, hidden: Tensor, real: Tensor, first: int) -> Tensor:
    """Hand the later layers the position bias that the first one makes."""
    encoder = base.encoder
    clips, frames = real.shape
    bias = encoder.layers[0].attention.compute_bias(frames, frames).repeat(clips, 1, 1)
    for layer in _undropped(encoder.layers[first:], base.config, encoder.training):
        hidden, bias = layer(hidden, attention_mask=real, position_bias=bias)
    normal: Tensor = encoder.layer_norm(hidden) if _is_stable(base) else hidden
    return normal


def _encode_from_conformer(base: Any, hidden: Tensor, real: Tensor, first: int) -> Tensor:
    encoder = base.encoder
    places = None if encoder.embed_positions is None else encoder.embed_positions(hidden)
    attended = _attend(
        encoder.layers[first:],
        hidden,
        real,
        base.config,
        encoder.training,
        relative_position_embeddings=places,
    )
    normal: Tensor = encoder.layer_norm(attended)
    return normal


def _encode_from_bert(base: Any, hidden: Tensor, real: Tensor, first: int) -> Tensor:
    encoder = base.encoder
    places = None if encoder.embed_positions is None else encoder.embed_positions(hidden)
    return _attend(
        encoder.layers[first:],
        hidden,
        real,
        base.config,
        encoder.training,
        relative_position_embeddings=places,
        conv_attention_mask=real,
    )


def _project_sew(base: Any, features: Tensor) -> Tensor:
    normal = base.layer_norm(features)
    hidden: Tensor = base.feature_dropout(
        base.feature_projection(normal) if base.project_features else normal
    )
    return hidden


def _encode_sew(base: Any, hidden: Tensor, real: Tensor) -> Tensor:
    """Squeeze, attend and stretch again; frames that fill no squeezed one stay zero, as alone."""
    encoder, squeeze = base.encoder, base.config.squeeze_factor
    frames = hidden.shape[1]
    hidden = hidden.masked_fill(~real[..., None], 0.0)
    # So that even a single frame makes a squeezed one, which then counts as padding.
    over_time = functional.pad(hidden, (0, 0, 0, squeeze - 1)).transpose(1, 2)
    whole = functional.pad(real, (0, squeeze - 1))[:, squeeze - 1 :: squeeze]
    pooled = encoder.pool(over_time)
    places = encoder.pos_conv_embed(over_time)[..., : pooled.shape[-1]]
    squeezed = (pooled + places).transpose(1, 2)
    # The first is heard always, since nothing can attend to nothing.
    heard = whole | (torch.arange(whole.shape[1], device=whole.device) == 0)
    if hasattr(encoder, "encoder"):  # SEW-D, with DeBERTa's layers
        attended = encoder.encoder(squeezed, heard.long()).last_hidden_state
    else:
        normal = encoder.dropout(encoder.layer_norm(squeezed))
        attended = _attend(encoder.layers, normal, heard, base.config, encoder.training)
    stretched = whole[..., None].expand(-1, -1, squeeze).flatten(1)
    encoded: Tensor = encoder.upsample(attended).masked_fill(~stretched[..., None], 0.0)
    return encoded[:, :frames]


def _project_omniasr(base: Any, features: Tensor) -> Tensor:
    hidden: Tensor = base.subsampling.projection(base.subsampling.layer_norm(features))
    return hidden


def _encode_omniasr(base: Any, hidden: Tensor, real: Tensor) -> Tensor:
    placed = base.encode_positions(hidden.masked_fill(~real[..., None], 0.0))
    return _encode_from_omniasr(base, placed, real, 0)


def _encode_from_omniasr(base: Any, hidden: Tensor, real: Tensor, first: int) -> Tensor:
    attended = _attend(base.layers[first:], hidden, real, base.config, base.training)
    normal = base.layer_norm(attended)
    return functional.dropout(normal, base.config.hidden_dropout, base.training)


def _attend(
    layers: nn.ModuleList,
    hidden: Tensor,
    real: Tensor,
    config: Any,
    training: bool,
    **given: Any,
) -> Tensor:
    """Run the layers, each of which is `given` the same."""
    masking = import_module("transformers.masking_utils")
    mask = masking.create_bidirectional_mask(
        config=config, inputs_embeds=hidden, attention_mask=real
    )
    for layer in _undropped(layers, config, training):
        hidden = layer(hidden, attention_mask=mask, **given)
    return hidden


def _undropped(layers: Iterable[nn.Module], config: Any, training: bool) -> Iterator[nn.Module]:
    """Yield the layers but for those that training leaves out (Fan et al. 2020, LayerDrop)."""
    for layer in layers:
        if not training or float(torch.rand(())) >= config.layerdrop:
            yield layer


@dataclass(frozen=True)
class Family:
    """Where transformers' model of a family has its parts, and what it takes."""

    model: str
    """The class with a CTC head."""
    head: str = "lm_head"
    tower: str = ""
    """The encoder, where it isn't transformers' `base_model` itself."""
    convolutions: str = "feature_extractor"
    layers: str = "encoder.layers"
    """Where the encoder has its transformer layers."""
    project: Callable[[Any, Tensor], Tensor] = _project
    """From the convolutions' features to the transformer's width."""
    encode: Callable[[Any, Tensor, Tensor], Tensor] = _encode
    """From (clips, frames, width) and which frames are real to the transformer's output."""
    encode_from: Callable[[Any, Tensor, Tensor, int], Tensor] | None = _encode_from
    """The same from what goes into the layer of a number; None where frames are squeezed before."""
    normed: bool = False
    """Whether a norm stands behind the last layer in all models of the family."""
    adapted: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "out_proj")
    """The projections beside which LoRA puts its factors: those of attention."""
    idle: str | None = None
    """The part of the encoder that transformers makes and never calls."""
    eager: bool = False
    """Its attention has no other kernel."""
    epsilon: float | None = WAV2VEC2_EPSILON
    """Added to the variance where a clip is normalised; None where clips go in as they are."""
    log_mel: bool = False
    """It has log-mel features in the place of convolutions."""
    channel: bool = False
    """Waveforms go in as (clips, 1, samples)."""
    ends_numbered: bool = False
    """Its configuration must number tokens around a text, of which a CTC head has none."""
    extractor: str = "Wav2Vec2FeatureExtractor"
    processor: str = "Wav2Vec2Processor"

    def base(self, model: Any) -> Any:
        """Return the encoder: convolutions, projection, transformer."""
        return getattr(model.base_model, self.tower) if self.tower else model.base_model

    def layers_of(self, model: Any) -> nn.ModuleList:
        """Return the transformer's layers."""
        layers: nn.ModuleList = self.base(model).get_submodule(self.layers)
        return layers

    def last_norm(self, model: Any) -> str | None:
        """Return the encoder's name for the norm behind its last layer, where there is one."""
        base = self.base(model)
        if not (self.normed or _is_stable(base)):
            return None
        return "encoder.layer_norm" if hasattr(base, "encoder") else "layer_norm"

    @property
    def hears_padding(self) -> bool:
        """Whether convolutions along time would hear it in `encode`, which only masks attention."""
        return self.encode is _encode


FAMILIES = {
    "wav2vec2": Family("Wav2Vec2ForCTC"),
    "hubert": Family("HubertForCTC"),
    "wavlm": Family(
        "WavLMForCTC",
        # Its attention reads the projections' weights itself, and would hear nothing of factors.
        adapted=("intermediate_dense", "output_dense"),
        encode_from=_encode_from_wavlm,
        eager=True,  # its gated position bias
    ),
    "data2vec-audio": Family("Data2VecAudioForCTC"),
    "unispeech": Family("UniSpeechForCTC"),
    "unispeech-sat": Family("UniSpeechSatForCTC", ends_numbered=True),
    "sew": Family("SEWForCTC", project=_project_sew, encode=_encode_sew, encode_from=None),
    "sew-d": Family(
        "SEWDForCTC",
        layers="encoder.encoder.layer",
        project=_project_sew,
        encode=_encode_sew,
        encode_from=None,
        adapted=("query_proj", "key_proj", "value_proj", "attention.output.dense"),
        eager=True,
    ),
    "wav2vec2-conformer": Family(
        "Wav2Vec2ConformerForCTC",
        encode_from=_encode_from_conformer,
        normed=True,
        adapted=("linear_q", "linear_k", "linear_v", "linear_out"),
        idle="encoder.pos_conv_embed",
        eager=True,
    ),
    "omniasr_ctc": Family(
        "OmniASRForCTC",
        head="ctc_head",
        tower="audio_tower",
        convolutions="subsampling",
        layers="layers",
        project=_project_omniasr,
        encode=_encode_omniasr,
        encode_from=_encode_from_omniasr,
        normed=True,
        epsilon=1e-5,
        channel=True,
        extractor="OmniASRFeatureExtractor",
        processor="OmniASRCTCProcessor",
    ),
    "wav2vec2-bert": Family(
        "Wav2Vec2BertForCTC",
        encode=_encode_causal,
        encode_from=_encode_from_bert,
        adapted=("linear_q", "linear_k", "linear_v", "linear_out"),
        epsilon=None,
        log_mel=True,
        extractor="SeamlessM4TFeatureExtractor",
        processor="Wav2Vec2BertProcessor",
    ),
}
"""By `model_type` of `config.json`."""

_MEL = "it hears log-mel features of its own, which Malgwi doesn't compute"
_WRITER = "a language model writes its text, where Malgwi's models have a CTC head"
REFUSED = {
    "parakeet": _MEL,
    "lasr": _MEL,
    "granite_speech5": _MEL,
    "granite_speech": _WRITER,
    "omniasr": _WRITER,
    "whisper": _MEL,
}
"""Why other speech models can't be used, by how their `model_type` begins; the first that fits."""


def family_of(model: Any) -> Family:
    """Return the family of a model."""
    return FAMILIES[model.config.model_type]


def head_of(model: Any) -> nn.Linear:
    """Return the CTC head."""
    head: nn.Linear = getattr(model, family_of(model).head)
    return head


def convolutions_of(model: Any) -> nn.ModuleList:
    """Return the convolutions that cut a waveform into frames: (1, 1, samples) to features.

    Where log-mel features stand in their place, what computes those: a layer without weights.
    """
    family = family_of(model)
    if family.log_mel:
        return _log_mel(model.device)
    layers: nn.ModuleList = getattr(family.base(model), family.convolutions).conv_layers
    return layers


@cache
def _log_mel(device: torch.device) -> nn.ModuleList:
    at = torch.device("cpu") if device.type == "mps" else device  # which has no double precision
    with torch.inference_mode(False):
        return nn.ModuleList([LogMel()]).to(at)


def grid_of(model: Any) -> FrameGrid:
    """Return how a model cuts a waveform into frames."""
    if family_of(model).log_mel:
        return log_mel.GRID
    config = encoder_config(model)
    return FrameGrid.of(config.conv_kernel, config.conv_stride)


def encoder_config(model: Any) -> Any:
    """Return the configuration of convolutions and transformer."""
    return family_of(model).base(model).config


def logits_of(model: Any, waveforms: Tensor) -> Tensor:
    """Return what a model in eval mode says of normalised clips of one length, (clips, samples)."""
    family = family_of(model)
    if family.encode is _encode_sew:  # transformers' can't hear clips shorter than a squeezed frame
        hidden = waveforms[:, None]
        for layer in convolutions_of(model):
            hidden = layer(hidden)
        base = family.base(model)
        hidden = family.project(base, hidden.transpose(1, 2))
        real = torch.ones_like(hidden[..., 0], dtype=torch.bool)
        logits: Tensor = head_of(model)(family.encode(base, hidden, real))
    elif family.log_mel:
        features = convolutions_of(model)[0](waveforms[:, None]).transpose(1, 2)
        logits = model(input_features=features).logits
    else:
        logits = model(waveforms[:, None] if family.channel else waveforms).logits
    return logits


def compute_positions_afresh(model: Any) -> None:
    """Let a Conformer compute its positions in every pass, in fp32.

    It keeps those of the last length: from half precision, from inference, or from a trace.
    """
    encoder = getattr(family_of(model).base(model), "encoder", None)
    positions = getattr(encoder, "embed_positions", None)
    if positions is not None:
        positions.register_forward_pre_hook(_afresh)


def _afresh(positions: Any, inputs: tuple[Tensor]) -> tuple[Tensor]:
    positions.cached_sequence_length = None
    table = getattr(positions, "pe", None)  # grows with a longer clip, in inference, too
    if table is not None and table.is_inference() and not torch.is_inference_mode_enabled():
        positions.pe = table.clone()
    return (inputs[0].float(),)
