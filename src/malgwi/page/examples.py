"""A page of examples of a data set."""

from collections.abc import Sequence
from pathlib import Path

from malgwi.dataset.manifest import Dataset, Utterance, load_dataset
from malgwi.dataset.show import draw_examples
from malgwi.dataset.sound import in_time
from malgwi.page.shell import (
    AUDIO_BYTES,
    Sound,
    claim_page,
    clip_article,
    distinct,
    escaped,
    length,
    orders,
    page_header,
    publish_page,
    search_bar,
    search_text,
    select,
    text_block,
)
from malgwi.progress import audio_progress
from malgwi.publish import Place


def show_page(
    dataset: Path, path: Path, *, count: int = 10, split: str | None = None, seed: int = 0
) -> None:
    """Write a page with the examples that `malgwi show` draws from a prepared folder.

    Raises:
        MalgwiError: the folder isn't one, `count` is below 1, the split is unknown, or the page
            can't be written.
    """
    prepared = load_dataset(dataset)
    write_show(claim_page(path), prepared, draw_examples(prepared, count, split, seed))


def write_show(path: Path | Place, dataset: Dataset, utterances: Sequence[Utterance]) -> None:
    """Write a page with `utterances` of a data set: player, text, seconds, speaker, filters.

    A clip that can't be read says so in its place.

    Raises:
        MalgwiError: the page can't be written.
    """
    sound = Sound(AUDIO_BYTES)
    seconds = sum(u.duration for u in utterances)
    name = str(dataset.info.get("name") or dataset.folder.name)
    splits = distinct(u.split for u in utterances)
    toolbar = search_bar(
        select("split", "All splits", splits),
        select("speaker", "All speakers", distinct(u.speaker for u in utterances)),
        orders(("listed", "In the order drawn"), ("longest", "Longest"), ("shortest", "Shortest")),
    )
    places = {u.id: place for place, u in enumerate(utterances)}
    clips: dict[str, str] = {}
    with audio_progress("making the page", seconds) as heard:
        for u in in_time(utterances):
            split = f"<span>{escaped(u.split)}</span>"
            clips[u.id] = clip_article(
                places[u.id], u, sound, search_text(u), text_block(u), facts=split
            )
            heard(u.duration)
    header = page_header(
        "data set",
        escaped(name),
        f"{len(utterances)} of {len(dataset.utterances)} clips · {length(seconds)} · "
        f"{escaped(', '.join(splits))}",
    )
    shown = [clips[u.id] for u in utterances]
    publish_page(path, f"{name} · Malgwi", header + toolbar, shown, sound=sound)
