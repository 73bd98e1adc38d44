"""What a run needs to go on exactly as if it had never stopped: `RUN/state/STEP.pt`.

Everything random in a step is either drawn from (seed, step, clip), the masks and changes to
waveforms, or from the random states that are kept here, dropout and layer drop.
"""

import random
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from malgwi.errors import MalgwiError
from malgwi.publish import publish_file
from malgwi.speech.score import Measure, rank
from malgwi.training.config import STATE
from malgwi.unfinished import sweep

_BEST = "best.safetensors"


@dataclass
class Position:
    """Where a run stands."""

    step: int = 0
    """Optimizer steps made."""
    evaluated: int = 0
    """The step that was last evaluated."""
    cnn_trained: bool = False
    """Whether the convolutions are no longer the checkpoint's."""
    best_wer: float | None = None
    best_cer: float | None = None
    best_step: int = 0
    stale: int = 0
    """Evaluations since the best."""
    train_seconds: float = 0.0
    """Wall time in steps, without evaluations and saving."""
    audio_seconds: float = 0.0
    """Speech trained on, without padding."""
    loss_sum: float = 0.0
    """Since the last row of metrics."""
    loss_steps: int = 0
    checkup_sum: float = 0.0
    """Of losses, since the last evaluation."""
    checkup_steps: int = 0
    not_finite: int = 0
    """Clips whose loss was not finite."""
    skipped_steps: int = 0
    """Steps left out because the gradients were not finite."""
    parts: int = 1
    """How many parts a step is computed in, since memory is too small for all of it."""
    checkpointed: bool = False
    """Whether activations are computed twice, since one clip was too much for memory."""
    metrics: int = 0
    """Rows of `metrics.jsonl`; what stands behind them came after the state."""

    def improved_by(self, measure: Measure, wer: float, cer: float) -> bool:
        """Return whether these rates are better than the best so far."""
        if self.best_wer is None or self.best_cer is None:
            return True
        return rank(measure, wer, cer) < rank(measure, self.best_wer, self.best_cer)

    def remember_best(self, wer: float, cer: float) -> None:
        """Take the rates of this step as the best."""
        self.best_wer, self.best_cer, self.best_step = wer, cer, self.step

    @property
    def x_real_time(self) -> float:
        """Seconds of speech trained on per second in steps."""
        return self.audio_seconds / max(self.train_seconds, 1e-9)


def random_states() -> dict[str, Any]:
    """Return this process's random states as plain values and tensors."""
    _, keys, place, has_gauss, gauss = np.random.get_state()
    version, internal, spare = random.getstate()
    return {
        "python": [version, list(internal), spare],
        "numpy": [np.asarray(keys).tolist(), int(place), int(has_gauss), float(gauss)],
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state() if torch.cuda.is_available() else None,
        "mps": torch.mps.get_rng_state() if torch.backends.mps.is_available() else None,
    }


def set_random_states(states: dict[str, Any]) -> None:
    """Put back what `random_states` returned."""
    version, internal, spare = states["python"]
    random.setstate((version, tuple(internal), spare))
    keys, place, has_gauss, gauss = states["numpy"]
    np.random.set_state(("MT19937", np.array(keys, dtype=np.uint32), place, has_gauss, gauss))
    torch.set_rng_state(states["torch"])
    if states["cuda"] is not None and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])
    if states["mps"] is not None and torch.backends.mps.is_available():
        torch.mps.set_rng_state(states["mps"])


def save_state(run: Path, position: Position, tensors: dict[str, Any], keep: int) -> None:
    """Write `RUN/state/STEP.pt` whole, then remove all but the latest `keep` states.

    Raises:
        MalgwiError: the disk is full or the folder can't be written; older states stay.
    """
    folder = run / STATE
    folder.mkdir(exist_ok=True)
    place = folder / f"{position.step:08d}.pt"
    with publish_file(place) as fresh:
        try:
            torch.save({"position": asdict(position), **tensors}, fresh)
        except RuntimeError as error:  # torch's own writer doesn't raise OSError
            raise MalgwiError(
                f"{place}: not written ({str(error).splitlines()[0]}); free some space, then go on "
                "with --resume"
            ) from error
    for old in states(run)[:-keep]:
        old.unlink()


def states(run: Path) -> list[Path]:
    """Return the states of a run, oldest first."""
    return sorted((run / STATE).glob("[0-9]*.pt"))


def load_state(run: Path) -> tuple[Position, dict[str, Any]]:
    """Return the latest state that can be read.

    Raises:
        MalgwiError: there is none.
    """
    reasons = []
    for path in reversed(states(run)):
        try:
            # Weights only: a state may come from somewhere else, and pickles run code.
            saved = torch.load(path, map_location="cpu", weights_only=True)
            position = Position(**saved.pop("position"))
        except Exception as error:  # whatever a damaged file makes torch raise
            reasons.append(f"{path.name}: {type(error).__name__}")
            continue
        return position, saved
    why = "; ".join(reasons) or "there is none"
    raise MalgwiError(
        f"{run / STATE}: no state to resume from ({why}); train into a new folder, with "
        f"--checkpoint {run} to go on from its weights"
    )


def set_best_aside(run: Path, weights: Path) -> None:
    """Keep the best weights of the state before an evaluation that the state doesn't know of."""
    with publish_file(run / STATE / _BEST) as fresh:
        shutil.copyfile(weights, fresh)


def put_best_back(run: Path, weights: Path) -> None:
    """Undo what came after `set_best_aside`, if anything did."""
    kept = run / STATE / _BEST
    if kept.exists():
        kept.replace(weights)


def sweep_run(run: Path) -> None:
    """Remove what a killed process left half-written in the run, which nobody else writes to."""
    for folder in (run, run / STATE):
        sweep(folder, any_machine=True)
