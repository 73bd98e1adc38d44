"""An evaluation's page: figures, every clip with its alignment, the frames of the worst."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path

from malgwi.dataset.manifest import Utterance
from malgwi.dataset.sound import Recordings, in_time
from malgwi.errors import MalgwiError
from malgwi.evaluation.calibration import Judged, calibration_error, reliability
from malgwi.evaluation.results import UNSEPARATED, Results
from malgwi.page.shell import (
    AUDIO_BYTES,
    MISSING,
    Sound,
    clip_article,
    distinct,
    escaped,
    length,
    note_section,
    orders,
    page_header,
    percent,
    publish_page,
    search_bar,
    search_text,
    select,
)
from malgwi.progress import audio_progress
from malgwi.publish import Place
from malgwi.recognition.inspection import inspect_samples
from malgwi.recognition.recognise import Recogniser
from malgwi.recognition.strip import strip
from malgwi.speech.score import (
    Confusion,
    Counts,
    Edit,
    Measure,
    UtteranceScore,
    by_speaker,
    confused_characters,
    confused_words,
    worst,
)

WORST = 12
"""Utterances whose frames are drawn."""
_DRAWN_S = 30.0
_MOST_BYTES = 6_000
"""Of MP3 a second, more than speech takes: some 4,000."""
_UNITS: dict[Measure, str] = {"WER": "words", "CER": "characters"}


def write_evaluation(
    path: Path | Place,
    results: Results,
    utterances: Sequence[Utterance],
    recogniser: Recogniser,
) -> None:
    """Write an evaluation's page: figures, every clip with its alignment, the worst in frames.

    Args:
        path: the file to write.
        results: what `evaluate` found.
        utterances: the clips it scored, for their audio.
        recogniser: the model, to draw the frames of the worst clips.

    Raises:
        MalgwiError: the page can't be written.
    """
    sound = Sound(AUDIO_BYTES)
    audio = {u.id: u for u in utterances}
    drawn = {u.id for u in worst(results.utterances, WORST, results.measure)}
    # The worst first: should the budget for audio end, these are the ones to keep.
    measure = results.measure
    ranked = sorted(results.utterances, key=lambda score: -score.counts(measure).rate)
    listed = {score.id: (place, score) for place, score in enumerate(results.utterances)}
    clips: dict[str, str] = {}
    with audio_progress("making the page", results.audio_seconds) as heard:
        for u in _worst_first([audio[score.id] for score in ranked]):
            frames = _frames(recogniser, u, sound.recordings) if u.id in drawn else ""
            clips[u.id] = _evaluated(*listed[u.id], u, sound, frames, measure=measure)
            heard(u.duration)
    header = page_header(
        "evaluation",
        f"{escaped(results.model)} on {escaped(results.dataset)}",
        f"split {escaped(results.split)} · {len(results.utterances)} utterances · "
        f"{length(results.audio_seconds)} · "
        f"{results.audio_seconds / max(results.seconds, 1e-9):.0f} × real time",
    )
    toolbar = search_bar(
        select("speaker", "All speakers", distinct(u.speaker for u in results.utterances)),
        orders(
            ("worst", "Worst first"),
            ("best", "Best first"),
            ("listed", "In the data set's order"),
            ("longest", "Longest"),
            ("shortest", "Shortest"),
        ),
        '<label><input type="checkbox" name="wrong"> only with errors</label>',
    )
    above = header + _figures(results) + _notes(results) + _details(results) + toolbar
    publish_page(
        path,
        f"{results.model} · {results.split} · Malgwi",
        above,
        [clips[score.id] for score in ranked],
        sound=sound,
        legend=_LEGEND,
    )


def _worst_first(ranked: Sequence[Utterance]) -> list[Utterance]:
    """Return clips in time, but before all others the worst, whose sound surely fits in the page.

    In time alone the first recording's best clips would take the place of another's worst.
    """
    seconds = accumulate(u.duration for u in ranked)
    sure = sum(end * _MOST_BYTES <= AUDIO_BYTES for end in seconds)
    return [*in_time(ranked[:sure]), *in_time(ranked[sure:])]


def _frames(recogniser: Recogniser, u: Utterance, recordings: Recordings) -> str:
    """Return a clip's frames, drawn; nothing where it is too long, too short or can't be read."""
    if u.duration > _DRAWN_S:
        return ""
    try:
        samples = recordings.read(u)
    except MalgwiError:
        return ""  # the clip says so in its place
    if not recogniser.grid.count(len(samples)):
        return ""
    return strip(inspect_samples(recogniser, samples, u.id))


def _evaluated(
    place: int, score: UtteranceScore, u: Utterance, sound: Sound, frames: str, *, measure: Measure
) -> str:
    counts = score.counts(measure)
    body = f'<div class="said" dir="auto">{"".join(map(_edit, score.alignment))}</div>'
    rate = f'<span class="rate">{_errors(counts, _UNITS[measure])}</span>'
    numbers = f' data-rate="{counts.rate:.6f}" data-errors="{counts.errors}"'
    heading = f"{search_text(u)} {score.reference} {score.hypothesis}"
    return clip_article(place, u, sound, heading, body, facts=rate, numbers=numbers, strip=frames)


def _edit(edit: Edit) -> str:
    said, heard = escaped(edit.reference), escaped(edit.hypothesis)
    match edit.kind:
        case "hit":
            return f'<span class="w">{said}</span> '
        case "substitution":
            look, title = "changed", f"“{said}” was said, “{heard}” was heard"
        case "deletion":
            look, title = "lost", f"“{said}” was said and left out"
        case _:
            look, title = "added", f"“{heard}” was heard but not said"
    above = f'<span class="ref">{said}</span>' if said else MISSING
    below = f'<span class="heard">{heard}</span>' if heard else MISSING
    return f'<span class="w bad {look}" title="{title}">{above}{below}</span> '


_LEGEND = (
    '<p class="legend"><span>above: said, below: heard</span>'
    '<span class="w bad changed">changed</span><span class="w bad lost">'
    '<span class="ref">left out</span></span><span class="w bad added">put in</span>'
    "<span><kbd>↑</kbd> <kbd>↓</kbd> walk <kbd>space</kbd> play <kbd>/</kbd> search</span></p>"
)


def _errors(counts: Counts, unit: str) -> str:
    if not counts.errors:
        return '<span class="right">no error</span>'
    plural = "" if counts.errors == 1 else "s"
    return f"{counts.errors} error{plural} in {counts.reference} {unit} · {percent(counts.rate)}"


def _figures(results: Results) -> str:
    score = results.score
    words = ("Word error rate", score.words, results.wer_interval, "words")
    characters = ("Character error rate", score.characters, results.cer_interval, "characters")
    nospace = ("… without spaces", score.characters_nospace, None, "characters")
    by_words = results.measure == "WER"
    rows = (words, characters, nospace) if by_words else (characters, nospace, words)
    why = "" if by_words else f"<p>{escaped(UNSEPARATED)}</p>"
    return f'<section class="figures">{"".join(_figure(*row) for row in rows)}</section>{why}'


def _figure(name: str, counts: Counts, bounds: tuple[float, float] | None, unit: str) -> str:
    between = f"95 %: {percent(bounds[0])} to {percent(bounds[1])}<br>" if bounds else ""
    return (
        f'<div class="figure"><span>{name}</span><b>{percent(counts.rate)}</b><small>{between}'
        f"{counts.errors:,} of {counts.reference:,} {unit}:<br>{counts.substitutions:,} changed, "
        f"{counts.deletions:,} left out, {counts.insertions:,} put in</small></div>"
    )


def _notes(results: Results) -> str:
    unread = [f"{clip.id}: {clip.reason}" for clip in results.unreadable]
    parts = (
        note_section(
            f"{len(unread)} clips could not be read and are in none of the figures", unread
        ),
        note_section("Warnings", results.warnings),
    )
    return "".join(parts)


def _details(results: Results) -> str:
    speakers = by_speaker(results.utterances)
    measure = results.measure
    ranked = sorted(speakers.items(), key=lambda item: -item[1].counts(measure).rate)
    widest = max((score.counts(measure).rate for score in speakers.values()), default=0.0) or 1.0
    rows = "".join(
        f'<tr><td>{escaped(speaker)}</td><td class="n">{percent(score.words.rate)}</td>'
        f'<td class="n">{percent(score.characters.rate)}</td><td style="width:35%">'
        f'<span class="bar" style="width:{100 * score.counts(measure).rate / widest:.1f}%"></span>'
        "</td></tr>"
        for speaker, score in ranked
    )
    speaker_table = (
        '<div><h2>Speakers</h2><table><tr><th>speaker<th class="n">WER<th class="n">CER<th>'
        f"</tr>{rows}</table></div>"
    )
    return (
        '<section><details class="more"><summary>Speakers, confusions and confidence</summary>'
        f'<div class="columns">{speaker_table if speakers else ""}'
        f"{_confusions('Most confused words', confused_words(results.utterances, 12))}"
        f"{_confusions('Most confused characters', confused_characters(results.utterances, 12))}"
        f"{_reliability(results.words)}</div></details></section>"
    )


def _reliability(words: Sequence[Judged]) -> str:
    """Return a plot of the share of right words over their confidence, a dot a tenth."""
    if not words:
        return ""
    bins = reliability(words)
    most = max(b.words for b in bins)
    dots = "".join(
        f'<circle cx="{100 * b.confidence:.1f}" cy="{100 - 100 * b.right:.1f}" '
        f'r="{1 + 3 * (b.words / most) ** 0.5:.1f}"><title>{b.words:,} words of confidence '
        f"{percent(b.confidence)}: {percent(b.right)} right</title></circle>"
        for b in bins
    )
    line = " ".join(f"{100 * b.confidence:.1f},{100 - 100 * b.right:.1f}" for b in bins)
    return (
        "<div><h2>Confidence</h2>"
        '<svg class="reliability" viewBox="-5 -5 110 110" role="img" aria-label="Share of right '
        'words over confidence"><path d="M0 0V100H100M0 100L100 0"/>'
        f'<polyline points="{line}"/>{dots}</svg>'
        f"<p>Across: how sure the model was of a word, 0 to 100 %. Up: how often it was right. On "
        f"the diagonal the two agree; on average they are {percent(calibration_error(words))} "
        "apart (expected calibration error).</p></div>"
    )


def _confusions(title: str, confusions: Iterable[Confusion]) -> str:
    rows = "".join(
        f'<tr><td>{_name(c.reference)}</td><td>{_name(c.hypothesis)}</td><td class="n">{c.times}'
        "</td></tr>"
        for c in confusions
    )
    head = '<tr><th>said<th>heard<th class="n">times</tr>'
    return f"<div><h2>{title}</h2><table>{head}{rows}</table></div>"


def _name(text: str) -> str:
    if text in ("", " "):
        return f'<span class="none">{"space" if text else "nothing"}</span>'
    return escaped(text)
