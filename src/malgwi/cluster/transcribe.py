"""Recordings on a Ray cluster → the files that one machine writes.

A task a long recording decodes it, cuts it and searches; tasks a stretch run the model. Short ones
are heard whole, some in a task: for a stretch or two a task of its own costs more than it gives.
Ray starts the tasks of a lost machine again, a few times, and keeps what waits in bounds with
`AHEAD`. Files and the record of what is done are written here, as recordings end.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

from malgwi.cluster.ahead import Run, run, transcribe_ahead
from malgwi.cluster.connection import connected
from malgwi.cluster.machines import RETRIES, check_machines, check_room, said, shared_out
from malgwi.cluster.openings import Listener
from malgwi.decoding.decode import Logits, Transcript
from malgwi.decoding.long_form import anything
from malgwi.decoding.search import DEFAULT, Begin, Search
from malgwi.decoding.segments import Span
from malgwi.each import Advance, Work
from malgwi.errors import MalgwiError
from malgwi.job_array import Part, join
from malgwi.recognition.recognise import Recogniser, open_recogniser, open_search
from malgwi.recognition.same_work import same_model
from malgwi.recognition.transcribe import known_bytes, transcribing
from malgwi.recognition.transcribe_part import Heard, hear_file, join_transcripts, transcribe_part
from malgwi.speech.audio import Samples, known_seconds
from malgwi.speech.vocab import Vocab
from malgwi.stores.address import Address, Location
from malgwi.stores.store import check

SHORT_S = 60.0
"""Recordings of at most so many seconds are heard whole."""


@dataclass(frozen=True)
class _Place:
    """What every task needs to know, wherever it runs."""

    folder: str
    """That names of files are relative to."""
    model: str
    search: Search
    threads: int
    gpus: float
    protocols: tuple[str, ...] = ()
    """Of the stores in which recordings are."""

    @property
    def resources(self) -> dict[str, Any]:
        """What one stretch takes of a machine."""
        return {"num_cpus": self.threads, "num_gpus": self.gpus, "max_retries": RETRIES}


def transcribe_on_cluster(
    address: str,
    model: str | Path,
    files: Sequence[Location],
    *,
    formats: Sequence[str],
    output: Location,
    cpus: int = 1,
    gpus: float = 0.0,
    search: Search = DEFAULT,
    channel: int | str | None = None,
) -> None:
    """Transcribe recordings on a cluster; a run that died goes on where it was.

    Args:
        address: `local`, `auto` or HOST:PORT.
        model: a run, checkpoint or bundle, at the same path on every machine.
        files: recordings, at the same paths on every machine, or in stores, of which each machine
            fetches those that it hears.
        formats: of `malgwi.recognition.render.FORMATS`.
        output: a folder of this machine, or a place in a store.
        cpus: processors, and threads, that one stretch takes.
        gpus: shares of a GPU that it takes.
        search: how to find the words.
        channel: which one to listen to.

    Raises:
        MalgwiError: the cluster can't be joined or has other versions; or as `transcribe`.
    """
    protocols = sorted({file.protocol for file in files if isinstance(file, Address)})
    place = _Place(str(Path.cwd()), str(model), search, cpus, gpus, tuple(protocols))

    def hear(
        recogniser: Recogniser, left: Mapping[int, Location], asked: int | str | None
    ) -> Iterator[tuple[int, Heard]]:
        if not left:
            return
        with connected(address) as ray:
            check_room(ray, cpus=cpus, gpus=gpus)
            told = partial(_facts, place)
            check_machines(ray, told, place.folder, same_model(model, search))
            shipped = replace(recogniser, logits=_elsewhere, is_speech=anything, search=None)
            yield from _hear(ray, place, shipped, left, asked)

    transcribe_part(
        model,
        files,
        Part(1, 1),
        formats=formats,
        output=output,
        search=search,
        channel=channel,
        hear=hear,
    )
    join_transcripts(output, join(output))


def _hear(
    ray: Any,
    place: _Place,
    recogniser: Recogniser,
    left: Mapping[int, Location],
    channel: int | str | None,
) -> Iterator[tuple[int, Heard]]:
    """Yield what is heard in each recording, the long ones first.

    Long is, too, what isn't here yet, or doesn't say how long it is.
    """
    seconds = {n: known_seconds(file) for n, file in left.items() if isinstance(file, Path)}
    short = {n: left[n] for n in left if 0 < seconds.get(n, 0.0) <= SHORT_S}
    long = {n: file for n, file in left.items() if n not in short}
    with transcribing(left.values()) as (heard_s, ended):
        for n, heard in chain(
            _hear_long(ray, place, recogniser, long, channel),
            _hear_short(ray, place, short, seconds, channel),
        ):
            heard_s(seconds.get(n, 0.0))
            ended(left[n])
            yield n, heard


def _hear_long(
    ray: Any,
    place: _Place,
    recogniser: Recogniser,
    files: Mapping[int, Location],
    channel: int | str | None,
) -> Iterator[tuple[int, Heard]]:
    """Yield what is heard, stretch by stretch; the largest file begins first, so many at a time."""
    sizes = {n: known_bytes(file) for n, file in files.items()}
    queue = iter(sorted(files, key=lambda n: -sizes[n]))
    most = 2 * max(1, int(ray.cluster_resources().get("CPU", 1)))
    listen = ray.remote(num_cpus=1, max_retries=RETRIES)(_listen)
    shipped = ray.put(recogniser)
    pending: dict[Any, int] = {}
    while True:
        for n in islice(queue, most - len(pending)):
            pending[listen.remote(place, shipped, files[n], channel)] = n
        if not pending:
            return
        [ready], _ = ray.wait(list(pending), num_returns=1)
        n = pending.pop(ready)
        try:
            heard = ray.get(ready)
        except ray.exceptions.RayError as error:
            heard = Heard([], [], f"{files[n]}: {said(error)}")
        yield n, heard


def _hear_short(
    ray: Any,
    place: _Place,
    files: Mapping[int, Location],
    seconds: Mapping[int, float],
    channel: int | str | None,
) -> Iterator[tuple[int, Heard]]:
    """Yield what is heard in recordings that are heard whole."""
    numbers = {file: n for n, file in files.items()}
    work: Work[Recogniser, Location, Heard] = Work(
        partial(_whole, channel), lambda file: seconds[numbers[file]], str
    )
    for n, found in shared_out(
        ray,
        Listener(place.model, place.search, place.threads),
        work,
        list(files.items()),
        advance=lambda _: None,
        takes={"num_cpus": place.threads, "num_gpus": place.gpus},
    ):
        yield n, Heard([], [], str(found)) if isinstance(found, MalgwiError) else found


def _whole(channel: int | str | None, recogniser: Recogniser, file: Location, _: Advance) -> Heard:
    return hear_file(recogniser, file, channel)


def _listen(place: _Place, shipped: Recogniser, file: Location, channel: int | str | None) -> Heard:
    """Hear one recording, on any machine."""
    import ray

    os.chdir(place.folder)
    begin = _search(place, shipped.vocab)
    recogniser = replace(shipped, search=begin)
    stretch = _stretches(place)

    def end(handle: Any) -> Run:
        try:
            heard: Run = ray.get(handle)
        except ray.exceptions.RayError as error:
            raise MalgwiError(f"{file}: {said(error)}") from error
        return heard

    def ahead(recogniser: Recogniser, blocks: Iterable[Samples]) -> Transcript:
        return transcribe_ahead(
            recogniser,
            blocks,
            lambda span, samples: stretch.remote(place, span, samples, begin is None),
            end,
        )

    return hear_file(recogniser, file, channel, through=ahead)


def _stretch(place: _Place, span: Span, samples: Samples, greedy: bool) -> Run:
    """Run the model on one stretch, on any machine."""
    return run(_opened(place), span, samples, greedy=greedy)


def _facts(place: _Place) -> dict[str, str]:
    """Return what a machine would do the work with, after opening model and stores there."""
    for protocol in place.protocols:
        check(protocol)
    _opened(place)
    return same_model(place.model, place.search)


@lru_cache(maxsize=1)
def _opened(place: _Place) -> Recogniser:
    """Open the model once a process."""
    os.chdir(place.folder)
    found = Search(greedy=True, detector=place.search.detector)
    return open_recogniser(place.model, threads=place.threads, search=found)


@lru_cache(maxsize=1)
def _search(place: _Place, vocab: Vocab) -> Begin | None:
    """Open the language model or what else is searched with, once a process."""
    return open_search(place.model, vocab, place.search, lambda _: None)


@lru_cache(maxsize=1)
def _stretches(place: _Place) -> Any:
    import ray

    return ray.remote(**place.resources)(_stretch)


def _elsewhere(_: Samples) -> Logits:
    raise AssertionError("stretches are run by tasks of their own")
