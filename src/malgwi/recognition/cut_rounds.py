"""Cut, learn from what was cut, and cut again by what was learnt: what `malgwi cut --rounds` does.

A round's result lies whole in its place before the next one begins, and stays there if that fails.
"""

import tempfile
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from malgwi.bundle.bundle import is_bundle
from malgwi.dataset.prepare import prepare
from malgwi.errors import MalgwiError
from malgwi.recognition.cut import Cuts, cut
from malgwi.recognition.pairs import Pair
from malgwi.recognition.recognise import open_recogniser

Learn = Callable[[str, Path, Path], str]
"""A model, a corpus that was cut by it, a folder to work in → the model that learnt from it."""


def cut_in_rounds(
    model: str,
    pairs: Sequence[Pair],
    output: Path,
    *,
    rounds: int,
    clips: bool = False,
    replace: bool = False,
    threads: int | None = None,
    channel: int | str | None = None,
    warn: Callable[[str], object] = warnings.warn,
    told: Callable[[int, Cuts], object] = lambda _, __: None,
    learn: Learn | None = None,
) -> Cuts:
    """Cut as `malgwi.recognition.cut.cut` does, and again with a model that learnt from the result.

    Args:
        model: a run, checkpoint or `starter`; it is trained, so that a bundle won't do.
        pairs: as for `cut`.
        output: likewise; the last round that was finished lies there.
        rounds: how often; 1 is `cut`.
        clips: likewise.
        replace: replace an earlier result there.
        threads: processor threads for the model while it listens.
        channel: as for `cut`.
        warn: likewise.
        told: of each round, its number and what became of it.
        learn: for tests; training otherwise.

    Raises:
        MalgwiError: as `cut`; or a later round failed, and the one before it lies in `output`.
        KeyboardInterrupt: training was interrupted; likewise.
    """
    if rounds < 1:
        raise MalgwiError(f"--rounds {rounds}: expected 1 or more")
    if rounds > 1 and is_bundle(Path(model)):
        raise MalgwiError(
            f"--rounds {rounds}: {model} is a bundle, which can't be trained; give the run or "
            "checkpoint that it was exported from"
        )
    once = partial(cut, clips=clips, threads=threads, channel=channel, warn=warn)
    found = once(model, pairs, output, replace=replace)
    told(1, found)
    for number in range(2, rounds + 1):
        with tempfile.TemporaryDirectory(prefix="malgwi-cut-") as folder:
            try:
                learnt = (learn or _trained)(model, output, Path(folder))
                found = once(learnt, pairs, output, replace=True)
            except MalgwiError as error:
                raise MalgwiError(
                    f"round {number} failed: {error}. What round {number - 1} found lies whole in "
                    f"{output}"
                ) from error
        told(number, found)
    return found


def _trained(model: str, corpus: Path, folder: Path) -> str:
    """Train a model on what was cut by it, as `malgwi prepare` and `malgwi train` do.

    Raises:
        MalgwiError: too little was cut, or training failed.
        KeyboardInterrupt: it was stopped.
    """
    from malgwi.training.start import usual_config
    from malgwi.training.train import train

    dataset, run = folder / "dataset", folder / "run"
    vocab = open_recogniser(model).vocab  # so that its head stays, with all that it knows
    prepare(corpus, dataset, allow_outside=True, vocab=vocab, vocab_from=model)
    if train(dataset, run, usual_config(model), checkpoint=model).stopped == "signal":
        raise KeyboardInterrupt
    return str(run)
