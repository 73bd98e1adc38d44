"""From data set, configuration and checkpoint to all that the steps of a run need."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, DistributedType

from malgwi.dataset.manifest import Dataset
from malgwi.errors import MalgwiError
from malgwi.model.checkpoint import Checkpoint, load_checkpoint
from malgwi.model.ctc_model import CtcModel
from malgwi.model.dropout import use_cpu_dropout
from malgwi.model.families import encoder_config, family_of
from malgwi.model.fewer_layers import keep_layers, layer_count
from malgwi.model.head import with_vocab
from malgwi.model.language_adapters import alike, named
from malgwi.model.lora import add_lora
from malgwi.model.lower_layers import LowerLayers, check_layers
from malgwi.progress import say
from malgwi.terminal import printable
from malgwi.training.config import SHRUNK, TRAIN, TrainConfig
from malgwi.training.distil import Distillation
from malgwi.training.features import Extractor
from malgwi.training.fitting import fitted_plan, full_plan, saved_plan
from malgwi.training.learner import Learner
from malgwi.training.optimise import Average, adamw, precision, precision_name
from malgwi.training.record import Record, gather_facts
from malgwi.training.sparing import fit_into_memory
from malgwi.training.state import Position, set_random_states
from malgwi.training.step_inputs import StepInputs
from malgwi.training.teacher import Teacher, hear
from malgwi.training.trained_weights import freeze_the_rest, trained_weights
from malgwi.training.usable_clips import UsableClips, collect_usable_clips


@dataclass(frozen=True)
class Setup:
    """All that is fixed before the first step; only the learner's weights and moments change."""

    config: TrainConfig
    data: Dataset
    checkpoint: Checkpoint
    """Holds the model that is trained."""
    accelerator: Accelerator
    learner: Learner
    splits: UsableClips
    inputs: StepInputs
    record: Record
    eval_every: int
    log_every: int
    """Steps between two rows of metrics."""
    begun: float
    """When this command began, by `time.monotonic`."""

    @property
    def total(self) -> int:
        """Steps of the whole run."""
        return self.inputs.total


def start_processes(config: TrainConfig) -> Accelerator:
    """Return the device and processes; precision is `CtcModel`'s own matter.

    Raises:
        MalgwiError: they are of a kind that isn't supported.
    """
    uneven = bool(config.layerdrop != 0 or config.head_first or config.unfreeze_cnn_after)
    accelerator = Accelerator(
        mixed_precision="no",
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=uneven)],
    )
    if accelerator.distributed_type in (DistributedType.DEEPSPEED, DistributedType.FSDP):
        raise MalgwiError(
            f"accelerate: {accelerator.distributed_type} is not supported; use plain data-parallel "
            "processes (accelerate launch --multi_gpu)"
        )
    return accelerator


