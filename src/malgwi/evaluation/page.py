"""One self-contained HTML page to listen and look: a data set's clips, or an evaluation's.

The page asks the network for nothing: clips are embedded as MP3, its content security policy
forbids everything else, and every text is escaped. It works from a `file://` address, in the
light and in the dark, and by keyboard.
"""

import base64
import hashlib
import io
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt

from malgwi.dataset.manifest import Dataset, Utterance, load_dataset
from malgwi.dataset.show import draw
from malgwi.decoding.windows import Samples
from malgwi.errors import MalgwiError
from malgwi.evaluation.calibration import Judged, calibration_error, reliability
from malgwi.evaluation.evaluate import Results
from malgwi.progress import audio_progress
from malgwi.publish import publish_file
from malgwi.recognition.inspection import Inspection, inspect_samples, visible
from malgwi.recognition.recognise import Recogniser
from malgwi.recognition.spectrogram import spectrogram
from malgwi.recognition.suspects import Passage, Ranking, Suspect
from malgwi.speech.audio import SAMPLE_RATE, read
from malgwi.speech.score import (
    Confusion,
    Counts,
    Edit,
    UtteranceScore,
    by_speaker,
    confused_characters,
    confused_words,
    worst,
)

AUDIO_BYTES = 32_000_000
"""Of MP3 in one page, about two hours and a half; later clips are shown without a player."""
WORST = 12
"""Utterances whose frames are drawn."""
SUSPECTS = 200
"""Clips on the page of transcripts that may be wrong."""
_DRAWN_S = 30.0
_FRAME_PX = 9
_INK = (70, 130, 190)
_PLAY = (
    '<svg viewBox="0 0 16 16" aria-hidden="true"><path class="start" d="M4 2l10 6-10 6z"/>'
    '<path class="pause" d="M3 2h4v12H3zM9 2h4v12H9z"/></svg>'
)


@dataclass
class _Sound:
    """Hands out clips as base64 until the page's budget is spent."""

    left: int

    def embed(self, samples: Samples) -> str:
        """Return an MP3 in base64, or nothing when it would not fit any more."""
        import soundfile

        if not len(samples):
            return ""
        encoded = io.BytesIO()
        soundfile.write(
            encoded,
            samples,
            SAMPLE_RATE,
            format="MP3",
            bitrate_mode="VARIABLE",
            compression_level=0.8,  # about 30 kbit/s
        )
        if len(encoded.getvalue()) > self.left:
            return ""
        self.left -= len(encoded.getvalue())
        return base64.b64encode(encoded.getvalue()).decode()


def show_page(
    dataset: Path, path: Path, *, count: int = 10, split: str | None = None, seed: int = 0
) -> None:
    """Write a page with the examples that `malgwi show` draws from a prepared folder.

    Raises:
        MalgwiError: the folder isn't one, `count` is below 1, the split is unknown, or the page
            can't be written.
    """
    prepared = load_dataset(dataset)
    write_show(path, prepared, draw(prepared, count, split, seed))


def write_show(path: Path, dataset: Dataset, utterances: Sequence[Utterance]) -> None:
    """Write a page with `utterances` of a data set: player, text, seconds, speaker, filters.

    A clip that can't be read says so in its place.

    Raises:
        MalgwiError: the page can't be written.
    """
    sound = _Sound(AUDIO_BYTES)
    seconds = sum(u.duration for u in utterances)
    name = str(dataset.info.get("name") or dataset.folder.name)
    splits = _distinct(u.split for u in utterances)
    toolbar = _toolbar(
        _select("split", "All splits", splits),
        _select("speaker", "All speakers", _distinct(u.speaker for u in utterances)),
        _orders(("listed", "In the order drawn"), ("longest", "Longest"), ("shortest", "Shortest")),
    )
    clips = []
    with audio_progress("making the page", seconds) as heard:
        for place, u in enumerate(utterances):
            split = f"<span>{_escape(u.split)}</span>"
            clips.append(_clip(place, u, sound, _heading(u), _text(u), facts=split))
            heard(u.duration)
    header = _header(
        "data set",
        _escape(name),
        f"{len(utterances)} of {len(dataset.utterances)} clips · {_length(seconds)} · "
        f"{_escape(', '.join(splits))}",
    )
    _publish(path, f"{name} · Malgwi", header + toolbar, clips, sound=sound)


