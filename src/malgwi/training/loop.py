"""The steps of a run, from where it stands to its end."""

import time
from collections.abc import Iterator

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object

from malgwi.errors import GateError
from malgwi.progress import say, stage
from malgwi.training import doctor
from malgwi.training.evaluations import due, evaluate, evaluate_once_more, save, tell
from malgwi.training.learner import Outcome
from malgwi.training.optimise import learning_rate, precision_name, trained_at
from malgwi.training.run_folder import RunFolder
from malgwi.training.setup import Setup
from malgwi.training.sparing import gradients_that_fit
from malgwi.training.state import Position
from malgwi.training.step_inputs import Inputs, Step
from malgwi.training.stop import Stop


def run_steps(setup: Setup, position: Position, folder: RunFolder, stop: Stop) -> str:
    """Train to the end or until something stops it; return what did.

    `position` moves, the learner's weights change, and `folder` is written.

    Raises:
        GateError: training diverged; the run keeps the best weights before.
    """
    stop.gently()
    say(
        f"{len(setup.splits.train)} clips to learn from, {len(setup.splits.valid)} to select by; "
        f"{setup.total} steps in {precision_name(setup.learner.ctc.precision)} on "
        f"{setup.accelerator.device.type}"
    )
    streak = doctor.Streak()
    loss: float | None = None
    with stage("training", setup.total, "steps", done=position.step) as update:

        def show() -> None:
            rates = doctor.latest_rates(folder.metrics.rows)
            update(position.step, position.x_real_time, loss=loss, **rates, step=position.step)

        steps = setup.inputs.prepared(setup.inputs.steps(position.step))
        while not (ended := _evaluated_or_ended(setup, position, folder, stop)):
            loss = _step(setup, position, folder, steps, streak)
            if streak.diverged:
                ended = "diverged"
                break
            show()
        show()  # the last evaluation, too
    _leave(ended, setup, position, folder, stop)
    if ended == "diverged":
        raise GateError(
            f"training diverged: the gradients of {streak.length} steps in a row, up to step "
            f"{position.step}, were not finite; lower --learning-rate (it is "
            f"{setup.config.learning_rate:g}) or use --precision fp32"
        )
    return ended


def _evaluated_or_ended(setup: Setup, position: Position, folder: RunFolder, stop: Stop) -> str:
    """Evaluate where it is time; return why the run ends here, or nothing."""
    patience = setup.config.patience
    if due(setup, position) and not evaluate(
        setup, position, folder, lambda: _interrupted(setup.accelerator, stop)
    ):
        return "signal"
    if position.step >= setup.total:
        return "finished"
    if patience is not None and position.stale >= patience:
        return "patience"
    return _agreed(setup.accelerator, stop.reason())


def _step(
    setup: Setup,
    position: Position,
    folder: RunFolder,
    steps: Iterator[tuple[Step, Inputs]],
    streak: doctor.Streak,
) -> float:
    """Make the next step, move on by it, and return its loss."""
    started = time.perf_counter()
    step, inputs = next(steps)
    output = gradients_that_fit(
        setup.learner,
        step,
        inputs,
        trained=trained_at(step.number, setup.total, setup.config),
        config=setup.config,
        position=position,
    )
    outcome = setup.learner.step(
        step,
        inputs,
        output,
        rate=learning_rate(step.number, setup.total, setup.config),
        largest=setup.config.gradient_clip,
    )
    streak.count(finite=outcome.finite, scale=outcome.scale)
    position.step += 1
    position.skipped_steps += not outcome.finite
    position.cnn_trained |= setup.learner.ctc.trained == "all"
    position.audio_seconds += sum(setup.splits.train[index].seconds for index in step.batch)
    skipped = not outcome.finite and not streak.searching
    loss = _note_loss(setup, position, folder, outcome, skipped=skipped)
    if position.step % setup.log_every == 0:
        _log(setup, position, folder, outcome)
    position.train_seconds += time.perf_counter() - started
    return loss


def _note_loss(
    setup: Setup, position: Position, folder: RunFolder, outcome: Outcome, *, skipped: bool
) -> float:
    """Count the step's loss and return it; name the clips whose loss was not finite."""
    batch, inputs = outcome.step.batch, outcome.inputs
    output = outcome.output
    assert output.losses is not None  # noqa: S101 - labels were given
    assert output.not_finite is not None  # noqa: S101
    total = float(output.losses.detach().sum()) if inputs.counts else 0.0
    pairs = zip(inputs.clips, output.not_finite.tolist(), strict=True)
    wrong = [clip.id for clip, bad in pairs if bad and inputs.counts]
    if setup.accelerator.num_processes > 1:
        total, wrong = sum(gather_object([total])), gather_object(wrong)
    loss = total / len(batch)
    position.loss_sum += loss
    position.loss_steps += 1
    position.checkup_sum += loss
    position.checkup_steps += 1
    position.not_finite += len(wrong)
    if wrong or skipped:
        blamed = wrong or [setup.splits.train[index].id for index in batch]
        found = doctor.not_finite(blamed, position.step, skipped=skipped)
        tell(found, position.step, folder, said_before=False)
    return loss


def _log(setup: Setup, position: Position, folder: RunFolder, outcome: Outcome) -> None:
    """Add a row of metrics."""
    logits, lengths = outcome.output.logits, outcome.output.frame_lengths
    real = torch.arange(logits.shape[1], device=logits.device) < lengths[:, None]
    blank = (logits.detach().argmax(-1) == setup.data.vocab.blank) & real
    folder.metrics.add(
        step=position.step,
        epoch=outcome.step.epoch,
        loss=position.loss_sum / position.loss_steps,
        learning_rate=outcome.rate,
        gradient_norm=outcome.norm,
        blank_share=float(blank.sum() / real.sum()),
        x_real_time=position.x_real_time,
    )
    position.loss_sum, position.loss_steps = 0.0, 0


def _leave(ended: str, setup: Setup, position: Position, folder: RunFolder, stop: Stop) -> None:
    """Save what there is and end the run."""
    if ended in ("signal", "max-minutes"):
        if not folder.published:
            with setup.learner.averaged():
                folder.write_best(setup.checkpoint)  # a run always holds one that can be loaded
        save(setup, position, folder)
        if ended == "max-minutes" and position.evaluated != position.step:
            evaluate_once_more(
                setup, position, folder, lambda: _interrupted(setup.accelerator, stop)
            )
    folder.end(setup.record, position, ended)
    setup.accelerator.wait_for_everyone()


def _agreed(accelerator: Accelerator, reason: str) -> str:
    """Return the reason to stop that any process has, so that all stop at one step."""
    if accelerator.num_processes == 1:
        return reason
    return str(max(gather_object([reason])))


def _interrupted(accelerator: Accelerator, stop: Stop) -> bool:
    return bool(_agreed(accelerator, "signal" if stop.signalled else ""))
