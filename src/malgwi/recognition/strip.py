"""The frames of a clip on a page: spectrogram, words and tokens, to scale."""

import base64
import struct
import zlib
from itertools import groupby

import numpy as np
import numpy.typing as npt

from malgwi.page.shell import escaped, percent
from malgwi.recognition.inspection import Inspection, visible
from malgwi.recognition.spectrogram import spectrogram

_FRAME_PX = 9
_INK = (70, 130, 190)


def strip(inspection: Inspection) -> str:
    """Return the spectrogram of a clip with its words and tokens under it, to scale."""
    transcript, vocab = inspection.transcript, inspection.vocab
    frames = transcript.samples / transcript.hop
    columns = spectrogram(inspection.samples, transcript.hop // 2)
    picture = base64.b64encode(png(columns[::-1])).decode()
    its_kind = "" if inspection.calibrated else ", not calibrated"
    words = "".join(
        f'<span style="{_place(word.start_frame, word.end_frame, frames)}" '
        f'title="confidence {percent(word.confidence)}{its_kind}">{escaped(word.text)}</span>'
        for word in transcript.words
    )
    tokens, at = [], 0
    for token, group in groupby(transcript.frame_tokens):
        end = at + len(list(group))
        chance = float(inspection.best[at:end].max())
        start_s = transcript.frame_ms(at) / 1000
        title = f"{escaped(vocab.tokens[token])} at {start_s:.2f} s, {percent(chance)}"
        blank = token == vocab.blank
        shown = "·" if blank else escaped(visible(vocab.tokens[token]))
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
        f'{escaped(inspection.file)}"><div class="strip" style="min-width:{frames * _FRAME_PX:.0f}'
        f'px"><img alt="Spectrogram, 0 to 8 kHz" src="data:image/png;base64,{picture}">'
        f'<div class="lane words" dir="ltr">{words}</div>'
        f'<div class="lane tokens" aria-hidden="true">{"".join(tokens)}</div>'
        f'<div class="lane ticks" aria-hidden="true">{ticks}</div>'
        f'<div class="cursor" hidden></div></div>'
        f'<p class="unseen">Tokens: {escaped(strip)}</p></div>'
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
