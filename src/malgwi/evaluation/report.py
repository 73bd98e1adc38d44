"""An evaluation as a person reads it in a terminal."""

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from malgwi.evaluation.calibration import calibration_error
from malgwi.evaluation.results import UNSEPARATED, Results
from malgwi.speech.score import (
    Confusion,
    Measure,
    Score,
    UtteranceScore,
    alignment_text,
    by_speaker,
    confused_characters,
    confused_words,
    worst,
)
from malgwi.terminal import printable


def print_results(results: Results, console: Console) -> None:
    """Print the figures, the speakers, the worst utterances and what was confused."""
    score = results.score
    figures = _table("", ">rate", ">95 % interval", ">errors", ">sub", ">del", ">ins", ">of")
    words = ("WER", score.words, results.wer_interval)
    characters = ("CER", score.characters, results.cer_interval)
    first = (words, characters) if results.measure == "WER" else (characters, words)
    for name, counts, bounds in (*first, ("CER without spaces", score.characters_nospace, None)):
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
    if results.measure == "CER":
        console.print(UNSEPARATED)
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
    _print_worst(worst(results.utterances, 5, results.measure), results.measure, console)
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
    ranked = sorted(speakers.items(), key=lambda item: -item[1].counts(results.measure).rate)
    for speaker, score in ranked[:20]:
        rates = f"{score.words.rate:.3f}", f"{score.characters.rate:.3f}"
        table.add_row(_plain(speaker), *rates, str(score.words.reference))
    console.print(table)
    if len(ranked) > 20:
        console.print(
            f"… and {len(ranked) - 20} more speakers, each with a lower {results.measure}"
        )


def _print_worst(utterances: Iterable[UtteranceScore], measure: Measure, console: Console) -> None:
    for u in utterances:
        console.print(f"[bold]{_plain(u.id)}[/]  {measure} {u.counts(measure).rate:.2f}")
        alignment = alignment_text(u.alignment, console.width)
        console.print(escape(alignment), highlight=False, soft_wrap=True)  # a long word stays whole


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
