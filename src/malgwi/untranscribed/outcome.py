"""What came of a run with untranscribed speech: for people, and as `train.json` has it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from malgwi.speech.score import Measure, rank

ALSO = "also"
"""The key of `train.json` that says what was used."""
LABELS = f"{ALSO}.jsonl"
"""The file of the run with the labels that it learnt from."""


@dataclass(frozen=True)
class Labels:
    """What a round learnt from beside the transcripts."""

    labelled_by: int
    """The round whose run heard them."""
    with_lm: bool
    """Whether the language model of the transcripts helped that run."""
    clips: int
    hours: float
    right: float
    """The share of their words that is expected to be right."""
    repeated: int = 1
    """Times that a pass goes through the transcripts, so that they count as much as the labels."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Stretches that weren't learnt from, by why."""


@dataclass(frozen=True)
class Round:
    """One run, and what it came to."""

    number: int
    labels: Labels | None = None
    """None in round 0, which has the transcripts alone."""
    wer: float | None = None
    """On the validation split."""
    cer: float | None = None
    best_step: int = 0
    steps: int = 0
    train_seconds: float = 0.0
    audio_seconds: float = 0.0
    """Trained on, in all steps."""
    failed: str | None = None

    def rates(self) -> str:
        """Return both for people: where one is as good, the other tells which round is better."""
        return f"WER {self.wer:.3f}, CER {self.cer:.3f}"

    def beats(self, other: "Round", measure: Measure) -> bool:
        """Say whether it measures better."""
        if self.failed or self.wer is None or self.cer is None:
            return False
        if other.wer is None or other.cer is None:
            return True
        return rank(measure, self.wer, self.cer) < rank(measure, other.wer, other.cer)


@dataclass(frozen=True)
class Also:
    """What came of all rounds."""

    run: Path
    dataset: str
    folder: str
    measure: Measure
    selected: int
    """The round whose run it is."""
    rounds: tuple[Round, ...]
    speech: Mapping[str, Any]
    """What the recordings hold, and what of them was left out before anything was heard."""
    stopped: str = "finished"
    """`signal` where it was stopped, and can go on."""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "run": str(self.run)}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Also":
        """Return what `to_json` made plain."""
        rounds = tuple(
            Round(**{**one, "labels": Labels(**one["labels"]) if one["labels"] else None})
            for one in found["rounds"]
        )
        return cls(**{**found, "run": Path(found["run"]), "rounds": rounds})

    def to_text(self) -> str:
        """Return it for people."""
        without = f"{self.rounds[0].rates()} on valid without it"
        if self.selected:
            best = self.rounds[self.selected]
            assert best.labels is not None  # noqa: S101 - only round 0 has none
            return (
                f"Untranscribed speech helped: {best.rates()} on valid; {without}. This is round "
                f"{self.selected}, with {best.labels.clips} labels ({best.labels.hours:.2f} h) "
                f"beside the transcripts; {self.run / LABELS} has them"
            )
        if len(self.rounds) == 1:
            why = "no label was sure enough to learn from"
        else:
            tried = self.rounds[1]
            why = tried.failed or f"{tried.rates()} with it"
        return f"Untranscribed speech didn't help ({without}; {why}): this is the run without it"
