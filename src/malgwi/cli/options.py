"""Options that several commands share, and how commands speak."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from malgwi.errors import MalgwiError
from malgwi.terminal import printable

if TYPE_CHECKING:
    from rich.console import Console

    from malgwi.corpus.conventions import Conventions
    from malgwi.decoding.search import Search
    from malgwi.job_array import Part


def console(args: argparse.Namespace) -> "Console":
    """Return where people read: stdout, or stderr when stdout carries JSON."""
    from rich.console import Console

    return Console(stderr=bool(getattr(args, "json", False)), highlight=False)


def warn(text: str) -> None:
    """Say a sentence on stderr."""
    print(f"malgwi: warning: {printable(text)}", file=sys.stderr)  # noqa: T201


def print_json(value: object) -> None:
    """Print a result for other programs."""
    print(json.dumps(value, ensure_ascii=False, indent=2))  # noqa: T201


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON on stdout")


def add_replace(parser: argparse.ArgumentParser) -> None:
    """Add --replace."""
    parser.add_argument(
        "--replace", action="store_true", help="replace an earlier result of Malgwi there"
    )


def add_spelling(parser: argparse.ArgumentParser) -> None:
    """Add what decides how texts are normalised."""
    parser.add_argument("--language", help="their language: a tag or a name, such as en, de, ko-KR")
    parser.add_argument(
        "--keep-letters",
        default="",
        metavar="CHARACTERS",
        help="what looks like punctuation and is a letter there, such as ʻʼ",
    )
    parser.add_argument(
        "--keep-digits", action="store_true", help="digits are letters or tones there"
    )
    parser.add_argument(
        "--tags",
        choices=("drop", "keep", "set-aside"),
        help="what becomes of [laughter], <noise> and the like (they go; texts that hold nothing "
        "else are set aside)",
    )
    parser.add_argument(
        "--written",
        action="store_true",
        help="of (70%%)/(seventy percent) take the first, not what is spoken",
    )


def add_tiers(parser: argparse.ArgumentParser) -> None:
    """Add which annotations are meant and where their recordings are."""
    from malgwi.corpus.tiers import SPEAKER_FROM

    group = parser.add_argument_group(
        "annotations (docs/data.md); malgwi.toml beside the data can say the same"
    )
    group.add_argument(
        "--tier",
        action="append",
        default=[],
        metavar="NAME|KEY=VALUE",
        help="learn from this tier, or from those with type=, participant=, parent= or language=; "
        "* stands for anything; may be repeated",
    )
    group.add_argument(
        "--not-tier",
        action="append",
        default=[],
        metavar="NAME|KEY=VALUE",
        help="but not from these, such as participant=Interviewer; may be repeated",
    )
    group.add_argument(
        "--speaker-from", choices=SPEAKER_FROM, help="what says who speaks (participant)"
    )
    group.add_argument(
        "--media", type=Path, metavar="FOLDER", help="where the recordings are, if elsewhere"
    )


def read_tiers(args: argparse.Namespace) -> "Conventions":
    """Return what the options of `add_tiers` say."""
    from malgwi.corpus.conventions import Conventions

    return Conventions(tuple(args.tier), tuple(args.not_tier), args.speaker_from, args.media)


def add_progress(parser: argparse.ArgumentParser) -> None:
    """Add --progress; `parse.run` sets it around the command."""
    parser.add_argument(
        "--progress",
        type=Path,
        metavar="FILE",
        help="append progress as JSON lines for other programs (docs/progress.md)",
    )


def add_start(parser: argparse.ArgumentParser, whose: str = "", **how: Any) -> None:
    """Add what is told of a checkpoint that short runs start from, as `malgwi train` has it."""
    parser.add_argument(
        "--language-adapter",
        metavar="LANG",
        help=f"{whose}start from its adapter for this language (MMS), not from new ones",
        **how,
    )
    parser.add_argument(
        "--lora",
        type=int,
        metavar="RANK",
        help=f"{whose}train only low-rank changes of this rank, and the head",
        **how,
    )
    parser.add_argument(
        "--learning-rate",
        type=float,
        metavar="N",
        help=f"{whose}the peak learning rate (that of malgwi train)",
        **how,
    )


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add --threads."""
    parser.add_argument("--threads", type=int, metavar="N", help="processor threads of the model")


def add_channel(parser: argparse.ArgumentParser, each: str | None = None) -> None:
    """Add --channel, with what `each` does where there is such a thing."""
    form, more = ("N|mix|each", f"; {each}") if each else ("N|mix", "")
    parser.add_argument(
        "--channel",
        metavar=form,
        help=f"one channel, counted from 0; the average{more} (chosen by what they hold)",
    )


def read_channel(args: argparse.Namespace) -> int | str | None:
    """Return what --channel says where one recording is heard once.

    Raises:
        MalgwiError: it is neither a number nor the average.
    """
    from malgwi.channel_names import EACH, read_asked

    asked = read_asked(args.channel)
    if asked == EACH:
        raise MalgwiError("--channel each: is for transcribe and prepare; name one channel")
    return asked