def write_evaluation(
    path: Path, results: Results, utterances: Sequence[Utterance], recogniser: Recogniser
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
    sound = _Sound(AUDIO_BYTES)
    audio = {u.id: u for u in utterances}
    drawn = {u.id for u in worst(results.utterances, WORST)}
    # The worst first: should the budget for audio end, these are the ones to keep.
    ranked = sorted(enumerate(results.utterances), key=lambda item: -item[1].words.rate)
    clips = []
    with audio_progress("making the page", results.audio_seconds) as heard:
        for place, u in ranked:
            model = recogniser if u.id in drawn else None
            clips.append(_evaluated(place, u, audio[u.id], sound, model))
            heard(audio[u.id].duration)
    header = _header(
        "evaluation",
        f"{_escape(results.model)} on {_escape(results.dataset)}",
        f"split {_escape(results.split)} · {len(results.utterances)} utterances · "
        f"{_length(results.audio_seconds)} · "
        f"{results.audio_seconds / max(results.seconds, 1e-9):.0f} × real time",
    )
    toolbar = _toolbar(
        _select("speaker", "All speakers", _distinct(u.speaker for u in results.utterances)),
        _orders(
            ("worst", "Worst first"),
            ("best", "Best first"),
            ("listed", "In the data set's order"),
            ("longest", "Longest"),
            ("shortest", "Shortest"),
        ),
        '<label><input type="checkbox" name="wrong"> only with errors</label>',
    )
    above = header + _figures(results) + _notes(results) + _details(results) + toolbar
    _publish(
        path,
        f"{results.model} · {results.split} · Malgwi",
        above,
        clips,
        sound=sound,
        legend=_LEGEND,
    )


def write_suspects(
    path: Path, dataset: str, ranking: Ranking, utterances: Sequence[Utterance]
) -> None:
    """Write a page with the clips whose text fits worst: what it says, what is heard, and where.

    Args:
        path: the file to write.
        dataset: what the data set is called.
        ranking: what `malgwi.recognition.suspects.rank` found.
        utterances: the clips it ranked, for their audio.

    Raises:
        MalgwiError: the page can't be written.
    """
    sound = _Sound(AUDIO_BYTES)
    audio = {u.id: u for u in utterances}
    shown = ranking.clips[:SUSPECTS]
    seconds = sum(audio[clip.id].duration for clip in shown)
    clips = []
    with audio_progress("making the page", seconds) as heard:
        for place, clip in enumerate(shown):
            clips.append(_suspect(place, clip, audio[clip.id], sound))
            heard(audio[clip.id].duration)
    header = _header(
        "transcripts that may be wrong",
        _escape(dataset),
        f"the {len(shown)} of {len(ranking.clips)} clips whose text fits worst, heard by "
        f"{_escape(ranking.model)} · {_length(seconds)}",
    )
    unchecked = [f"{clip.id}: {clip.reason}" for clip in ranking.unchecked]
    notes = _note(f"{len(unchecked)} clips could not be checked", unchecked)
    toolbar = _toolbar(
        _select("split", "All splits", _distinct(clip.split for clip in shown)),
        _select("speaker", "All speakers", _distinct(audio[clip.id].speaker for clip in shown)),
        _orders(("listed", "Worst first"), ("longest", "Longest"), ("shortest", "Shortest")),
    )
    _publish(
        path, f"{dataset} · transcripts · Malgwi", header + notes + toolbar, clips, sound=sound
    )


def _suspect(place: int, clip: Suspect, u: Utterance, sound: _Sound) -> str:
    start, end = clip.start_ms / 1000, clip.end_ms / 1000
    body = (
        f'<p class="text" dir="auto">{_passage(clip.said)}</p>'
        f'<div class="facts"><span dir="auto">heard: {_passage(clip.heard)}</span></div>'
        f'<button class="from" type="button" data-from="{start:.3f}">Play from {start:.2f} s'
        f"</button>"
    )
    facts = (
        f"<span>{_escape(clip.split)}</span><span>worst from {start:.2f} to {end:.2f} s</span>"
        f'<span class="rate">fit {clip.score:.2f}</span>'
    )
    heading = f"{_heading(u)} {clip.heard.text}"
    return _clip(place, u, sound, heading, body, facts=facts)


def _passage(passage: Passage) -> str:
    part = _escape(passage.part) if passage.part else _MISSING
    return f"{_escape(passage.before)} <mark>{part}</mark> {_escape(passage.after)}"


def _evaluated(
    place: int, score: UtteranceScore, u: Utterance, sound: _Sound, model: Recogniser | None
) -> str:
    body = f'<div class="said" dir="auto">{"".join(map(_edit, score.alignment))}</div>'
    rate = f'<span class="rate">{_errors(score.words)}</span>'
    numbers = f' data-rate="{score.words.rate:.6f}" data-errors="{score.words.errors}"'
    heading = f"{_heading(u)} {score.reference} {score.hypothesis}"
    return _clip(place, u, sound, heading, body, facts=rate, numbers=numbers, model=model)


def _clip(
    place: int,
    u: Utterance,
    sound: _Sound,
    find: str,
    body: str,
    *,
    facts: str,
    numbers: str = "",
    model: Recogniser | None = None,
) -> str:
    trouble, mp3, frames = "", "", ""
    try:
        samples = read(u.audio)
        mp3 = sound.embed(samples)
        if model is not None and u.duration <= _DRAWN_S and model.grid.count(len(samples)):
            frames = _frames(inspect_samples(model, samples, u.id))
    except MalgwiError as error:
        trouble = str(error)
    name = _escape(u.id)
    if mp3:
        play = f'<button class="play" type="button" aria-label="Play {name}">{_PLAY}</button>'
    else:
        play = '<span class="mute">no audio</span>'
    speaker = f"<span>{_escape(u.speaker)}</span>" if u.speaker else ""
    return (
        f'<article class="clip" tabindex="0" aria-label="{name}" data-id="{name}" '
        f'data-place="{place}" data-seconds="{u.duration:.3f}" data-split="{_escape(u.split)}" '
        f'data-speaker="{_escape(u.speaker or "")}" data-find="{_escape(find.lower())}" '
        f'data-audio="{mp3}"{numbers}>{play}<div>'
        f'<div class="facts"><span class="id">{name}</span>{speaker}'
        f"<span>{u.duration:.2f} s</span>{facts}</div>{body}"
        f'<input class="seek" type="range" min="0" max="{u.duration:.3f}" step="0.01" value="0" '
        f'aria-label="Position in {name}" hidden>'
        f'<p class="trouble"{"" if trouble else " hidden"}>{_escape(trouble)}</p></div>'
        f"{frames}</article>"
    )


def _heading(u: Utterance) -> str:
    return f"{u.id} {u.speaker or ''} {u.text} {u.raw_text}"


def _text(u: Utterance) -> str:
    raw = u.raw_text if u.raw_text and u.raw_text != u.text else ""
    published = f'<div class="facts" dir="auto">{_escape(raw)}</div>' if raw else ""
    return f'<p class="text" dir="auto">{_escape(u.text)}</p>{published}'


_MISSING = '<span class="gap" aria-hidden="true">–</span>'


def _edit(edit: Edit) -> str:
    said, heard = _escape(edit.reference), _escape(edit.hypothesis)
    match edit.kind:
        case "hit":
            return f'<span class="w">{said}</span> '
        case "substitution":
            look, title = "changed", f"“{said}” was said, “{heard}” was heard"
        case "deletion":
            look, title = "lost", f"“{said}” was said and left out"
        case _:
            look, title = "added", f"“{heard}” was heard but not said"
    above = f'<span class="ref">{said}</span>' if said else _MISSING
    below = f'<span class="heard">{heard}</span>' if heard else _MISSING
    return f'<span class="w bad {look}" title="{title}">{above}{below}</span> '


_LEGEND = (
    '<p class="legend"><span>above: said, below: heard</span>'
    '<span class="w bad changed">changed</span><span class="w bad lost">'
    '<span class="ref">left out</span></span><span class="w bad added">put in</span>'
    "<span><kbd>↑</kbd> <kbd>↓</kbd> walk <kbd>space</kbd> play <kbd>/</kbd> search</span></p>"
)


def _errors(counts: Counts) -> str:
    if not counts.errors:
        return '<span class="right">no error</span>'
    plural = "" if counts.errors == 1 else "s"
    return f"{counts.errors} error{plural} in {counts.reference} words · {_percent(counts.rate)}"


def _frames(inspection: Inspection) -> str:
    """Return the spectrogram of a clip with its words and tokens under it, to scale."""
    transcript, vocab = inspection.transcript, inspection.vocab
    frames = transcript.samples / transcript.hop
    columns = spectrogram(inspection.samples, transcript.hop // 2)
    picture = base64.b64encode(png(columns[::-1])).decode()
    words = "".join(
        f'<span style="{_place(word.start_frame, word.end_frame, frames)}" '
        f'title="confidence {_percent(word.confidence)}">{_escape(word.text)}</span>'
        for word in transcript.words
    )
    tokens, at = [], 0
    for token, group in groupby(transcript.frame_tokens):
        end = at + len(list(group))
        chance = float(inspection.best[at:end].max())
        start_s = transcript.frame_ms(at) / 1000
        title = f"{_escape(vocab.tokens[token])} at {start_s:.2f} s, {_percent(chance)}"
        blank = token == vocab.blank
        shown = "·" if blank else _escape(visible(vocab.tokens[token]))
        tokens.append(
            f'<span{" class=blank" if blank else ""} title="{title}" '
            f'style="{_place(at, end, frames)};--p:{chance:.2f}">{shown}</span>'
        )
        at = end
    half_seconds = range(int(2 * transcript.samples / transcript.sample_rate) + 1)
    ticks = "".join(
        f'<span style="left:{50 * n * transcript.sample_rate / transcript.samples:.3f}%">'
        f"{n / 2:g}</span>"
        for n in half_seconds
    )
    strip = " ".join(vocab.tokens[i] for i in transcript.frame_tokens)
    return (
        f'<div class="frames" tabindex="0" role="group" aria-label="Frames of '
        f'{_escape(inspection.file)}"><div class="strip" style="min-width:{frames * _FRAME_PX:.0f}'
        f'px"><img alt="Spectrogram, 0 to 8 kHz" src="data:image/png;base64,{picture}">'
        f'<div class="lane words" dir="ltr">{words}</div>'
        f'<div class="lane tokens" aria-hidden="true">{"".join(tokens)}</div>'
        f'<div class="lane ticks" aria-hidden="true">{ticks}</div>'
        f'<div class="cursor" hidden></div></div>'
        f'<p class="unseen">Tokens: {_escape(strip)}</p></div>'
    )


def _place(start: int, end: int, frames: float) -> str:
    return f"left:{100 * start / frames:.3f}%;width:{100 * (end - start) / frames:.3f}%"


def png(levels: npt.NDArray[np.uint8]) -> bytes:
    """Return a PNG in one colour, opaque where `levels`, (rows, columns), is 255.

    Clear where it is 0, so that it suits a light and a dark page (ISO/IEC 15948).
    """
    rows, columns = levels.shape
    lines = b"".join(b"\0" + row.tobytes() for row in levels)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)),
        (b"PLTE", bytes(_INK) * 256),
        (b"tRNS", bytes(range(256))),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _figures(results: Results) -> str:
    score = results.score
    rows = (
        ("Word error rate", score.words, results.wer_interval, "words"),
        ("Character error rate", score.characters, results.cer_interval, "characters"),
        ("… without spaces", score.characters_nospace, None, "characters"),
    )
    return f'<section class="figures">{"".join(_figure(*row) for row in rows)}</section>'


