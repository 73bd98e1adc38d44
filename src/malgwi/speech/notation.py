"""What transcribers write beside the words, read before a text is normalised.

Entities of HTML, markup, tags for noise and for what nobody understood, and the double
transcription of Korean corpora (KsponSpeech, AI Hub): `(70%)/(칠십 퍼센트)` and marks such as `b/`.
"""

import html
import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from malgwi.speech.characters import characters
from malgwi.speech.text import normalise

Tags = Literal["drop", "keep", "set-aside"]

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_MARKUP = re.compile(
    r"</?(?:i|b|u|s|em|strong|font|span|p|c|v|sub|sup|small|big|tt)(?:[\s.][^<>]{0,80})?>|<br */?>",
    re.IGNORECASE,
)
_NOISES = (
    "unintelligible inaudible indistinct unclear incomprehensible unknown foreign crosstalk "
    "overlap overlapping laugh laughs laughter laughing chuckle chuckles chuckling giggle giggles "
    "giggling noise noises music applause cheering cough coughs coughing sigh sighs sighing "
    "breath breathes breathing inhale inhales exhale exhales silence pause sneeze sneezes sniff "
    "sniffs sniffing crying sobbing singing whistling yawn yawns grunt grunts gasp gasps beep "
    "click clicks throat bgm unk "
    "웃음 박수 노래 음악 기침 한숨 침묵 잡음 울음 "
    "lachen lacht gelächter applaus musik husten stille unverständlich räuspert "
    "rires rire applaudissements musique inaudible risas risa aplausos música ininteligible "
    "risate applausi musica incomprensibile смех аплодисменты музыка "
    "笑 笑い 拍手 音楽 笑声 掌声 音乐"
)
_NOISE = "|".join(sorted({re.escape(word) for word in _NOISES.split()}, key=len, reverse=True))
# A noise may be said closer in a word before it or behind: (clears throat), (loud music).
_NOISE = rf"(?:[^\W\d]+[ _-]){{0,1}}(?:{_NOISE})(?:[ _-][^\W\d]+){{0,1}}"
_TAG = re.compile(
    "|".join(
        (
            r"\[+[^\[\]]{0,80}\]+",
            r"\{+[^{}]{1,80}\}+",
            r"</?[^\W\d][^<>]{0,60}>",
            r"\(+\s*\)+",
            rf"\(+\s*(?:{_NOISE})\s*\)+",
            rf"\*+\s*(?:{_NOISE})\s*\*+",
            r"\+\+[^\W\d]+\+\+",
            r"&=[^\s]+",  # CHAT's
            r"(?<![\w'])(?:xxx|yyy)(?![\w'])",
            r"\b(?:ignore_time_segment_in_scoring|inter_segment_gap)\b",
            r"[♩♪♫♬🎵🎶]+",
            r"(?<![A-Za-z0-9])[blonu]/(?![A-Za-z0-9/])",  # noises of KsponSpeech
        )
    ),
    re.IGNORECASE,
)
_TAGS = re.compile(f"(?:{_TAG.pattern})+", _TAG.flags)
_DOUBLE = re.compile(r"\(([^()]*)\)\s*/\s*\(([^()]*)\)")
# A filler, a word that is said again, one that is hard to hear: what is said stays.
_KOREAN_MARKS = re.compile(
    r"(?<=[가-힣])[/+]+(?=\s|$)|(?<!\S)[*+]+(?=\s|$)|\*+(?=[가-힣])|(?<=[가-힣])\*+"
)


@dataclass(frozen=True)
class Notation:
    """How the transcripts of a corpus are read."""

    tags: Tags | None = None
    """What becomes of tags; None: they go, and texts that hold nothing else are set aside."""
    written: bool = False
    """Whether a double transcription means what is written; else what is spoken."""


class Reading(NamedTuple):
    """A transcript without what isn't words."""

    text: str
    tags: tuple[str, ...]
    """What stood there for noises and the like, as it was written."""
    doubles: int
    """Words that were transcribed twice."""
    set_aside: str | None
    """The finding under which the text can't be learnt from."""


def read(written: str, notation: Notation = Notation()) -> Reading:
    """Read a transcript as its author meant it."""
    text = _ENTITY.sub(lambda match: html.unescape(match[0]), written)
    text = _MARKUP.sub(lambda match: " " if match[0][:3].lower() == "<br" else "", text)
    text, doubles = _DOUBLE.subn(lambda match: match[1 if notation.written else 2], text)
    tags = tuple(_TAG.findall(text))
    if not tags or notation.tags == "keep":
        return Reading(_KOREAN_MARKS.sub("", text), tags, doubles, None)
    without = _KOREAN_MARKS.sub("", _TAGS.sub(_gap, text))
    if notation.tags == "set-aside":
        return Reading(without, tags, doubles, "tagged")
    return Reading(without, tags, doubles, None if normalise(without) else "tags-only")


def _gap(tags: re.Match[str]) -> str:
    """Return what stands in the place of tags: nothing between letters that no space parts."""
    around = tags.string[tags.start() - 1 : tags.start()], tags.string[tags.end() : tags.end() + 1]
    return "" if all(char and characters().kind[char] == "C" for char in around) else " "
