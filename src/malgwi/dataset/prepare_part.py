"""One part of preparing a corpus, for job arrays: its recordings measured, and listened to.

Splits and copies are looked for in the whole corpus, so a part writes no data set but a record.
`malgwi join` prepares the corpus by what all parts recorded, and decodes nothing again.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from malgwi.dataset.entries import utterance_of
from malgwi.dataset.long_stretches import Cutter, usable_or_cut, with_pieces
from malgwi.dataset.manifest import Utterance
from malgwi.dataset.measurers import MEASURED, processes
from malgwi.dataset.pseudonyms import open_pseudonyms
from malgwi.dataset.reading import Reading
from malgwi.dataset.sound import in_time
from malgwi.errors import MalgwiError
from malgwi.job_array import Part, Work, record, same_files
from malgwi.recorded import Recorded
from malgwi.speech.text import Unit
from malgwi.speech.vocab import Vocab


class Listening(NamedTuple):
    """What a model does to the recordings of a part."""

    cutter: Cutter | None = None
    check: Callable[[Sequence[Utterance]], object] | None = None


def prepare_part(
    source: str | Path,
    output: Path,
    part: Part,
    reading: Reading,
    *,
    facts: Mapping[str, str],
    about: Mapping[str, Any],
    unit: Unit = "character",
    vocab: Vocab | None = None,
    vocab_from: str = "train",
    pseudonyms: Path | None = None,
    listening: Callable[[Recorded], Listening] = lambda _: Listening(),
) -> int:
    """Measure one part of the recordings of a corpus; return how many recordings it has.

    A part that was begun goes on: what is recorded isn't done again, but recordings that couldn't
    be read are tried again. Recordings are shared out by their bytes.

    Args:
        source: as for `malgwi.dataset.prepare.prepare`, but nothing of `hub:`.
        output: the data set folder that all parts are for.
        part: which of them are meant.
        reading: how the corpus is read.
        facts: by which parts belong together, beside the recordings.
        about: what `join` must know.
        unit: as for `prepare`, and so are the others.
        vocab: the vocabulary of a model or another data set.
        vocab_from: what it is called.
        pseudonyms: the file of speakers' names.
        listening: what a model does besides, which is recorded, too.

    Raises:
        MalgwiError: as `prepare`; or what was begun there is of another work.
    """
    source = str(source)
    if reading.kind(source) == "hub":
        raise MalgwiError(
            f"--part {part}: {source} would be fetched by each part; fetch it once, and prepare "
            "the folder, or leave --part out"
        )
    rules = reading.rules(vocab, vocab_from)
    names = open_pseudonyms(pseudonyms, output)
    with TemporaryDirectory() as nothing:
        read = reading.read(source, Path(nothing), rules, names, None)
    read.is_to_learn(source, vocab)  # or all parts would measure what `join` refuses
    good = read.good
    paths = list(dict.fromkeys(row.audio for row in good))
    files = [(str(path), _size(path)) for path in paths]
    mine = part.items([size for _, size in files])
    work = Work({**facts, "recordings": same_files(files)}, len(paths), about, files)
    with record(output, part, mine, work) as done, processes() as measuring:
        recorded = Recorded(done.kept, done.keep)
        cutter, check = listening(recorded)
        chosen = {paths[n] for n in mine}
        entries, pieces = usable_or_cut(
            [row for row in good if row.audio in chosen],
            vocab.unit if vocab else unit,
            rules,
            [],
            cutter,
            each=recorded.each(measuring, MEASURED),
        )
        if check:
            check(list(in_time(map(utterance_of, with_pieces(entries, pieces)))))
        recorded.write()
        for n in mine:
            if n not in done.done:
                done.add(n, found=True)
    return len(mine)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # which is told when all is put together
        return 0
