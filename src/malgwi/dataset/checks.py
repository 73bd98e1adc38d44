"""What is wrong with the data, said before any training time is spent on it.

Pure: rows, their clips' facts and texts go in, faults come out.
"""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

from malgwi.corpus.row import SPLITS, TEST, TRAIN, VALID, Fault
from malgwi.dataset.findings import (
    CLIPPED_SHARE,
    FASTEST,
    IMPOSSIBLE_PACE,
    LONGEST_S,
    NARROW_HZ,
    SILENT_DBFS,
    SLOWEST,
    SYLLABLE,
    Entry,
)
from malgwi.dataset.measure import Recording
from malgwi.speech.frames import WAV2VEC2
from malgwi.speech.text import Normalisation, Unit, changes, digits, normalise, split_units
from malgwi.speech.vocab import Vocab, frames_needed

SPOKEN_SYMBOLS = frozenset("%&+@#=<>$€£¥§°×÷/")
"""Characters that `normalise` drops although people speak them ("50 %", "R&B", "and/or")."""

_SYLLABLES = re.compile("[\u1200-\u137f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")
"""Ethiopic, kana, Chinese, Korean."""


def text_fault(raw: str, rules: Normalisation) -> Fault | None:
    """Return why a transcript can't be learnt from; None if it can."""
    text = normalise(raw, rules)
    if not rules.keep_digits and (found := digits(text)):
        return Fault("digits", f"{found!r} in {raw[:80]!r}")
    if text.strip("' "):
        return None
    return Fault("unspeakable", repr(raw[:80])) if raw.strip() else Fault("no-text", "")


def digit_hint(texts: Iterable[str]) -> str | None:
    """Return what to say where digits look like letters or tones; None where they don't."""
    touched = total = 0
    for text in filter(None, map(normalise, texts)):
        total += 1
        kinds = ["d" if digits(char) else " " if char in " '" else "l" for char in text]
        touched += any({*pair} == {"d", "l"} for pair in pairwise(kinds))
    if 2 * touched <= total:
        return None
    return (
        f"Digits touch letters in {touched:,} of {total:,} texts; if they are letters or tones "
        "there, keep them with --keep-digits"
    )


def path_fault(path: Path) -> Fault | None:
    """Return a fault where no file is at `path`, which isn't opened."""
    if os.path.isfile(path):  # noqa: PTH113 - `Path.is_file` raises for names that are too long
        return None
    found = "not a file" if os.path.exists(path) else "missing"  # noqa: PTH110 - likewise
    return Fault("no-recording", f"{path} is {found}")


def recording_fault(recording: Recording, text: str, unit: Unit) -> Fault | None:
    """Return why a recording can't be learnt from, the gravest reason first; None if it can."""
    needed = frames_needed(split_units(text, unit))
    frames = WAV2VEC2.count(recording.samples)
    checks = (
        (bool(recording.problem), "unreadable", recording.problem),
        (bool(recording.truncated), "truncated", recording.truncated),
        (not recording.samples, "no-samples", ""),
        (not frames, "too-short", f"{recording.samples} samples"),
        (recording.loudest_dbfs < SILENT_DBFS, "silent", f"{recording.loudest_dbfs:.0f} dBFS"),
        (recording.seconds > LONGEST_S, "too-long", f"{recording.seconds:.1f} s"),
        (frames < needed, "frames-below-labels", f"{frames} frames, {needed} needed"),
    )
    return next((Fault(name, detail) for wrong, name, detail in checks if wrong), None)


def find_leaks(entries: Sequence[Entry]) -> dict[str, Fault]:
    """Return, by id, the copies of a recording that is also in a split nearer to scoring.

    Test keeps its copy before valid, and valid before train, so that scores stay comparable. A
    copy has the same samples, in whatever container, or shares a part of one file.
    """
    found = {}
    for group in (*_equal(entries), *_overlapping(entries)):
        for entry in group.entries:
            kept = max(group.copies(entry), key=lambda copy: SPLITS.index(copy.split))
            if kept.split != entry.split:
                found[entry.row.id] = Fault(
                    "duplicate-across-splits", f"as {kept.row.id} ({kept.split})"
                )
    return found


class _Group(NamedTuple):
    """Utterances that have sound in common with others of the group, and with no one else."""

    entries: list[Entry]
    equal: bool
    """Whether all of them have the same samples; else they lie at the same time of a file."""

    def copies(self, entry: Entry) -> list[Entry]:
        """Return those that have sound in common with `entry`, which is one of them."""
        if self.equal:
            return self.entries
        return [other for other in self.entries if other.stretch.overlaps(entry.stretch)]


def _equal(entries: Iterable[Entry]) -> list[_Group]:
    by_sound: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_sound[entry.recording.sound_sha256].append(entry)
    return [_Group(group, equal=True) for group in by_sound.values() if len(group) > 1]


def _overlapping(entries: Sequence[Entry]) -> list[_Group]:
    """Return the runs of stretches of one file, of any channels, that begin before others' end."""
    groups: list[_Group] = []
    run: list[Entry] = []
    end, file = 0, ""
    for entry in sorted(entries, key=lambda e: (e.stretch.sha256, e.stretch.first)):
        if entry.stretch.sha256 != file or entry.stretch.first >= end:
            run, end, file = [], 0, entry.stretch.sha256
            groups.append(_Group(run, equal=False))
        run.append(entry)
        end = max(end, entry.stretch.end)
    return [group for group in groups if len(group.entries) > 1]


