"""The page of transcripts that may be wrong."""

from collections.abc import Sequence
from pathlib import Path

from malgwi.dataset.manifest import Utterance
from malgwi.dataset.sound import in_time
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
    publish_page,
    search_bar,
    search_text,
    select,
)
from malgwi.progress import audio_progress
from malgwi.recognition.suspects import Passage, Ranking, Suspect

SHOWN = 200
"""Clips on the page."""


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
    sound = Sound(AUDIO_BYTES)
    audio = {u.id: u for u in utterances}
    shown = ranking.clips[:SHOWN]
    seconds = sum(audio[clip.id].duration for clip in shown)
    ranked = {clip.id: (place, clip) for place, clip in enumerate(shown)}
    clips: dict[str, str] = {}
    with audio_progress("making the page", seconds) as heard:
        for u in in_time(audio[clip.id] for clip in shown):
            clips[u.id] = _suspect(*ranked[u.id], u, sound)
            heard(u.duration)
    header = page_header(
        "transcripts that may be wrong",
        escaped(dataset),
        f"the {len(shown)} of {len(ranking.clips)} clips whose text fits worst, heard by "
        f"{escaped(ranking.model)} · {length(seconds)}",
    )
    unchecked = [f"{clip.id}: {clip.reason}" for clip in ranking.unchecked]
    notes = note_section(f"{len(unchecked)} clips could not be checked", unchecked)
    toolbar = search_bar(
        select("split", "All splits", distinct(clip.split for clip in shown)),
        select("speaker", "All speakers", distinct(audio[clip.id].speaker for clip in shown)),
        orders(("listed", "Worst first"), ("longest", "Longest"), ("shortest", "Shortest")),
    )
    publish_page(
        path,
        f"{dataset} · transcripts · Malgwi",
        header + notes + toolbar,
        [clips[clip.id] for clip in shown],
        sound=sound,
    )


def _suspect(place: int, clip: Suspect, u: Utterance, sound: Sound) -> str:
    start, end = clip.start_ms / 1000, clip.end_ms / 1000
    body = (
        f'<p class="text" dir="auto">{_passage(clip.said)}</p>'
        f'<div class="facts"><span dir="auto">heard: {_passage(clip.heard)}</span></div>'
        f'<button class="from" type="button" data-from="{start:.3f}">Play from {start:.2f} s'
        f"</button>"
    )
    facts = (
        f"<span>{escaped(clip.split)}</span><span>worst from {start:.2f} to {end:.2f} s</span>"
        f'<span class="rate">fit {clip.score:.2f}</span>'
    )
    heading = f"{search_text(u)} {clip.heard.text}"
    return clip_article(place, u, sound, heading, body, facts=facts)


def _passage(passage: Passage) -> str:
    part = escaped(passage.part) if passage.part else MISSING
    return f"{escaped(passage.before)} <mark>{part}</mark> {escaped(passage.after)}"
