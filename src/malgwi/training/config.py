"""`TrainConfig`: every number of a fine-tuning run, one frozen value, saved with the run.

The command line is built from it (`flags`).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from malgwi.errors import MalgwiError

TRAIN = "train.json"
"""The file of a run folder that holds the configuration, the facts and the figures."""
SHRUNK = "shrunk"
"""The key of its facts that says what a smaller model was cut from and how it learns from it."""
STATE = "state"
"""The folder in it with what a run needs to go on."""

FREE_ON_RESUME = frozenset(
    {"max_minutes", "cache_gb", "keep", "patience", "gradient_checkpointing"}
)
"""Fields that may differ when a run is resumed: they don't change the weights of a step."""


@dataclass(frozen=True)
class TrainConfig:
    """How to fine-tune. Times in seconds, shares between 0 and 1; None leaves the choice open."""

    epochs: float = 30.0
    """Passes over the training split."""
    max_steps: int | None = None
    """Optimizer steps of the whole run, instead of --epochs; the schedule ends there."""
    fit_minutes: float | None = None
    """Where all passes take longer than so many minutes of steps and evaluations, make as many
    steps as fit, so that the schedule ends there; they are counted after a few were tried."""
    max_minutes: float | None = None
    """Stop after so many minutes of steps and evaluations; the learning rate of the steps made
    is that of the whole run, so that --resume can finish it."""
    batch_seconds: float | None = None
    """Seconds of audio in one step, padding included, over all processes; by default a hundredth
    of the training split, within 16 to 40 on a CPU and 16 to 640 on an accelerator."""
    batch_clips: int | None = None
    """Clips in one step, of like length, instead of --batch-seconds."""
    learning_rate: float = 3e-4
    """Peak learning rate of AdamW."""
    weight_decay: float = 0.005
    """Weight decay of AdamW; biases and norms have none."""
    warmup_steps: int | None = None
    """Steps of linear warm-up; by default --warmup-share of the run."""
    warmup_share: float = 0.1
    """Share of the run that is warm-up, where --warmup-steps isn't given."""
    schedule: Literal["linear", "cosine"] = "linear"
    """How the learning rate falls to zero after the warm-up."""
    gradient_clip: float = 1.0
    """Largest norm of the gradients."""
    ema: float = 0.0
    """Decay of a running average of the weights, which is then what is scored and saved; 0 is off,
    0.999 a usual value."""
    freeze_cnn: bool = True
    """Leave the convolutions as the checkpoint has them; their output is then cached."""
    freeze_layers: int = 0
    """Leave so many of the first transformer layers, and all below them, as the checkpoint has
    them; what goes into the first that is trained is then cached. Masks begin there."""
    unfreeze_cnn_after: float | None = None
    """Share of the run after which the convolutions are trained too."""
    cnn_learning_rate_scale: float = 1.0
    """Learning rate of the convolutions, as a multiple of the others'."""
    head_first: float = 0.0
    """Share of the run in which only the new head is trained."""
    mask_time_prob: float | None = None
    """Share of the frames that SpecAugment masks (by default the checkpoint's)."""
    mask_time_length: int | None = None
    """Frames of one mask (by default the checkpoint's)."""
    mask_feature_prob: float | None = None
    """Share of the feature channels that SpecAugment masks (by default the checkpoint's)."""
    mask_feature_length: int | None = None
    """Channels of one mask (by default the checkpoint's)."""
    layerdrop: float | None = None
    """Chance that a layer is left out of a step (by default the checkpoint's)."""
    hidden_dropout: float | None = None
    """Dropout between the transformer's parts (by default the checkpoint's)."""
    attention_dropout: float | None = None
    """Dropout of attention weights (by default the checkpoint's)."""
    activation_dropout: float | None = None
    """Dropout within the feed-forward parts (by default the checkpoint's)."""
    feat_proj_dropout: float | None = None
    """Dropout of the projected features (by default the checkpoint's)."""
    final_dropout: float | None = None
    """Dropout before the head (by default the checkpoint's)."""
    augment_speed: float = 0.0
    """Largest relative change of speed of a training clip: 0.1 draws from 0.9 to 1.1."""
    augment_noise_db: float | None = None
    """Add noise to half of the training clips, this many dB below the speech or up to 30 dB
    less of it."""
    augment_gain_db: float = 0.0
    """Largest change of loudness of a training clip, up or down, in dB."""
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    """Of the training steps; auto is bf16 where the processor computes it fast, fp16 on older
    GPUs, else fp32. The loss and the validation are fp32 always."""
    attention: Literal["auto", "sdpa", "eager"] = "auto"
    """Attention kernel; auto is eager on a CPU and sdpa elsewhere, whichever measured faster."""
    gradient_checkpointing: bool | None = None
    """Compute activations twice to save memory; about a quarter slower. By default only where
    memory is too small for one clip."""
    pad_frames_to: int = 25
    """Round the frames of a batch up to a multiple of this; exact, since the padding is masked,
    and faster, since each new shape costs the processor's library a planning step."""
    cache_gb: float = 4.0
    """Largest size of the caches, in 10^9 bytes: of convolution features, and of the sound of
    stretches in compressed recordings. Above it they are computed again in every step, with the
    same numbers."""
    eval_every: int | None = None
    """Steps between evaluations; by default 20 evaluations a run, at most 500 steps apart, farther
    where they would take more than a fifth of --fit-minutes."""
    patience: int | None = None
    """Stop after so many evaluations without a better one."""
    keep: int = 2
    """States of the latest evaluations to keep for --resume."""
    language_adapter: str | None = None
    """Of a checkpoint with an adapter for each language (MMS), start from this one's: kor; without
    it, from new ones."""
    adapters_only: bool | None = None
    """Train only language adapters and head; by default where the checkpoint has adapters."""
    lora: int | None = None
    """Train only low-rank changes (LoRA) of this rank to attention's projections, and the head;
    they are merged into the run's weights."""
    lora_alpha: float | None = None
    """The changes count this many times as much, divided by the rank; by default twice the rank."""
    seed: int = 0
    """Of the head, new adapters, LoRA's factors, the order of the clips, the masks and dropout."""

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            MalgwiError: names the flag, the value and the range.
        """
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                bound = f"between {low:g} and {high:g}" if high < _HUGE else f"at least {low:g}"
                raise MalgwiError(f"{flag(name)}: {value:g} is out of range; give a value {bound}")
        for name, kind in field_types().items():
            choices = choices_of(kind)
            if choices and getattr(self, name) not in choices:
                raise MalgwiError(
                    f"{flag(name)}: {getattr(self, name)!r} is unknown; give one of "
                    + ", ".join(choices)
                )
        if self.unfreeze_cnn_after is not None and not self.freeze_cnn:
            raise MalgwiError("--unfreeze-cnn-after: makes no sense with --no-freeze-cnn; drop one")
        if self.batch_clips is not None and self.batch_seconds is not None:
            raise MalgwiError("--batch-clips and --batch-seconds: give only one of them")
        narrow = "--adapters-only" if self.adapters_only else "--lora" if self.lora else None
        if narrow and (not self.freeze_cnn or self.unfreeze_cnn_after is not None):
            raise MalgwiError(
                f"{narrow}: trains no convolutions; give --freeze-cnn (the recipe starter has "
                "--no-freeze-cnn), and no --unfreeze-cnn-after, or leave it out"
            )
        if self.adapters_only and self.lora is not None:
            raise MalgwiError(
                "--adapters-only and --lora: give only one of them; --lora trains adapters, too"
            )
        self._check_frozen_layers()
        if self.lora_alpha is not None and self.lora is None:
            raise MalgwiError("--lora-alpha: is of --lora; give its rank, or leave it out")

    def _check_frozen_layers(self) -> None:
        if not self.freeze_layers:
            return
        given = f"--freeze-layers {self.freeze_layers}"
        if not self.freeze_cnn or self.unfreeze_cnn_after is not None:
            raise MalgwiError(
                f"{given}: leaves the convolutions as they are, too; give --freeze-cnn (the recipe "
                "starter has --no-freeze-cnn), and no --unfreeze-cnn-after, or leave it out"
            )
        if self.lora is not None or self.adapters_only:
            narrow = "--adapters-only" if self.lora is None else "--lora"
            raise MalgwiError(
                f"{given} and {narrow}: give only one of them; {narrow} trains something in every "
                "layer"
            )
        if self.feat_proj_dropout:
            raise MalgwiError(
                f"--feat-proj-dropout: {self.feat_proj_dropout:g} would be below the frozen "
                f"layers, where nothing is dropped; leave it out, or {given}"
            )

    @classmethod
    def tutorial(cls) -> "TrainConfig":
        """Return the numbers of the Hugging Face TIMIT tutorial for Wav2Vec2 (2021).

        Batches of 32 clips, 30 epochs, 1e-4, weight decay 0.005, 1,000 steps of warm-up, linear
        decay, gradient checkpointing, an evaluation every 500 steps, two checkpoints kept.
        """
        return cls(
            batch_clips=32,
            epochs=30.0,
            learning_rate=1e-4,
            weight_decay=0.005,
            warmup_steps=1000,
            schedule="linear",
            gradient_checkpointing=True,
            eval_every=500,
            keep=2,
        )

    @classmethod
    def starter(cls) -> "TrainConfig":
        """Return what measured best for the starter on little real speech (docs/results.md).

        Its convolutions have heard synthetic speech only, so they are trained too, and faster than
        the transformer, which already knows how English is spelt.
        """
        return cls(
            epochs=10.0,
            learning_rate=2e-4,
            schedule="cosine",
            ema=0.99,
            freeze_cnn=False,
            cnn_learning_rate_scale=2.5,
            augment_speed=0.1,
            mask_time_prob=0.08,
        )

    @classmethod
    def student(cls) -> "TrainConfig":
        """Return where a model with fewer layers starts from (docs/results.md).

        No layer is left out by chance where few are left; averaged weights, since the rate is high;
        all are trained, since few layers must do what adapters alone can't.
        """
        return cls(
            epochs=15.0,
            learning_rate=5e-4,
            schedule="cosine",
            ema=0.99,
            layerdrop=0.0,
            adapters_only=False,
        )

    @property
    def lora_weight(self) -> float:
        """The alpha of LoRA's changes."""
        return self.lora_alpha if self.lora_alpha is not None else 2.0 * (self.lora or 0)

    @property
    def augments(self) -> bool:
        """Whether training clips are changed before the convolutions see them."""
        return (
            self.augment_speed > 0 or self.augment_noise_db is not None or self.augment_gain_db > 0
        )

    def model_settings(self) -> dict[str, Any]:
        """Return the fields given here that replace a value of the checkpoint's `config.json`."""
        settings = {name: getattr(self, name) for name in _MODEL_FIELDS}
        return {name: value for name, value in settings.items() if value is not None}


