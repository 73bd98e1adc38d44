"""The learning curve of a run as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from malgwi.publish import publish_file
from malgwi.speech.score import Measure, rank

_LOSS, _ERRORS, _QUIET = "#3b6ea5", "#c8553d", "#9a9a9a"


def draw_curve(
    rows: Sequence[Mapping[str, Any]], path: Path, measure: Measure, title: str = ""
) -> None:
    """Write a PNG of training loss, validation errors and learning rate over steps.

    Args:
        rows: those of `metrics.jsonl`.
        path: the picture to write.
        measure: what the weights are selected by, which is the rate that is drawn.
        title: what stands above.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    losses = [(r["step"], r["loss"]) for r in rows if r.get("loss") is not None]
    evaluations = [r for r in rows if r.get("wer") is not None]
    errors = [(r["step"], r[measure.lower()]) for r in evaluations]
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
    right.set_ylabel(f"validation {measure}", color=_ERRORS)
    right.tick_params(axis="y", colors=_ERRORS)
    right.plot(*_columns(errors), color=_ERRORS, marker="o", markersize=3.5, linewidth=1.2)
    right.set_ylim(0, max([1.0, *(w for _, w in errors)]) * 1.05)
    right.spines[["top"]].set_visible(False)
    if evaluations:
        best = min(evaluations, key=lambda r: rank(measure, r["wer"], r["cer"]))
        right.annotate(
            f"best {best[measure.lower()]:.3f}",
            (best["step"], best[measure.lower()]),
            textcoords="offset points",
            xytext=(0, -14),
            ha="center",
            color=_ERRORS,
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
