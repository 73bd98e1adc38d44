"""A checkpoint of one of `families`, read and written in Hugging Face's format.

`load_checkpoint` takes a folder, the id of a hub repository or `starter`, with or without a CTC
head, with or without a tokenizer. `save_checkpoint` writes files that the family's own classes in
transformers load to the same logits and the same text. Both stand in one module, so that what one
writes the other reads.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import torch
from torch import nn

from malgwi.errors import MalgwiError
from malgwi.model.checkpoint_files import OURS, find, our_facts, quiet_transformers, read_json
from malgwi.model.families import FAMILIES, REFUSED, convolutions_of, family_of, head_of
from malgwi.model.language_adapters import (
    begin_adapters,
    chosen_language,
    languages_of,
    put_language,
    spelt_languages,
)
from malgwi.model.licence import licence_line, stated_licence
from malgwi.model.log_mel import BINS, CHANNELS, GRID, STACKED
from malgwi.model.lora import plain_weights
from malgwi.model.tokenizer_files import read_vocab
from malgwi.publish import publish_file
from malgwi.speech.audio import SAMPLE_RATE
from malgwi.speech.frames import FrameGrid
from malgwi.speech.language import UNKNOWN as NO_LANGUAGE
from malgwi.speech.vocab import DELIMITER, UNKNOWN, Vocab

STARTER = "starter"
"""The name of the small English checkpoint that comes with the package."""

WEIGHTS = "model.safetensors"

MOST_EXPORTED = 2**31 - 1 - (16 << 20)
"""Bytes of weights in one ONNX file, and in a bundle: both have 2^31 - 1, the graph some of them.
That is as many weights in 8 bits, a quarter of them in fp32."""

_MASKING = {
    "mask_time_prob": 0.0,
    "mask_time_length": 10,
    "mask_feature_prob": 0.0,
    "mask_feature_length": 10,
}
"""For a family whose configuration says nothing of masks: none, and transformers' usual lengths."""
_LARGEST_HOP = SAMPLE_RATE // 10


@dataclass(frozen=True)
class Checkpoint:
    """A model in fp32 on the CPU, in eval mode, and what is needed to feed and read it."""

    model: Any
    """transformers' model of one of `FAMILIES`."""
    vocab: Vocab | None
    """None where the checkpoint has no trained head, or no tokenizer."""
    grid: FrameGrid
    do_normalize: bool
    """Whether clips are brought to zero mean and unit variance first."""
    source: str = ""
    """Where it came from, as given."""
    licence: str | None = None
    """As its model card states it, and as it inherited it; runs and bundles inherit both."""
    languages: tuple[str, ...] = ()
    """Those that it has adapters for beside the weights, as it writes them."""
    begun: bool = False
    """Whether its language adapters were drawn anew."""
    unspelt: bool = False
    """Whether its head is trained, and no tokenizer beside it says what its outputs are."""

    @property
    def weights(self) -> int:
        """How many numbers it has learnt."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    @property
    def exportable(self) -> bool:
        """Whether export can write it, in 8 bits."""
        return self.weights <= MOST_EXPORTED

    @property
    def exportable_in_fp32(self) -> bool:
        """Whether export can write it as it is."""
        return 4 * self.weights <= MOST_EXPORTED

    @property
    def epsilon(self) -> float | None:
        """What the normalisation adds to the variance; None where clips go in as they are."""
        return family_of(self.model).epsilon if self.do_normalize else None

    @property
    def why_mute(self) -> str:
        """Why it can't spell, where it has no vocabulary, and what to do; for people."""
        if self.unspelt:
            return (
                "its head is trained, but no tokenizer beside it says what its outputs are, so it "
                "can't spell; put the vocab.json and tokenizer_config.json there that it was "
                "trained with"
            )
        return (
            "this checkpoint has no trained head and vocabulary, so it can't spell; fine-tune it "
            "first (malgwi train)"
        )

    @property
    def language(self) -> str | None:
        """The BCP 47 tag of what it learnt from, where that is known."""
        tag = self.vocab.rules.language if self.vocab else NO_LANGUAGE
        return None if tag == NO_LANGUAGE else tag


