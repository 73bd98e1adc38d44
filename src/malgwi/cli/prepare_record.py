"""What of `malgwi prepare` is recorded, and where what isn't recorded yet is done."""

import argparse
from contextlib import contextmanager
from typing import TYPE_CHECKING

from malgwi.cli.cluster_options import Where
from malgwi.recorded import Recorded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from malgwi.dataset.long_stretches import Cutter
    from malgwi.dataset.measurers import Measurer
    from malgwi.each import Each
    from malgwi.recognition.recognise import Recogniser

_NOT_OF_THE_WORK = {
    *("command", "words_given", "debug", "progress", "json", "replace", "part"),
    *("cluster", "worker_cpus", "worker_gpus"),
}
"""Options that change nothing of what is written."""
_PART = ("--part", "--par", "--pa")
"""As argparse takes it; what is shorter may be another option."""


def options(args: argparse.Namespace) -> dict[str, str]:
    """Return the options by which two parts are known to prepare the same."""
    asked = {name: value for name, value in vars(args).items() if name not in _NOT_OF_THE_WORK}
    return {
        "source" if name == "source" else f"--{name.replace('_', '-')}": str(value)
        for name, value in sorted(asked.items())
    }


def without_part(words: "Sequence[str]") -> list[str]:
    """Return the words of a command but --part and what it is, also where it is cut short."""
    kept, left = [], iter(words)
    for word in left:
        flag, is_whole, _ = word.partition("=")
        if flag not in _PART:
            kept.append(word)
        elif not is_whole:
            next(left)
    return kept


def facts(args: argparse.Namespace) -> dict[str, str]:
    """Return what decides on what is found of a recording, whatever is asked for: versions, models.

    What is asked for is among that by which findings are known (`malgwi.recorded`).
    """
    from malgwi.decoding.search import KNOWN_TEXT
    from malgwi.recognition.same_work import same_model, same_sound

    found = {"command": "prepare", **same_sound()}
    for flag in ("check_with", "cut_long"):
        if model := getattr(args, flag):
            known = same_model(model, KNOWN_TEXT)
            named = known.pop("model")
            found |= {name: value for name, value in known.items() if not name.startswith("--")}
            found[f"the model of --{flag.replace('_', '-')}"] = named
    return found


@contextmanager
def measuring(where: Where, recorded: Recorded | None) -> "Iterator[Each[Measurer] | None]":
    """Yield where recordings are measured; what is recorded isn't done again."""
    from malgwi.dataset.measurers import MEASURED, processes

    each = where.measuring()
    if recorded is None:
        yield each
    elif each is not None:
        yield recorded.each(each, MEASURED)
    else:
        with processes() as measuring:
            yield recorded.each(measuring, MEASURED)


def cutter(listener: "Recogniser", where: Where, recorded: Recorded | None) -> "Cutter":
    """Return what divides long stretches."""
    from malgwi.each import here
    from malgwi.recognition.cut_stretch import DIVIDED
    from malgwi.recognition.cut_stretch import cutter as cutting

    each = where.listening(listener.name)
    if recorded is not None:
        each = recorded.each_of(each or here(listener), DIVIDED)
    return cutting(listener, each)


def checking(
    listener: "Recogniser", where: Where, recorded: Recorded | None
) -> "Each[Recogniser] | None":
    """Return where transcripts are checked."""
    from malgwi.each import here
    from malgwi.recognition.suspects import CHECKED

    each = where.listening(listener.name)
    if recorded is None:
        return each
    return recorded.each_of(each or here(listener), CHECKED)
