"""`malgwi prepare`: turn a corpus into a checked data set."""

import argparse
import shlex
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from malgwi.cli.cluster_options import Where, add_cluster, asked_where, check_cluster
from malgwi.cli.options import (
    add_channel,
    add_json,
    add_part,
    add_progress,
    add_replace,
    add_spelling,
    add_tiers,
    console,
    print_json,
    read_part,
    read_tiers,
    share_processors,
)
from malgwi.cli.prepare_record import (
    checking,
    cutter,
    facts,
    measuring,
    options,
    without_part,
)
from malgwi.errors import MalgwiError
from malgwi.recorded import Recorded

if TYPE_CHECKING:
    from rich.console import Console

    from malgwi.dataset.manifest import Utterance
    from malgwi.each import Each
    from malgwi.job_array import Joined, Part
    from malgwi.recognition.recognise import Recogniser
    from malgwi.speech.vocab import Vocab

_OF_THE_CORPUS = {"train", "all"}
"""What --vocab-from says where the vocabulary is made."""
_BESIDE = Path()
"""Stands for --pseudonyms without a file; no file is called so."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    from malgwi.corpus.layouts import FORMATS

    parser.add_argument(
        "source",
        help="a folder, a CSV/TSV/JSONL file, a file of annotations, or hub:OWNER/NAME[:CONFIG]",
    )
    parser.add_argument("--output", required=True, type=Path, help="the data set folder to write")
    parser.add_argument(
        "--format", choices=tuple(FORMATS), help="the corpus layout (found by looking)"
    )
    parser.add_argument("--name", help="what to call the data set (the source's name)")
    add_spelling(parser)
    add_tiers(parser)
    add_channel(parser, each="each as utterances of their own, where the corpus names none")
    parser.add_argument(
        "--unit",
        choices=("character", "jamo"),
        default="character",
        help="what a token stands for; jamo spells Korean syllables by their letters",
    )
    parser.add_argument(
        "--vocab-from",
        default="train",
        metavar="train|all|MODEL|DATASET",
        help="splits that the vocabulary is taken from (all is what the tutorial does), or the "
        "model or data set that has it: then a test part alone can be prepared and scored",
    )
    parser.add_argument(
        "--drop-sa",
        action="store_true",
        help="TIMIT: leave out the two sentences all speakers read",
    )
    parser.add_argument(
        "--timit-core-test", action="store_true", help="TIMIT: test on the 24-speaker core set"
    )
    parser.add_argument(
        "--allow-outside",
        action="store_true",
        help="accept audio paths that lead outside the corpus folder",
    )
    parser.add_argument(
        "--split-names",
        choices=("yes", "no"),
        help="whether folders and tables called train, dev, test and the like are splits "
        "(found by what is beside them)",
    )
    parser.add_argument(
        "--validated",
        action="store_true",
        help="Common Voice: train on all validated clips of people who aren't in dev or test",
    )
    parser.add_argument(
        "--pseudonyms",
        type=Path,
        nargs="?",
        const=_BESIDE,
        metavar="FILE",
        help="codes for speakers' names; the names go into FILE (OUTPUT.names.json), which nobody "
        "else should get",
    )
    parser.add_argument(
        "--check-with",
        metavar="MODEL",
        help="let a model listen, and list the transcripts that fit their recordings worst",
    )
    parser.add_argument(
        "--cut-long",
        metavar="MODEL",
        help="let a model find the words of what is over a minute long, and cut it at pauses "
        "between them",
    )
    add_part(parser)
    add_cluster(parser, "a model's task")
    add_progress(parser)
    add_replace(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        MalgwiError: what the user can mend.
    """
    from malgwi.stores.address import location

    share_processors()
    check_cluster(args, without=("--part",))
    part = read_part(args)
    if not args.source.startswith("hub:") and not isinstance(location(args.source), Path):
        raise MalgwiError(
            f"{args.source}: training reads the recordings of a data set again and again, so they "
            "must be here; fetch the corpus with the store's own tool (docs/cluster.md), and "
            "prepare that"
        )
    with asked_where(args) as where:
        if part:
            _part(args, part)
        elif args.cluster is not None:
            _on_cluster(args, where)
        else:
            _run(args, where, None)


