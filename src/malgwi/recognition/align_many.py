"""Many recordings with known texts → files with the times of their words, a few each."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import NamedTuple, TextIO

from malgwi.decoding.search import DEFAULT, KNOWN_TEXT
from malgwi.each import Advance, Each, Work, here
from malgwi.errors import MalgwiError
from malgwi.progress import audio_progress
from malgwi.recognition.align import align_recording, spell_out, text_words, written
from malgwi.recognition.pairs import PlacedPair
from malgwi.recognition.recognise import Recogniser, open_recogniser
from malgwi.recognition.render import FORMATS
from malgwi.recognition.transcribe import check, claim, publish, require_all, spare
from malgwi.speech.audio import known_seconds
from malgwi.stores.address import Location, resolved
from malgwi.stores.local import local
from malgwi.terminal import printable
from malgwi.text_file import TextFiles


class Aligned(NamedTuple):
    """What a recording gives."""

    contents: Mapping[str, bytes]
    """Of files, by their names."""
    said: Sequence[str]
    """What is odd about it."""
    wrong: str | None = None
    """Why there is none."""


def align_many(
    model: str | Path,
    pairs: Sequence[PlacedPair],
    *,
    formats: Sequence[str],
    output: Location,
    threads: int | None = None,
    channel: int | str | None = None,
    stderr: TextIO | None = None,
) -> None:
    """Write when each word of many texts is said; a pair that can't be aligned stops nothing.

    Args:
        model: a run, checkpoint or bundle, as `malgwi.recognition.recognise.open_recogniser` takes.
        pairs: recordings with their texts; those in stores are fetched one by one.
        formats: of `malgwi.recognition.render.FORMATS`, as `malgwi.recognition.align.written` has
            them.
        output: a folder or a place in a store, where `talk.wav` becomes `talk.srt`; files there are
            replaced, but not those in which people go on working, and none beside its recording.
        threads: processor threads for the model.
        channel: counted from 0; `mix`, the average of all; None to choose by what they hold.
        stderr: for tests; the program's own otherwise.

    Raises:
        MalgwiError: an option is wrong, the model can't be opened, or, after all the others
            were done, pairs that couldn't be aligned.
    """
    errors = stderr or sys.stderr

    def warn(text: str) -> None:
        errors.write(f"malgwi: warning: {printable(text)}\n")

    audio = [pair.audio for pair in pairs]
    check_pairs(pairs, formats, output, channel)
    claim(output)
    spare(audio, formats, output, channel)
    recogniser = open_recogniser(model, threads=threads, search=KNOWN_TEXT)
    broken: dict[int, str] = {}
    left = dict(enumerate(pairs))
    for n, one in hear(
        here(recogniser), left, formats=formats, output=output, channel=channel, warn=warn
    ):
        wrong = one.wrong
        try:
            publish(one.contents, output)
        except MalgwiError as error:
            wrong = str(error)
        if wrong is not None:
            broken[n] = wrong
    for _, wrong in sorted(broken.items()):
        errors.write(f"malgwi: error: {printable(wrong)}\n")
    require_all([audio[n] for n in sorted(broken)], len(pairs), "aligned")


def check_pairs(
    pairs: Sequence[PlacedPair], formats: Sequence[str], output: Location, channel: int | str | None
) -> None:
    """Refuse what can't be done.

    Raises:
        MalgwiError: names the option or the recordings.
    """
    check([pair.audio for pair in pairs], formats, output, DEFAULT, channel)
    _keep_inputs(pairs, formats, output)


def hear(
    each: Each[Recogniser],
    pairs: Mapping[int, PlacedPair],
    *,
    formats: Sequence[str],
    output: Location,
    channel: int | str | None,
    warn: Callable[[str], object],
) -> Iterator[tuple[int, Aligned]]:
    """Yield what each pair gives, in any order, by its number; texts that can't be read first.

    `warn` is called with a sentence about what is odd.
    """
    files = TextFiles()
    texts: dict[int, tuple[PlacedPair, str]] = {}
    for n, pair in pairs.items():
        try:
            texts[n] = pair, _text(files, pair.text)
        except MalgwiError as error:
            yield n, Aligned({}, (), str(error))
    work = Work(
        partial(_aligned, channel=channel, formats=tuple(formats), output=output),
        seconds=lambda item: _seconds(item[0].audio),
        name=lambda item: item[0].audio,
    )
    with audio_progress("aligning", sum(_seconds(pair.audio) for pair in pairs.values())) as heard:
        for n, found in each(work, texts.items(), heard):
            one = Aligned({}, (), str(found)) if isinstance(found, MalgwiError) else found
            for sentence in one.said:
                warn(sentence)
            yield n, one
    for note in files.notes():
        warn(note)


def _text(files: TextFiles, place: Location) -> str:
    with local(place) as (path, _):
        return files.read(path)


def _seconds(audio: Location) -> float:
    """Return how long a recording is; 0 where that isn't known before it is fetched."""
    return known_seconds(audio) if isinstance(audio, Path) else 0.0


def _aligned(
    recogniser: Recogniser,
    item: tuple[PlacedPair, str],
    advance: Advance,
    *,
    channel: int | str | None,
    formats: Sequence[str],
    output: Location,
) -> Aligned:
    pair, text = item
    said: list[str] = []
    try:
        spell_out(text_words(text, recogniser.vocab), recogniser.vocab)
    except MalgwiError as error:
        return Aligned({}, said, f"{pair.text}: {error}")
    try:
        with local(pair.audio) as (path, named):
            found, chosen = align_recording(
                recogniser,
                path,
                text,
                channel=channel,
                warn=lambda sentence: said.append(named(sentence)),
                heard=advance,
            )
    except MalgwiError as error:
        return Aligned({}, said, str(error))
    except OSError as error:  # a disk or a share that fails meanwhile
        return Aligned({}, said, f"{pair.audio}: not readable ({error.strerror or error})")
    contents = {
        pair.audio.stem + FORMATS[form]: written(found, pair.audio, form, chosen, output).encode(
            errors="backslashreplace"
        )
        for form in formats
    }
    return Aligned(contents, said)


def _keep_inputs(pairs: Sequence[PlacedPair], formats: Sequence[str], output: Location) -> None:
    """Refuse to write over what is read.

    Raises:
        MalgwiError: naming the first.
    """
    read = {resolved(place) for pair in pairs for place in pair}
    for pair, form in product(pairs, formats):
        place = output / (pair.audio.stem + FORMATS[form])
        if resolved(place) in read:
            raise MalgwiError(
                f"{place}: would be written over, and is read; give another folder: --output FOLDER"
            )
