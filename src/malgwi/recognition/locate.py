"""Where each piece of an untimed text is said; what is heard without text, and the reverse."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from malgwi.decoding.anchors import Anchor, anchors
from malgwi.decoding.decode import Logits, best_tokens, runs, silent_pauses
from malgwi.decoding.skips import Found, find
from malgwi.errors import MalgwiError
from malgwi.recognition.sentences import Piece, pieces
from malgwi.speech.vocab import Vocab

LEAST_SHARE = 0.2
"""Of a text that belongs to a recording more of its letters are found, or of those heard."""

FOREIGN_FRAMES = 8
"""Frames of letters that make sound between sentences worth a line: a word or two."""

WORST = -4.0
"""Pieces that score less are where they are only for an anchor, which is then a wrong one."""


@dataclass(frozen=True)
class Located:
    """A text in a recording."""

    pieces: tuple[Piece, ...]
    places: tuple[Found | None, ...]
    """Of each piece; None where it isn't said, or can't be written by the model."""
    missing: tuple[str, ...]
    """Of each piece, its letters that the model has no token for."""
    sounding: npt.NDArray[np.bool_]
    """Of each frame, whether a letter is heard best."""

    @property
    def belongs(self) -> bool:
        """Whether the text seems to be that of the recording."""
        found = [p for p, place in zip(self.pieces, self.places, strict=True) if place is not None]
        letters = sum(len(piece.spoken) for piece in self.pieces)
        explained = sum(self.heard(place) for place in self.places if place is not None)
        sounds = int(np.count_nonzero(self.sounding))
        return bool(found) and (
            sum(len(piece.spoken) for piece in found) >= LEAST_SHARE * letters
            or explained >= LEAST_SHARE * sounds > 0
        )

    def heard(self, place: Found) -> int:
        """Return in how many frames of a place a letter is heard."""
        return int(np.count_nonzero(self.sounding[place.start_frame : place.end_frame]))


def locate(logits: Logits, vocab: Vocab, text: str) -> Located:
    """Find the pieces of a text in the frames of a recording.

    Raises:
        MalgwiError: the text has no word, or none that the model can write; or a frame holds NaN.
    """
    parts = pieces(text, vocab)
    if not parts:
        raise MalgwiError("the text has no word in it")
    missing = ["".join(vocab.missing(piece.spoken)) for piece in parts]
    known = [at for at, letters in enumerate(missing) if not letters]
    if not known:
        raise MalgwiError(
            f"the model has no token for {missing[0]!r} and other letters in any sentence of the "
            "text; write it in letters of the model's language, as it is spoken"
        )
    gap = "" if vocab.delimiter is None else " "
    labels = [vocab.encode(parts[at].spoken.replace(" ", gap)) for at in known]
    ids = best_tokens(logits).ids
    logits = silent_pauses(logits, vocab)
    emits = [bool(emitted.strip()) for emitted in vocab.emits]
    heard = [run for run in runs(ids) if emits[run.id]]
    pinned = anchors(
        [label for piece in labels for label in piece if label != vocab.delimiter],
        [run.id for run in heard],
        [run.start for run in heard],
    )
    found = find(logits, labels, blank=vocab.blank, delimiter=vocab.delimiter, anchors=pinned)
    trusted = [anchor for anchor in pinned if not _strains(anchor, found)]
    if len(trusted) < len(pinned):
        found = find(logits, labels, blank=vocab.blank, delimiter=vocab.delimiter, anchors=trusted)
    places: list[Found | None] = [None] * len(parts)
    for at, place in zip(known, found, strict=True):
        places[at] = place
    return Located(tuple(parts), tuple(places), tuple(missing), np.array(emits, dtype=bool)[ids])


def _strains(anchor: Anchor, found: Sequence[Found | None]) -> bool:
    """Say whether a piece fits so badly at an anchor that it would have been passed over."""
    return any(
        place is not None
        and place.start_frame <= anchor.frame < place.end_frame
        and place.score < WORST
        for place in found
    )


def foreign_sound(located: Located, least: int) -> list[tuple[int, int]]:
    """Return stretches of frames, between what is found, where `least` frames or more sound.

    The letters there stand nowhere in the text, or not in this place.
    """
    found = sorted(place for place in located.places if place is not None)
    bounds = [0, *(b for p in found for b in (p.start_frame, p.end_frame)), len(located.sounding)]
    stretches = []
    for start, end in zip(bounds[::2], bounds[1::2], strict=True):
        frames = start + np.flatnonzero(located.sounding[start:end])
        if len(frames) >= least:
            stretches.append((int(frames[0]), int(frames[-1]) + 1))
    return stretches


def surroundings(places: Sequence[Found | None], at: int, frames: int) -> tuple[int, int]:
    """Return between which frames a piece would stand that isn't found."""
    before = next((p.end_frame for p in reversed(places[:at]) if p is not None), 0)
    after = next((p.start_frame for p in places[at + 1 :] if p is not None), frames)
    return before, after
