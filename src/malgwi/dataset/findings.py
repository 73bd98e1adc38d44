"""What pre-flight can find: each kind's name, gravity and remedy; what a report holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from malgwi.corpus.row import Row
from malgwi.dataset.manifest import Stretch
from malgwi.dataset.measure import Recording
from malgwi.speech.frames import WAV2VEC2

Severity = Literal["error", "warning", "note"]
SILENT_DBFS = -60.0
"""A clip whose loudest 0.1 s stays below is silent: even whispers recorded far too low reach
-50 dBFS, and the noise of a quiet room lies at -60 to -70."""
CLIPPED_SHARE = 0.001
"""Share of samples at full scale from which a clip counts as clipped. Clean speech touches full
scale in single samples; one in a thousand is sixteen each second, which is audible."""
SLACK_S = 0.1
"""Times that end this little behind their recording mean its end: they were rounded, or the padding
of an encoder was counted."""
LONGEST_S = 60.0
"""Longer clips are set aside: attention takes memory with the square of the length, and a text
of a minute gives CTC little hold. Recordings of this length are cut at pauses."""
FASTEST, SLOWEST = 2.5, 0.2
"""Characters a second over the corpus's median outside of which a clip's text is suspicious.
Relative, so that it holds for English letters and Korean syllables alike; people's own pace varies
by a factor of two, and silence around short words makes them slower, never faster."""

IMPOSSIBLE_PACE = 25.0
"""Letters a second, spaces too, that no corpus has as its median: reading aloud has 16 in English
and German, fast talk 20. A letter that spells a syllable counts as `SYLLABLE` of them."""
SYLLABLE = 2.5
NARROW_HZ = 5_000.0
"""Sound of 8 kHz ends at 3.9 kHz however it was resampled; speech that was recorded at 16 kHz
reached 6.9 kHz in each of 450 clips."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a finding means and what to do about it."""

    severity: Severity
    what: str
    remedy: str


