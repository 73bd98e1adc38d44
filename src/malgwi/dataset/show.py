"""Random examples of a data set: what a model is asked to write, and for which recording."""

import random
from pathlib import Path
from typing import TYPE_CHECKING

from malgwi.dataset.manifest import Dataset, Utterance, load_dataset
from malgwi.errors import MalgwiError
from malgwi.speech.audio import SAMPLE_RATE
from malgwi.terminal import printable

if TYPE_CHECKING:
    from rich.console import Console


def draw_examples(
    dataset: Dataset, count: int = 10, split: str | None = None, seed: int = 0
) -> list[Utterance]:
    """Draw up to `count` utterances at random, the same ones for the same `seed`.

    Raises:
        MalgwiError: `count` is below 1, or the split is unknown.
    """
    if count < 1:
        raise MalgwiError(f"--count {count}: expected 1 or more")
    pool = dataset.split(split) if split else dataset.utterances
    return random.Random(seed).sample(pool, min(count, len(pool)))  # noqa: S311 - no secret


def show(
    dataset: Path,
    *,
    count: int = 10,
    split: str | None = None,
    seed: int = 0,
    console: "Console | None" = None,
) -> list[Utterance]:
    """Return random examples of a prepared folder, and print them where `console` is given.

    Raises:
        MalgwiError: the folder isn't one, `count` is below 1, or the split is unknown.
    """
    chosen = draw_examples(load_dataset(dataset), count, split, seed)
    if console:
        from rich.text import Text

        for u in chosen:
            console.print(Text(printable(u.text), style="bold"))
            facts = (_length(u), u.split, u.speaker, str(u.audio.resolve()))
            line = printable("   ".join(fact for fact in facts if fact))
            console.print(Text("  " + line), soft_wrap=True)  # paths stay whole, for copying
    return chosen


def _length(u: Utterance) -> str:
    """Return how long an utterance is, and where it begins if that isn't its file's beginning."""
    begins = u.stretch.first / SAMPLE_RATE
    return f"{u.duration:.2f} s" + (f" from {begins:.2f} s" if begins else "")
