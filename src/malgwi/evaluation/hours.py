"""What the runs of `malgwi hours` said: in a sentence, as plain values, as a picture."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from malgwi.evaluation.learning_curve import LEVEL
from malgwi.evaluation.more_speech import Learnt, More, duration
from malgwi.speech.score import Measure
from malgwi.terminal import printable
from malgwi.training.start import Start


@dataclass(frozen=True)
class Hours:
    """The runs, the least speech first, and what they say of more."""

    dataset: str
    start: Start
    """Of every run."""
    measure: Measure
    utterances: int
    steps: int
    seed: int
    voices: str
    """Whose speech it is, for people."""
    runs: Sequence[Learnt]
    asked_hours: float
    """How much more was asked for."""
    more: More | None
    """None where there is no curve."""
    why_not: str | None
    """What speaks against it; None where nothing does."""
    curve: Sequence[More]
    """The same at other hours, to draw; their `hours` are all there would be."""

    @property
    def rate(self) -> float | None:
        """Of the run on all clips."""
        return self.runs[-1].rate if self.runs[-1].share == 1.0 else None

    def to_text(self) -> str:
        """Return what they say, in one or two sentences."""
        more = self.more
        if self.why_not is not None or more is None:
            return f"What more speech would bring can't be told: {self.why_not}."
        how = f" ({self.start.flags})" if self.start.flags else ""
        text = (
            f"Another {duration(more.hours)} {self.voices} would bring {self.measure} from "
            f"{self.rate:.3f} to between {more.low:.3f} and {more.high:.3f} ({more.level:.0%}), in "
            f"runs of {self.steps} steps{how}."
        )
        if more.hours < self.asked_hours:
            text += (
                f" Of {duration(self.asked_hours)} more nothing can be told: that is more than "
                "there is."
            )
        return text

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            **asdict(self.start),
            **{name: value for name, value in vars(self).items() if name != "start"},
            "rate": self.rate,
            "runs": [run.to_json() for run in self.runs],
            "more": None if self.more is None else asdict(self.more),
            "curve": [asdict(one) for one in self.curve],
            "says": self.to_text(),
        }


def draw(found: Hours, path: Path) -> None:
    """Write a PNG of the rates over the hours, with what is expected of more where it is told."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    shown = [run for run in found.runs if run.rate is not None]
    if found.curve:
        hours = [60 * one.hours for one in found.curve]
        low, high = [one.low for one in found.curve], [one.high for one in found.curve]
        axes.fill_between(
            hours, low, high, color="#9a9a9a", alpha=0.3, linewidth=0, label=f"{LEVEL:.0%} of runs"
        )
        axes.plot(hours, [one.median for one in found.curve], color="#9a9a9a", label="median")
    for run in shown:
        axes.plot([60 * run.hours] * 2, run.interval or [run.rate or 0.0] * 2, color="#c8553d")
    axes.plot(
        [60 * run.hours for run in shown],
        [run.rate or 0.0 for run in shown],
        "o",
        color="#c8553d",
        label="measured (95 % by clips)",
    )
    for run in shown:
        axes.annotate(
            f"{run.rate:.3f}",
            (60 * run.hours, run.rate or 0.0),
            (8, 4),
            textcoords="offset points",
            fontsize=9,
        )
    axes.set_xscale("log")
    ticks = [60 * run.hours for run in shown]
    if found.more is not None:
        ticks.append(60 * found.curve[-1].hours)
    axes.set_xticks(ticks, [f"{minutes:.3g}" for minutes in ticks])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_xlabel("minutes of speech")
    axes.set_ylabel(f"validation {found.measure} after {found.steps} steps")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)
    axes.set_title(_wrapped(found.to_text()), fontsize=10, loc="left")
    figure.savefig(path)


def _wrapped(text: str) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(printable(text), 88)).replace("$", r"\$")
