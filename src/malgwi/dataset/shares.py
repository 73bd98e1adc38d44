"""A data set's training split → nested shares of it, with the same voices in each."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from malgwi.dataset.manifest import (
    DATASET,
    MANIFEST,
    VOCAB,
    Dataset,
    Utterance,
    write_manifest,
)

_CACHE = "cache"


def in_fair_order(utterances: Sequence[Utterance], *, seed: int) -> list[Utterance]:
    """Return utterances in a random order in which every beginning has speakers in proportion.

    Args:
        utterances: of one split; those without a speaker count as one.
        seed: of the order.
    """
    shuffled = [utterances[i] for i in np.random.default_rng(seed).permutation(len(utterances))]
    by_speaker: dict[str | None, list[Utterance]] = {}
    for utterance in shuffled:
        by_speaker.setdefault(utterance.speaker, []).append(utterance)
    placed = [
        ((rank + 0.5) / len(own), utterance)
        for own in by_speaker.values()
        for rank, utterance in enumerate(own)
    ]
    return [utterance for _, utterance in sorted(placed, key=lambda pair: pair[0])]


def first_share(ordered: Sequence[Utterance], share: float) -> list[Utterance]:
    """Return the beginning whose seconds are nearest to a share of all, one utterance at least.

    Args:
        ordered: in the order of `in_fair_order`, of which shorter beginnings are parts of longer.
        share: above 0, at most 1.
    """
    until = np.cumsum([utterance.duration for utterance in ordered])
    return list(ordered[: int(np.argmin(abs(until - share * until[-1]))) + 1])


def write_part(data: Dataset, utterances: Sequence[Utterance], folder: Path) -> None:
    """Write a data set folder of some utterances of another, spelt and cached as that one is.

    Written again, it holds others; what was computed of clips is found in the cache of the whole,
    or, where that can't be written or linked to, in the folder's own.

    Args:
        data: the whole.
        utterances: of any of its splits.
        folder: is made where it isn't there.
    """
    folder.mkdir(exist_ok=True)
    write_manifest(folder / MANIFEST, utterances, folder)
    for name in (VOCAB, DATASET):
        shutil.copyfile(data.folder / name, folder / name)
    with suppress(OSError):
        whole = data.folder.resolve() / _CACHE
        whole.mkdir(exist_ok=True)
        if not (folder / _CACHE).exists():
            (folder / _CACHE).symlink_to(whole, target_is_directory=True)
