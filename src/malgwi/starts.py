"""Which checkpoint to start from: equal short runs on a data set's own clips, told side by side.

Every checkpoint gets the same minutes of steps and evaluations, with a schedule that ends there,
and is then exported; what is scored is its bundle on the validation split, as a phone would hear
it. The weights were selected on that split, too, for all of them alike: the order is what counts,
and the figures are a little too good.
"""

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

import numpy as np

from malgwi.dataset.manifest import Dataset, load_dataset
from malgwi.errors import GateError, MalgwiError
from malgwi.evaluation.evaluate import evaluate
from malgwi.evaluation.results import Results
from malgwi.export.export import export
from malgwi.model.checkpoint import load_checkpoint
from malgwi.progress import say
from malgwi.publish import publish_folder
from malgwi.speech.score import Counts, Measure, interval, measure_for
from malgwi.terminal import printable
from malgwi.training.config import STATE, TrainConfig
from malgwi.training.start import Start
from malgwi.training.train import train

FIGURES, PICTURE = "try.json", "try.png"
SPLIT = "valid"
_DRAWS = 1000


@dataclass(frozen=True)
class Tried:
    """What one checkpoint came to."""

    start: Start
    folder: str
    """Its run, within the output; its bundle is beside it."""
    licence: str | None = None
    weights: int = 0
    steps: int = 0
    rate: float | None = None
    """WER or CER, whichever counts for these texts."""
    interval: tuple[float, float] | None = None
    """Of 95 %, by utterance."""
    wer: float | None = None
    cer: float | None = None
    best_in: float | None = None
    """Share of draws of the utterances in which no other one has a lower rate."""
    bundle_bytes: int | None = None
    real_time_factor: float | None = None
    """Of the bundle on one thread of this machine."""
    failed: str | None = None
    """Why there are no figures, or none of the bundle."""
    counts: Sequence[Counts] = field(default=(), repr=False)
    """Of the utterances."""

    def to_json(self) -> dict[str, Any]:
        """Return all but the utterances as plain values."""
        values = {name: value for name, value in asdict(self).items() if name != "counts"}
        start: dict[str, Any] = values.pop("start")
        return start | values


@dataclass(frozen=True)
class Comparison:
    """All that were tried, the best first."""

    dataset: str
    minutes: float
    measure: Measure
    utterances: int
    tried: Sequence[Tried]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "tried": [one.to_json() for one in self.tried]}


def try_checkpoints(
    dataset: Path,
    output: Path,
    starts: Sequence[Start],
    *,
    minutes: float,
    seed: int = 0,
    replace: bool = False,
) -> Comparison:
    """Fine-tune every checkpoint for so many minutes, and compare what came of it.

    Args:
        dataset: a folder written by `malgwi prepare`.
        output: a folder for `try.json`, `try.png`, and each one's run and bundle.
        starts: hub ids, folders or `starter`, with what is told of each; none of them twice.
        minutes: of each one's steps and evaluations.
        seed: of all runs.
        replace: whether `output` may replace an earlier one.

    Raises:
        MalgwiError: the data set or `output` can't be used, or not one checkpoint could be tried.
            Single ones that couldn't be are in `Tried.failed`; `check_all_tried` raises for them.
    """
    if len(set(starts)) < len(starts):
        twice = next(start for start in starts if starts.count(start) > 1)
        raise MalgwiError(f"--checkpoint {twice}: is given twice; give different ones")
    if not minutes > 0:
        raise MalgwiError(f"--minutes {minutes:g}: expected more than 0")
    configs = [_config(start, minutes, seed) for start in starts]
    data = load_dataset(dataset)
    measure = measure_for(
        [u.text for u in data.split(SPLIT)], delimiter=data.vocab.delimiter is not None
    )
    with publish_folder(output, replace=replace) as folder:
        tried: list[Tried] = []
        for start, config, name in zip(starts, configs, _names(starts), strict=True):
            say(printable(f"{start}: {len(tried) + 1} of {len(starts)}"))
            try:
                one, ended = _try(data, start, config, folder / name, measure)
            except KeyboardInterrupt:
                if not tried:
                    raise
                break  # what the others came to took minutes
            tried.append(one)
            if ended:
                break
        if all(one.rate is None for one in tried):
            raise MalgwiError(f"{tried[0].start}: {tried[0].failed}")
        ranked = _ranked(tried)
        heard = len(next(one.counts for one in ranked if one.counts))
        found = Comparison(str(dataset), minutes, measure, heard, ranked)
        text = json.dumps(found.to_json(), indent=2, ensure_ascii=False)
        (folder / FIGURES).write_text(f"{text}\n", encoding="utf-8")
        draw(found, folder / PICTURE)
    return found


def check_all_tried(found: Comparison) -> None:
    """Make a comparison without some of its checkpoints fail, after it was printed.

    Raises:
        MalgwiError: names the first of them.
    """
    if missing := [one for one in found.tried if one.rate is None]:
        raise MalgwiError(f"{missing[0].start}: {missing[0].failed}")


