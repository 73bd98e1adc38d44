"""Known texts: recordings that hold other sound than the text says, or less."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from cases.case import AtMost, Case, Starts, Topic
from cases.noises import at, music, sixteen_bits, white
from cases.speech import RATE, Clip, clips, recogniser
from malgwi.recognition.align import Alignment, align_text, disagreements
from malgwi.recognition.recognise import Logits
from malgwi.speech.audio import Samples

_PAUSE = sixteen_bits(at(-50, white(RATE * 2 // 5)))
_LATE_MS = 500


def _body(chosen: Sequence[Clip]) -> Samples:
    parts = [part for clip in chosen for part in (clip.samples(), _PAUSE)]
    return np.concatenate([np.zeros(0, np.float32), *parts])


def _text(chosen: Sequence[Clip]) -> str:
    return "\n".join(clip.text for clip in chosen)


def _aligned(sound: Samples, text: str) -> tuple[Alignment, Logits]:
    logits = recogniser().whole_logits([sound])
    vocab = recogniser().vocab
    return align_text(logits, vocab, text, samples=len(sound), hop=320), logits


def _off(alignment: Alignment, expected_ms: Sequence[float]) -> str:
    starts = [word.start_ms for word in alignment.transcript.timed_words]
    off = sum(abs(a - b) > _LATE_MS for a, b in zip(starts, expected_ms, strict=True))
    return f"{off} of {len(starts)} words"


def _behind(before: Callable[[int], np.ndarray], seconds: int, _: Path) -> str:
    """Align a text with a recording that begins with other sound."""
    chosen = clips("test")[:10]
    body, text = _body(chosen), _text(chosen)
    plain, _logits = _aligned(body, text)
    expected = [word.start_ms + seconds * 1000 for word in plain.transcript.timed_words]
    other = sixteen_bits(before(seconds * RATE))
    return _off(_aligned(np.concatenate([other, body]), text)[0], expected)


def _told(sound: Samples, text: str, expected_ms: Sequence[float]) -> str:
    alignment, logits = _aligned(sound, text)
    said = list(disagreements(logits, recogniser().vocab, text, 320))
    where = _off(alignment, expected_ms) if expected_ms else "the words have no right place"
    return f"{'told' if said else 'not told'}: {where}"


def _foreign(place: int, _: Path) -> str:
    """Put speech that the text lacks behind so many of ten sentences."""
    chosen, others = clips("test")[:10], clips("dev")[:5]
    parts = _body(chosen[:place]), _body(others), _body(chosen[place:])
    plain, _logits = _aligned(_body(chosen), _text(chosen))
    border, more = len(parts[0]) / 16, len(parts[1]) / 16
    starts = [word.start_ms for word in plain.transcript.timed_words]
    expected = [start + more * (start >= border) for start in starts]
    return _told(np.concatenate(parts), _text(chosen), expected)


def _unsaid(place: int, _: Path) -> str:
    """Put a sentence into the text that nobody says, behind so many of ten."""
    chosen = clips("test")[:10]
    more = "and then comes a paragraph that was cut from the recording"
    text = "\n".join([*_text(chosen).split("\n")[:place], more, *_text(chosen).split("\n")[place:]])
    return _told(_body(chosen), text, [])


def _missing(_: Path) -> str:
    """Leave a sentence of the text out of the recording."""
    chosen = clips("test")[:10]
    return _told(_body([*chosen[:5], *chosen[6:]]), _text(chosen), [])


TOPIC = Topic(
    "Known texts",
    "`align` with ten commands, by the demo's model. Words count that are off by over half a "
    "second. Where text and recording disagree it can't be right everywhere, so it says so.",
    [
        Case("other sound before it", "60 s of zeros", "", partial(_behind, np.zeros, 60),
             AtMost(0, "of all words")),
        Case("other sound before it", "60 s of room noise at -50 dBFS", "",
             partial(_behind, lambda count: at(-50, white(count)), 60),
             AtMost(0, "of all words")),
        Case("other sound before it", "10 s of music", "",
             partial(_behind, lambda count: at(-20, music(count)), 10),
             AtMost(1, "of all words")),
        *(
            Case("speech that isn't in the text", f"five commands {where}", "",
                 partial(_foreign, place), Starts("told"))
            for where, place in (("before it", 0), ("in the middle", 5), ("behind it", 10))
        ),
        *(
            Case("text that isn't said", f"a sentence {where}", "",
                 partial(_unsaid, place), Starts("told"))
            for where, place in (("in the middle", 5), ("at the end", 10))
        ),
        Case("a sentence missing in the recording", "the sixth of ten", "", _missing,
             Starts("told")),
    ],
)  # fmt: skip