def load_checkpoint(
    source: str | Path,
    settings: Mapping[str, Any] | None = None,
    *,
    attention: str = "sdpa",
    language: str | None = None,
    new_adapters: int | None = None,
) -> Checkpoint:
    """Load a hub id, a folder or `starter`.

    Args:
        source: what to load.
        settings: values that replace those of `config.json` (dropout, masking).
        attention: transformers' attention implementation; `eager` where the family has no other.
        language: of several that it has adapters for, by any name.
        new_adapters: the seed of new ones where no language is named and its vocabulary holds
            several, which is an error without it; there is no trained head then.

    Raises:
        MalgwiError: it isn't there, isn't of a known family, lacks files or weights, or its parts
            don't fit each other.
    """
    name = str(source)
    place = str(starter_folder()) if name == STARTER else name
    raw = read_json(place, "config.json", name)
    if raw is None:
        raise MalgwiError(
            f"checkpoint {name!r}: no config.json; expected a folder with a Hugging Face "
            f"checkpoint, the id of one on the hub, or {STARTER!r}"
        )
    family = _family(raw, name)
    model_class = _model_class(family, name)
    extractor, log_mel = _extractor(place, name), FAMILIES[family].log_mel
    grid = _log_mel_grid(raw, extractor, name) if log_mel else _grid(raw, model_class, name)
    do_normalize = not log_mel and bool(extractor.get("do_normalize", True))
    languages = languages_of(place, name, raw)
    if language is not None:
        language = chosen_language(language, languages, name)
    model, has_head = _load_model(place, name, model_class, dict(settings or {}), attention)
    begun = False
    if language is not None:
        put_language(model, place, name, language)
        has_head = True
    elif new_adapters is not None and len(spelt_languages(place, name, raw)) > 1:
        begin_adapters(model, new_adapters)
        begun, has_head = True, False
    rows = head_of(model).out_features
    vocab = read_vocab(place, name, raw, rows, language) if has_head else None
    if vocab is not None and len(vocab) != rows:
        raise MalgwiError(
            f"checkpoint {name!r}: the head has {rows} outputs, the "
            f"tokenizer {len(vocab)} tokens; both must be of one model: check vocab.json"
        )
    inherited = our_facts(raw).get("licence")
    # Who passes a run on may have put a card of their own beside what it inherited.
    licence = licence_line(
        _stated_licence(place, name), inherited if isinstance(inherited, str) else None
    )
    return Checkpoint(
        model,
        vocab,
        grid,
        do_normalize,
        name,
        licence,
        languages,
        begun,
        unspelt=has_head and vocab is None,
    )


def starter_folder() -> Path:
    """Return the folder of the checkpoint that comes with the package."""
    return Path(str(resources.files("malgwi") / "data" / "starter"))


