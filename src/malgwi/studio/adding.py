"""Media and annotations → recordings of a project, each with its first entry.

Where annotations come with a recording they are its segments; else it is cut at its pauses, and
nobody has looked at the segments yet.
"""

import os
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from malgwi.annotation.formats import is_annotations
from malgwi.corpus import annotated
from malgwi.corpus.conventions import Conventions
from malgwi.corpus.edits import MOST_TEXT, OPEN, WRITTEN, Segment
from malgwi.corpus.folder import files_in, is_recording, name_key, rank
from malgwi.corpus.pairing import Pair
from malgwi.corpus.place import inside
from malgwi.corpus.row import Row
from malgwi.corpus.studio import EDITS, RECORDINGS, SOURCE, File, Person, Source, digest
from malgwi.corpus.subtitle_languages import by_language
from malgwi.corpus.tiers import Choice
from malgwi.dataset.project import recording_length, to_json
from malgwi.decoding.segments import SegmentPlan, Segments, Span, energies
from malgwi.errors import MalgwiError
from malgwi.progress import audio_progress, say
from malgwi.publish import publish_folder
from malgwi.speech.audio import SAMPLE_RATE, from_16_bits, known_seconds
from malgwi.speech.channels import choose
from malgwi.speech.frames import WAV2VEC2
from malgwi.studio.chosen import choose as remember
from malgwi.studio.files import write_json
from malgwi.studio.journal import begin
from malgwi.studio.project import DERIVED, REMOVED, Project
from malgwi.studio.recording import Recording
from malgwi.studio.waveform import PEAKS, SAMPLES, write_peaks, write_samples
from malgwi.terminal import printable
from malgwi.text_file import TextFiles, is_utf8

