"""What `malgwi transcribe --dry-run` says before anything starts: hours, time, egress and cost."""

import argparse
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from malgwi.cli.options import console
from malgwi.errors import MalgwiError

if TYPE_CHECKING:
    from malgwi.decoding.search import Search
    from malgwi.job_array import Part
    from malgwi.stores.address import Location

_PRICES = ("egress_price", "processor_price")


def add_dry_run(parser: argparse.ArgumentParser) -> None:
    """Add --dry-run and what it calculates with."""
    parser.add_argument(
        "--dry-run", action="store_true", help="say how much there is to do, and do nothing"
    )
    group = parser.add_argument_group("with --dry-run")
    group.add_argument(
        "--processors", type=int, metavar="N", help="that will work (those of this machine)"
    )
    group.add_argument(
        "--processor-price", type=float, metavar="PRICE", help="what one costs an hour"
    )
    group.add_argument(
        "--egress-price", type=float, metavar="PRICE", help="what a GB costs that leaves a store"
    )


def check_dry_run(args: argparse.Namespace) -> None:
    """Refuse options that don't go with --dry-run, or not without it.

    Raises:
        MalgwiError: names them.
    """
    if args.dry_run and args.into:
        raise MalgwiError("--dry-run: doesn't go with --into; leave one of them out")
    for name in ("processors", *_PRICES):
        flag, value = f"--{name.replace('_', '-')}", getattr(args, name)
        if value is None:
            continue
        if not args.dry_run:
            raise MalgwiError(f"{flag}: is for --dry-run; leave it out")
        if name in _PRICES and not 0 <= value < math.inf:
            raise MalgwiError(f"{flag} {value:g}: expected 0 or more")
        if name == "processors" and value < 1:
            raise MalgwiError(f"{flag} {value}: expected 1 or more")


def say_how_much(
    args: argparse.Namespace,
    files: "Sequence[Location]",
    part: "Part | None",
    search: "Search",
) -> None:
    """Print how many recordings there are, their hours or bytes, and what they take and cost."""
    from malgwi.recognition.transcribe import known_bytes

    sizes = [known_bytes(file) for file in files]
    mine = part.items(sizes) if part else range(len(files))
    here = [file for n in mine if isinstance(file := files[n], Path)]
    stored = [sizes[n] for n in mine if not isinstance(files[n], Path)]
    for line in [*_hours(args, here, search, all_here=not stored), *_bytes(args, stored)]:
        console(args).print(line, markup=False)


def _hours(
    args: argparse.Namespace, files: Sequence[Path], search: "Search", *, all_here: bool
) -> Iterator[str]:
    from malgwi.progress import clock
    from malgwi.recognition.pace import measure_pace
    from malgwi.speech.audio import known_seconds

    if not files:
        return
    lengths = [known_seconds(file) for file in files]
    yield (
        f"{len(files)} recordings, {sum(lengths) / 3600:.2f} hours by their headers; without a "
        f"length that can be read: {lengths.count(0.0)}"
    )
    if not any(lengths):
        return
    threads = (args.worker_cpus if args.cluster is not None else args.threads) or 1
    pace = measure_pace(args.model, files, threads=threads, search=search)
    if pace is None:
        return
    took = sum(lengths) * pace.share
    beside = "" if all_here else ", without those in stores"
    yield (
        f"time: about {clock(took)} of a processor{beside}; an estimate by {pace.seconds:.0f} "
        f"s of sound, of which this machine hears a second in {pace.share:.3f} s of a processor"
    )
    if processors := args.processors or _processors(args):
        yield f"on {processors} processors like this one's: about {clock(took / processors)}"
    if (price := args.processor_price) is not None:
        yield f"processors: {took / 3600 * price:.2f} at {price:g} an hour of one"


def _processors(args: argparse.Namespace) -> int | None:
    """Return how many there are here; None where the work goes elsewhere."""
    if args.cluster not in {None, "local"}:
        return None
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _bytes(args: argparse.Namespace, sizes: Sequence[int]) -> Iterator[str]:
    if not sizes:
        return
    total = sum(sizes) / 1e9
    yield (
        f"{len(sizes)} recordings in stores, {total:.3f} GB to fetch (115 MB are an hour of 16 kHz "
        "in 16 bits; other kinds have less or more); without a size that is told: "
        f"{sizes.count(0)}"
    )
    if (price := args.egress_price) is not None:
        yield f"egress: {total * price:.2f} at {price:g} a GB of 10^9 bytes"
