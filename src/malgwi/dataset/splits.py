"""Which part each utterance is in: the corpus's own, else drawn by what must not be torn apart.

A draw is a matter of a name alone, that of a speaker or a recording or a place in a recording: what
else the corpus has, and what it gets later, has no say, but for too few names to fill a split.
"""

import dataclasses
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from malgwi.corpus.row import SPLITS, TEST, TRAIN, VALID, Fault
from malgwi.corpus.timit import reads_sa
from malgwi.dataset.findings import Entry
from malgwi.errors import MalgwiError
from malgwi.speech.audio import SAMPLE_RATE

SHARE = 0.1
"""What `valid` and `test` each get of a corpus that has no splits; the rest is `train`."""
MOST = 0.25
"""Share of a corpus above which a speaker or a recording isn't drawn: training needs it."""
LEAST_TRAIN = 0.5
"""Share of a corpus that must be left for training, or there are too few names to draw from."""
BLOCKS_S = (30, 15, 7.5, 3.75)
"""Seconds of the blocks that a recording is cut into: the first of these that fills all splits."""
_BLOCKS = round(1 / SHARE)
"""Of so many blocks in a row, each split that is drawn gets one."""
RECORDING, RECORDING_OFFSET = "recording", "recording_offset"
"""Columns of a clip that was cut out of a longer recording: which, and from which second on."""


class _Origin(NamedTuple):
    """Where in a recording an utterance was said."""

    recording: str
    first: int
    end: int
    """One past its last sample at 16 kHz."""
    in_part: bool
    """Whether the recording has more than this."""

    @classmethod
    def of(cls, entry: Entry) -> "_Origin":
        row, stretch = entry.row, entry.stretch
        recording, offset = row.columns.get(RECORDING), row.columns.get(RECORDING_OFFSET, "")
        if recording and re.fullmatch(r"\d{1,7}(\.\d*)?", offset):
            first = round(float(offset) * SAMPLE_RATE)
            return cls(recording, first, first + stretch.samples, in_part=True)
        in_part = row.start is not None or row.end is not None
        return cls(stretch.sha256, stretch.first, stretch.end, in_part)


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
    in_parts = any(_Origin.of(entry).in_part for entry in pool)
    chosen, rule = (_draw_stretches if in_parts else _draw_clips)(pool, missing)
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


def _draw_clips(pool: Sequence[Entry], wanted: Sequence[str]) -> tuple[dict[str, str], str]:
    """Draw a share of `pool` for each wanted split; return the split by id, and the rule in words.

    Speakers stay whole; where there are too few of them (or few named), utterances are drawn, the
    channels of a recording as one, since each hears what the others do.
    """
    speakers = {
        name: [entry.row.id for entry in group]
        for name, group in _groups(_named(pool), lambda entry: entry.row.speaker or "").items()
    }
    if len(speakers) > len(wanted):
        chosen = _share_of(speakers, wanted)
        if len(pool) - len(chosen) >= LEAST_TRAIN * len(pool):
            return chosen, _by_speaker(pool)
    rule = f"{SHARE:.0%} each by utterance, since {_too_few_speakers(pool)}"
    return _share_of(_by_first(pool), wanted), rule


def _share_of(groups: Mapping[str, Sequence[str]], wanted: Sequence[str]) -> dict[str, str]:
    """Return the split of the ids that are drawn, by groups of ids that stay together.

    The order is that of SHA-256 of the groups' names, so it depends on nothing else.
    """
    order = sorted(groups, key=_place)
    size = SHARE * sum(map(len, groups.values()))
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
            taken += groups[smallest]
            order.remove(smallest)
        chosen |= dict.fromkeys(taken, split)
    return chosen


def _by_first(pool: Sequence[Entry]) -> dict[str, list[str]]:
    """Return the ids that are drawn together, by the first of them in the order of names."""
    groups: dict[str, list[str]] = defaultdict(list)
    for entry in pool:
        whole = entry.stretch.channel is None
        groups[entry.row.id if whole else entry.stretch.sha256].append(entry.row.id)
    return {min(ids): ids for ids in groups.values()}


