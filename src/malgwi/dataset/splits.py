"""Which part each utterance is in: the corpus's own, else drawn by speaker, else by utterance."""

import dataclasses
import hashlib
from collections import defaultdict
from collections.abc import Sequence

from malgwi.corpus.row import SPLITS, TEST, TRAIN, VALID, Fault
from malgwi.corpus.timit import reads_sa
from malgwi.dataset.findings import Entry
from malgwi.errors import MalgwiError

SHARE = 0.1
"""What `valid` and `test` each get of a corpus that has no splits; the rest is `train`."""


def complete_splits(
    entries: Sequence[Entry], faults: list[tuple[str, Fault]]
) -> tuple[list[Entry], list[str]]:
    """Complete the splits: all three where there are none, else those missing, out of train.

    Rows without a split in a corpus that has splits count as train.
    """
    entries = [
        entry if entry.split else dataclasses.replace(entry, split=TRAIN) for entry in entries
    ]
    had = {entry.split for entry in entries}
    missing = [split for split in (TEST, VALID) if split not in had]
    if not missing:
        return list(entries), []
    pool = [entry for entry in entries if entry.split == TRAIN]
    chosen, rule = _draw(pool, missing)
    result = []
    for entry in entries:
        split = chosen.get(entry.row.id, entry.split)
        is_sa = reads_sa(entry.row)
        if split == VALID and is_sa and entry.split == TRAIN:
            # Every speaker reads the SA sentences, so train has heard them.
            faults.append((entry.row.id, Fault("left-out", "SA sentence of a valid speaker")))
        else:
            result.append(dataclasses.replace(entry, split=split))
    empty = [split for split in SPLITS if not any(entry.split == split for entry in result)]
    if empty:
        raise MalgwiError(
            f"{len(entries)} usable utterances are too few for train, valid and test "
            f"({', '.join(empty)} would be empty). Add recordings, at least one for each split"
        )
    made = " and ".join(reversed(missing))
    return result, [f"The corpus names no {made}: taken from train, {rule}."]


def _draw(pool: Sequence[Entry], wanted: Sequence[str]) -> tuple[dict[str, str], str]:
    """Draw a share of `pool` for each wanted split; return the split by id, and the rule in words.

    Speakers stay whole; where there are too few of them (or none named), utterances are drawn.
    The order is that of SHA-256 of the speaker (the id), so it depends on nothing else.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for entry in pool:
        groups[entry.row.speaker or ""].append(entry.row.id)
    if "" in groups or len(groups) <= len(wanted):
        number = "one speaker" if len(groups) == 1 else f"only {len(groups)} speakers"
        known = "speakers aren't named" if "" in groups else f"there is {number}"
        groups = {entry.row.id: [entry.row.id] for entry in pool}
        rule = f"{SHARE:.0%} each by utterance, since {known}"
    else:
        rule = f"about {SHARE:.0%} each by speaker"
    order = sorted(
        groups, key=lambda group: hashlib.sha256(group.encode(errors="surrogatepass")).hexdigest()
    )
    size = SHARE * len(pool)
    chosen: dict[str, str] = {}
    for split in wanted:
        taken: list[str] = []
        for group in tuple(order):
            # A speaker with much more than the share would leave too little for training.
            if len(taken) < size and len(taken) + len(groups[group]) <= 1.5 * size:
                taken += groups[group]
                order.remove(group)
        if not taken and order:
            smallest = min(order, key=lambda group: len(groups[group]))
            taken = groups[smallest]
            order.remove(smallest)
        chosen |= dict.fromkeys(taken, split)
    return chosen, rule
