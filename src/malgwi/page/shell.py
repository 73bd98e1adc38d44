"""One self-contained HTML page to listen and look: what all pages share.

The page asks the network for nothing: clips are embedded as MP3, its content security policy
forbids everything else, and every text is escaped. It works from a `file://` address, in the
light and in the dark, and by keyboard.
"""

import base64
import hashlib
import io
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from importlib import resources
from pathlib import Path

from malgwi.dataset.consent import may_share
from malgwi.dataset.manifest import Utterance
from malgwi.dataset.sound import Recordings
from malgwi.errors import MalgwiError
from malgwi.publish import Place, claim_file, publish_file
from malgwi.speech.audio import SAMPLE_RATE, Samples

AUDIO_BYTES = 32_000_000
"""Of MP3 in one page, about two hours and a half; later clips are shown without a player."""
MISSING = '<span class="gap" aria-hidden="true">–</span>'
"""Where a text has nothing."""
_DOCTYPE = "<!doctype html>"
_PLAY = (
    '<svg viewBox="0 0 16 16" aria-hidden="true"><path class="start" d="M4 2l10 6-10 6z"/>'
    '<path class="pause" d="M3 2h4v12H3zM9 2h4v12H9z"/></svg>'
)


@dataclass
class Sound:
    """Hands out clips as base64 until the page's budget is spent."""

    left: int
    """Bytes of MP3 that may still come."""
    spent: bool = False
    """Whether a clip didn't fit any more; later ones aren't encoded to find that out again."""
    recordings: Recordings = field(default_factory=Recordings)
    """What the clips are read from."""

    def embed(self, samples: Samples) -> str:
        """Return an MP3 in base64, or nothing when it would not fit any more."""
        import soundfile

        if self.spent or not len(samples):
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
            self.spent = True
            return ""
        self.left -= len(encoded.getvalue())
        return base64.b64encode(encoded.getvalue()).decode()


def clip_article(
    place: int,
    u: Utterance,
    sound: Sound,
    find: str,
    body: str,
    *,
    facts: str,
    numbers: str = "",
    strip: str = "",
) -> str:
    """Return a clip: player, facts, body.

    Args:
        place: where it stands in the page's first order.
        u: the clip; one that can't be read, or that nobody else may hear, says so in its place.
        sound: the page's budget; when it is spent, the clip isn't read.
        find: what the search looks through.
        body: HTML, such as its text.
        facts: HTML beside its id.
        numbers: further `data-` attributes.
        strip: its frames, drawn.
    """
    trouble, mp3 = "", ""
    withheld = may_share(u) is False
    if withheld:
        strip = ""  # a spectrogram is nearly a recording
    elif not sound.spent:
        try:
            mp3 = sound.embed(sound.recordings.read(u))
        except MalgwiError as error:
            trouble = str(error)
    name = escaped(u.id)
    if mp3:
        play = f'<button class="play" type="button" aria-label="Play {name}">{_PLAY}</button>'
    else:
        why = "not to be shared" if withheld else "no audio"
        play = f'<span class="mute">{why}</span>'
    speaker = f"<span>{escaped(u.speaker)}</span>" if u.speaker else ""
    return (
        f'<article class="clip" tabindex="0" aria-label="{name}" data-id="{name}" '
        f'data-place="{place}" data-seconds="{u.duration:.3f}" data-split="{escaped(u.split)}" '
        f'data-speaker="{escaped(u.speaker or "")}" data-find="{escaped(find.lower())}" '
        f'data-audio="{mp3}"{numbers}>{play}<div>'
        f'<div class="facts"><span class="id">{name}</span>{speaker}'
        f"<span>{u.duration:.2f} s</span>{facts}</div>{body}"
        f'<input class="seek" type="range" min="0" max="{u.duration:.3f}" step="0.01" value="0" '
        f'aria-label="Position in {name}" hidden>'
        f'<p class="trouble"{"" if trouble else " hidden"}>{escaped(trouble)}</p></div>'
        f"{strip}</article>"
    )