def _figure(name: str, counts: Counts, bounds: tuple[float, float] | None, unit: str) -> str:
    between = f"95 %: {_percent(bounds[0])} to {_percent(bounds[1])}<br>" if bounds else ""
    return (
        f'<div class="figure"><span>{name}</span><b>{_percent(counts.rate)}</b><small>{between}'
        f"{counts.errors:,} of {counts.reference:,} {unit}:<br>{counts.substitutions:,} changed, "
        f"{counts.deletions:,} left out, {counts.insertions:,} put in</small></div>"
    )


def _notes(results: Results) -> str:
    unread = [f"{clip.id}: {clip.reason}" for clip in results.unreadable]
    parts = (
        _note(f"{len(unread)} clips could not be read and are in none of the figures", unread),
        _note("Warnings", results.warnings),
    )
    return "".join(parts)


def _note(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    items = "".join(f"<li>{_escape(line)}</li>" for line in lines)
    return f'<section class="note"><h2>{_escape(title)}</h2><ul>{items}</ul></section>'


def _details(results: Results) -> str:
    speakers = by_speaker(results.utterances)
    ranked = sorted(speakers.items(), key=lambda item: -item[1].words.rate)
    widest = max((score.words.rate for score in speakers.values()), default=0.0) or 1.0
    rows = "".join(
        f'<tr><td>{_escape(speaker)}</td><td class="n">{_percent(score.words.rate)}</td>'
        f'<td class="n">{_percent(score.characters.rate)}</td><td style="width:35%">'
        f'<span class="bar" style="width:{100 * score.words.rate / widest:.1f}%"></span></td></tr>'
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
        f"{_percent(b.confidence)}: {_percent(b.right)} right</title></circle>"
        for b in bins
    )
    line = " ".join(f"{100 * b.confidence:.1f},{100 - 100 * b.right:.1f}" for b in bins)
    return (
        "<div><h2>Confidence</h2>"
        '<svg class="reliability" viewBox="-5 -5 110 110" role="img" aria-label="Share of right '
        'words over confidence"><path d="M0 0V100H100M0 100L100 0"/>'
        f'<polyline points="{line}"/>{dots}</svg>'
        f"<p>Across: how sure the model was of a word, 0 to 100 %. Up: how often it was right. On "
        f"the diagonal the two agree; on average they are {_percent(calibration_error(words))} "
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
    return _escape(text)


def _header(kind: str, title: str, sub: str) -> str:
    return (
        f'<header><p class="eyebrow">Malgwi · {kind}</p><h1>{title}</h1>'
        f'<p class="sub">{sub}</p></header>'
    )


def _toolbar(*controls: str) -> str:
    search = '<input type="search" name="query" placeholder="Search" aria-label="Search">'
    return (
        f'<div class="toolbar" role="search"><form>{search}{"".join(controls)}'
        '<output aria-live="polite"></output></form></div>'
    )


def _select(name: str, everything: str, values: Sequence[str]) -> str:
    if len(values) < 2:
        return ""
    options = "".join(f'<option value="{_escape(v)}">{_escape(v)}</option>' for v in values)
    return (
        f'<select name="{name}" aria-label="{name.capitalize()}">'
        f'<option value="">{everything}</option>{options}</select>'
    )


def _orders(*orders: tuple[str, str]) -> str:
    options = "".join(f'<option value="{value}">{name}</option>' for value, name in orders)
    return f'<select name="order" aria-label="Order">{options}</select>'


def _distinct(values: Iterable[str | None]) -> list[str]:
    return sorted({value for value in values if value})


def _percent(rate: float) -> str:
    return f"{100 * rate:.1f} %"


def _length(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _escape(text: str) -> str:
    return escape(text, quote=True)


def _publish(
    path: Path, title: str, above: str, clips: Sequence[str], *, sound: _Sound, legend: str = ""
) -> None:
    style, script = _asset("page.css"), _asset("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    spent = (AUDIO_BYTES - sound.left) / 1e6
    with publish_file(path) as fresh:
        fresh.write_text(
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{_escape(title)}</title><style>{style}</style></head><body>{above}"
            f"<main>{legend}{''.join(clips)}</main><footer>{spent:.1f} MB of sound in this page "
            f"(at most {AUDIO_BYTES / 1e6:.0f}), as MP3 for listening; the model heard the "
            f"originals.</footer><script>{script}</script></body></html>\n",
            encoding="utf-8",
            newline="\n",
        )


def _asset(name: str) -> str:
    return (resources.files("malgwi") / "data" / "page" / name).read_text(encoding="utf-8")