def set_up(
    config: TrainConfig,
    data: Dataset,
    checkpoint: str,
    accelerator: Accelerator,
    *,
    run: Path,
    saved: Mapping[str, Any] | None,
    position: Position,
    begun: float,
    teacher: Teacher | None = None,
) -> Setup:
    """Get ready for the first step, or for the next one of a run that is resumed.

    Args:
        config: how to train.
        data: what to train on.
        checkpoint: what to start from; the run itself where it is resumed.
        accelerator: the processes.
        run: the run folder, which need not be there yet.
        saved: the tensors of the state to go on from.
        position: where the run stands.
        begun: when this command began.
        teacher: what `checkpoint` is cut down from, to learn from it.

    Raises:
        MalgwiError: the checkpoint or the data can't be used, or not the same clips as before.
    """
    torch.manual_seed(config.seed)
    before = None if saved is None else json.loads((run / TRAIN).read_text(encoding="utf-8"))
    attention = _attention(config, accelerator.device)
    loaded = load_checkpoint(
        checkpoint,
        config.model_settings(),
        attention=attention,
        language=config.language_adapter if saved is None else None,  # a run has its own inside
        new_adapters=config.seed,
    )
    _tell(checkpoint, loaded, config, data)
    loaded, known = with_vocab(loaded, data.vocab, seed=config.seed)
    if teacher is not None:
        keep_layers(loaded, teacher.distillation.layers)
    weights = loaded.weights
    if config.freeze_layers:
        check_layers(loaded.model, checkpoint, config.freeze_layers)
    if config.lora is not None:
        add_lora(loaded.model, config.lora, config.lora_weight, seed=config.seed)
    learner = _learner(
        config,
        loaded,
        data.vocab.blank,
        accelerator,
        position=position,
        saved=saved,
        distillation=None if teacher is None else teacher.distillation,
    )
    layers = LowerLayers(learner.ctc) if config.freeze_layers else None
    extractor = Extractor(learner.ctc.cnn, loaded.grid, loaded.epsilon, layers)
    settings = encoder_config(loaded.model)
    splits = collect_usable_clips(
        config,
        data,
        extractor,
        accelerator,
        run=run,
        cnn_trained=position.cnn_trained,
        without=None if before is None else before["set_aside"],
    )
    _check_all_there(run, before, splits.set_aside)
    targets, listening = None, time.monotonic()
    if teacher is not None and teacher.distillation.weight:
        targets = hear(
            teacher, splits, accelerator, dataset=data.folder, run=run, cache_gb=config.cache_gb
        )
    cache_seconds = splits.seconds + time.monotonic() - listening
    inputs = StepInputs(
        config if before is None else _of_its_size(config, before["facts"]),
        splits.train,
        splits.train_source,
        settings,
        targets=targets,
        process=accelerator.process_index,
        processes=accelerator.num_processes,
        accelerator=accelerator.device.type != "cpu",
    )
    # What a run asked of a GPU's memory says nothing of this one's.
    begins_here = before is None or before["facts"].get("device") != "cpu"
    if begins_here and accelerator.device.type == "cpu" and accelerator.num_processes == 1:
        position.checkpointed = False
        fit_into_memory(learner, inputs, splits.train, config, position)
    if config.fit_minutes is None:
        plan = full_plan(config, inputs.total)
    elif saved is not None:
        plan = saved_plan(run)
    else:
        plan = fitted_plan(config, learner, inputs, splits, data.vocab, position=position)
    inputs.total = plan.steps
    facts = gather_facts(
        data,
        splits,
        eval_every=plan.eval_every,
        precision=precision_name(learner.ctc.precision),
        device=accelerator.device.type,
        processes=accelerator.num_processes,
    )
    facts |= {
        "weights": weights,
        "trained_weights": trained_weights(learner.ctc),
        "layers": layer_count(loaded),
        "frozen_layers": config.freeze_layers,
        "batch_seconds": None if config.batch_clips else inputs.batch_seconds,
        "licence": loaded.licence,
    }
    origin = {"checkpoint": checkpoint, "known_tokens": known}
    origin |= {} if before is None else {name: before["facts"][name] for name in origin}
    if teacher is not None:
        origin[SHRUNK] = teacher.facts()
    # From here on the processes draw their own dropout.
    torch.manual_seed(config.seed + accelerator.process_index)
    if saved is not None and len(saved["random"]) == accelerator.num_processes:
        set_random_states(saved["random"][accelerator.process_index])
    return Setup(
        config=config,
        data=data,
        checkpoint=loaded,
        accelerator=accelerator,
        learner=learner,
        splits=splits,
        inputs=inputs,
        record=Record(config, facts | origin, plan.steps, cache_seconds, splits.set_aside),
        eval_every=plan.eval_every,
        log_every=max(plan.steps // 1000, 1),
        begun=begun,
    )


def _tell(checkpoint: str, loaded: Checkpoint, config: TrainConfig, data: Dataset) -> None:
    """Say what a run starts from."""
    say(
        f"from {checkpoint}: {loaded.weights / 1e6:.1f} x 10^6 weights, "
        f"licence {loaded.licence or 'not stated'}"
    )
    if not loaded.exportable:
        say(
            "it can be trained and evaluated, but not exported: it has "
            f"{1e-9 * loaded.weights:.1f} x 10^9 weights, and a bundle holds 2.1 x 10^9, in 8 "
            "bits. For Android and Java take a smaller checkpoint"
        )
    if loaded.begun:
        say(printable(_begun(loaded.languages, data.info.get("language"))))
    if loaded.unspelt:
        say(
            "its head is trained, but nothing beside it says for which letters, so that a new one "
            "is begun; to go on with it put vocab.json and tokenizer_config.json there (the "
            "Trainer leaves them out of its checkpoints unless it has the tokenizer)"
        )
    if config.augment_gain_db and (loaded.do_normalize or family_of(loaded.model).log_mel):
        say(
            f"--augment-gain-db {config.augment_gain_db:g}: changes nothing that this model hears, "
            "since every clip is brought to one loudness first, and only takes time; leave it out"
        )


def _begun(languages: Sequence[str], language: object) -> str:
    """Return what to say where a checkpoint has several languages and none was asked for."""
    said = "new language adapters and a new head are begun"
    if not languages:
        return said
    mine = alike(language if isinstance(language, str) else None, languages)
    ours = f"; {', '.join(mine)} is the data set's" if mine else ""
    some = f"it has {len(languages)} to start from ({named(languages)}){ours}"
    return f"{said}; {some}: --language-adapter"


def _attention(config: TrainConfig, device: torch.device) -> str:
    if config.attention != "auto":
        return config.attention
    return "eager" if device.type == "cpu" else "sdpa"


def _learner(
    config: TrainConfig,
    checkpoint: Checkpoint,
    blank: int,
    accelerator: Accelerator,
    *,
    position: Position,
    saved: Mapping[str, Any] | None,
    distillation: Distillation | None,
) -> Learner:
    """Return the model on its device with what changes it, as they were saved or fresh."""
    model, device = checkpoint.model, accelerator.device
    dtype = precision(config, device)
    ctc = CtcModel(model, blank=blank, precision=dtype, frozen_layers=config.freeze_layers)
    if saved is not None:
        ctc.load_state_dict(saved["model"])
    freeze_the_rest(ctc, config)
    if device.type == "cpu":
        use_cpu_dropout(model)
    ctc.to(device)
    learner = Learner(
        ctc=ctc,
        wrapped=accelerator.prepare_model(ctc),
        optimizer=adamw(ctc, config, device),
        scaler=torch.amp.GradScaler(device.type, enabled=dtype is torch.float16),
        average=Average(ctc, config.ema) if config.ema else None,
        accelerator=accelerator,
        distillation=distillation,
    )
    learner.compute_activations_twice(bool(config.gradient_checkpointing or position.checkpointed))
    if saved is not None:
        learner.go_on(saved)
    return learner


def _check_all_there(run: Path, before: Mapping[str, Any] | None, now: Mapping[str, str]) -> None:
    """Refuse to go on without clips that a run has used: all steps would be others.

    Args:
        run: the run.
        before: what its `train.json` says where it is resumed.
        now: clips set aside, by id, and why.

    Raises:
        MalgwiError: names the first.
    """
    gone = [] if before is None else [clip for clip in now if clip not in before["set_aside"]]
    if gone:
        raise MalgwiError(
            f"{run}: can't go on: {len(gone)} clips that it used can't be used any more, the first "
            f"{gone[0]} ({now[gone[0]]}); bring them back, or start a new run"
        )


def _of_its_size(config: TrainConfig, facts: Mapping[str, Any]) -> TrainConfig:
    """Let steps be as large as they were where the run was begun, maybe on another device."""
    return replace(config, batch_seconds=facts.get("batch_seconds", config.batch_seconds))
