"""One recording as a picture: waveform, spectrogram, what the model thought, and the text."""

import unicodedata
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from malgwi.errors import MalgwiError
from malgwi.extras import install
from malgwi.publish import Place, claim_file, publish_file
from malgwi.recognition.inspection import Inspection, visible
from malgwi.recognition.spectrogram import BINS, spectrogram

INK, BLUE, AMBER, GREY = "#20262e", "#2b6cb0", "#975a16", "#5f6c7b"
_SHOWN = 0.1
"""Tokens that reach this probability in some frame get a row."""
_CJK_FONTS = (
    "Noto Sans CJK KR",
    "Noto Sans CJK JP",
    "Noto Sans KR",
    "NanumGothic",
    "NanumBarunGothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "AppleGothic",
    "UnDotum",
    "Baekmuk Dotum",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
)


def claim_picture(path: Path) -> Place:
    """Check before the work that a picture can be drawn and written after it.

    Raises:
        MalgwiError: matplotlib is missing, the name doesn't end in .png, another file is there, or
            it can't be written.
    """
    if path.suffix.lower() != ".png":
        raise MalgwiError(f"{path}: pictures are PNG; give a name that ends in .png")
    try:
        import matplotlib  # noqa: F401 - asked for here so that its absence is told before any work
    except ImportError as error:
        raise MalgwiError(f"pictures need matplotlib; {install('pictures')}") from error
    place = claim_file(path, replace=True)
    if place.found and not _is_ours(path):
        raise MalgwiError(f"{path}: is there already and is no picture of Malgwi; give a new name")
    return place


def _is_ours(path: Path) -> bool:
    """Say whether matplotlib drew a PNG, which it says in its first chunks."""
    with suppress(OSError), path.open("rb") as file:
        return b"Matplotlib" in file.read(1_000)
    return False


def draw_inspection(inspection: Inspection, path: Path | Place) -> None:
    """Draw one recording into a PNG, about two inches a second wide.

    Raises:
        MalgwiError: matplotlib is missing, the name doesn't end in .png, the recording is too
            short to draw, or writing fails.
    """
    place = path if isinstance(path, Place) else claim_picture(path)
    if not inspection.transcript.frame_tokens:
        raise MalgwiError(f"{inspection.file}: too short for a single frame; nothing to draw")
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    families, missing = _fonts(inspection)
    with rc_context({"font.family": families, "font.size": 9, "axes.edgecolor": GREY}):
        figure = Figure(figsize=(_width(inspection), 6.4), dpi=110, layout="constrained")
        wave, spectrum, tokens, words = figure.subplots(
            4, 1, sharex=True, height_ratios=(1.0, 1.8, 2.6, 0.55)
        )
        _draw_wave(wave, inspection)
        _draw_spectrogram(spectrum, inspection)
        _draw_tokens(tokens, inspection)
        _draw_words(words, inspection)
        words.set_xlim(0, _seconds(inspection))
        words.set_xlabel("seconds")
        title = f"{Path(inspection.file).name}: {inspection.transcript.text}"
        if missing:
            title += f"\n(no installed font draws {missing}: install Noto Sans CJK)"
        figure.suptitle(title, color=INK, fontsize=11, parse_math=False)
        with publish_file(place) as fresh, warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph")  # the title has said so
            figure.savefig(fresh)


def _seconds(inspection: Inspection) -> float:
    return inspection.transcript.samples / inspection.transcript.sample_rate


def _width(inspection: Inspection) -> float:
    return float(np.clip(2.0 * _seconds(inspection), 9.0, 120.0))


def _fonts(inspection: Inspection) -> tuple[list[str], str]:
    """Return the font families to use in order, and the characters that none of them has."""
    from matplotlib import font_manager, ft2font

    installed = {font.name: font.fname for font in font_manager.fontManager.ttflist}
    families = ["DejaVu Sans", *(name for name in _CJK_FONTS if name in installed)]
    text = inspection.transcript.text + "".join(map(visible, inspection.vocab.tokens))
    missing = {char for char in unicodedata.normalize("NFC", text) if not char.isspace()}
    for name in families:
        if missing and name in installed:
            glyphs = ft2font.FT2Font(installed[name]).get_charmap()
            missing = {char for char in missing if ord(char) not in glyphs}
    return families, "".join(sorted(missing))[:20]


def _tidy(axes: Any, label: str) -> None:
    axes.set_ylabel(label, color=INK)
    axes.tick_params(colors=INK, length=3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _draw_wave(axes: Any, inspection: Inspection) -> None:
    samples, rate = inspection.samples, inspection.transcript.sample_rate
    columns = max(1, len(samples) // 2_000)  # one stroke a column: peaks stay, files stay small
    whole = samples[: len(samples) // columns * columns].reshape(-1, columns)
    times = np.arange(len(whole)) * columns / rate
    axes.fill_between(times, whole.min(axis=1), whole.max(axis=1), color=BLUE, linewidth=0.3)
    _tidy(axes, "waveform")


def _draw_spectrogram(axes: Any, inspection: Inspection) -> None:
    rate, hop = inspection.transcript.sample_rate, inspection.transcript.hop // 4 or 1
    levels = spectrogram(inspection.samples, hop)
    extent = (0, levels.shape[1] * hop / rate, 0, rate / 2000)
    axes.imshow(levels[:BINS], origin="lower", aspect="auto", extent=extent, cmap="Greys")
    _tidy(axes, "kHz")


def _draw_tokens(axes: Any, inspection: Inspection) -> None:
    """Draw a row for each token that mattered, alphabetically, and a pale one for the blank."""
    vocab, chances = inspection.vocab, inspection.probabilities
    letters = [int(i) for i in np.flatnonzero(chances.max(axis=0) >= _SHOWN) if i != vocab.blank]
    letters.sort(key=lambda i: (i == vocab.delimiter, vocab.tokens[i]))
    rows = [*letters, vocab.blank]
    transcript = inspection.transcript
    extent = (0, len(chances) * transcript.hop / transcript.sample_rate, len(rows) - 0.5, -0.5)
    shown = chances[:, rows].T.copy()
    shown[-1] *= 0.25  # nearly every frame is blank: dimmed, so that the letters stand out
    axes.imshow(shown, aspect="auto", extent=extent, cmap="Blues", vmin=0, vmax=1)
    names = ["space" if i == vocab.delimiter else visible(vocab.tokens[i]) for i in letters]
    names.append("blank")
    axes.set_yticks(range(len(rows)), names, parse_math=False)
    _tidy(axes, "tokens")


def _draw_words(axes: Any, inspection: Inspection) -> None:
    for word in inspection.transcript.timed_words:
        start, end = word.start_ms / 1000, word.end_ms / 1000
        axes.axvspan(start, end, color=BLUE, alpha=0.08 + 0.22 * word.confidence, linewidth=0)
        middle = (start + end) / 2
        axes.text(middle, 0.62, word.text, ha="center", va="center", color=INK, parse_math=False)
        percent = f"{100 * word.confidence:.0f} %"
        colour = AMBER if word.confidence < 0.5 else GREY
        axes.text(middle, 0.2, percent, ha="center", va="center", color=colour, fontsize=7)
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    _tidy(axes, "text" if inspection.calibrated else "text\n(raw %)")
