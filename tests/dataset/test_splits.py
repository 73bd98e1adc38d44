"""Who is in train, valid and test, where utterances are stretches of recordings: splits.py."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from malgwi.corpus.row import Fault, Row
from malgwi.dataset import checks
from malgwi.dataset.findings import Entry
from malgwi.dataset.manifest import Stretch
from malgwi.dataset.measure import Recording
from malgwi.dataset.splits import complete_splits
from malgwi.errors import MalgwiError


def stretch(start: float, end: float, file: str = "talk", speaker: str | None = None) -> Entry:
    """Return an utterance of `file`, whose text and id are its own."""
    first, samples = round(start * 16_000), round((end - start) * 16_000)
    name = f"{file}-{speaker}-{start:.2f}-{end:.2f}"
    row = Row(name, Path(f"{file}.wav"), name, None, speaker, start=start, end=end)
    recording = Recording(samples=samples, length=10**9, sound_sha256=name)
    return Entry(row, recording, name, "", Stretch(file, samples, first))


def drawn(entries: Sequence[Entry]) -> dict[str, str]:
    faults: list[tuple[str, Fault]] = []
    complete, _ = complete_splits(entries, faults)
    assert faults == []
    return {entry.row.id: entry.split for entry in complete}


def rule(entries: Sequence[Entry]) -> str:
    return complete_splits(entries, [])[1][0]


def talk(seconds: int, file: str = "talk", speaker: str | None = None) -> list[Entry]:
    """Return utterances of 4 s with pauses of 1 s."""
    return [stretch(at, at + 4, file, speaker) for at in range(0, seconds, 5)]


def test_speakers_stay_whole_whatever_they_are_recorded_in() -> None:
    entries = [
        stretch(at, at + 4, f"file{at % 3}", f"speaker{at // 5 % 40}") for at in range(0, 2_000, 5)
    ]
    assert rule(entries).endswith("about 10% each by speaker.")
    found = drawn(entries)
    splits = {
        entry.row.speaker: {found[e.row.id] for e in entries if e.row.speaker == entry.row.speaker}
        for entry in entries
    }
    assert all(len(each) == 1 for each in splits.values())
    assert {split for each in splits.values() for split in each} == {"train", "valid", "test"}


def test_clips_that_were_cut_are_drawn_as_the_stretches_they_were() -> None:
    """By recording, else by blocks of it; without both columns, each for itself."""
    for entries in ([e for n in range(40) for e in talk(100, f"file{n}")], talk(1_000)):
        clips = []
        for entry in entries:
            columns = {
                "recording": entry.stretch.sha256,
                "recording_offset": f"{entry.row.start:.3f}",
            }
            row = dataclasses.replace(entry.row, columns=columns, start=None, end=None)
            alone = Stretch(row.id, entry.stretch.samples)
            clips.append(dataclasses.replace(entry, row=row, stretch=alone))
        assert drawn(clips) == drawn(entries)
        assert rule(clips) == rule(entries)
    odd = [{"recording": "a"}, {"recording": "a", "recording_offset": "1e400"}]
    for columns in odd:
        rows = [dataclasses.replace(clip.row, columns=columns) for clip in clips]
        told = [dataclasses.replace(c, row=row) for c, row in zip(clips, rows, strict=True)]
        assert "10% each by utterance" in rule(told)


def test_recordings_stay_whole_where_speakers_are_not_named() -> None:
    entries = [e for number in range(40) for e in talk(100, f"file{number}")]
    assert "about 10% each by recording, since speakers aren't named" in rule(entries)
    found = drawn(entries)
    files = Counter((e.stretch.sha256, found[e.row.id]) for e in entries)
    assert len(files) == 40
    assert {split for _, split in files} == {"train", "valid", "test"}


def test_one_recording_is_split_by_blocks_of_time() -> None:
    """600 s are twenty blocks of 30 s: two for each split that is drawn, six utterances each."""
    entries = talk(600)
    assert "by blocks of 30 s of each recording, since speakers aren't named" in rule(entries)
    found = drawn(entries)
    assert Counter(found.values()) == {"train": 96, "valid": 12, "test": 12}
    for split in ("valid", "test"):
        blocks = {int(e.row.start or 0) // 30 for e in entries if found[e.row.id] == split}
        first, second = sorted(blocks)
        assert second == first + 10


def test_a_short_recording_has_shorter_blocks() -> None:
    found = drawn(talk(100))
    assert set(found.values()) == {"train", "valid", "test"}
    assert "blocks of 7.5 s" in rule(talk(100))
    with pytest.raises(MalgwiError, match="too few for train, valid and test"):
        drawn(talk(10))


def _texts_and_borders(entry: Entry) -> Entry:
    first = entry.stretch.first + 320
    moved = dataclasses.replace(entry.stretch, first=first, samples=entry.stretch.samples - 640)
    return dataclasses.replace(entry, stretch=moved, text="other")


@pytest.mark.parametrize(
    "entries",
    [
        talk(600),
        [e for number in range(40) for e in talk(100, f"file{number}")],
        [e for number in range(40) for e in talk(50, "talk", f"speaker{number}")],
    ],
    ids=["blocks", "recordings", "speakers"],
)
def test_a_stretch_keeps_its_split(entries: list[Entry]) -> None:
    """Borders and texts change, rows come in another order, half of them only later."""
    found = drawn(entries)
    assert drawn([_texts_and_borders(entry) for entry in entries[::-1]]) == found
    half = drawn(entries[: len(entries) // 2])
    assert half == {name: found[name] for name in half}


def test_speakers_that_come_later_move_nobody() -> None:
    before = [e for number in range(40) for e in talk(50, "talk", f"speaker{number}")]
    after = [e for number in range(40, 60) for e in talk(300, "more", f"speaker{number}")]
    found = drawn([*before, *after])
    assert drawn(before) == {entry.row.id: found[entry.row.id] for entry in before}


def _as_clips(entries: Sequence[Entry]) -> list[Entry]:
    rows = [dataclasses.replace(entry.row, start=None, end=None) for entry in entries]
    return [dataclasses.replace(e, row=row) for e, row in zip(entries, rows, strict=True)]


@pytest.mark.parametrize(
    ("speakers", "kept", "how"),
    [
        (3, 24, "10% each by utterance, since there are only 3 speakers."),
        (4, 20, "about 10% each by speaker."),
    ],
)
def test_clips_of_few_speakers_leave_half_for_training(speakers: int, kept: int, how: str) -> None:
    """Ten each: of three speakers, whole ones would leave a third; of four, they leave half."""
    clips = _as_clips([e for n in range(speakers) for e in talk(50, f"f{n}", f"speaker{n}")])
    drawn_each = (10 * speakers - kept) // 2
    assert Counter(drawn(clips).values()) == {
        "train": kept,
        "valid": drawn_each,
        "test": drawn_each,
    }
    assert rule(clips).endswith(how)


@pytest.mark.parametrize("in_parts", [True, False])
def test_an_utterance_without_a_speaker_moves_nobody(*, in_parts: bool) -> None:
    def as_given(entries: list[Entry]) -> list[Entry]:
        return entries if in_parts else _as_clips(entries)

    named = as_given([e for n in range(40) for e in talk(50, "talk", f"speaker{n}")])
    nameless = as_given(talk(60, "more"))
    assert rule([*named, *nameless]).endswith(
        "about 10% each by speaker; utterances that name no speaker stay there: 12."
    )
    train = {entry.row.id: "train" for entry in nameless}
    assert drawn([*named, *nameless]) == drawn(named) | train
    # Where over half name nobody, too few are known to be apart.
    few = [*named[:50], *as_given(talk(300, "more"))]
    assert "since most speakers aren't named" in rule(few)


def test_no_sound_stands_in_two_splits() -> None:
    """Two voices that overlap all the time, in one recording without speakers."""
    entries = [
        stretch(at + shift, at + shift + 4) for at in range(0, 1_200, 10) for shift in (0, 2.5, 5)
    ]
    complete, _ = complete_splits(entries, [])
    assert checks.find_leaks(complete) == {}
    assert {entry.split for entry in complete} == {"train", "valid", "test"}


def test_a_recording_that_is_most_of_the_corpus_is_not_drawn() -> None:
    entries = talk(2_000, "long") + [e for number in range(12) for e in talk(50, f"file{number}")]
    found = drawn(entries)
    assert {found[e.row.id] for e in entries if e.stretch.sha256 == "long"} == {"train"}
    assert "by recording" in rule(entries)


def test_one_speaker_of_few_recordings() -> None:
    entries = talk(600, "one", "ann") + talk(600, "two", "ann")
    assert "blocks of 30 s of each recording, since there is one speaker" in rule(entries)
    assert Counter(drawn(entries).values()) == {"train": 192, "valid": 24, "test": 24}