def join_prepare(args: argparse.Namespace, joined: "Joined") -> None:
    """Write what one run for all parts would have written; the records of the parts go.

    Raises:
        MalgwiError: the parts ran in another folder, or the corpus can't be prepared.
    """
    from malgwi.cli.parse import named, parse_args

    about = joined.work.about
    if "words" not in about:
        raise MalgwiError(f"{args.output}: not of --part; run the command with --cluster again")
    if Path.cwd() != Path(about["folder"]):
        raise MalgwiError(
            f"{args.output}: its parts ran in {about['folder']}, from where the corpus is named; "
            "run malgwi join there"
        )
    asked = parse_args(about["words"])
    if asked.command != "prepare" or asked.output.resolve() != Path(args.output).resolve():
        raise MalgwiError(f"{args.output}: its parts are for {asked.output}; move them there")
    asked.output = named(asked.output)
    asked.replace, asked.json, asked.part = asked.replace or args.replace, args.json, None
    share_processors()
    _run(asked, Where(), Recorded(joined.kept, None))
    joined.remove()


def _on_cluster(args: argparse.Namespace, where: Where) -> None:
    """Prepare on a cluster, by a record with which a run that died goes on."""
    from malgwi.job_array import Part, Work, join, record
    from malgwi.publish import claim_folder

    claim_folder(args.output, replace=args.replace)
    with record(args.output, Part(1, 1), [0], Work(facts(args), 1)) as done:
        recorded = Recorded(done.kept, done.keep)
        try:
            _run(args, where, recorded)
        finally:
            recorded.write()
        done.add(0, found=True)
    join(args.output).remove()


def _part(args: argparse.Namespace, part: "Part") -> None:
    from malgwi.dataset.prepare_part import Listening, prepare_part
    from malgwi.dataset.reading import Reading
    from malgwi.publish import claim_folder
    from malgwi.recognition.suspects import rank
    from malgwi.terminal import printable

    claim_folder(args.output, replace=args.replace)
    listeners = _listeners(args)
    here = Where()

    def listening(recorded: Recorded) -> Listening:
        cut = check = None
        if args.cut_long:
            cut = cutter(listeners[args.cut_long], here, recorded)
        if args.check_with:
            listener = listeners[args.check_with]
            each = checking(listener, here, recorded)
            check = partial(_ranked, rank, listener, each)
        return Listening(cut, check)

    total = prepare_part(
        args.source,
        args.output,
        part,
        Reading(**_reading(args)),
        facts={**facts(args), **options(args)},
        about={"words": without_part(args.words_given), "folder": str(Path.cwd())},
        unit=args.unit,
        vocab=_vocab(args.vocab_from),
        vocab_from=args.vocab_from,
        pseudonyms=_pseudonyms(args),
        listening=listening,
    )
    console(args).print(
        printable(
            f"part {part}: {total} recordings are measured; after all parts: malgwi join "
            f"{args.output}"
        ),
        markup=False,
        soft_wrap=True,
    )


def _ranked(
    rank: Callable[..., object],
    listener: "Recogniser",
    each: "Each[Recogniser] | None",
    utterances: "Sequence[Utterance]",
) -> None:
    rank(listener, utterances, each)


def _reading(args: argparse.Namespace) -> dict[str, Any]:
    """Return how the corpus is to be read."""
    from malgwi.channel_names import read_asked
    from malgwi.speech.notation import Notation

    return {
        "format": args.format,
        "language": args.language,
        "keep_letters": args.keep_letters,
        "keep_digits": args.keep_digits,
        "notation": Notation(args.tags, written=args.written),
        "conventions": read_tiers(args),
        "channel": read_asked(args.channel),
        "drop_sa": args.drop_sa,
        "timit_core_test": args.timit_core_test,
        "allow_outside": args.allow_outside,
        "split_names": None if args.split_names is None else args.split_names == "yes",
        "validated": args.validated,
    }