def save_checkpoint(folder: Path, checkpoint: Checkpoint, model: Any = None) -> None:
    """Write the model (or `model`, another of the same shape), tokenizer and feature extractor.

    Existing files are replaced one by one.

    Raises:
        MalgwiError: the checkpoint has no vocabulary.
    """
    library = quiet_transformers()
    vocab = checkpoint.vocab
    if vocab is None:
        raise MalgwiError(f"checkpoint {checkpoint.source!r}: it has no vocabulary to save")
    saved = checkpoint.model if model is None else model
    saved.config.architectures = [type(saved).__name__]
    ours: dict[str, Any] = {"unit": vocab.unit, "normalisation": vocab.rules.to_json()}
    if checkpoint.licence:
        ours["licence"] = checkpoint.licence
    setattr(saved.config, OURS, ours)
    save_weights(folder, saved)
    saved.config.save_pretrained(folder)
    vocab_file = folder / "vocab.json"
    vocab_file.write_text(
        json.dumps(vocab.to_ids(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    tokenizer = library.Wav2Vec2CTCTokenizer(
        str(vocab_file),
        bos_token=None,
        eos_token=None,
        unk_token=UNKNOWN if UNKNOWN in vocab.tokens else _other_unknown(vocab),
        pad_token=vocab.tokens[vocab.blank],
        word_delimiter_token=DELIMITER
        if vocab.delimiter is None
        else vocab.tokens[vocab.delimiter],
    )
    family = family_of(saved)
    heard: dict[str, Any] = {
        "feature_size": 1,
        "do_normalize": checkpoint.do_normalize,
        # Only models whose convolutions normalise each frame by itself learnt with a mask.
        "return_attention_mask": not family.log_mel
        and isinstance(convolutions_of(saved)[0].layer_norm, nn.LayerNorm),
    }
    if family.log_mel:
        heard = {"feature_size": BINS, "num_mel_bins": BINS, "stride": STACKED}
    extractor = getattr(library, family.extractor)(
        sampling_rate=SAMPLE_RATE, padding_value=0.0, **heard
    )
    processor_class = getattr(library, family.processor)
    processor = processor_class(feature_extractor=extractor, tokenizer=tokenizer)
    processor.save_pretrained(folder)
    extractor.save_pretrained(folder)


def save_weights(folder: Path, model: Any) -> None:
    """Replace the weights of a saved checkpoint; the file is there whole or not at all.

    LoRA's factors, where the model has them, are merged into it; the model keeps them.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    weights = {n: w.detach().cpu().contiguous() for n, w in plain_weights(model).items()}
    place = folder / WEIGHTS
    with publish_file(place) as fresh:
        try:
            save_file(weights, fresh, metadata={"format": "pt"})
        except SafetensorError as error:  # it doesn't raise OSError
            raise MalgwiError(
                f"{place}: not written ({error}); free some space, or give another folder"
            ) from error


def _other_unknown(vocab: Vocab) -> str | None:
    return "<unk>" if "<unk>" in vocab.tokens else None


def _stated_licence(place: str, name: str) -> str | None:
    try:
        card = find(place, "README.md", name)
    except MalgwiError:  # a copy that is offline may lack it
        return None
    return stated_licence(Path(card)) if card else None


def _family(raw: Mapping[str, Any], name: str) -> str:
    family = raw.get("model_type")
    if not isinstance(family, str) or family not in FAMILIES:
        reasons = [why for kind, why in REFUSED.items() if str(family).startswith(kind)]
        raise MalgwiError(
            f"checkpoint {name!r}: is of the type {family!r}"
            f"{''.join(f' ({why})' for why in reasons[:1])}; expected one of {', '.join(FAMILIES)}"
        )
    if raw.get("add_adapter"):
        raise MalgwiError(
            f"checkpoint {name!r}: has an adapter that shortens the frames (add_adapter), which "
            "Malgwi doesn't support; take a checkpoint without it"
        )
    if raw.get("use_intermediate_ffn_before_adapter"):
        raise MalgwiError(
            f"checkpoint {name!r}: has a feed-forward part for an adapter that isn't there "
            "(use_intermediate_ffn_before_adapter), which transformers doesn't load either; take a "
            "checkpoint without it"
        )
    return family


def _model_class(family: str, name: str) -> Any:
    model_class = getattr(quiet_transformers(), FAMILIES[family].model, None)
    if model_class is None:
        raise MalgwiError(
            f"checkpoint {name!r}: is of the type {family!r}, which the installed transformers "
            f"{quiet_transformers().__version__} doesn't have; install a newer one"
        )
    return model_class


def _encoder_part(config: Any) -> Any:
    """Return the part of a configuration that describes convolutions and transformer."""
    return getattr(config, "audio_config", config)


def _grid(raw: Mapping[str, Any], model_class: Any, name: str) -> FrameGrid:
    stated, usual = raw.get("audio_config", raw), _encoder_part(model_class.config_class())
    try:
        kernels = stated.get("conv_kernel", usual.conv_kernel)
        strides = stated.get("conv_stride", usual.conv_stride)
        grid = FrameGrid.of([int(k) for k in kernels], [int(s) for s in strides])
    except (AttributeError, TypeError, ValueError) as error:
        raise MalgwiError(f"checkpoint {name!r}: config.json: {error}") from error
    if grid.hop > _LARGEST_HOP or grid.receptive_field > SAMPLE_RATE:
        raise MalgwiError(
            f"checkpoint {name!r}: one frame every {grid.hop} samples, {grid.receptive_field} "
            f"wide; expected at most {_LARGEST_HOP} and {SAMPLE_RATE}: speech needs several "
            "frames a letter"
        )
    return grid


def _log_mel_grid(raw: Mapping[str, Any], extractor: Mapping[str, Any], name: str) -> FrameGrid:
    heard = (
        extractor.get("num_mel_bins", BINS),
        extractor.get("stride", STACKED),
        raw.get("feature_projection_input_dim", CHANNELS),
    )
    if heard != (BINS, STACKED, CHANNELS):
        raise MalgwiError(
            f"checkpoint {name!r}: hears {heard[0]} log-mel bins, {heard[1]} of them to a frame of "
            f"{heard[2]} numbers; expected {BINS}, {STACKED} and {CHANNELS}, as Wav2Vec2-BERT was "
            "published; take such a one"
        )
    return GRID


def _extractor(place: str, name: str) -> Mapping[str, Any]:
    """Return what is known of how the checkpoint was fed."""
    extractor = read_json(place, "preprocessor_config.json", name)
    if extractor is None:
        processor = read_json(place, "processor_config.json", name) or {}
        extractor = processor.get("feature_extractor") or {}
        if not isinstance(extractor, dict):
            raise MalgwiError(
                f"checkpoint {name!r}: processor_config.json: feature_extractor must be a JSON "
                f"object; found {extractor!r}; get the files again"
            )
    rate = extractor.get("sampling_rate", SAMPLE_RATE)
    if rate != SAMPLE_RATE:
        raise MalgwiError(
            f"checkpoint {name!r}: it was trained at {rate!r} Hz; expected {SAMPLE_RATE} Hz"
        )
    return dict(extractor)


def _load_model(
    place: str,
    name: str,
    model_class: Any,
    settings: dict[str, Any],
    attention: str,
) -> tuple[Any, bool]:
    """Return the model and whether its head was in the file."""
    config_class = model_class.config_class
    kind = config_class.model_type
    family = FAMILIES[kind]
    usual = _MASKING | vars(_encoder_part(config_class()))
    # Nothing of what a family doesn't have is what it does anyway.
    settings = {key: value for key, value in settings.items() if key in usual or value}
    unknown = [setting for setting in settings if setting not in usual]
    if unknown:
        raise MalgwiError(
            f"checkpoint {name!r}: {unknown[0]} is given, which a model of the type {kind} doesn't "
            "have; leave it out"
        )
    try:
        config = config_class.from_pretrained(place)
        if config.vocab_size is None:  # Wav2Vec2-BERT's without a head; any number makes one
            config.vocab_size = 1
        _change(_encoder_part(config), settings)
        model, info = model_class.from_pretrained(
            place,
            config=config,
            dtype=torch.float32,
            attn_implementation="eager" if family.eager else attention,
            output_loading_info=True,
        )
    except Exception as error:  # whatever a damaged file makes transformers raise
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise MalgwiError(
            f"checkpoint {name!r}: its weights can't be loaded ({reason[0][:300]}); get the "
            "files again"
        ) from error
    missing = {str(key) for key in info["missing_keys"]}
    wrong = {str(key[0]) for key in info.get("mismatched_keys", ())}
    no_head = {key for key in missing | wrong if key.startswith(f"{family.head}.")}
    embedding = f"{model.base_model_prefix}.masked_spec_embed"
    lost = sorted((missing | wrong) - no_head - {embedding})
    if lost:
        raise MalgwiError(
            f"checkpoint {name!r}: {len(lost)} weights are missing from the file or have another "
            f"shape, the first {lost[0]!r}; it isn't a whole {kind} checkpoint"
        )
    # Heads of other tasks have no place in it; layers and convolutions must have one.
    beside = sorted(f".{key}" for key in info["unexpected_keys"])
    inside = (f".{family.layers}.", f".{family.convolutions}.")
    unused = [key[1:] for key in beside if any(part in key for part in inside)]
    if unused:
        raise MalgwiError(
            f"checkpoint {name!r}: {len(unused)} weights of its layers have no place in a model as "
            f"config.json describes it, the first {unused[0]!r}; put the config.json there that "
            "they were saved with"
        )
    if embedding in missing:  # transformers leaves SEW-D's as its memory was before
        with torch.no_grad():
            model.get_parameter(embedding).uniform_()
    model.eval()
    return model, not no_head


def _change(config: Any, settings: Mapping[str, Any]) -> None:
    """Put `settings` into a configuration, and settings of masks where it has none."""
    changes = {key: value for key, value in _MASKING.items() if not hasattr(config, key)}
    changes |= settings
    if "mask_time_prob" in settings or "mask_feature_prob" in settings:
        changes["apply_spec_augment"] = True
    for key, value in changes.items():
        setattr(config, key, value)
