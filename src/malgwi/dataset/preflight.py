"""What is wrong with the data, said before any training time is spent on it.

Pure: rows, their clips' facts and texts go in, findings come out. An `error` means that the
utterance is set aside; a `warning` that it stays and wants a look; a `note` only informs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

from malgwi.corpus.row import SPLITS, TEST, TRAIN, VALID, Fault, Row
from malgwi.dataset.measure import Recording
from malgwi.speech.frames import WAV2VEC2
from malgwi.speech.text import Unit, digits, dropped_characters, split_units
from malgwi.speech.vocab import Vocab, frames_needed

if TYPE_CHECKING:
    from rich.console import Console

Severity = Literal["error", "warning", "note"]

SILENT_DBFS = -60.0
"""A clip whose loudest 0.1 s stays below is silent: even whispers recorded far too low reach
-50 dBFS, and the noise of a quiet room lies at -60 to -70."""

CLIPPED_SHARE = 0.001
"""Share of samples at full scale from which a clip counts as clipped. Clean speech touches full
scale in single samples; one in a thousand is sixteen each second, which is audible."""

LONGEST_S = 60.0
"""Longer clips are set aside: attention takes memory with the square of the length, and a text
of a minute gives CTC little hold. Recordings of this length are cut at pauses."""

FASTEST, SLOWEST = 2.5, 0.2
"""Characters a second over the corpus's median outside of which a clip's text is suspicious.
Relative, so that it holds for English letters and Korean syllables alike; people's own pace varies
by a factor of two, and silence around short words makes them slower, never faster."""

SPOKEN_SYMBOLS = frozenset("%&+@#=<>$€£¥§°×÷/")
"""Characters that `normalise` drops although people speak them ("50 %", "R&B", "and/or")."""

LISTED = 20
"""Ids printed of each finding; the JSON has all."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a finding means and what to do about it."""

    severity: Severity
    what: str
    remedy: str


KINDS: Mapping[str, Kind] = {
    "unreadable": Kind(
        "error", "the recording can't be read", "convert it again from its source, or remove it"
    ),
    "truncated": Kind("error", "the file ends before its header says", "copy or download it again"),
    "no-samples": Kind("error", "the recording is empty", "record or export it again"),
    "silent": Kind(
        "error",
        f"nothing in it is louder than {SILENT_DBFS:.0f} dBFS",
        "record it again, or amplify a recording that holds speech",
    ),
    "too-short": Kind(
        "error",
        f"shorter than one frame of the model ({WAV2VEC2.receptive_field} samples, 25 ms)",
        "remove it, or join it with its neighbour",
    ),
    "too-long": Kind("error", f"longer than {LONGEST_S:.0f} s", "cut it at pauses, text and all"),
    "frames-below-labels": Kind(
        "error",
        "fewer frames (50 a second) than its text has letters and repeats, so CTC can't align it",
        "check that text and recording belong together",
    ),
    "no-text": Kind("error", "the transcript is empty", "transcribe it"),
    "unspeakable": Kind(
        "error", "the transcript has nothing that is spoken, only symbols", "transcribe it"
    ),
    "digits": Kind(
        "error",
        "digits, of which nobody can tell how they were spoken",
        'write the words that are heard, "twenty" or "two zero"',
    ),
    "no-transcript": Kind("error", "the transcript's file is missing", "add it"),
    "damaged-row": Kind("error", "the row can't be understood", "correct it in the table"),
    "not-utf8": Kind(
        "error",
        "the row isn't UTF-8",
        "convert the table, such as: iconv -f latin1 -t utf-8 OLD > NEW",
    ),
    "outside": Kind(
        "error",
        "the path is absolute or leads out of the corpus",
        "write it relative to the table, or allow it with --allow-outside",
    ),
    "segment": Kind(
        "error", "the row means a part of a longer recording", "cut the recording into clips"
    ),
    "unknown-split": Kind("error", "the split has no known name", "call it train, valid or test"),
    "duplicate-id": Kind(
        "error",
        "an earlier row has the same recording or id",
        "keep one row a recording, and give each its own id",
    ),
    "duplicate-across-splits": Kind(
        "error",
        "the same recording is in a split used for scoring; this copy would leak it",
        "nothing, the copy for scoring stays",
    ),
    "left-out": Kind("note", "left out as asked or as the split rule says", "nothing"),
    "duplicate-audio": Kind(
        "warning", "the same recording as another one of its split", "remove one, compare the texts"
    ),
    "clipped": Kind(
        "warning",
        f"over {CLIPPED_SHARE:.1%} of the samples are at full scale, so peaks are cut off",
        "record with less gain",
    ),
    "fast": Kind(
        "warning",
        f"text over {FASTEST} times as dense as usual; perhaps the recording is cut",
        "listen: does the recording hold all of the text?",
    ),
    "slow": Kind(
        "warning",
        f"text under {SLOWEST} times as dense as usual; perhaps words are missing",
        "listen: does the text hold all that is said?",
    ),
    "low-rate": Kind(
        "warning",
        "recorded below 16 kHz, so that the upper part of speech is missing",
        "record at 16 kHz or more, or train on this rate's sound alone",
    ),
    "mixed-rates": Kind(
        "note", "the recordings have several sample rates; all are resampled to 16 kHz", "nothing"
    ),
    "several-channels": Kind("note", "several channels, averaged into one", "nothing"),
    "spoken-symbols": Kind(
        "warning",
        "the text has symbols that people speak, and normalising drops them",
        'write them as words, "percent", "and"',
    ),
    "unknown-characters": Kind(
        "warning",
        "characters that the training split hasn't, so the model can't write them",
        "add such text to train, or use --vocab-from all",
    ),
    "speakers-shared": Kind(
        "warning",
        "speakers of train also speak in a split for scoring, so its score flatters",
        "score on voices that train hasn't heard before trusting the figure",
    ),
    "prompts-shared": Kind(
        "warning",
        "the same text stands in train, so its score flatters",
        "keep each text in one split",
    ),
}
"""Every finding by name, in the order of the report within a severity."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One usable utterance: its row, the facts of its recording, its normalised text, its split."""

    row: Row
    recording: Recording
    text: str
    split: str