KINDS: Mapping[str, Kind] = {
    "no-recording": Kind(
        "error", "the recording isn't there", "add the file, or correct its name in the row"
    ),
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
    "too-long": Kind(
        "error",
        f"longer than {LONGEST_S:.0f} s",
        "the same command with --cut-long MODEL cuts it at pauses, text and all; MODEL is any run, "
        "bundle or checkpoint of the language, or starter",
    ),
    "not-cut": Kind(
        "error",
        f"a part of a stretch over {LONGEST_S:.0f} s that --cut-long left out",
        "listen whether its text is what is said; where it is, end an annotation in a pause there",
    ),
    "frames-below-labels": Kind(
        "error",
        "fewer frames (50 a second) than its text has letters and repeats, so CTC can't align it",
        "check that text and recording belong together",
    ),
    "no-text": Kind("error", "the transcript is empty", "transcribe it"),
    "unspeakable": Kind(
        "error", "the transcript has nothing that is spoken, only symbols", "transcribe it"
    ),
    "tags-only": Kind(
        "error", "the transcript has nothing but tags for noises and the like", "nothing"
    ),
    "tagged": Kind("error", "the transcript has a tag, and --tags set-aside was given", "nothing"),
    "digits": Kind(
        "error",
        "digits, of which nobody can tell how they were spoken",
        'write the words that are heard, "twenty" or "two zero"',
    ),
    "damaged-annotation": Kind(
        "error",
        "the annotation, or its whole file, can't be understood",
        "correct it in the program that wrote it",
    ),
    "no-transcript": Kind("error", "there is no transcript of it", "add one"),
    "damaged-row": Kind("error", "the row can't be understood", "correct it in the table"),
    "not-utf8": Kind(
        "error",
        "the row isn't text in the encoding of its table",
        "save the table as UTF-8; if all of it is in another encoding, say its language "
        "(--language), or convert it from what its program wrote, such as Korean: iconv -f cp949 "
        "-t utf-8 OLD > NEW",
    ),
    "no-consent": Kind(
        "error", "the speaker didn't consent, or is heard in it", "nothing, or ask them"
    ),
    "unclear-consent": Kind(
        "error",
        "what the speaker agreed to can't be understood",
        "write yes or no into the columns consent and share, or leave them empty",
    ),
    "outside": Kind(
        "error",
        "the path is absolute or leads out of the corpus",
        "write it relative to the table, or allow it with --allow-outside",
    ),
    "bad-times": Kind(
        "error",
        "its times are no stretch of the file: before 0, empty, reversed, no number or moved",
        "correct them in the corpus; they are seconds from the recording's beginning",
    ),
    "changed-recording": Kind(
        "error",
        "the file isn't the recording any more that was transcribed",
        "put that one back in its place, or add the new one by itself",
    ),
    "past-end": Kind(
        "error",
        f"its times go over {SLACK_S:g} s beyond the end of the recording",
        "check that recording and times belong together, and that they are seconds; where the "
        "recording is cut to the utterance already, leave the columns with the times out",
    ),
    "unknown-split": Kind("error", "the split has no known name", "call it train, valid or test"),
    "duplicate-id": Kind(
        "error",
        "an earlier row has the same recording or id",
        "keep one row a recording, and give each its own id",
    ),
    "duplicate-annotation": Kind(
        "error",
        "another file has the same annotation of the same recording",
        "nothing, one of the two stays",
    ),
    "duplicate-across-splits": Kind(
        "error",
        "the same recording is in a split used for scoring; this copy would leak it",
        "nothing, the copy for scoring stays",
    ),
    "no-row": Kind(
        "warning",
        "no row names the recording, so it isn't used",
        "add a row with its text, or nothing",
    ),
    "cut": Kind(
        "note", f"longer than {LONGEST_S:.0f} s, and cut at pauses between its words", "nothing"
    ),
    "left-out": Kind("note", "left out as asked or as the split rule says", "nothing"),
    "duplicate-audio": Kind(
        "warning", "the same recording as another one of its split", "remove one, compare the texts"
    ),
    "overlap": Kind(
        "warning",
        "shares a part of its recording with another utterance of its split",
        "move the border between the two, or keep one",
    ),
    "gap-in-word": Kind(
        "warning",
        "a word has over 0.3 s between its parts, by the times of a tier below it",
        "listen: correct the times, or write two words where there is a pause",
    ),
    "damaged-recording": Kind(
        "warning",
        "lies in a recording that ends too early or is damaged",
        "copy or download the recording again; listen whether text and sound still agree",
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
    "wrong-header": Kind(
        "warning",
        "the header says something else than the file holds, all of which was read",
        "nothing, or convert it, so that other programs read all of it too",
    ),
    "wrong-rate": Kind(
        "warning",
        f"over {IMPOSSIBLE_PACE:.0f} letters a second in most of the corpus, more than people "
        "speak: the headers claim a higher rate than the sound has",
        "find out the true rate, and write it without touching the samples, such as: "
        "sox -r 8000 OLD.wav NEW.wav",
    ),
    "narrow-band": Kind(
        "warning",
        f"nothing above {NARROW_HZ:,.0f} Hz, though the file's rate has room for it: recorded at a "
        "lower rate, or over a telephone",
        "record at 16 kHz or more, or train on such sound alone",
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
    "tags": Kind(
        "warning",
        "the transcript has tags for noises or for what nobody understood, which aren't learnt",
        "listen to some; --tags set-aside leaves such clips out, --tags keep takes tags as words",
    ),
    "channel-chosen": Kind(
        "note",
        "one of several channels, counted from 0, since the average would harm the voice",
        "nothing; a column named channel, or --channel, says which to take",
    ),
    "spoken-symbols": Kind(
        "warning",
        "the text has symbols that people speak, and normalising drops them",
        'write them as words, "percent", "and"',
    ),
    "joined": Kind(
        "warning",
        "a character between two letters went without a space, so what it kept apart is one word",
        "where it is a letter there, keep it with --keep-letters; where it ends a word, write a "
        "space",
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


def sets_aside(finding: str) -> bool:
    """Say whether what has a finding isn't used."""
    return KINDS[finding].severity == "error" or finding == "left-out"


@dataclass(frozen=True, slots=True)
class Entry:
    """One usable utterance: its row, the facts of its recording, its normalised text, its split."""

    row: Row
    recording: Recording
    text: str
    split: str
    stretch: Stretch
    """What of the recording it is."""


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
    """How often each character was kept, dropped or replaced, and an utterance where it is."""

    kept: Mapping[str, int]
    dropped: Mapping[str, int]
    replaced: Mapping[tuple[str, str], int]
    """By the character and what stands for it."""
    example: Mapping[str, str]
    """Of each character that didn't stay, the id and text of the first utterance with it."""


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
                "replaced": [
                    {
                        "character": char,
                        "by": by,
                        "count": count,
                        "example": self.characters.example[char],
                    }
                    for (char, by), count in self.characters.replaced.items()
                ],
            },
        }
