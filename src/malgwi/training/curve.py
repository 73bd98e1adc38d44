"""The learning curve of a run as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from malgwi.publish import publish_file

_LOSS, _WER, _QUIET = "#3b6ea5", "#c8553d", "#9a9a9a"


def draw_curve(rows: Sequence[Mapping[str, Any]], path: Path, title: str = "") -> None:
    """Write a PNG of training loss, validation WER and learning rate over steps.

    `rows` are those of `metrics.jsonl`.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    losses = [(r["step"], r["loss"]) for r in rows if r.get("loss") is not None]
    wers = [(r["step"], r["wer"]) for r in rows if r.get("wer") is not None]
    rates = [(r["step"], r["learning_rate"]) for r in rows if "learning_rate" in r]

    left = figure.add_subplot()
    left.set_xlabel("step")
    left.set_ylabel("training loss per label", color=_LOSS)
    left.tick_params(axis="y", colors=_LOSS)
    left.plot(*_columns(losses), color=_LOSS, linewidth=1.2)
    left.set_ylim(bottom=0)
    left.margins(x=0.01)
    left.spines[["top"]].set_visible(False)

    right = left.twinx()
    right.set_ylabel("validation WER", color=_WER)
    right.tick_params(axis="y", colors=_WER)
    right.plot(*_columns(wers), color=_WER, marker="o", markersize=3.5, linewidth=1.2)
    right.set_ylim(0, max([1.0, *(w for _, w in wers)]) * 1.05)
    right.spines[["top"]].set_visible(False)
    if wers:
        step, wer = min(wers, key=lambda point: point[1])
        right.annotate(
            f"best {wer:.3f}",
            (step, wer),
            textcoords="offset points",
            xytext=(0, -14),
            ha="center",
            color=_WER,
            fontsize=9,
        )
    if rates:
        highest = max(rate for _, rate in rates) or 1.0
        height = right.get_ylim()[1] * 0.15
        steps, values = _columns(rates)
        right.fill_between(
            steps, 0, [v / highest * height for v in values], color=_QUIET, alpha=0.18, linewidth=0
        )
        left.set_xlabel(f"step  (grey: learning rate, peak {highest:.2g})")
    if title:
        left.set_title(title, fontsize=10, loc="left")
    with publish_file(path) as fresh:
        figure.savefig(fresh)


def _columns(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]
