"""What is written of a recording → a file for another program."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from malgwi.annotation.annotation import Annotation, Tier
from malgwi.annotation.audacity import labels
from malgwi.annotation.elan_tiers import NewTier, new_document
from malgwi.annotation.stm import stm
from malgwi.annotation.textgrid import textgrid
from malgwi.corpus.edits import ASIDE, Segment
from malgwi.corpus.studio import SAMPLE_RATE, Source
from malgwi.decoding.decode import TimedWord
from malgwi.errors import MalgwiError
from malgwi.recognition.render import FORMATS as ENDINGS
from malgwi.recognition.subtitles import srt, vtt

NOBODY = "utterances"
"""The tier of segments that nobody is said to speak in."""

_Tiers = dict[str, list[Annotation]]


def written(source: Source, media: Path, segments: Iterable[Segment], form: str) -> tuple[str, str]:
    """Return the name and the content of a file of what is written, without what is set aside.

    ELAN and Praat get a tier for each person, by code. Of subtitles each word lasts a share of its
    segment, by its letters, since no one has timed it.

    Raises:
        MalgwiError: the format isn't one of `FORMATS`.
    """
    if form not in FORMATS:
        raise MalgwiError(f"format {form[:40]!r}: expected one of {', '.join(FORMATS)}")
    tiers: _Tiers = {}
    for one in segments:
        if one.text.strip() and one.state != ASIDE:
            who = one.person or source.person or NOBODY
            tiers.setdefault(who, []).append(
                Annotation(one.start / SAMPLE_RATE, one.end / SAMPLE_RATE, one.text.strip())
            )
    return f"{media.stem}{ENDINGS[form]}", FORMATS[form](source, media, tiers)


def _text(_: Source, __: Path, tiers: _Tiers) -> str:
    return "".join(f"{' '.join(one.text.split())}\n" for one in _in_time(tiers))


def _srt(_: Source, __: Path, tiers: _Tiers) -> str:
    return srt(_words(tiers))


def _vtt(_: Source, __: Path, tiers: _Tiers) -> str:
    return vtt(_words(tiers))


def _eaf(_: Source, media: Path, tiers: _Tiers) -> str:
    return new_document([NewTier(who, tuple(said)) for who, said in tiers.items()], media).decode()


def _textgrid(source: Source, _: Path, tiers: _Tiers) -> str:
    named = [Tier(who, tuple(_apart(said))) for who, said in tiers.items()]
    return textgrid(named, source.samples / SAMPLE_RATE)


def _labels(_: Source, __: Path, tiers: _Tiers) -> str:
    return labels(_in_one_line(tiers))


def _stm(source: Source, media: Path, tiers: _Tiers) -> str:
    return stm(_in_one_line(tiers), media.stem, 1 if source.channel is None else source.channel + 1)


FORMATS: Mapping[str, Callable[[Source, Path, _Tiers], str]] = {
    "text": _text,
    "srt": _srt,
    "vtt": _vtt,
    "eaf": _eaf,
    "textgrid": _textgrid,
    "audacity": _labels,
    "stm": _stm,
}
"""Those that need no times of words."""


def _in_time(tiers: _Tiers) -> list[Annotation]:
    return sorted((one for said in tiers.values() for one in said), key=lambda one: one.start)


def _in_one_line(tiers: _Tiers) -> Iterator[Annotation]:
    for one in _in_time(tiers):
        yield Annotation(one.start, one.end, " ".join(one.text.split()))


def _apart(said: Sequence[Annotation]) -> Iterator[Annotation]:
    """Yield the annotations of a tier without what overlaps, which Praat refuses."""
    at = 0.0
    for one in said:
        if one.end > at:
            yield Annotation(max(one.start, at), one.end, one.text)
            at = one.end


def _words(tiers: _Tiers) -> Iterator[TimedWord]:
    for one in _in_time(tiers):
        words = one.text.split()
        letters, at = sum(map(len, words)), 0
        start, length = one.start * 1000, (one.end - one.start) * 1000
        for word in words:
            begin, at = at, at + len(word)
            first, last = (round(start + length * place / letters) for place in (begin, at))
            yield TimedWord(word, first, last, 1.0)
