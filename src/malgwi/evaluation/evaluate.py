"""How well a recogniser does on a split of a data set: figures, and every utterance behind them.

Both sides go through `malgwi.speech.text.normalise`. Clips that can't be read are named and
counted, and are in none of the figures.
"""

import csv
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from dataclasses import replace as replace_fields
from functools import cached_property
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from malgwi.dataset.manifest import Utterance, load_dataset
from malgwi.decoding.decode import Alternative
from malgwi.decoding.search import DEFAULT, Search
from malgwi.errors import MalgwiError
from malgwi.evaluation.calibration import Judged, calibration_error, judge, reliability
from malgwi.progress import audio_progress
from malgwi.publish import publish_folder
from malgwi.recognition.recognise import Recogniser, open_recogniser, transcribe_file
from malgwi.speech.score import (
    Confusion,
    Counts,
    Score,
    UtteranceScore,
    alignment_text,
    by_speaker,
    confused_characters,
    confused_words,
    interval,
    score_utterance,
    worst,
)
from malgwi.speech.text import normalise
from malgwi.terminal import printable

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
            "worst": [u.id for u in worst(self.utterances)],
            "confused_words": [asdict(c) for c in confused_words(self.utterances, 30)],
            "confused_characters": [asdict(c) for c in confused_characters(self.utterances, 30)],
            "unreadable": [asdict(u) for u in self.unreadable],
            "warnings": list(self.warnings),
        }


def _counts(counts: Counts) -> dict[str, int]:
    return {"reference": counts.reference, **asdict(counts)}


def evaluate(
    model: str | Path,
    dataset: Path,
    *,
    split: str = "test",
    output: Path | None = None,
    html: Path | None = None,
    limit: int | None = None,
    threads: int | None = None,
    search: Search = DEFAULT,
    replace: bool = False,
) -> Results:
    """Transcribe a split and score it.

    Args:
        model: a run, checkpoint or bundle, as `malgwi.recognition.recognise.open_recogniser` takes.
        dataset: a folder written by `malgwi prepare`.
        split: which part of it.
        output: a folder for `results.json`, `utterances.csv` and `utterances.json`.
        html: a page to listen and look, written as one file.
        limit: only the first so many utterances of the split.
        threads: processor threads for the model.
        search: how to find the words; with `nbest`, the errors of the best alternative are
            counted, too.
        replace: whether `output` may replace an earlier evaluation.

    Raises:
        MalgwiError: the model or data set can't be opened, the split is empty, or not one clip
            of it can be read. Single clips that can't be read are in `Results.unreadable`:
            `check_complete` raises for them once everything is written.
    """
    if limit is not None and limit < 1:
        raise MalgwiError(f"--limit {limit}: expected 1 or more utterances")
    utterances = load_dataset(dataset).split(split)[:limit]
    warned: list[str] = []
    recogniser = open_recogniser(model, threads=threads, search=search, warn=warned.append)
    results = evaluate_utterances(recogniser, utterances, dataset=str(dataset), split=split)
    results = replace_fields(results, warnings=(*warned, *results.warnings))
    if output is not None:
        write(results, output, replace=replace)
    if html is not None:
        from malgwi.evaluation.page import write_evaluation

        write_evaluation(html, results, utterances, recogniser)
    return results


def evaluate_utterances(
    recogniser: Recogniser, utterances: Sequence[Utterance], *, dataset: str, split: str
) -> Results:
    """Transcribe and score `utterances` with an open recogniser.

    Raises:
        MalgwiError: not one of the clips can be read.
    """
    scored: list[UtteranceScore] = []
    words: list[Judged] = []
    best: list[UtteranceScore] = []
    unreadable: list[Unreadable] = []
    warned: list[str] = []
    audio_seconds = 0.0
    started = time.perf_counter()
    with audio_progress("evaluating", sum(u.duration for u in utterances)) as advance:
        for utterance in utterances:
            try:
                heard = transcribe_file(recogniser, utterance.audio, warn=warned.append)
            except MalgwiError as error:
                unreadable.append(Unreadable(utterance.id, str(error)))
            else:
                scored.append(_score(utterance, heard.text))
                if recogniser.nbest:
                    best.append(_best(utterance, heard.alternatives) or scored[-1])
                words += judge(heard.words, scored[-1].reference)
                audio_seconds += utterance.duration
            advance(utterance.duration)
    seconds = time.perf_counter() - started
    if not scored:
        raise MalgwiError(
            f"{dataset}: none of the {len(utterances)} clips of split {split!r} can be read; the "
            f"first: {unreadable[0].reason}"
        )
    return Results(
        recogniser.name,
        dataset,
        split,
        tuple(scored),
        tuple(words),
        tuple(unreadable),
        tuple(warned),
        audio_seconds,
        seconds,
        recogniser.nbest,
        tuple(best),
    )