def warnings(entries: Sequence[Entry], vocab: Vocab) -> list[tuple[str, Fault]]:
    """Return what is noteworthy about usable utterances, as (id, what) pairs."""
    found = [(e.row.id, fault) for e in entries for fault in _of_recording(e)]
    found += [(e.row.id, fault) for e in entries for fault in _of_text(e, vocab.rules)]
    found += _of_pace(entries)
    found += _impossible_pace(entries)
    found += _of_rates(entries)
    found += _duplicates(entries)
    found += _shared_speakers(entries)
    found += _shared_prompts(entries)
    for entry in entries:
        if missing := vocab.missing(entry.text):
            found.append((entry.row.id, Fault("unknown-characters", " ".join(missing))))
    return found


def _of_recording(entry: Entry) -> Iterable[Fault]:
    recording = entry.recording
    if recording.clipped > CLIPPED_SHARE:
        yield Fault("clipped", f"{recording.clipped:.1%}")
    if recording.wrong_header:
        yield Fault("wrong-header", recording.wrong_header)
    if recording.sample_rate < 16_000:
        yield Fault("low-rate", f"{recording.sample_rate} Hz")
    elif 0 < recording.highest_hz < NARROW_HZ:
        yield Fault(
            "narrow-band", f"up to {recording.highest_hz:.0f} Hz at {recording.sample_rate} Hz"
        )
    if recording.channel_chosen:
        detail = f"{recording.channel} of {recording.channels}: {recording.channel_chosen}"
        yield Fault("channel-chosen", detail)
    elif recording.channels > 1 and recording.channel is None:
        yield Fault("several-channels", str(recording.channels))


def _of_text(entry: Entry, rules: Normalisation) -> Iterable[Fault]:
    raw = entry.row.text
    changed = changes(raw, rules)
    gone = {*changed.dropped, *(char for char, _ in changed.replaced)}
    if spoken := SPOKEN_SYMBOLS.intersection(gone):
        yield Fault("spoken-symbols", f"{' '.join(sorted(spoken))} in {raw[:80]!r}")
    if joined := sorted(set(changed.joined)):
        yield Fault("joined", f"{' '.join(joined)} in {raw[:80]!r}")


def _pace(entry: Entry) -> float:
    return len(entry.text) / entry.recording.seconds


def _of_pace(entries: Sequence[Entry]) -> Iterable[tuple[str, Fault]]:
    usual = median(map(_pace, entries)) if entries else 0.0
    for entry in entries:
        detail = f"{_pace(entry):.1f} characters/s, usual {usual:.1f}: {entry.text[:60]!r}"
        if _pace(entry) > FASTEST * usual:
            yield entry.row.id, Fault("fast", detail)
        elif _pace(entry) < SLOWEST * usual:
            yield entry.row.id, Fault("slow", detail)


def _impossible_pace(entries: Sequence[Entry]) -> Iterable[tuple[str, Fault]]:
    """Yield the clips that are too dense for anyone to speak them, where most of the corpus is."""
    paces = [_letters(entry.text) / entry.recording.seconds for entry in entries]
    if paces and median(paces) > IMPOSSIBLE_PACE:
        for entry, pace in zip(entries, paces, strict=True):
            if pace > IMPOSSIBLE_PACE:
                detail = f"{pace:.1f} letters/s at {entry.recording.sample_rate} Hz"
                yield entry.row.id, Fault("wrong-rate", detail)


def _letters(text: str) -> float:
    """Count letters as an alphabet would spell them: one of a syllable counts as several."""
    return sum(SYLLABLE if _SYLLABLES.match(letter) else 1.0 for letter in text)


def _of_rates(entries: Sequence[Entry]) -> Iterable[tuple[str, Fault]]:
    counts = Counter(entry.recording.sample_rate for entry in entries)
    if len(counts) > 1:
        commonest = counts.most_common(1)[0][0]
        for entry in entries:
            if entry.recording.sample_rate != commonest:
                detail = f"{entry.recording.sample_rate} Hz, most have {commonest}"
                yield entry.row.id, Fault("mixed-rates", detail)


def _duplicates(entries: Sequence[Entry]) -> Iterable[tuple[str, Fault]]:
    named = set()
    for group in _equal(entries):
        first, *others = group.entries
        for entry in others:
            differs = "" if first.text == entry.text else ", with another text"
            named.add(entry.row.id)
            yield entry.row.id, Fault("duplicate-audio", f"as {first.row.id}{differs}")
    for group in _overlapping(entries):
        for entry in group.entries[1:]:
            if entry.row.id not in named:
                others = [copy for copy in group.copies(entry) if copy is not entry]
                if others:  # else a channel of its own
                    yield entry.row.id, Fault("overlap", f"with {others[0].row.id}")


def _shared_speakers(entries: Sequence[Entry]) -> Iterable[tuple[str, Fault]]:
    """Yield the speakers of train who also speak in valid or test, with the clips there."""
    clips = Counter((entry.row.speaker, entry.split) for entry in entries)
    for speaker in sorted({e.row.speaker for e in entries if e.row.speaker and e.split == TRAIN}):
        shared = [
            f"{count:,} clip{'' if count == 1 else 's'} of {split}"
            for split in (VALID, TEST)
            if (count := clips[speaker, split])
        ]
        if shared:
            yield speaker, Fault("speakers-shared", ", ".join(shared))


def _shared_prompts(entries: Sequence[Entry]) -> Iterable[tuple[str, Fault]]:
    """Yield the utterances of valid and test whose text also stands in train."""
    trained = {entry.text for entry in entries if entry.split == TRAIN}
    for entry in entries:
        if entry.split != TRAIN and entry.text in trained:
            yield entry.row.id, Fault("prompts-shared", f"{entry.split}: {entry.text[:80]}")
