"""All that a run writes: `train.json`, best weights, states, metrics, the curve; and publication.

Until the first state is saved the run lies in a folder beside its place, which is removed if
something fails; then it takes its place.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from malgwi.model.checkpoint import WEIGHTS, Checkpoint, save_checkpoint, save_weights
from malgwi.publish import publish_file, publish_folder
from malgwi.training.config import TRAIN
from malgwi.training.curve import draw_curve
from malgwi.training.log import Metrics
from malgwi.training.record import Record
from malgwi.training.state import Position, put_best_back, save_state, set_best_aside, sweep_run

CURVE = "curve.png"


class RunFolder:
    """The files of one run. Of several processes only the main one writes them."""

    def __init__(
        self, run: Path, folder: Path, unpublished: ExitStack | None, *, main: bool
    ) -> None:
        """Write into `folder`, which `unpublished` gives the name `run` when it is closed."""
        self.metrics = Metrics()
        self._run, self._folder, self._unpublished = run, folder, unpublished
        self._main = main

    @property
    def published(self) -> bool:
        """Whether the run has taken its place."""
        return self._unpublished is None

    def resume_metrics(self, position: Position) -> None:
        """Take over the rows that were there at `position`."""
        if self._main:
            self.metrics.resume(self._folder, position.metrics, position.step)

    def write_best(self, checkpoint: Checkpoint) -> None:
        """Write the weights that are in the model now as those of the run."""
        if not self._main:
            return
        if self.published:
            save_weights(self._folder, checkpoint.model)
        else:
            save_checkpoint(self._folder, checkpoint)

    def write_best_beside_state(self, checkpoint: Checkpoint, position: Position) -> None:
        """Write the weights as the run's, and keep those of the state, which doesn't know them."""
        if self._main and position.best_wer is not None:
            set_best_aside(self._folder, self._folder / WEIGHTS)
        self.write_best(checkpoint)

    def write_state(self, record: Record, position: Position, tensors: Mapping[str, Any]) -> None:
        """Write facts and state; the first time, publish the run."""
        if not self._main:
            return
        self._write_record(record, position, "running")
        save_state(self._folder, position, dict(tensors), record.config.keep)
        if self._unpublished is not None:
            self.metrics.attach(self._folder)
            self.metrics.close()
            self._unpublished.close()
            self._folder, self._unpublished = self._run, None
            self.metrics.attach(self._folder)

    def end(self, record: Record, position: Position, status: str) -> None:
        """Write how the run ended, if it was published, and close the files."""
        if self._main and self.published:
            self._write_record(record, position, status)
            draw_curve(self.metrics.rows, self._folder / CURVE, record.measure, self._run.name)
        self.metrics.close()

    def _write_record(self, record: Record, position: Position, status: str) -> None:
        with publish_file(self._folder / TRAIN) as fresh:
            text = json.dumps(record.to_json(position, status), ensure_ascii=False, indent=2)
            fresh.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")


@contextmanager
def open_run(run: Path, *, resume: bool, replace: bool, main: bool) -> Iterator[RunFolder]:
    """Yield the folder of a run, a fresh one or the one that is there.

    Raises:
        MalgwiError: `run` is taken, or can't be written.
    """
    if resume:
        if main:
            sweep_run(run)
            put_best_back(run, run / WEIGHTS)
        yield RunFolder(run, run, None, main=main)
        return
    with ExitStack() as unpublished:
        fresh = unpublished.enter_context(publish_folder(run, replace=replace)) if main else run
        yield RunFolder(run, fresh, unpublished, main=main)
