"""A stretch of some minutes with its text → pieces with their words, cut where the voice pauses.

The text is looked for as `malgwi cut` does (`locate`), and what is found of it is aligned word by
word. A piece begins and ends where a segment of the recording does (`malgwi.decoding.segments`):
there it is quiet, and no word goes across.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence, Set
from dataclasses import astuple
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from malgwi.dataset.long_stretches import CutPiece, Cutter, Division, Long, NotCut
from malgwi.dataset.sound import Recordings
from malgwi.decoding.decode import Logits
from malgwi.decoding.long_form import cut
from malgwi.decoding.segments import Span
from malgwi.decoding.skips import Found
from malgwi.each import Advance, Each, Work, each_of_groups, here, in_order
from malgwi.errors import MalgwiError
from malgwi.recognition.align import align_text, text_words
from malgwi.recognition.locate import (
    FOREIGN_FRAMES,
    WORST,
    Located,
    foreign_sound,
    locate,
    surroundings,
)
from malgwi.recognition.recognise import Recogniser
from malgwi.recognition.sentences import Piece
from malgwi.recognition.stretches import LONGEST_S, SHORTEST_S, STRAY_S, Placed, divide
from malgwi.recorded import Kept
from malgwi.speech.audio import SAMPLE_RATE, Samples
from malgwi.speech.vocab import Vocab

NO_PAUSES = f"no pauses {SHORTEST_S:g} to {LONGEST_S:g} s apart around it"
DOUBTED = "some words of it hardly fit"
"""Why words that are found are left out."""

WORST_LETTERS = 16
"""So many letters in a row that fit worse than `WORST` are in doubt: two words or three; a single
word is misheard by a weak model often enough. Chosen on other material than it was measured on
(docs/data.md)."""


class _Word(NamedTuple):
    of: int
    """The number of its sentence, or of the part of a long one that was looked for."""
    piece: Piece
    place: Found


def cutter(recogniser: Recogniser, each: Each[Recogniser] | None = None) -> Cutter:
    """Return what divides long stretches by what a model hears; `each` says where, None is here."""

    def divisions(long: Sequence[Long], advance: Advance) -> Iterator[Division | MalgwiError]:
        groups = [list(of) for _, of in groupby(long, key=lambda one: one.place.audio)]
        found = each_of_groups(each or here(recogniser), _WORK, dict(enumerate(groups)), advance)
        for of_recording in in_order(found, range(len(groups))):
            for one in of_recording:
                yield one if isinstance(one, Division) else MalgwiError(str(one))

    return divisions


def _divided(
    recogniser: Recogniser, long: Sequence[Long], advance: Advance
) -> list[Division | str]:
    """Divide the long stretches of a recording, or say why one can't be."""
    recordings = Recordings()
    found: list[Division | str] = []
    for one in long:
        try:
            found.append(cut_stretch(recogniser, recordings.read(one.place), one.text))
        except MalgwiError as error:
            found.append(str(error))
        advance(one.place.duration)
    return found


_WORK = Work(
    _divided,
    seconds=lambda long: sum(one.place.duration for one in long),
    name=lambda long: long[0].place.audio,
)


def _plain(found: Division | str) -> Any:
    return found if isinstance(found, str) else [found.pieces, found.not_cut]


def _found(_: Long, plain: Any) -> Division | str:
    if isinstance(plain, str):
        return plain
    pieces, not_cut = plain
    return Division(
        tuple(CutPiece(*piece) for piece in pieces), tuple(NotCut(*part) for part in not_cut)
    )


DIVIDED: Kept[Long, Division | str] = Kept(
    lambda long: ["divided", str(long.place.audio), astuple(long.place.stretch), long.text],
    _plain,
    _found,
)
"""How the division of a stretch is recorded."""


def cut_stretch(recogniser: Recogniser, samples: Samples, text: str) -> Division:
    """Divide a stretch and its text.

    Raises:
        MalgwiError: the text has no word that the model can write, or isn't that of the sound.
    """
    vocab, grid = recogniser.vocab, recogniser.grid
    logits = recogniser.whole_logits([samples])
    located = locate(logits, vocab, text)
    if not located.belongs:
        raise MalgwiError(
            f"hardly a sentence of its text is heard in it by {recogniser.name}; check that they "
            "belong together, and that the model knows the language"
        )
    frame_s = grid.hop / SAMPLE_RATE
    words = list(_words(located, logits, vocab, grid.hop))
    spans = [span for span, _ in cut([samples], recogniser.segments, grid)]
    doubtful = _doubtful(words, [span.end_frame for span in spans if span.closed])
    placed = list(_placed(words, doubtful, spans, located, round(STRAY_S / frame_s)))
    parts, unused = divide(placed, frame_s)

    def sample(frame: int) -> int:
        return min(frame * grid.hop, len(samples))

    pieces = tuple(
        CutPiece(sample(part.start_frame), sample(part.end_frame), part.text, part.score)
        for part in parts
    )
    left = [
        (words[run[0]].place.start_frame, words[run[-1]].place.end_frame, why, text)
        for run in _runs([each.at for each in unused])
        for why in [NO_PAUSES if doubtful.isdisjoint(run) else DOUBTED]
        for text in [" ".join(words[at].piece.written for at in run)]
    ]
    left += _not_found(located)
    left += [(*sound, "not in the text", "") for sound in foreign_sound(located, FOREIGN_FRAMES)]
    return Division(
        pieces,
        tuple(
            NotCut(sample(start), sample(end), reason, text)
            for start, end, reason, text in sorted(left)
        ),
    )