_HUGE = float("inf")
_RANGES: Mapping[str, tuple[float, float]] = {
    "epochs": (0.01, 100_000),
    "max_steps": (1, _HUGE),
    "fit_minutes": (0, 1_000_000),
    "max_minutes": (0, _HUGE),
    "batch_seconds": (0.1, 100_000),
    "batch_clips": (1, 100_000),
    "learning_rate": (0, 1),
    "weight_decay": (0, 1),
    "warmup_steps": (0, _HUGE),
    "warmup_share": (0, 1),
    "gradient_clip": (1e-6, _HUGE),
    "ema": (0, 0.999999),
    "freeze_layers": (0, 1000),
    "unfreeze_cnn_after": (0, 1),
    "cnn_learning_rate_scale": (0, 100),
    "head_first": (0, 1),
    "mask_time_prob": (0, 1),
    "mask_time_length": (1, 1000),
    "mask_feature_prob": (0, 1),
    "mask_feature_length": (1, 1000),
    "layerdrop": (0, 0.9),
    "hidden_dropout": (0, 0.9),
    "attention_dropout": (0, 0.9),
    "activation_dropout": (0, 0.9),
    "feat_proj_dropout": (0, 0.9),
    "final_dropout": (0, 0.9),
    "augment_speed": (0, 0.5),
    "augment_noise_db": (-10, 100),
    "augment_gain_db": (0, 60),
    "pad_frames_to": (1, 1000),
    "cache_gb": (0, _HUGE),
    "eval_every": (1, _HUGE),
    "patience": (1, _HUGE),
    "keep": (1, 1000),
    "lora": (1, 1024),
    "lora_alpha": (0.001, 100_000),
    "seed": (0, 2**31 - 1),
}
_MODEL_FIELDS = (
    "mask_time_prob",
    "mask_time_length",
    "mask_feature_prob",
    "mask_feature_length",
    "layerdrop",
    "hidden_dropout",
    "attention_dropout",
    "activation_dropout",
    "feat_proj_dropout",
    "final_dropout",
)


