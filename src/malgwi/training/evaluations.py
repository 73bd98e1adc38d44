"""The evaluations of a run: score the validation split, keep the best weights, save the state."""

import time
from collections.abc import Callable

from accelerate.utils import gather_object

from malgwi.progress import say
from malgwi.terminal import printable
from malgwi.training import doctor
from malgwi.training.clips import FeatureSource
from malgwi.training.run_folder import RunFolder
from malgwi.training.setup import Setup
from malgwi.training.state import Position, random_states
from malgwi.training.validate import Evaluation, validate

Interrupted = Callable[[], bool]


def due(setup: Setup, position: Position) -> bool:
    """Return whether the weights are to be scored now."""
    on_time = position.step > 0 and position.step % setup.eval_every == 0
    return (on_time or position.step == setup.total) and position.evaluated != position.step


def evaluate(setup: Setup, position: Position, folder: RunFolder, interrupted: Interrupted) -> bool:
    """Score the weights, keep them if they are the best, save; False when interrupted."""
    with setup.learner.averaged():
        found = _score(setup, position, interrupted)
        if found is None:
            return False
        position.evaluated = position.step
        better = _report(found, setup, position, folder)
        position.stale = 0 if better else position.stale + 1
        if better:
            position.remember_best(found.wer, found.cer)
            folder.write_best(setup.checkpoint)
    save(setup, position, folder)
    return True


def evaluate_once_more(
    setup: Setup, position: Position, folder: RunFolder, interrupted: Interrupted
) -> None:
    """Let the last weights of a run stopped by the clock be its best, unknown to its state.

    A resumed run must come to the same end as an uninterrupted one, which has no evaluation
    here: so the state is written before, and the best weights that it knows are set aside.
    """
    with setup.learner.averaged():
        found = _score(setup, position, interrupted)
        if found is None or not _report(found, setup, position, folder):
            return
        folder.write_best_beside_state(setup.checkpoint, position)
        position.remember_best(found.wer, found.cer)


def save(setup: Setup, position: Position, folder: RunFolder) -> None:
    """Save what the run needs to go on from here."""
    states = gather_object([random_states()])
    position.metrics = len(folder.metrics.rows)
    folder.write_state(setup.record, position, setup.learner.tensors() | {"random": states})


def tell(found: doctor.Diagnosis, step: int, folder: RunFolder, *, said_before: bool) -> None:
    """Put a diagnosis into the metrics, and on the screen where it is news."""
    folder.metrics.add(step=step, finding=found.kind, message=found.message)
    if not said_before:
        say(printable(f"{found.kind}: {found.message}"))


def _score(setup: Setup, position: Position, interrupted: Interrupted) -> Evaluation | None:
    source = setup.splits.valid_source
    if position.cnn_trained:
        source = FeatureSource(source.extractor, waveforms=source.waveforms)
    return validate(
        setup.learner.ctc,
        setup.splits.valid,
        source,
        setup.data.vocab,
        setup.accelerator,
        interrupted=interrupted,
    )


def _report(found: Evaluation, setup: Setup, position: Position, folder: RunFolder) -> bool:
    """Put the evaluation into the metrics and on the screen; return whether it is the best."""
    loss = position.checkup_sum / max(position.checkup_steps, 1)
    position.checkup_sum, position.checkup_steps = 0.0, 0
    measure = setup.record.measure
    better = position.improved_by(measure, found.wer, found.cer)
    before = doctor.latest_diagnosis(folder.metrics.rows)
    folder.metrics.add(
        step=position.step,
        wer=found.wer,
        cer=found.cer,
        valid_blank_share=found.blank_share,
        mean_loss=loss,
        seconds=round(time.monotonic() - setup.begun, 3),
    )
    skipped = f"  {position.skipped_steps} steps skipped" if position.skipped_steps else ""
    mark = "  best so far" if better else ""
    rates = f"WER {found.wer:.3f}  CER {found.cer:.3f}"
    say(f"step {position.step}  loss {loss:.3f}  {rates}{skipped}{mark}")
    diagnosis = doctor.diagnose(
        doctor.checkups(folder.metrics.rows),
        measure=measure,
        total_steps=setup.total,
        learning_rate=setup.config.learning_rate,
        unknown_share=setup.record.facts["unknown_share"],
    )
    if diagnosis:
        tell(diagnosis, position.step, folder, said_before=diagnosis.kind == before)
    return better
