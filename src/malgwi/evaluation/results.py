"""What one evaluation found: figures, every utterance behind them, and how they are written."""

import csv
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from malgwi.errors import MalgwiError
from malgwi.evaluation.calibration import Judged, calibration_error, reliability
from malgwi.speech.score import (
    Counts,
    Measure,
    Score,
    UtteranceScore,
    alignment_text,
    by_speaker,
    confused_characters,
    confused_words,
    interval,
    measure_for,
    worst,
)

RESULTS, TABLE, ROWS = "results.json", "utterances.csv", "utterances.json"
COLUMNS = (
    "id",
    "speaker",
    "wer",
    "cer",
    "words",
    "substitutions",
    "deletions",
    "insertions",
    "reference",
    "hypothesis",
    "alignment",
)
"""Of `utterances.csv`; `words` counts those of the reference."""
UNSEPARATED = "Spaces don't separate the words of these texts: CER is the rate that counts."


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A clip that is in none of the figures, and why."""

    id: str
    reason: str


@dataclass(frozen=True)
class Results:
    """What one evaluation found."""

    model: str
    dataset: str
    split: str
    utterances: tuple[UtteranceScore, ...]
    words: tuple[Judged, ...]
    """Every word that was recognised, with its confidence."""
    unreadable: tuple[Unreadable, ...]
    warnings: tuple[str, ...]
    """Truncated clips, and clips too short for a single frame (scored as heard: empty)."""
    audio_seconds: float
    """Length of the clips scored, by the manifest."""
    seconds: float
    """Wall time of reading and recognising."""
    nbest: int = 0
    """Alternatives that were asked for."""
    best: tuple[UtteranceScore, ...] = ()
    """Of each utterance the alternative with the fewest word errors, where they were asked for."""

    @cached_property
    def score(self) -> Score:
        """The counts of all utterances together."""
        return Score.of(self.utterances)

    @cached_property
    def measure(self) -> Measure:
        """The rate that counts: CER where spaces don't separate words."""
        return measure_for([u.reference for u in self.utterances])

    @property
    def wer(self) -> float:
        """Word error rate."""
        return self.score.wer

    @property
    def cer(self) -> float:
        """Character error rate over NFC code points, spaces included."""
        return self.score.cer

    @property
    def cer_nospace(self) -> float:
        """Character error rate without spaces."""
        return self.score.characters_nospace.rate

    @cached_property
    def wer_interval(self) -> tuple[float, float] | None:
        """95 % bootstrap interval of the WER by utterance; None for fewer than two."""
        return interval([u.words for u in self.utterances])

    @cached_property
    def cer_interval(self) -> tuple[float, float] | None:
        """95 % bootstrap interval of the CER by utterance; None for fewer than two."""
        return interval([u.characters for u in self.utterances])

    def to_json(self) -> dict[str, Any]:
        """Return `results.json`: everything but the utterances."""
        return {
            "model": self.model,
            "dataset": self.dataset,
            "split": self.split,
            "utterances": len(self.utterances),
            "measure": self.measure,
            "wer": self.wer,
            "wer_interval": self.wer_interval,
            "cer": self.cer,
            "cer_interval": self.cer_interval,
            "cer_nospace": self.cer_nospace,
            "words": _counts(self.score.words),
            "characters": _counts(self.score.characters),
            "characters_nospace": _counts(self.score.characters_nospace),
            "confidence": {
                "error": calibration_error(self.words),
                "words": len(self.words),
                "bins": [b._asdict() for b in reliability(self.words)],
            },
            **({"nbest": self.nbest, "wer_nbest": Score.of(self.best).wer} if self.nbest else {}),
            "audio_seconds": round(self.audio_seconds, 3),
            "seconds": round(self.seconds, 3),
            "real_time_factor": round(self.seconds / max(self.audio_seconds, 1e-9), 5),
            "speakers": {
                speaker: {
                    "wer": score.words.rate,
                    "cer": score.characters.rate,
                    "words": _counts(score.words),
                }
                for speaker, score in by_speaker(self.utterances).items()
            },
            "worst": [u.id for u in worst(self.utterances, measure=self.measure)],
            "confused_words": [asdict(c) for c in confused_words(self.utterances, 30)],
            "confused_characters": [asdict(c) for c in confused_characters(self.utterances, 30)],
            "unreadable": [asdict(u) for u in self.unreadable],
            "warnings": list(self.warnings),
        }


def _counts(counts: Counts) -> dict[str, int]:
    return {"reference": counts.reference, **asdict(counts)}


def check_complete(results: Results) -> None:
    """Make an evaluation with missing clips fail, after it was written and printed.

    Raises:
        MalgwiError: names the clips that could not be read.
    """
    if results.unreadable:
        names = ", ".join(u.id for u in results.unreadable[:5])
        more = ", …" if len(results.unreadable) > 5 else ""
        total = len(results.utterances) + len(results.unreadable)
        raise MalgwiError(
            f"{results.dataset}: {len(results.unreadable)} of {total} clips can't be read and are "
            f"in none of the figures ({names}{more}); {results.unreadable[0].reason}"
        )


def write(results: Results, folder: Path) -> None:
    """Write `results.json`, `utterances.csv` and `utterances.json` into a folder."""
    _write_json(folder / RESULTS, results.to_json())
    _write_json(folder / ROWS, [_row(u) for u in results.utterances])
    with (folder / TABLE).open("w", encoding="utf-8", errors="backslashreplace", newline="") as out:
        table = csv.writer(out)
        table.writerow(COLUMNS)
        table.writerows(_line(u) for u in results.utterances)


def _write_json(path: Path, value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    # A file's name needn't be UTF-8; what isn't becomes the escapes of JSON.
    path.write_text(f"{text}\n", encoding="utf-8", errors="backslashreplace")


def _row(u: UtteranceScore) -> dict[str, Any]:
    return {
        "id": u.id,
        "speaker": u.speaker,
        "reference": u.reference,
        "hypothesis": u.hypothesis,
        "wer": u.words.rate,
        "cer": u.characters.rate,
        "words": _counts(u.words),
        "characters": _counts(u.characters),
        "alignment": [[edit.kind, edit.reference, edit.hypothesis] for edit in u.alignment],
    }


def _line(u: UtteranceScore) -> tuple[object, ...]:
    words = u.words
    return (
        u.id,
        u.speaker or "",
        f"{words.rate:.4f}",
        f"{u.characters.rate:.4f}",
        words.reference,
        words.substitutions,
        words.deletions,
        words.insertions,
        u.reference,
        u.hypothesis,
        alignment_text(u.alignment),
    )