def _best(utterance: Utterance, alternatives: Sequence[Alternative]) -> UtteranceScore | None:
    scores = [_score(utterance, alternative.text) for alternative in alternatives]
    return min(scores, key=lambda score: score.words.errors, default=None)


def _score(utterance: Utterance, hypothesis: str) -> UtteranceScore:
    return score_utterance(
        normalise(utterance.text),
        normalise(hypothesis),
        id=utterance.id,
        speaker=utterance.speaker,
    )


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


def write(results: Results, output: Path, *, replace: bool = False) -> None:
    """Write `results.json`, `utterances.csv` and `utterances.json` into a new folder.

    Raises:
        MalgwiError: the folder is taken or can't be written; nothing is left half-written.
    """
    with publish_folder(output, replace=replace) as folder:
        _write_json(folder / RESULTS, results.to_json())
        _write_json(folder / ROWS, [_row(u) for u in results.utterances])
        with (folder / TABLE).open("w", encoding="utf-8", newline="") as out:
            table = csv.writer(out)
            table.writerow(COLUMNS)
            table.writerows(_line(u) for u in results.utterances)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


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


def print_results(results: Results, console: Console) -> None:
    """Print the figures, the speakers, the worst utterances and what was confused."""
    score = results.score
    figures = _table("", ">rate", ">95 % interval", ">errors", ">sub", ">del", ">ins", ">of")
    for name, counts, bounds in (
        ("WER", score.words, results.wer_interval),
        ("CER", score.characters, results.cer_interval),
        ("CER without spaces", score.characters_nospace, None),
    ):
        figures.add_row(
            f"[bold]{name}[/]",
            f"[bold]{counts.rate:.3f}[/]",
            f"{bounds[0]:.3f} to {bounds[1]:.3f}" if bounds else "",
            *(str(n) for n in (counts.errors, counts.substitutions, counts.deletions)),
            *(str(n) for n in (counts.insertions, counts.reference)),
        )
    console.print(
        f"[bold]{escape(results.model)}[/] on {escape(results.dataset)}, {results.split}: "
        f"{len(results.utterances)} utterances, {results.audio_seconds:.0f} s, "
        f"{results.audio_seconds / max(results.seconds, 1e-9):.1f} x real time"
    )
    console.print(figures)
    if results.nbest:
        console.print(
            f"WER of the best of {results.nbest} alternatives: {Score.of(results.best).wer:.3f}"
        )
    if results.words:
        console.print(
            f"Confidences of the {len(results.words):,} words heard are off by "
            f"{calibration_error(results.words):.3f} (expected calibration error)"
        )
    _print_speakers(results, console)
    _print_worst(worst(results.utterances, 5), console)
    _print_confused("words", confused_words(results.utterances), console)
    _print_confused("characters", confused_characters(results.utterances), console)
    for text in results.warnings:
        console.print(f"[yellow]warning:[/] {_plain(text)}")
    for clip in results.unreadable:
        console.print(f"[red]not read:[/] {_plain(clip.id)}: {_plain(clip.reason)}")


def _table(*headers: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in headers:
        table.add_column(header.lstrip(">"), justify="right" if header[:1] == ">" else "left")
    return table


def _print_speakers(results: Results, console: Console) -> None:
    speakers = by_speaker(results.utterances)
    if len(speakers) < 2:
        return
    table = _table("speaker", ">WER", ">CER", ">words")
    ranked = sorted(speakers.items(), key=lambda item: -item[1].words.rate)
    for speaker, score in ranked[:20]:
        rates = f"{score.words.rate:.3f}", f"{score.characters.rate:.3f}"
        table.add_row(_plain(speaker), *rates, str(score.words.reference))
    console.print(table)
    if len(ranked) > 20:
        console.print(f"… and {len(ranked) - 20} more speakers, each with a lower WER")


def _print_worst(utterances: Iterable[UtteranceScore], console: Console) -> None:
    for u in utterances:
        console.print(f"[bold]{_plain(u.id)}[/]  WER {u.words.rate:.2f}")
        console.print(escape(alignment_text(u.alignment)), highlight=False, no_wrap=True)


def _print_confused(what: str, confusions: Iterable[Confusion], console: Console) -> None:
    shown = ", ".join(
        f"{_name(c.reference)} → {_name(c.hypothesis)} ({c.times})" for c in confusions
    )
    if shown:
        console.print(f"\nMost confused {what}: {escape(shown)}", highlight=False)


def _plain(text: str) -> str:
    return escape(printable(text))


def _name(text: str) -> str:
    return {"": "∅", " ": "␣"}.get(text, text)
