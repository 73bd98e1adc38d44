"""A smaller model out of a trained one: run + data set → run folder with fewer layers.

The student is the run without some of its layers; it learns from the labels, and from what the
whole run makes of every frame. All else is `train`.
"""

import json
from pathlib import Path

from malgwi.dataset.manifest import Dataset, load_dataset
from malgwi.errors import MalgwiError
from malgwi.model.checkpoint import Checkpoint, load_checkpoint
from malgwi.model.fewer_layers import layer_count
from malgwi.model.head import with_vocab
from malgwi.publish import claim_folder
from malgwi.training.config import SHRUNK, TRAIN, TrainConfig
from malgwi.training.distil import Distillation
from malgwi.training.teacher import Teacher
from malgwi.training.train import TrainResult, train


def shrink(
    model: str,
    dataset: Path,
    run: Path,
    config: TrainConfig,
    distillation: Distillation,
    *,
    resume: bool = False,
    replace: bool = False,
    quiet: bool = False,
) -> TrainResult:
    """Train a student of `model` with fewer layers on `dataset`, and write its run folder.

    Args:
        model: the teacher: a run, a checkpoint folder or a hub id, of the data set's letters.
        dataset: as for `train`.
        run: likewise.
        config: likewise, but clips can't be trained at another speed.
        distillation: how many layers stay, and how much the teacher counts.
        resume: as for `train`; model, data set and numbers must be the same.
        replace: as for `train`.
        quiet: likewise.

    Raises:
        MalgwiError: as `train`; or the teacher isn't fit to teach this.
        GateError: as `train`.
    """
    if run.resolve() == Path(model).resolve():
        raise MalgwiError(f"{run}: is the teacher itself; give another --output")
    if not resume:
        claim_folder(run, replace=replace)
    if config.augment_speed:
        raise MalgwiError(
            f"--augment-speed: {config.augment_speed:g} gives clips other frames than the teacher "
            "hears; leave it out"
        )
    if config.lora is not None:
        raise MalgwiError(
            f"--lora {config.lora}: few layers must learn what many did, which takes all their "
            "weights; leave it out"
        )
    if config.freeze_layers:
        raise MalgwiError(
            f"--freeze-layers {config.freeze_layers}: few layers must learn what many did, which "
            "takes all of them; leave it out"
        )
    _check_finished(model)
    teacher = Teacher(_speller(model, load_dataset(dataset)), distillation)
    there, wanted = layer_count(teacher.checkpoint), distillation.layers
    if not 1 <= wanted < there:
        raise MalgwiError(
            f"--layers {wanted}: {model} has {there}; expected 1 to {there - 1}, since fewer is "
            "what makes it smaller"
        )
    return train(
        dataset,
        run,
        config,
        checkpoint=model,
        teacher=teacher,
        resume=resume,
        replace=replace,
        quiet=quiet,
    )


def read_distillation(run: Path) -> Distillation:
    """Return how a run that `shrink` began learns.

    Raises:
        MalgwiError: it is none, or its `train.json` isn't one of this version.
    """
    path = run / TRAIN
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))["facts"]
        if SHRUNK in facts:
            return Distillation(**facts[SHRUNK]["how"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MalgwiError(f"{path}: not readable ({error!r}); start the run anew") from error
    raise MalgwiError(f"{run}: wasn't begun by malgwi shrink; go on with malgwi train --resume")


def _check_finished(model: str) -> None:
    """Refuse a run that is still being trained, or whose weights nobody has scored.

    Raises:
        MalgwiError: says how far it is.
    """
    path = Path(model) / TRAIN
    if not path.is_file():
        return
    try:
        figures = json.loads(path.read_text(encoding="utf-8"))["figures"]
        status, step, total = figures["status"], figures["steps"], figures["total_steps"]
        scored = figures["best_wer"] is not None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MalgwiError(f"{path}: not readable ({error!r}); train the run anew") from error
    if status == "running" or not scored:
        raise MalgwiError(
            f"{model}: isn't trained yet (step {step} of {total}); let it end, or go on with "
            "malgwi train --resume, before it teaches"
        )


def _speller(model: str, data: Dataset) -> Checkpoint:
    """Return the teacher with its tokens in the data set's order.

    Raises:
        MalgwiError: it spells with other letters than the data set.
    """
    checkpoint = load_checkpoint(model)
    if checkpoint.vocab is None:
        raise MalgwiError(f"{model}: {checkpoint.why_mute}")
    theirs, ours = checkpoint.vocab, data.vocab
    odd = sorted(set(theirs.spells) ^ set(ours.spells))
    if odd or theirs.unit != ours.unit:
        raise MalgwiError(
            f"{data.folder}: its vocabulary ({len(ours)} tokens, unit {ours.unit}) isn't that of "
            f"{model} ({len(theirs)}, {theirs.unit}; {len(odd)} letters are in one only"
            f"{''.join(f' {letter!r}' for letter in odd[:5])}), so the student's frames can't be "
            f"compared with its; prepare the data with --vocab-from {model}"
        )
    speller, known = with_vocab(checkpoint, ours)
    if known < len(ours):
        raise MalgwiError(
            f"{model}: it has {known} of the {len(ours)} tokens of {data.folder}, and would teach "
            "the others by chance; fine-tune it first (malgwi train)"
        )
    return speller