PLAN = SegmentPlan(window_samples=15 * SAMPLE_RATE, pause_samples=9_600)
"""A segment lasts at most 15 s, which people can correct in one go, and ends at a pause as long as
a subtitle's (0.6 s)."""
_AT_ONCE = WAV2VEC2.hop * 3_000
_SLACK = SAMPLE_RATE // 10
"""Times that end this little behind their recording mean its end: they were rounded."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"

Cut = Callable[[Path, int], Sequence[Segment]]
"""A file of samples, how many → the first segments."""


@dataclass
class _Wanted:
    """A recording to add, and what is said of it."""

    media: Path
    annotations: Path | None = None
    rows: list[Row] = field(default_factory=list)


def add(folder: Path, paths: Sequence[str], tiers: Sequence[str], person: str | None) -> None:
    """Add recordings, files of annotations with theirs, and all that is in folders.

    What can't be read stops nothing; at the end the first one's reason is told.

    Args:
        folder: of the project.
        paths: absolute; the person chose them.
        tiers: which are meant, as `--tier` says it.
        person: the code of who speaks in all of it; None: the annotations say who.

    Raises:
        MalgwiError: something could not be added.
    """
    project = Project(folder)
    if person is not None and person not in project.studio.people:
        raise MalgwiError(f"person {person!r:.60}: nobody in the project has this code")
    problems: list[str] = []
    wanted = _wanted([_existing(path) for path in paths], tuple(tiers), problems)
    if not wanted and not problems:
        raise MalgwiError("no recording in what was chosen; choose recordings or annotations")
    known = {one.source.media.sha256: one.id for one in project.recordings()}
    with audio_progress("adding", sum(known_seconds(one.media) for one in wanted)) as heard:
        for one in wanted:
            try:
                sha256 = digest(one.media)
                if sha256 in known:
                    _say(f"{one.media}: is there already, as recording {known[sha256]}")
                else:
                    known[sha256] = _add(
                        project, one, sha256, person, tiers=tuple(tiers), heard=heard
                    )
            except MalgwiError as error:
                problems.append(str(error))
            except OSError as error:
                problems.append(f"{one.media}: not readable ({error.strerror})")
    problems = [printable(line) for line in problems]
    for line in problems:
        say(line)
    if problems:
        more = f" And {len(problems) - 1:,} more, in the job's log" if problems[1:] else ""
        raise MalgwiError(f"not all could be added: {problems[0]}.{more}")


def put(
    project: Project,
    source: Source,
    media: Path,
    cut: Cut,
    *,
    heard: Callable[[float], object] = lambda _: None,
) -> str:
    """Decode a file into a new recording, which is there whole or not at all; return its id.

    Args:
        project: where to.
        source: what is known of it but samples, channel and day.
        media: the file.
        cut: makes the first segments.
        heard: told the seconds of each block, for progress.

    Raises:
        MalgwiError: it can't be read, or nothing can be written.
    """
    place = _claimed(project.folder)
    try:
        with publish_folder(place) as fresh:
            _write(fresh, source, media, cut, heard)
    except BaseException:
        with suppress(OSError):
            place.rmdir()
        raise
    return place.name


def _write(
    folder: Path, source: Source, media: Path, cut: Cut, heard: Callable[[float], object]
) -> None:
    channel, derived = choose(media).channel, folder / DERIVED
    derived.mkdir()
    samples = derived / SAMPLES
    length = write_samples(media, channel, samples, warn=_say, heard=heard)
    if not length:
        raise MalgwiError(f"{media}: no sound in it; record or export it again")
    write_peaks(samples, derived / PEAKS)
    today = datetime.now(UTC).astimezone().date().isoformat()
    whole = replace(source, samples=length, channel=channel, added=today)
    write_json(folder / SOURCE, whole.to_json(), indent=2)
    begin(folder / EDITS, cut(samples, length))


def at_pauses(samples: Path, length: int) -> list[Segment]:
    """Return segments to be written, from pause to pause; what is silent is in none."""
    cutter, spans = Segments(PLAN, WAV2VEC2), list[Span]()
    with samples.open("rb") as file:
        while raw := file.read(2 * _AT_ONCE):
            values = np.frombuffer(raw, "<i2").astype(np.int16)
            spans += cutter.feed(energies(from_16_bits(values), WAV2VEC2.hop).tolist())
    if last := cutter.finish(length):
        spans.append(last._replace(end_frame=-(-length // WAV2VEC2.hop)))
    return [
        Segment(name, span.first_frame * WAV2VEC2.hop, min(length, span.end_frame * WAV2VEC2.hop))
        for name, span in zip(new_ids(len(spans)), spans, strict=True)
    ]


def read_again(project: Project, recording: Recording, *, add_people: bool) -> list[Segment]:
    """Return the segments that a recording's annotations would bring if it were added now.

    Args:
        project: the project.
        recording: one that came with annotations.
        add_people: whether speakers who are new get a code; else they are nobody.

    Raises:
        MalgwiError: they can't be read, or aren't about the recording any more.
    """
    source = recording.source
    if not source.annotations or not (path := project.chosen(source.annotations.path)):
        raise MalgwiError(f"recording {recording.id}: no annotations of it were chosen here")
    media, problems = project.media(recording.id), list[str]()
    for one in _wanted([path, media], source.annotations.tiers, problems):
        if one.media.resolve() == media.resolve() and one.rows:
            codes = {} if source.person else _codes(project, one.rows, add=add_people)
            return list(_segments(one.rows, codes, source.samples))
    why = f" ({problems[0]})" if problems else ""
    raise MalgwiError(f"{path}: says nothing of recording {recording.id} any more{why}")


def new_ids(wanted: int) -> list[str]:
    """Return ids for segments of a new recording."""
    found: dict[str, None] = {}
    while len(found) < wanted:
        found["".join(secrets.choice(_LETTERS) for _ in range(8))] = None
    return list(found)


def looked_at(paths: Sequence[str]) -> dict[str, Any]:
    """Return what `malgwi tiers --json` says of all the annotations that would be added.

    Raises:
        MalgwiError: something isn't there, or none of the annotations of a folder can be read.
    """
    existing = [_existing(path) for path in paths]
    corpora = list(_corpora(existing, (), _given(existing)))
    if not corpora:
        none: list[object] = []
        return {"tiers": none, "pairs": none, "unreadable": {}, "notes": none, "problems": none}
    return to_json(
        replace(
            corpora[0],
            pairs=tuple(pair for one in corpora for pair in one.pairs),
            unreadable=tuple(path for one in corpora for path in one.unreadable),
            silent=tuple(path for one in corpora for path in one.silent),
        )
    )


def _add(
    project: Project,
    wanted: _Wanted,
    sha256: str,
    person: str | None,
    *,
    tiers: tuple[str, ...],
    heard: Callable[[float], object],
) -> str:
    files = [wanted.media, *([wanted.annotations] if wanted.annotations else [])]
    for path in files:
        if not is_utf8(str(path)):
            raise MalgwiError(f"{str(path)!r}: its name isn't UTF-8; rename it")
    remember(path for path in files if inside(path, project.folder) is None)
    codes = {} if person else _codes(project, wanted.rows)
    if len(codes) == 1 and all(row.speaker for row in wanted.rows):
        person, codes = next(iter(codes.values())), {}
    beside = [File(project.as_written(path), digest(path), tiers) for path in files[1:]]
    source = Source(
        wanted.media.stem,
        File(project.as_written(wanted.media), sha256),
        samples=0,
        annotations=beside[0] if beside else None,
        person=person,
    )

    def cut(samples: Path, length: int) -> Sequence[Segment]:
        return list(_segments(wanted.rows, codes, length)) or at_pauses(samples, length)

    return put(project, source, wanted.media, cut, heard=heard)


def _segments(rows: Sequence[Row], codes: dict[str, str], length: int) -> Iterator[Segment]:
    for name, row in zip(new_ids(len(rows)), rows, strict=True):
        start = round((row.start or 0.0) * SAMPLE_RATE)
        end = length if row.end is None else round(row.end * SAMPLE_RATE)
        if not -_SLACK <= start < end <= length + _SLACK or start >= length or end <= 0:
            _say(f"{row.id}: from {row.start} to {row.end} s, which isn't in the recording")
            continue
        text = row.text.strip().replace("\0", "")
        if len(text) > MOST_TEXT:
            _say(f"{row.id}: {len(text):,} characters, of which the first {MOST_TEXT:,} are taken")
        yield Segment(
            name,
            max(start, 0),
            min(end, length),
            text[:MOST_TEXT],
            codes.get(row.speaker or ""),
            WRITTEN if text else OPEN,
        )


def _codes(project: Project, rows: Iterable[Row], *, add: bool = True) -> dict[str, str]:
    """Return the codes of the speakers that annotations name; who is new gets the next one."""
    known = {name_key(name): code for code, name in project.names().items()}
    known |= {name_key(code): code for code in project.studio.people}
    found: dict[str, str] = {}
    for name in dict.fromkeys(row.speaker for row in rows if row.speaker):
        if code := known.get(name_key(name)):
            found[name] = code
        elif add:
            found[name] = project.put_person(None, name, Person())
    return found


def _wanted(paths: Sequence[Path], tiers: tuple[str, ...], problems: list[str]) -> list[_Wanted]:
    """Return each recording that is meant once, with what annotations say of it."""
    found: dict[Path, _Wanted] = {}
    given = _given(paths)
    for corpus in _corpora(paths, tiers, given):
        # Of several files the one that is read again later is one that says what is meant.
        for pair in sorted(corpus.pairs, key=partial(_says_nothing, corpus.conventions.choice)):
            if pair.recording:
                one = found.setdefault(pair.recording.resolve(), _Wanted(pair.recording))
                one.annotations = one.annotations or pair.annotated.path
        for row in corpus.rows():
            if row.fault is None:
                found[row.audio.resolve()].rows.append(row)
            elif row.fault.finding in {"no-recording", "outside"}:
                problems.append(f"{row.id}: {row.fault.detail or 'its recording lies elsewhere'}")
            elif row.fault.finding != "no-transcript":
                _say(f"{row.id}: {row.fault.finding}: {row.fault.detail}")
        for path in corpus.silent:
            found.setdefault(path.resolve(), _Wanted(path))
    alone = [path for path in paths if path.is_dir() and not annotated.is_annotated(path)]
    for path in (*given, *(file for folder in alone for file in _recordings(folder))):
        found.setdefault(path.resolve(), _Wanted(path))
    return list(found.values())


def _says_nothing(choice: Choice, pair: Pair) -> bool:
    """Say whether a file has no annotation that is meant."""
    return not any(choice.takes(t, said) for t in pair.annotated.tiers for said in t.annotations)


def _given(paths: Sequence[Path]) -> list[Path]:
    return [path for path in paths if path.is_file() and not is_annotations(path)]


def _corpora(
    paths: Sequence[Path], tiers: tuple[str, ...], given: Sequence[Path]
) -> Iterator[annotated.Project]:
    """Yield folders with annotations, and single files of them, those of a folder together."""
    files, conventions = TextFiles(), Conventions(tier=tiers)
    single: dict[Path, list[annotated.Project]] = defaultdict(list)
    for path in paths:
        if path.is_dir() and annotated.is_annotated(path):
            yield annotated.open_project(path, conventions, files, length=recording_length)
        elif path.is_file() and is_annotations(path):
            corpus = annotated.open_project(path, conventions, files, length=recording_length)
            single[path.parent].append(_paired(corpus, given))
    for together in single.values():
        pairs = (pair for one in together for pair in one.pairs)
        yield replace(together[0], pairs=by_language(pairs, conventions.choice))


def _paired(corpus: annotated.Project, given: Sequence[Path]) -> annotated.Project:
    """Return annotations paired with the recordings that were chosen with them."""
    by_name: dict[str, list[Path]] = defaultdict(list)
    for path in given:
        by_name[name_key(path.stem)].append(path)

    def named(pair: Pair) -> Pair:
        called = by_name[name_key(pair.annotated.path.stem)]
        meant = [path for path in called if rank(path) == min(map(rank, called))]
        # Of several that are called so nobody can tell which is meant.
        if pair.recording or len(meant) != 1:
            return pair
        return replace(pair, recording=meant[0], how="name", outside=False)

    return replace(corpus, pairs=tuple(map(named, corpus.pairs)))


def _recordings(folder: Path) -> Iterator[Path]:
    for path in files_in(folder):
        if is_recording(path) and inside(path, folder) is not None:
            yield path


def _say(text: str) -> None:
    """Say a sentence with names from outside in it."""
    say(printable(text))


def _existing(path: str) -> Path:
    found = Path(path)
    if not found.is_absolute() or not os.path.exists(found):  # noqa: PTH110 - `Path.exists` may raise
        raise MalgwiError(f"{path[:300]}: no such file or folder; choose one that is there")
    return found


def _claimed(folder: Path) -> Path:
    """Make an empty folder for the next recording; numbers are never used again."""
    places = (folder / RECORDINGS, folder / REMOVED)
    there = (one.name for place in places if place.is_dir() for one in place.iterdir())
    last = max((int(name) for name in there if name.isdecimal()), default=0)
    for number in count(last + 1):
        place = folder / RECORDINGS / f"{number:04}"
        try:
            place.mkdir()
        except FileExistsError:  # another process was faster
            continue
        return place
    raise AssertionError("there is always a next number")