@dataclass(frozen=True)
class Finding:
    """One kind of finding with all that it concerns."""

    name: str
    severity: Severity
    what: str
    remedy: str
    details: Mapping[str, str]
    """By utterance id (table row, speaker), what was found; "" where `what` says it all."""

    @property
    def count(self) -> int:
        """The number of utterances (rows, speakers)."""
        return len(self.details)

    def to_json(self) -> dict[str, Any]:
        """Return the finding as `preflight.json` holds it."""
        return {
            "name": self.name,
            "severity": self.severity,
            "count": self.count,
            "what": self.what,
            "remedy": self.remedy,
            "ids": list(self.details),
            "details": {key: value for key, value in self.details.items() if value},
        }


@dataclass(frozen=True)
class Characters:
    """How often each character was kept or dropped, and an utterance where it occurs."""

    kept: Mapping[str, int]
    dropped: Mapping[str, int]
    example: Mapping[str, str]
    """Of each dropped character, the id and text of the first utterance with it."""


@dataclass(frozen=True)
class Report:
    """All findings, and the totals of what is left."""

    findings: tuple[Finding, ...]
    totals: Mapping[str, Mapping[str, float]]
    """By split and for `all`: clips, hours, speakers, characters_per_second."""
    characters: Characters
    set_aside: int
    notes: tuple[str, ...] = field(default=())
    """How the splits came about."""

    def finding(self, name: str) -> Finding | None:
        """Return one finding by its name, or None where there was nothing to find."""
        return next((f for f in self.findings if f.name == name), None)

    def to_json(self) -> dict[str, Any]:
        """Return the content of `preflight.json`."""
        return {
            "totals": self.totals,
            "set_aside": self.set_aside,
            "notes": list(self.notes),
            "findings": [finding.to_json() for finding in self.findings],
            "characters": {
                "kept": self.characters.kept,
                "dropped": {
                    char: {"count": count, "example": self.characters.example[char]}
                    for char, count in self.characters.dropped.items()
                },
            },
        }