def _names(starts: Sequence[Start]) -> list[str]:
    """Return a folder's name for each, none of them twice."""
    names: list[str] = []
    for start in starts:
        known_as = Path(start.checkpoint).name
        if start.language_adapter is not None:
            known_as += f"-{start.language_adapter}"
        if start.lora is not None:
            known_as += f"-lora-{start.lora}"
        # Without a dot: it can't be what another one's bundle, or the table, is called.
        name = re.sub(r"[^\w-]+", "-", known_as).strip("-") or "checkpoint"
        taken = {other.casefold() for other in names}
        numbered = (f"{name}-{number}" for number in range(2, len(starts) + 2))
        names.append(next(n for n in (name, *numbered) if n.casefold() not in taken))
    return names


def _config(start: Start, minutes: float, seed: int) -> TrainConfig:
    """Return the numbers that `malgwi train` starts from, to end within the minutes."""
    return changed(start.config(), fit_minutes=minutes, seed=seed, keep=1)


def _try(
    data: Dataset, start: Start, config: TrainConfig, run: Path, measure: Measure
) -> tuple[Tried, bool]:
    """Return what one checkpoint came to, and whether the user has had enough."""
    try:
        trained = train(data.folder, run, config, checkpoint=start.checkpoint)
        shutil.rmtree(run / STATE, ignore_errors=True)  # several times as large as the run
        learnt = load_checkpoint(str(run))
    except MalgwiError as error:
        return Tried(start, run.name, failed=str(error)), False
    ended = trained.stopped == "signal"
    facts: dict[str, Any] = {
        "start": start,
        "folder": run.name,
        "licence": learnt.licence,
        "weights": learnt.weights,
        "steps": trained.steps,
    }
    bundle = run.with_name(f"{run.name}.malgwi")
    try:
        facts["bundle_bytes"] = export(str(run), data=data.folder, output=bundle).bundle_bytes
        results = evaluate(bundle, data.folder, split=SPLIT, threads=1)
        facts["real_time_factor"] = results.seconds / max(results.audio_seconds, 1e-9)
    except GateError as error:
        facts["failed"] = f"no bundle: {error}"
        results = evaluate(run, data.folder, split=SPLIT)
    except MalgwiError as error:
        return Tried(**facts, failed=str(error)), ended
    return Tried(**facts, **_scores(results, measure)), ended


def _scores(results: Results, measure: Measure) -> dict[str, Any]:
    counts = [utterance.counts(measure) for utterance in results.utterances]
    return {
        "rate": results.score.counts(measure).rate,
        "interval": interval(counts),
        "wer": results.wer,
        "cer": results.cer,
        "counts": counts,
    }


def _ranked(tried: Sequence[Tried]) -> list[Tried]:
    """Return them by their rate, with how sure the first place is; those without one at the end."""
    scored = [one for one in tried if one.rate is not None]
    shares = best_in([one.counts for one in scored])
    known = [changed(one, best_in=share) for one, share in zip(scored, shares, strict=True)]
    known.sort(key=lambda one: one.rate or 0.0)
    return [*known, *(one for one in tried if one.rate is None)]


def best_in(counts: Sequence[Sequence[Counts]], *, seed: int = 0) -> list[float]:
    """Return how often each has the lowest rate, over draws of the utterances with replacement.

    The same utterances are drawn for all of them; a draw that several win is shared by them.

    Args:
        counts: one list a checkpoint, of the same utterances.
        seed: of the draws.
    """
    errors = np.array([[one.errors for one in row] for row in counts], dtype=np.float64)
    spoken = np.array([[one.reference for one in row] for row in counts], dtype=np.float64)
    random, utterances = np.random.default_rng(seed), errors.shape[1]
    won = np.zeros(len(counts))
    for _ in range(_DRAWS):
        drawn = random.integers(0, utterances, utterances)
        rates = errors[:, drawn].sum(1) / np.maximum(spoken[:, drawn].sum(1), 1)
        first = rates == rates.min()
        won += first / first.sum()
    return [float(share) for share in won / _DRAWS]


def draw(found: Comparison, path: Path) -> None:
    """Write a PNG with every checkpoint's rate and interval, the best above."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = [one for one in found.tried if one.rate is not None][::-1]
    figure = Figure(figsize=(8, 1.4 + 0.5 * len(shown)), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for place, one in enumerate(shown):
        rate = one.rate or 0.0
        low, high = one.interval or (rate, rate)
        axes.plot([low, high], [place, place], color="#9a9a9a", linewidth=5, solid_capstyle="butt")
        axes.plot([rate], [place], "o", color="#c8553d", markersize=7)
        axes.annotate(
            f"{rate:.3f}",
            (rate, place),
            (0, 8),
            textcoords="offset points",
            ha="center",
            fontsize=9,
        )
    axes.set_yticks(range(len(shown)), [_label(one) for one in shown])
    axes.set_ylim(-0.6, len(shown) - 0.2)
    axes.set_xlim(left=0)
    axes.set_xlabel(f"validation {found.measure} after {found.minutes:g} minutes each (grey: 95 %)")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.savefig(path)


def _label(one: Tried) -> str:
    name = str(one.start)
    name = name if len(name) <= 40 else f"…{name[-39:]}"
    size = f"{one.bundle_bytes / 1e6:.0f} MB" if one.bundle_bytes else "no bundle"
    return f"{printable(name)}\n{size}".replace("$", r"\$")