def search_text(u: Utterance) -> str:
    """Return what a search for a clip looks through."""
    return f"{u.id} {u.speaker or ''} {u.text} {u.raw_text}"


def text_block(u: Utterance) -> str:
    """Return a clip's text, and the corpus's own where it differs."""
    raw = u.raw_text if u.raw_text and u.raw_text != u.text else ""
    published = f'<div class="facts" dir="auto">{escaped(raw)}</div>' if raw else ""
    return f'<p class="text" dir="auto">{escaped(u.text)}</p>{published}'


def note_section(title: str, lines: Sequence[str]) -> str:
    """Return a list under a title, or nothing where there are no lines."""
    if not lines:
        return ""
    items = "".join(f"<li>{escaped(line)}</li>" for line in lines)
    return f'<section class="note"><h2>{escaped(title)}</h2><ul>{items}</ul></section>'


def page_header(kind: str, title: str, sub: str) -> str:
    """Return the page's head; `title` and `sub` are HTML."""
    return (
        f'<header><p class="eyebrow">Malgwi · {kind}</p><h1>{title}</h1>'
        f'<p class="sub">{sub}</p></header>'
    )


def search_bar(*controls: str) -> str:
    """Return the search field and what narrows and orders the clips."""
    search = '<input type="search" name="query" placeholder="Search" aria-label="Search">'
    return (
        f'<div class="toolbar" role="search"><form>{search}{"".join(controls)}'
        '<output aria-live="polite"></output></form></div>'
    )


def select(name: str, everything: str, values: Sequence[str]) -> str:
    """Return a choice among values; nothing where there is none to make."""
    if len(values) < 2:
        return ""
    options = "".join(f'<option value="{escaped(v)}">{escaped(v)}</option>' for v in values)
    return (
        f'<select name="{name}" aria-label="{name.capitalize()}">'
        f'<option value="">{everything}</option>{options}</select>'
    )


def orders(*orders: tuple[str, str]) -> str:
    """Return the choice of an order; pairs of its value and its name."""
    options = "".join(f'<option value="{value}">{name}</option>' for value, name in orders)
    return f'<select name="order" aria-label="Order">{options}</select>'


def distinct(values: Iterable[str | None]) -> list[str]:
    """Return the values, each once, sorted."""
    return sorted({value for value in values if value})


def percent(rate: float) -> str:
    """Return a rate in percent."""
    return f"{100 * rate:.1f} %"


def length(seconds: float) -> str:
    """Return a duration in words."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def escaped(text: str) -> str:
    """Return text as HTML that shows it and does nothing."""
    return escape(text, quote=True)


def claim_page(path: Path) -> Place:
    """Check before the work that a page can be written after it; an older page gives way.

    Raises:
        MalgwiError: another file is there, or it can't be written.
    """
    place = claim_file(path, replace=True)
    if place.found and not _is_page(path):
        raise MalgwiError(f"{path}: is there already and is no page of Malgwi; give a new name")
    return place


def _is_page(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:
        return file.read(len(_DOCTYPE)) == _DOCTYPE.encode()
    return False


def publish_page(
    path: Path | Place,
    title: str,
    above: str,
    clips: Sequence[str],
    *,
    sound: Sound,
    legend: str = "",
) -> None:
    """Write the page whole or not at all.

    Raises:
        MalgwiError: it can\'t be written.
    """
    style, script = _asset("page.css"), _asset("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    spent = (AUDIO_BYTES - sound.left) / 1e6
    with publish_file(path) as fresh:
        fresh.write_text(
            f'{_DOCTYPE}<html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escaped(title)}</title><style>{style}</style></head><body>{above}"
            f"<main>{legend}{''.join(clips)}</main><footer>{spent:.1f} MB of sound in this page "
            f"(at most {AUDIO_BYTES / 1e6:.0f}), as MP3 for listening; the model heard the "
            f"originals.</footer><script>{script}</script></body></html>\n",
            encoding="utf-8",
            errors="replace",
            newline="\n",
        )


def _asset(name: str) -> str:
    return (resources.files("malgwi") / "data" / "page" / name).read_text(encoding="utf-8")
