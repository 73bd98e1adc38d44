"""Options of commands that can work on a cluster, and what they can't go with."""

import argparse
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from malgwi.errors import MalgwiError

if TYPE_CHECKING:
    from malgwi.cluster.machines import Machines
    from malgwi.dataset.measurers import Measurer
    from malgwi.each import Each
    from malgwi.recognition.recognise import Recogniser


def add_cluster(parser: argparse.ArgumentParser, unit: str) -> "argparse._ArgumentGroup":
    """Add where the work is done; `unit` is what a task of the model is about."""
    group = parser.add_argument_group("a cluster of machines, by Ray (docs/cluster.md)")
    group.add_argument("--cluster", metavar="ADDRESS", help="local, auto or HOST:PORT")
    group.add_argument(
        "--worker-cpus", type=int, metavar="N", help=f"processors that run {unit} (1)"
    )
    group.add_argument(
        "--worker-gpus", type=float, metavar="X", help=f"shares of a GPU that run {unit} (0)"
    )
    return group


def check_cluster(
    args: argparse.Namespace,
    *,
    without: Sequence[str] = (),
    only: Sequence[str] = (),
) -> None:
    """Refuse options that don't go with a cluster, or not without one.

    Args:
        args: what was given.
        without: flags that don't go with a cluster.
        only: flags of the command that mean nothing without one.

    Raises:
        MalgwiError: names them.
    """
    if args.cluster is None:
        if given := _first(args, ["--worker-cpus", "--worker-gpus", *only]):
            raise MalgwiError(f"{given}: is for a cluster; give --cluster, or leave it out")
        return
    if other := _first(args, without):
        instead = "it is --worker-cpus there" if other == "--threads" else "leave one of them out"
        raise MalgwiError(f"--cluster {args.cluster}: doesn't go with {other}; {instead}")
    if args.output is None:
        raise MalgwiError(f"--cluster {args.cluster}: give --output FOLDER")
    if args.worker_cpus is not None and args.worker_cpus < 1:
        raise MalgwiError(f"--worker-cpus {args.worker_cpus}: expected 1 or more")
    if args.worker_gpus is not None and not 0 <= args.worker_gpus < math.inf:
        raise MalgwiError(f"--worker-gpus {args.worker_gpus:g}: expected 0 or more")


@dataclass(frozen=True)
class Where:
    """Where work is done: on a cluster, or here, which is None everywhere below."""

    machines: "Machines | None" = None
    cpus: int = 1
    """What a task of a model takes of a machine."""
    gpus: float = 0.0

    def listening(self, model: str) -> "Each[Recogniser] | None":
        """Return the processes in which a model hears known texts."""
        if self.machines is None:
            return None
        from malgwi.cluster.openings import Listener
        from malgwi.decoding.search import KNOWN_TEXT

        listener = Listener(model, KNOWN_TEXT, self.cpus)
        return self.machines.each(listener, cpus=self.cpus, gpus=self.gpus)

    def measuring(self) -> "Each[Measurer] | None":
        """Return those in which recordings are measured."""
        if self.machines is None:
            return None
        from malgwi.cluster.openings import Decoder

        return self.machines.each(Decoder())


@contextmanager
def asked_where(args: argparse.Namespace) -> Iterator[Where]:
    """Yield where it is asked for; a cluster is left at the end of the block.

    Raises:
        MalgwiError: Ray isn't installed, or nothing answers there.
    """
    if args.cluster is None:
        yield Where()
        return
    from malgwi.cluster.connection import loaded
    from malgwi.cluster.machines import machines

    loaded(args.cluster)  # rather than after the corpus was read
    with machines(args.cluster) as cluster:
        yield Where(cluster, args.worker_cpus or 1, args.worker_gpus or 0.0)


def _first(args: argparse.Namespace, flags: Sequence[str]) -> str | None:
    """Return the first of these flags that was given."""
    for flag in flags:
        value = getattr(args, flag.removeprefix("--").replace("-", "_"))
        if value is not None and value is not False:
            return flag
    return None