def _draw_stretches(pool: Sequence[Entry], wanted: Sequence[str]) -> tuple[dict[str, str], str]:
    """Draw a share of stretches for each wanted split; return the split by id, and the rule.

    By speaker, else by recording, else by blocks of a recording. Neither text nor borders count,
    so that stretches stay where they are when borders move a little.
    """
    speakers = _groups(_named(pool), lambda entry: entry.row.speaker or "")
    if found := _by_name(speakers, wanted):
        return _by_id(found, speakers), _by_speaker(pool)
    why = f"since {_too_few_speakers(pool)}"
    recordings = _groups(pool, lambda entry: _Origin.of(entry).recording)
    if found := _by_name(recordings, wanted):
        return _by_id(found, recordings), f"about {SHARE:.0%} each by recording, {why}"
    places = _places(pool)
    chosen: dict[str, str] = {}
    for seconds in BLOCKS_S:
        chosen = {
            entry.row.id: split
            for entry in pool
            if (split := _of_block(entry, places[entry.row.id], seconds, wanted))
        }
        if set(chosen.values()) == set(wanted) and len(chosen) < len(pool):
            break
    return chosen, (
        f"about {SHARE:.0%} each by blocks of {seconds:g} s of each recording, {why} and too few "
        "recordings"
    )


def _named(pool: Sequence[Entry]) -> list[Entry]:
    """Return the utterances that name a speaker; none where over half of all don't.

    A few that don't mustn't tear all speakers apart. They stay in train.
    """
    named = [entry for entry in pool if entry.row.speaker]
    return named if 2 * len(named) >= len(pool) else []


def _by_speaker(pool: Sequence[Entry]) -> str:
    unnamed = sum(not entry.row.speaker for entry in pool)
    stay = f"; utterances that name no speaker stay there: {unnamed:,}" if unnamed else ""
    return f"about {SHARE:.0%} each by speaker{stay}"


def _too_few_speakers(pool: Sequence[Entry]) -> str:
    speakers = {entry.row.speaker for entry in _named(pool)}
    if not speakers:
        most = "most " if any(entry.row.speaker for entry in pool) else ""
        return f"{most}speakers aren't named"
    if len(speakers) == 1:
        return "there is one speaker"
    return f"there are only {len(speakers)} speakers"


def _groups(pool: Sequence[Entry], name: Callable[[Entry], str]) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in pool:
        groups[name(entry)].append(entry)
    return groups


def _by_name(groups: Mapping[str, Sequence[Entry]], wanted: Sequence[str]) -> dict[str, str]:
    """Return the split of the groups that are drawn, by each one's own place from 0 to 1.

    A split that nobody is drawn for gets the one that comes next. Nothing is returned where too
    little would be left for training.
    """
    seconds = {name: sum(e.recording.seconds for e in group) for name, group in groups.items()}
    total = sum(seconds.values())
    places = {name: _place(name) for name in groups if seconds[name] <= MOST * total}
    chosen = {
        name: wanted[int(place / SHARE)]
        for name, place in places.items()
        if place < SHARE * len(wanted)
    }
    for split in wanted:
        left = sorted(set(places) - set(chosen), key=lambda name: (places[name], name))
        if split not in chosen.values() and left:
            chosen[left[0]] = split
    drawn = sum(seconds[name] for name in chosen)
    whole = set(chosen.values()) == set(wanted) and total - drawn >= LEAST_TRAIN * total
    return chosen if whole else {}


def _by_id(chosen: Mapping[str, str], groups: Mapping[str, Sequence[Entry]]) -> dict[str, str]:
    return {entry.row.id: split for name, split in chosen.items() for entry in groups[name]}


def _place(name: str) -> float:
    """Return a number from 0 to 1, as good as random, that a name has for ever."""
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest, "big") / (1 << 256)


def _places(pool: Sequence[Entry]) -> dict[str, float]:
    """Return, by id, the second in the recording by which a stretch is drawn: its middle.

    Stretches that overlap go by the middle of the first of them, so that they stay together, up
    to a block's length; longer chains are torn, and what is in two splits is set aside later.
    """
    places: dict[str, float] = {}
    file, end, middle, begun = "", 0, 0.0, 0
    origins = [(_Origin.of(entry), entry.row.id) for entry in pool]
    for origin, row_id in sorted(origins, key=lambda pair: pair[0]):
        in_chain = origin.recording == file and origin.first < end
        if not in_chain or origin.end > begun + BLOCKS_S[0] * SAMPLE_RATE:
            middle = (origin.first + origin.end) / 2 / SAMPLE_RATE
            begun = origin.first
            end = origin.end
        file, end = origin.recording, max(end, origin.end)
        places[row_id] = middle
    return places


def _of_block(entry: Entry, place: float, seconds: float, wanted: Sequence[str]) -> str | None:
    """Return the split of the block that a place in a recording is in; None is train."""
    turn = int(place / seconds) - int(_place(_Origin.of(entry).recording) * _BLOCKS)
    spread = _BLOCKS // len(wanted)
    return next((w for i, w in enumerate(wanted) if turn % _BLOCKS == i * spread), None)
