"""Many recordings with known texts → files with the times of their words, a few each."""

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import NamedTuple, TextIO

from malgwi.decoding.search import DEFAULT, KNOWN_TEXT
from malgwi.each import Advance, Each, Work, here
from malgwi.errors import MalgwiError
from malgwi.progress import audio_progress
from malgwi.publish import claim_files_in
from malgwi.recognition.align import align_recording, spell_out, text_words, written
from malgwi.recognition.pairs import Pair
from malgwi.recognition.recognise import Recogniser, open_recogniser
from malgwi.recognition.render import FORMATS
from malgwi.recognition.transcribe import check, publish, spare
from malgwi.speech.audio import known_seconds
from malgwi.terminal import printable
from malgwi.text_file import TextFiles


class _Aligned(NamedTuple):
    """What a recording gives."""

    contents: Mapping[str, bytes]
    """Of files, by their names."""
    said: Sequence[str]
    """What is odd about it."""
    wrong: str | None = None
    """Why there is none."""


def align_many(
    model: str | Path,
    pairs: Sequence[Pair],
    *,
    formats: Sequence[str],
    output: Path,
    threads: int | None = None,
    channel: int | str | None = None,
    each: Each[Recogniser] | None = None,
    stderr: TextIO | None = None,
) -> None:
    """Write when each word of many texts is said; a pair that can't be aligned stops nothing.

    Args:
        model: a run, checkpoint or bundle, as `malgwi.recognition.recognise.open_recogniser` takes.
        pairs: recordings with their texts.
        formats: of `malgwi.recognition.render.FORMATS`, as `malgwi.recognition.align.written` has
            them.
        output: a folder, where `talk.wav` becomes `talk.srt`; files there are replaced, but not
            those in which people go on working.
        threads: processor threads for the model.
        channel: counted from 0; `mix`, the average of all; None to choose by what they hold.
        each: where the recordings are listened to; None is here, one after the other.
        stderr: for tests; the program's own otherwise.

    Raises:
        MalgwiError: an option is wrong, the model can't be opened, or, after all the others
            were done, pairs that couldn't be aligned.
    """
    errors = stderr or sys.stderr

    def warn(text: str) -> None:
        errors.write(f"malgwi: warning: {printable(text)}\n")

    audio = [pair.audio for pair in pairs]
    check(audio, formats, output, DEFAULT, channel)
    _keep_inputs(pairs, formats, output)
    claim_files_in(output)
    spare(audio, formats, output, channel)
    recogniser = open_recogniser(model, threads=threads, search=KNOWN_TEXT)
    files = TextFiles()
    broken: dict[int, str] = {}
    texts: dict[int, tuple[Pair, str]] = {}
    for n, pair in enumerate(pairs):
        try:
            texts[n] = pair, files.read(pair.text)
        except MalgwiError as error:
            broken[n] = str(error)
    work = Work(
        partial(_aligned, channel=channel, formats=tuple(formats), output=output),
        seconds=lambda item: known_seconds(item[0].audio),
        name=lambda item: item[0].audio,
    )
    with audio_progress("aligning", sum(map(known_seconds, audio))) as heard:
        for n, found in (each or here(recogniser))(work, texts.items(), heard):
            one = _Aligned({}, (), str(found)) if isinstance(found, MalgwiError) else found
            for sentence in one.said:
                warn(sentence)
            wrong = one.wrong
            try:
                publish(one.contents, output)
            except MalgwiError as error:
                wrong = str(error)
            if wrong is not None:
                broken[n] = wrong
    for note in files.notes():
        warn(note)
    for _, wrong in sorted(broken.items()):
        errors.write(f"malgwi: error: {printable(wrong)}\n")
    if broken:
        raise MalgwiError(
            f"{len(broken)} of {len(pairs)} recordings could not be aligned, the first "
            f"{audio[min(broken)]}; each is named above, the others are done"
        )


def _aligned(
    recogniser: Recogniser,
    item: tuple[Pair, str],
    advance: Advance,
    *,
    channel: int | str | None,
    formats: Sequence[str],
    output: Path,
) -> _Aligned:
    pair, text = item
    said: list[str] = []
    try:
        spell_out(text_words(text, recogniser.vocab), recogniser.vocab)
    except MalgwiError as error:
        return _Aligned({}, said, f"{pair.text}: {error}")
    try:
        found, chosen = align_recording(
            recogniser, pair.audio, text, channel=channel, warn=said.append, heard=advance
        )
    except MalgwiError as error:
        return _Aligned({}, said, str(error))
    except OSError as error:  # a disk or a share that fails meanwhile
        return _Aligned({}, said, f"{pair.audio}: not readable ({error.strerror or error})")
    contents = {
        pair.audio.stem + FORMATS[form]: written(found, pair.audio, form, chosen, output).encode(
            errors="backslashreplace"
        )
        for form in formats
    }
    return _Aligned(contents, said)


def _keep_inputs(pairs: Sequence[Pair], formats: Sequence[str], output: Path) -> None:
    """Refuse to write over what is read.

    Raises:
        MalgwiError: naming the first.
    """
    read = {path.resolve() for pair in pairs for path in pair}
    for pair, form in product(pairs, formats):
        place = output / (pair.audio.stem + FORMATS[form])
        if place.resolve() in read:
            raise MalgwiError(
                f"{place}: would be written over, and is read; give another folder: --output FOLDER"
            )