def _pseudonyms(args: argparse.Namespace) -> Path | None:
    from malgwi.dataset.pseudonyms import ENDING

    names: Path | None = args.pseudonyms
    if names == _BESIDE:
        return Path(args.output.with_name(f"{args.output.name}{ENDING}"))
    return names


def _listeners(args: argparse.Namespace) -> "dict[str, Recogniser]":
    """Return the models that are named, each opened once: what can't listen is told at once."""
    models = dict.fromkeys(filter(None, [args.cut_long, args.check_with]))
    return {model: _listener(model) for model in models}


def _run(args: argparse.Namespace, where: Where, recorded: Recorded | None) -> None:
    from malgwi.dataset.prepare import prepare
    from malgwi.publish import claim_folder
    from malgwi.terminal import printable

    out = console(args)
    if args.cut_long or args.check_with:
        # A place that can't be written and a model that can't listen are told before the work.
        claim_folder(args.output, replace=args.replace)
    listeners = _listeners(args)
    names = _pseudonyms(args)
    with measuring(where, recorded) as each:
        result = prepare(
            args.source,
            args.output,
            **_reading(args),
            name=args.name,
            pseudonyms=names,
            cutter=cutter(listeners[args.cut_long], where, recorded) if args.cut_long else None,
            each=each,
            unit=args.unit,
            vocab_from=args.vocab_from,
            vocab=_vocab(args.vocab_from),
            replace=args.replace,
            console=out,
        )
    if names:
        line = f"The names behind the codes: {names}, which a later prepare needs and nobody else"
        out.print(printable(line), markup=False, highlight=False, soft_wrap=True)
    found = result.to_json()
    if args.check_with:
        listener = listeners[args.check_with]
        each_clip = checking(listener, where, recorded)
        found["suspects"] = _check_transcripts(listener, args.output, out, each_clip)
    if result.report.finding("too-long") and not args.cut_long:
        out.print(
            printable(f"What is too long is cut at pauses by: {_cutting(args)}"),
            markup=False,
            soft_wrap=True,
        )
    if args.vocab_from in _OF_THE_CORPUS:  # else it may be a test part, or for a run that is there
        command = f"malgwi train {shlex.quote(str(args.output))} --output run"
        out.print(printable(f"Next: {command}"), markup=False, soft_wrap=True)
    if args.json:
        print_json(found)


def _vocab(place: str) -> "Vocab | None":
    """Return the vocabulary of a data set or model; None where it is made of the corpus."""
    from malgwi.dataset.manifest import MANIFEST, load_dataset

    if place in _OF_THE_CORPUS:
        return None
    if (Path(place) / MANIFEST).is_file():
        return load_dataset(Path(place)).vocab
    return _listener(place).vocab


def _listener(model: str) -> "Recogniser":
    from malgwi.decoding.search import KNOWN_TEXT
    from malgwi.recognition.recognise import open_recogniser

    return open_recogniser(model, search=KNOWN_TEXT)


def _cutting(args: argparse.Namespace) -> str:
    """Return the command as it was given, with what cuts long stretches."""
    from malgwi.speech.language import resolve

    language = resolve(args.language) or ""
    english = language.partition("-")[0] == "en"
    model = args.check_with or ("starter" if english else "MODEL")
    more = ["--cut-long", model, *([] if args.replace else ["--replace"])]
    return shlex.join(["malgwi", *args.words_given, *more])


def _check_transcripts(
    listener: "Recogniser", folder: Path, out: "Console", each: "Each[Recogniser] | None"
) -> dict[str, Any]:
    from malgwi.recognition.check_transcripts import check_transcripts
    from malgwi.recognition.suspects import PAGE, print_ranking

    ranking = check_transcripts(listener, folder, each)
    print_ranking(ranking, out)
    out.print(f"Open {folder / PAGE} in a browser to listen.", highlight=False)
    return ranking.to_json()
