"""What is wrong with the data, said before any training time is spent on it.

Pure: rows, their clips' facts and texts go in, faults come out.
"""

import os
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice, pairwise
from pathlib import Path
from statistics import median

from malgwi.corpus.place import is_file
from malgwi.corpus.row import SPLITS, TEST, TRAIN, VALID, Fault, Row
from malgwi.dataset.findings import (
    CLIPPED_SHARE,
    FASTEST,
    IMPOSSIBLE_PACE,
    LONGEST_S,
    NARROW_HZ,
    SILENT_DBFS,
    SLACK_S,
    SLOWEST,
    SYLLABLE,
    Entry,
)
from malgwi.dataset.measure import Recording
from malgwi.dataset.slices import Part
from malgwi.speech.audio import SAMPLE_RATE
from malgwi.speech.frames import WAV2VEC2
from malgwi.speech.text import Normalisation, Unit, changes, digits, normalise, split_units
from malgwi.speech.vocab import Vocab, frames_needed

SPOKEN_SYMBOLS = frozenset("%&+@#=<>$€£¥§°×÷/")
"""Characters that `normalise` drops although people speak them ("50 %", "R&B", "and/or")."""

_LAST_S = 1e7
"""No recording is that long: 115 days."""

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
        if not digits(text):
            continue
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
    if is_file(path):
        return None
    found = "not a file" if os.path.exists(path) else "missing"  # noqa: PTH110 - `Path.exists` may raise
    return Fault("no-recording", f"{path} is {found}")


def part_of(row: Row) -> Part | Fault:
    """Return the part of its recording that a row means, or why it can't mean one."""
    start, end = row.start or 0.0, row.end
    if not (0 <= start < _LAST_S and (end is None or start < end < _LAST_S)):
        return Fault("bad-times", f"from {start:g} s" + ("" if end is None else f" to {end:g} s"))
    stop = None if end is None else round(end * SAMPLE_RATE)
    return Part(row.channel, round(start * SAMPLE_RATE), stop)


def part_fault(recording: Recording, part: Part) -> Fault | None:
    """Return why a part isn't in its recording; None if it is, or if there is nothing to read."""
    if recording.problem or part == Part(part.channel):
        return None
    end = recording.length if part.end is None else part.end
    if part.first >= recording.length or end > recording.length + SLACK_S * SAMPLE_RATE:
        last = max(part.first, end) / SAMPLE_RATE
        detail = f"goes up to {last:.3f} s, the recording to {recording.length / SAMPLE_RATE:.3f} s"
        cut = f"; {recording.truncated}" if recording.truncated else ""
        return Fault("past-end", detail + cut)
    return None


def recording_fault(recording: Recording, text: str, unit: Unit) -> Fault | None:
    """Return why a recording can't be learnt from, the gravest reason first; None if it can."""
    needed = frames_needed(split_units(text, unit))
    frames = WAV2VEC2.count(recording.samples)
    checks = (
        (bool(recording.problem), "unreadable", recording.problem),
        (bool(recording.truncated) and recording.is_whole, "truncated", recording.truncated),
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
    overlaps = _Overlaps(entries)
    for entry, copies in (*_with_equal(entries), *((e, overlaps.of(e)) for e in entries)):
        nearer = (copy for copy in copies if SPLITS.index(copy.split) > SPLITS.index(entry.split))
        kept = max(nearer, key=lambda copy: SPLITS.index(copy.split), default=None)
        if kept is not None:
            found[entry.row.id] = Fault(
                "duplicate-across-splits", f"as {kept.row.id} ({kept.split})"
            )
    return found


def _equal(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Return the groups of utterances that have the same samples."""
    by_sound: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_sound[entry.recording.sound_sha256].append(entry)
    return [group for group in by_sound.values() if len(group) > 1]


def _with_equal(entries: Iterable[Entry]) -> Iterable[tuple[Entry, list[Entry]]]:
    return ((entry, group) for group in _equal(entries) for entry in group)


class _Overlaps:
    """Which utterances lie at the same time of a file and a channel."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._files: dict[str, list[Entry]] = defaultdict(list)
        for entry in sorted(entries, key=lambda e: e.stretch.first):
            self._files[entry.stretch.sha256].append(entry)
        self._ends = {
            file: list(accumulate((e.stretch.end for e in group), max))
            for file, group in self._files.items()
        }

    def of(self, entry: Entry) -> Iterator[Entry]:
        """Yield the others that share sound with an utterance, in the order of time."""
        group, ends = self._files[entry.stretch.sha256], self._ends[entry.stretch.sha256]
        # None before this place reaches into the utterance: the furthest of their ends doesn't.
        for other in islice(group, bisect_right(ends, entry.stretch.first), None):
            if other.stretch.first >= entry.stretch.end:
                return
            if other is not entry and other.stretch.overlaps(entry.stretch):
                yield other


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
    if recording.truncated:
        yield Fault("damaged-recording", recording.truncated)
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
    paces = [letters(entry.text) / entry.recording.seconds for entry in entries]
    if paces and median(paces) > IMPOSSIBLE_PACE:
        for entry, pace in zip(entries, paces, strict=True):
            if pace > IMPOSSIBLE_PACE:
                detail = f"{pace:.1f} letters/s at {entry.recording.sample_rate} Hz"
                yield entry.row.id, Fault("wrong-rate", detail)


def letters(text: str) -> float:
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
    for first, *others in _equal(entries):
        for entry in others:
            differs = "" if first.text == entry.text else ", with another text"
            named.add(entry.row.id)
            yield entry.row.id, Fault("duplicate-audio", f"as {first.row.id}{differs}")
    overlaps, seen = _Overlaps(entries), set()
    for entry in sorted(entries, key=lambda e: e.stretch.first):
        seen.add(entry.row.id)
        if entry.row.id not in named:
            for other in overlaps.of(entry):
                if other.row.id in seen:
                    yield entry.row.id, Fault("overlap", f"with {other.row.id}")
                    break


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