def read_pairs(args: argparse.Namespace) -> "list[Any]":
    """Return the recordings and texts of `audio` and `words`: one pair, or those of a folder.

    Raises:
        MalgwiError: there is no text, or no pair.
    """
    from malgwi.recognition.pairs import Pair, pairs_in
    from malgwi.speech.pipe import is_pipe

    in_a_store = not isinstance(args.audio, Path)
    if (in_a_store and args.words is None) or (not in_a_store and args.audio.is_dir()):
        if args.words is not None:
            raise MalgwiError(
                f"{args.audio}: is a folder, whose texts have the names of its recordings; leave "
                f"out {args.words}"
            )
        return pairs_in(args.audio, warn)
    if args.words is None:
        if not args.audio.exists() and not is_pipe(args.audio):
            raise MalgwiError(f"{args.audio}: no such file or folder; check the path")
        name = args.command
        raise MalgwiError(
            f"{name} needs the text of the recording: malgwi {name} MODEL talk.mp3 talk.txt"
        )
    return [Pair(args.audio, args.words)]


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the model that listens."""
    parser.add_argument(
        "model", help="a run, a .malgwi bundle, a checkpoint folder, hub id, or starter"
    )


def add_dataset(parser: argparse.ArgumentParser) -> None:
    """Add the data set that is read."""
    parser.add_argument("dataset", type=Path, help="a folder that `malgwi prepare` wrote")


def add_part(parser: argparse.ArgumentParser) -> None:
    """Add --part."""
    parser.add_argument(
        "--part",
        metavar="N/M",
        help="the Nth of M parts of the work, all with the same --output; then malgwi join "
        "(docs/cluster.md)",
    )


def read_part(args: argparse.Namespace) -> "Part | None":
    """Return what --part says.

    Raises:
        MalgwiError: it is no part, or there is no place for all parts.
    """
    from malgwi.job_array import Part

    if args.part is None:
        return None
    part = Part.read(args.part)
    if args.output is None:
        raise MalgwiError(f"--part {part}: give --output FOLDER, one for all parts")
    return part


def add_training(parser: argparse.ArgumentParser) -> None:
    """Add where a run is written, how it goes on, and its numbers."""
    from malgwi.training.flags import add_arguments

    parser.add_argument("--output", required=True, type=Path, help="the run folder to write")
    parser.add_argument(
        "--resume", action="store_true", help="go on with the run in --output where it stopped"
    )
    add_progress(parser)
    add_replace(parser)
    add_json(parser)
    add_arguments(parser.add_argument_group("numbers of the run"))


def add_search(parser: argparse.ArgumentParser) -> None:
    """Add how words are found."""
    group = parser.add_argument_group("language model and hotwords (docs/language-model.md)")
    group.add_argument("--lm", type=Path, metavar="FILE", help="lm.bin, or an ARPA file")
    group.add_argument(
        "--hotwords",
        action="append",
        default=[],
        metavar="WORDS",
        help="words and phrases with commas between; may be repeated",
    )
    group.add_argument(
        "--hotwords-file",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a text file with one word or phrase a line; may be repeated",
    )
    group.add_argument(
        "--boost", type=float, metavar="X", help="what each letter of a hotword is worth (1)"
    )
    group.add_argument("--beam", type=int, metavar="N", help="spellings followed at a time (32)")
    group.add_argument("--nbest", type=int, metavar="N", help="show the N best readings")
    group.add_argument(
        "--greedy", action="store_true", help="the best token of every frame, no language model"
    )
    parser.add_argument(
        "--no-detector",
        action="store_true",
        help="write down whatever isn't quiet, also what is taken for no speech",
    )
    group = parser.add_argument_group("commands (docs/grammar.md)")
    group.add_argument(
        "--grammar", type=Path, metavar="FILE", help="what may be said: a sentence a line, or JSGF"
    )
    group.add_argument(
        "--none-below", type=float, metavar="X", help="worse scores are none of them (-1.2)"
    )


def read_search(args: argparse.Namespace) -> "Search":
    """Return how words are found, from the options of `add_search`.

    Raises:
        MalgwiError: a value is out of range, or a file can't be read.
    """
    from malgwi.decoding.hotword_text import read_hotwords
    from malgwi.decoding.search import Search

    if args.nbest is not None and args.nbest < 1:
        raise MalgwiError(f"--nbest {args.nbest}: expected 1 or more")
    return Search(
        greedy=args.greedy,
        lm=args.lm,
        hotwords=tuple(read_hotwords(args.hotwords, args.hotwords_file, warn)),
        boost=args.boost,
        width=args.beam,
        nbest=args.nbest or 0,
        grammar=args.grammar,
        none_below=args.none_below,
        detector=not args.no_detector,
    )


def share_processors() -> None:
    """Let torch's threads wait for each other without holding the processor for long.

    With two threads and another busy process on two cores, GNU OpenMP's default makes a step five
    times slower; on a quiet machine this costs a few percent. It is read when torch is loaded.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