def flag(name: str) -> str:
    """Return the command line flag of a field."""
    return "--" + name.replace("_", "-")


def read_config(run: Path) -> TrainConfig:
    """Read the configuration that a run folder was trained with.

    Raises:
        MalgwiError: there is no run, or its `train.json` isn't one of this version.
    """
    path = run / TRAIN
    if not path.is_file():
        raise MalgwiError(
            f"{run}: no {TRAIN} in it, so there is no run to resume; start it without --resume"
        )
    try:
        return config_from_dict(json.loads(path.read_text(encoding="utf-8"))["config"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MalgwiError(f"{path}: not readable ({error!r}); start the run anew") from error


def config_from_dict(values: Mapping[str, Any]) -> TrainConfig:
    """Build a configuration from the `config` object of a `train.json`.

    Raises:
        MalgwiError: a name is unknown, or a value out of range.
    """
    unknown = sorted(set(values) - {f.name for f in fields(TrainConfig)})
    if unknown:
        raise MalgwiError(f"{TRAIN}: unknown setting {unknown[0]!r}; written by another version?")
    return TrainConfig(**values)


def differences(saved: TrainConfig, given: TrainConfig) -> list[str]:
    """Return the settings that may not change on resume but do, each as `flag: saved, given`."""
    old, new = asdict(saved), asdict(given)
    return [
        f"{flag(name)}: the run has {old[name]}, given {new[name]}"
        for name in old
        if old[name] != new[name] and name not in FREE_ON_RESUME
    ]


@cache
def field_types() -> dict[str, Any]:
    """Return the type of every field."""
    return get_type_hints(TrainConfig)


def choices_of(kind: Any) -> tuple[str, ...]:
    """Return the words that a type allows; none where it isn't one of words."""
    return get_args(kind) if get_origin(kind) is Literal else ()