def text_fault(raw: str, text: str) -> Fault | None:
    """Return why a transcript can't be learnt from, given it raw and normalised; None if it can."""
    if found := digits(text):
        return Fault("digits", f"{found!r} in {raw[:80]!r}")
    if text.strip("' "):
        return None
    return Fault("unspeakable", repr(raw[:80])) if raw.strip() else Fault("no-text", "")


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

    Test keeps its copy before valid, and valid before train, so that scores stay comparable.
    """
    last: dict[str, Entry] = {}
    for entry in entries:
        other = last.setdefault(entry.recording.sha256, entry)
        if SPLITS.index(entry.split) > SPLITS.index(other.split):
            last[entry.recording.sha256] = entry
    return {
        entry.row.id: Fault("duplicate-across-splits", f"as {kept.row.id} ({kept.split})")
        for entry in entries
        if (kept := last[entry.recording.sha256]).split != entry.split
    }


def warnings(entries: Sequence[Entry], vocab: Vocab) -> list[tuple[str, Fault]]:
    """Return what is noteworthy about usable utterances, as (id, what) pairs."""
    found = [(e.row.id, fault) for e in entries for fault in _of_recording(e)]
    found += _of_pace(entries)
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
    if recording.sample_rate < 16_000:
        yield Fault("low-rate", f"{recording.sample_rate} Hz")
    if recording.channels > 1:
        yield Fault("several-channels", str(recording.channels))
    if spoken := SPOKEN_SYMBOLS.intersection(dropped_characters(entry.row.text)):
        yield Fault("spoken-symbols", f"{' '.join(sorted(spoken))} in {entry.row.text[:80]!r}")


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


def _of_rates(entries: Sequence[Entry]) -> Iterable[tuple[str, Fault]]:
    counts = Counter(entry.recording.sample_rate for entry in entries)
    if len(counts) > 1:
        commonest = counts.most_common(1)[0][0]
        for entry in entries:
            if entry.recording.sample_rate != commonest:
                detail = f"{entry.recording.sample_rate} Hz, most have {commonest}"
                yield entry.row.id, Fault("mixed-rates", detail)


def _duplicates(entries: Sequence[Entry]) -> Iterable[tuple[str, Fault]]:
    first: dict[str, Entry] = {}
    for entry in entries:
        other = first.setdefault(entry.recording.sha256, entry)
        if other is not entry:
            differs = "" if other.text == entry.text else ", with another text"
            yield entry.row.id, Fault("duplicate-audio", f"as {other.row.id}{differs}")


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


def report(
    entries: Sequence[Entry],
    faults: Iterable[tuple[str, Fault]],
    raw_texts: Iterable[tuple[str, str]],
    notes: Sequence[str] = (),
) -> Report:
    """Gather findings, totals and characters.

    Args:
        entries: what is left for training and scoring.
        faults: (id, fault) of everything found, set aside or not.
        raw_texts: (id, transcript) of every row that has one, kept or not.
        notes: how the splits came about.
    """
    by_name: dict[str, dict[str, str]] = defaultdict(dict)
    for row_id, fault in faults:
        by_name[fault.finding][row_id] = fault.detail
    severities = ("error", "warning", "note")
    order = sorted(KINDS, key=lambda name: severities.index(KINDS[name].severity))
    findings = tuple(
        Finding(name, kind.severity, kind.what, kind.remedy, by_name[name])
        for name in order
        if name in by_name
        for kind in [KINDS[name]]
    )
    set_aside = {i for f in findings if f.severity == "error" for i in f.details}
    set_aside |= set(by_name.get("left-out", ()))
    totals = {split: _totals([e for e in entries if e.split == split]) for split in SPLITS}
    totals = {split: values for split, values in totals.items() if values["clips"]}
    totals["all"] = _totals(entries)
    return Report(findings, totals, _characters(entries, raw_texts), len(set_aside), tuple(notes))


def _totals(entries: Sequence[Entry]) -> dict[str, float]:
    seconds = sum(entry.recording.seconds for entry in entries)
    characters = sum(len(entry.text) for entry in entries)
    return {
        "clips": len(entries),
        "hours": round(seconds / 3600, 4),
        "speakers": len({e.row.speaker for e in entries if e.row.speaker}),
        "characters_per_second": round(characters / seconds, 2) if seconds else 0.0,
    }


def _characters(entries: Sequence[Entry], raw_texts: Iterable[tuple[str, str]]) -> Characters:
    kept = Counter(char for entry in entries for char in entry.text)
    dropped: Counter[str] = Counter()
    example: dict[str, str] = {}
    for row_id, text in raw_texts:
        for char in dropped_characters(text):
            dropped[char] += 1
            example.setdefault(char, f"{row_id}: {text[:80]}")
    return Characters(dict(kept.most_common()), dict(dropped.most_common()), example)


def print_report(result: Report, console: "Console") -> None:
    """Print the report as a person reads it: totals, findings with the first ids, characters."""
    from rich.markup import escape
    from rich.table import Table

    totals = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("split", "clips", "hours", "speakers", "characters/s"):
        totals.add_column(heading, justify="left" if heading == "split" else "right")
    for split, values in result.totals.items():
        pace = f"{values['characters_per_second']:.1f}"
        hours, speakers = f"{values['hours']:.3f}", str(values["speakers"] or "unknown")
        totals.add_row(split, f"{values['clips']:,}", hours, speakers, pace)
    console.print(totals)
    for note in result.notes:
        console.print(escape(note))
    colours = {"error": "red", "warning": "yellow", "note": "cyan"}
    for finding in result.findings:
        label = "set aside" if finding.severity == "error" else finding.severity
        to_do = "" if finding.remedy == "nothing" else f". To do: {finding.remedy}"
        console.print(
            f"\n[{colours[finding.severity]}]{label}[/] [bold]{finding.name}[/] "
            f"{finding.count:,}: {escape(finding.what + to_do)}"
        )
        for line in _grouped(finding.details):
            console.print(f"  {escape(line)}", highlight=False)
        if finding.count > LISTED:
            console.print(f"  and {finding.count - LISTED:,} more in preflight.json")
    console.print(f"\nkept characters: {escape(_counted(result.characters.kept))}")
    if result.characters.dropped:
        console.print(f"dropped characters: {escape(_counted(result.characters.dropped))}")
        for char, where in list(result.characters.example.items())[:5]:
            console.print(f"  {escape(printable(f'{char!r} in {where}'))}", highlight=False)


def _grouped(details: Mapping[str, str]) -> Iterable[str]:
    """Yield the first ids with their details, those of one detail on one line."""
    groups: dict[str, list[str]] = defaultdict(list)
    for row_id, detail in list(details.items())[:LISTED]:
        groups[detail].append(row_id)
    for detail, ids in groups.items():
        yield printable(", ".join(ids) + (f": {detail}" if detail else ""))


def printable(text: str) -> str:
    """Return `text` for a terminal, where control characters of a corpus must do nothing."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _counted(counts: Mapping[str, int]) -> str:
    shown = {" ": "space"}
    return ", ".join(f"{shown.get(char, printable(char))} {n:,}" for char, n in counts.items())