def _words(located: Located, logits: Logits, vocab: Vocab, hop: int) -> Iterator[_Word]:
    """Yield the words of what is found, each at its place; a sentence that can't be is one."""
    for of, (piece, place) in enumerate(zip(located.pieces, located.places, strict=True)):
        if place is None:
            continue
        words = text_words(piece.written, vocab)
        if " ".join(word.spoken for word in words) != piece.spoken:
            yield _Word(of, piece, place)
            continue
        frames = logits[place.start_frame : place.end_frame]
        found = align_text(frames, vocab, piece.written, samples=len(frames) * hop, hop=hop)
        for word, at in zip(words, found.transcript.words, strict=True):
            fit = float(found.fit[at.start_frame : at.end_frame].sum()) / len(word.spoken)
            start, end = (place.start_frame + frame for frame in (at.start_frame, at.end_frame))
            ends = piece.ends and word is words[-1]
            yield _Word(
                of,
                Piece(word.written, word.spoken, piece.line, ends),
                Found(start, end, fit),
            )


def _doubtful(words: Sequence[_Word], pauses: Sequence[int]) -> set[int]:
    """Return the numbers of words that can't be where they are, or hardly.

    A word with a pause within it is not one word, and where some words in a row fit so badly that
    by themselves they would have been passed over, something else may be said.
    """
    found = {
        number
        for number, (_, _, place) in enumerate(words)
        if bisect_left(pauses, place.end_frame) > bisect_right(pauses, place.start_frame)
    }
    for first, word in enumerate(words):
        letters, fit = 0, 0.0
        for last in range(first, len(words)):
            if words[last].of != word.of:
                break
            size = len(words[last].piece.spoken)
            letters, fit = letters + size, fit + size * words[last].place.score
            if letters >= WORST_LETTERS:
                if fit < WORST * letters:
                    found.update(range(first, last + 1))
                break
    return found


def _placed(
    words: Sequence[_Word], doubtful: Set[int], spans: Sequence[Span], located: Located, stray: int
) -> Iterator[Placed]:
    """Yield the words with the borders of segments beside them.

    A border counts where the text's neighbouring word lies behind it, and hardly more than `stray`
    frames sound between it and the word; words are joined where nothing is heard between them that
    the text lacks, be it in one sentence a letter or two.
    """
    firsts = [span.first_frame for span in spans]

    def heard(start: int, end: int) -> int:
        return int(np.count_nonzero(located.sounding[start:end]))

    def runs_on(sentence: int) -> bool:
        """Say whether the words that follow a sentence's part in the text aren't found."""
        return located.places[sentence + 1 :][:1] == (None,) and not located.pieces[sentence].ends

    def lacks(sentence: int) -> bool:
        """Say whether the words that come before it in the text aren't found."""
        before = sentence - 1
        return before >= 0 and located.places[before] is None and not located.pieces[before].ends

    for number, (of, piece, place) in enumerate(words):
        before = words[number - 1] if number else None
        after = words[number + 1] if words[number + 1 :] else None
        of_before, of_after = before and before.of, after and after.of
        edge = before.place.end_frame if before else 0
        start = end = None
        sure = number not in doubtful
        if sure and (of_before == of or not lacks(of)):
            at = bisect_right(firsts, place.start_frame) - 1
            open_before = at < 0 or (at > 0 and not spans[at - 1].closed)
            border = firsts[max(at, 0)]
            if not open_before and edge <= border and heard(border, place.start_frame) <= stray:
                start = border
        if sure and (of_after == of or not runs_on(of)):
            at = bisect_right(firsts, place.end_frame - 1) - 1
            open_behind = at < 0 or (at < len(spans) - 1 and not spans[at].closed)
            border = spans[max(at, 0)].end_frame
            limit = after.place.start_frame if after else len(located.sounding)
            if not open_behind and border <= limit and heard(place.end_frame, border) <= stray:
                end = border
        between = heard(edge, place.start_frame)
        if before is None or not {number - 1, number}.isdisjoint(doubtful):
            joins = False
        elif before.of == of:
            joins = between < FOREIGN_FRAMES
        else:
            joins = between <= stray and not runs_on(before.of) and not lacks(of)
        yield Placed(number, piece, place, start, end, joins)


def _not_found(located: Located) -> Iterator[tuple[int, int, str, str]]:
    """Yield what of the text isn't found: where it would stand, why, and its words."""
    for run in _runs([at for at, place in enumerate(located.places) if place is None]):
        start, end = surroundings(located.places, run[0], len(located.sounding))
        letters = "".join(dict.fromkeys("".join(located.missing[at] for at in run)))
        why = f"the model has no token for {letters}" if letters else "not found"
        yield start, end, why, " ".join(located.pieces[at].written for at in run)


def _runs(numbers: Sequence[int]) -> Iterator[list[int]]:
    """Yield the runs of numbers, in their order, that follow each other."""
    for _, run in groupby(enumerate(numbers), lambda each: each[1] - each[0]):
        yield [number for _, number in run]
