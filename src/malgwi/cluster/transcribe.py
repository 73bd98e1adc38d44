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
from pathlib import Path
from typing import Any

from malgwi.cluster.ahead import Run, Stretch, transcribe_ahead
from malgwi.cluster.ahead import run as run_stretch
from malgwi.cluster.connection import connected
from malgwi.cluster.machines import RETRIES, check_machines, check_room, said, shared_out
from malgwi.cluster.openings import Listener, Searching, opened
from malgwi.cluster.under_way import Kind, run
from malgwi.decoding.decode import Logits, Transcript
from malgwi.decoding.long_form import anything
from malgwi.decoding.search import DEFAULT, Search
from malgwi.each import Advance, Work
from malgwi.errors import MalgwiError
from malgwi.job_array import Part, join
from malgwi.recognition.recognise import Recogniser
from malgwi.recognition.same_work import same_model
from malgwi.recognition.transcribe import known_bytes, transcribing
from malgwi.recognition.transcribe_part import Heard, hear_file, transcribe_part
from malgwi.recognition.written_files import join_files
from malgwi.speech.audio import Samples, known_seconds
from malgwi.stores.address import Address, Location
from malgwi.stores.store import check

SHORT_S = 60.0
"""Recordings of at most so many seconds are heard whole."""


@dataclass(frozen=True)
class _Place:
    """What every task needs to know, wherever it runs."""

    folder: str
    """That names of files are relative to."""
    listener: Listener
    gpus: float
    protocols: tuple[str, ...] = ()
    """Of the stores in which recordings are."""

    @property
    def resources(self) -> dict[str, Any]:
        """What one stretch takes of a machine."""
        return {"num_cpus": self.listener.threads, "num_gpus": self.gpus, "max_retries": RETRIES}


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
    listener = Listener(str(model), search, cpus)
    place = _Place(str(Path.cwd()), listener, gpus, tuple(protocols))

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
    join_files(output, join(output))


def _hear(
    ray: Any,
    place: _Place,
    recogniser: Recogniser,
    left: Mapping[int, Location],
    channel: int | str | None,
) -> Iterator[tuple[int, Heard]]:
    """Yield what is heard in each recording, as they end.

    Short ones fill what long ones leave idle, and the other way round. Long is, too, what isn't
    here yet, or doesn't say how long it is.
    """
    seconds = {n: known_seconds(file) for n, file in left.items() if isinstance(file, Path)}
    short = {n: left[n] for n in left if 0 < seconds.get(n, 0.0) <= SHORT_S}
    long = {n: file for n, file in left.items() if n not in short}
    with transcribing(left.values(), seconds.values()) as (heard_s, ended):
        kinds = [
            _hear_long(ray, place, recogniser, long, channel),
            _hear_short(ray, place, short, seconds, channel),
        ]
        for n, found in run(ray, kinds):
            heard_s(seconds.get(n, 0.0))
            ended(left[n])
            yield n, Heard([], [], str(found)) if isinstance(found, MalgwiError) else found


def _hear_long(
    ray: Any,
    place: _Place,
    recogniser: Recogniser,
    files: Mapping[int, Location],
    channel: int | str | None,
) -> Kind[Heard | MalgwiError]:
    """Return tasks of recordings that are heard by stretches; the largest file begins first."""
    sizes = {n: known_bytes(file) for n, file in files.items()}
    queue = iter(sorted(files, key=lambda n: -sizes[n]))
    # One that waits for stretches would give its processor back, and Ray start a process for it.
    listen = ray.remote(num_cpus=0, max_retries=RETRIES, scheduling_strategy="SPREAD")(_listen)
    shipped = ray.put(recogniser)
    pending: dict[Any, int] = {}

    def begin() -> Any:
        if (n := next(queue, None)) is None:
            return None
        task = listen.remote(place, shipped, files[n], channel)
        pending[task] = n
        return task

    def end(task: Any) -> Iterator[tuple[int, Heard | MalgwiError]]:
        n = pending.pop(task)
        try:
            yield n, ray.get(task)
        except ray.exceptions.RayError as error:
            yield n, MalgwiError(f"{files[n]}: {said(error)}")

    # Those in stores are waited for while they are fetched.
    each = 2 if place.protocols else 1
    return Kind(begin, end, 1 + each * int(ray.cluster_resources().get("CPU", 1)))


def _hear_short(
    ray: Any,
    place: _Place,
    files: Mapping[int, Location],
    seconds: Mapping[int, float],
    channel: int | str | None,
) -> Kind[Heard | MalgwiError]:
    """Return tasks of recordings that are heard whole, some in a row."""
    numbers = {file: n for n, file in files.items()}
    work: Work[Recogniser, Location, Heard] = Work(
        partial(_whole, channel), lambda file: seconds[numbers[file]], str
    )
    return shared_out(
        ray,
        place.listener,
        work,
        list(files.items()),
        advance=lambda _: None,
        takes={"num_cpus": place.listener.threads, "num_gpus": place.gpus},
    )


def _whole(channel: int | str | None, recogniser: Recogniser, file: Location, _: Advance) -> Heard:
    return hear_file(recogniser, file, channel)


def _listen(place: _Place, shipped: Recogniser, file: Location, channel: int | str | None) -> Heard:
    """Hear one recording, on any machine."""
    import ray

    os.chdir(place.folder)
    listener = place.listener
    begin = opened(Searching(listener.model, listener.search, shipped.vocab))
    recogniser = replace(shipped, search=begin)
    stretch = _remote(place)

    def end(handle: Any) -> Sequence[Run]:
        try:
            heard: Sequence[Run] = ray.get(handle)
        except ray.exceptions.RayError as error:
            raise MalgwiError(f"{file}: {said(error)}") from error
        return heard

    def ahead(recogniser: Recogniser, blocks: Iterable[Samples]) -> Transcript:
        return transcribe_ahead(
            recogniser,
            blocks,
            lambda some: stretch.remote(place, some, begin is None),
            end,
        )

    return hear_file(recogniser, file, channel, through=ahead)


def _stretches(place: _Place, some: Sequence[Stretch], greedy: bool) -> list[Run]:
    """Run the model on some stretches, on any machine."""
    os.chdir(place.folder)
    model = opened(place.listener.alone)
    return [run_stretch(model, span, samples, greedy=greedy) for span, samples in some]


def _facts(place: _Place) -> dict[str, str]:
    """Return what a machine would do the work with, after opening model and stores there."""
    os.chdir(place.folder)
    for protocol in place.protocols:
        check(protocol)
    opened(place.listener)
    return same_model(place.listener.model, place.listener.search)


@lru_cache(maxsize=1)
def _remote(place: _Place) -> Any:
    import ray

    return ray.remote(**place.resources)(_stretches)


def _elsewhere(_: Samples) -> Logits:
    raise AssertionError("stretches are run by tasks of their own")
