"""What a run tells of its steps: `metrics.jsonl` and TensorBoard events in its folder."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from malgwi.publish import publish_file
from malgwi.text_file import lines_of

METRICS, TENSORBOARD = "metrics.jsonl", "tensorboard"


class Metrics:
    """Rows of metrics: kept until the run's folder is there, then appended to its files."""

    def __init__(self) -> None:
        """Start with no rows and no folder."""
        self.rows: list[dict[str, Any]] = []
        self._written = 0
        self._folder: Path | None = None
        self._events: Any = None

    def add(self, **row: Any) -> None:
        """Add a row; it must have `step`."""
        self.rows.append(row)
        if self._folder is not None:
            self._flush()

    def attach(self, folder: Path, purge_step: int | None = None) -> None:
        """Write into `folder` from now on, first the rows that it doesn't have yet."""
        from torch.utils.tensorboard import SummaryWriter

        self.close()
        self._folder = folder
        self._events = SummaryWriter(str(folder / TENSORBOARD), purge_step=purge_step)
        self._flush()

    def resume(self, folder: Path, count: int, step: int) -> None:
        """Take over the first `count` rows, those up to `step`, and cut the others off."""
        path = folder / METRICS
        kept = read_metrics(path)[:count]
        with publish_file(path) as fresh:
            fresh.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")
        self.rows = kept
        self._written = len(kept)
        self.attach(folder, purge_step=step + 1)

    def close(self) -> None:
        """Close the files."""
        if self._events is not None:
            self._events.close()
            self._events = None

    def _flush(self) -> None:
        assert self._folder is not None  # noqa: S101 - the callers looked
        fresh = self.rows[self._written :]
        with (self._folder / METRICS).open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in fresh)
        for row in fresh:
            for name, value in row.items():
                if name != "step" and isinstance(value, int | float):
                    self._events.add_scalar(name, value, row["step"])
        self._events.flush()
        self._written = len(self.rows)


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a `metrics.jsonl`; a last line cut short doesn't count."""
    if not path.is_file():
        return []
    rows = []
    for line in lines_of(path.read_text(encoding="utf-8", errors="replace")):
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and isinstance(row.get("step"), int):
            rows.append(row)
    return rows


def named(reasons: Mapping[str, str], limit: int = 5) -> Iterator[str]:
    """Return lines that name the first few clips set aside and why."""
    for number, (name, reason) in enumerate(reasons.items()):
        if number == limit:
            yield f"  … and {len(reasons) - limit} more"
            return
        yield f"  {name}: {reason}"
