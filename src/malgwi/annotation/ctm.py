"""NIST's .ctm, only written: a line a word, its recording, channel, time and confidence."""

from collections.abc import Iterable

from malgwi.annotation.annotation import Annotation


def ctm(words: Iterable[tuple[Annotation, float]], recording: str, channel: int) -> str:
    """Return the words of a channel, counted from 1, each given with its confidence.

    White space within names and words is written as _, since fields end there.
    """
    name = "_".join(recording.split())
    return "".join(
        f"{name} {channel} {word.start:.3f} {word.end - word.start:.3f} "
        f"{'_'.join(word.text.split())} {confidence:.4f}\n"
        for word, confidence in words
    )
