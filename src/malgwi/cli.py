"""The command line: `parse_args` builds it, `run` calls one function, `main` reports its errors.

Every command is a thin function over one Python function, mostly of the same name; libraries are
imported inside, so that `malgwi --help` answers at once. Exit status: 0 done; 1 the work failed
its own gate; 2 the input or the command line is wrong.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from malgwi import __version__
from malgwi.errors import MalgwiError

if TYPE_CHECKING:
    from rich.console import Console

    from malgwi.decoding.search import Search


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the command and its options; `argparse` exits with 2 where they are wrong."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="malgwi",
        description="From a folder of recordings to your own offline speech recogniser.",
        epilog="First steps: malgwi demo. Each command explains itself: malgwi prepare --help.",
    )
    parser.add_argument("--version", action="version", version=f"malgwi {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (add, summary, _) in _COMMANDS.items():
        sub = commands.add_parser(
            name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."
        )
        sub.add_argument("--debug", action="store_true", help="show the traceback of an error")
        # The flags of the other commands need not be built to understand this one's.
        if name in words[:1]:
            add(sub)
    return parser.parse_args(words)


def run(args: argparse.Namespace) -> None:
    """Run one parsed command.

    Raises:
        MalgwiError: what the user can mend.
    """
    _COMMANDS[args.command][2](args)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; one line on stderr where it fails."""
    args = parse_args(argv)
    try:
        run(args)
        sys.stdout.flush()
    except MalgwiError as error:
        if args.debug:
            raise
        print(f"malgwi: error: {error}", file=sys.stderr)  # noqa: T201 - the command line speaks
        return error.exit_status
    except ModuleNotFoundError as error:
        if args.debug or (error.name or "").startswith("malgwi"):
            raise
        print(  # noqa: T201
            f"malgwi: error: {args.command} needs {error.name}, which isn't installed: "
            "pip install malgwi[train]",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print("malgwi: stopped", file=sys.stderr)  # noqa: T201
        return 130
    except BrokenPipeError:
        # The reader of a pipe has left (`malgwi transcribe … | head`); nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if args.debug:
            raise
        where = f"{error.filename}: " if error.filename else ""
        print(f"malgwi: error: {where}{error.strerror or error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


def _console(args: argparse.Namespace) -> "Console":
    """Return where people read: stdout, or stderr when stdout carries JSON."""
    from rich.console import Console

    return Console(stderr=bool(getattr(args, "json", False)), highlight=False)


def _warn(text: str) -> None:
    print(f"malgwi: warning: {text}", file=sys.stderr)  # noqa: T201


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))  # noqa: T201


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the result as JSON on stdout")


def _add_replace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--replace", action="store_true", help="replace an earlier result of Malgwi there"
    )


def _add_threads(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--threads", type=int, metavar="N", help="processor threads of the model")


# --------------------------------------------------------------------------- prepare and show


def _prepare_flags(parser: argparse.ArgumentParser) -> None:
    from malgwi.corpus.layouts import FORMATS

    parser.add_argument("source", help="a folder, a CSV/TSV/JSONL file, or hub:OWNER/NAME[:CONFIG]")
    parser.add_argument("--output", required=True, type=Path, help="the data set folder to write")
    parser.add_argument(
        "--format", choices=tuple(FORMATS), help="the corpus layout (found by looking)"
    )
    parser.add_argument("--name", help="what to call the data set (the source's name)")
    parser.add_argument("--language", help="its language, such as en, de or ko")
    parser.add_argument(
        "--unit",
        choices=("character", "jamo"),
        default="character",
        help="what a token stands for; jamo spells Korean syllables by their letters",
    )
    parser.add_argument(
        "--vocab-from",
        choices=("train", "all"),
        default="train",
        help="splits that the vocabulary is taken from; all is what the tutorial does",
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
        "--check-with",
        metavar="MODEL",
        help="let a model listen, and list the transcripts that fit their recordings worst",
    )
    _add_replace(parser)
    _add_json(parser)


def _prepare(args: argparse.Namespace) -> None:
    _share_processors()
    from malgwi.dataset.prepare import prepare

    result = prepare(
        args.source,
        args.output,
        format=args.format,
        name=args.name,
        language=args.language,
        unit=args.unit,
        vocab_from=args.vocab_from,
        drop_sa=args.drop_sa,
        timit_core_test=args.timit_core_test,
        allow_outside=args.allow_outside,
        check_with=args.check_with,
        replace=args.replace,
        console=_console(args),
    )
    if args.json:
        _print_json(result.to_json())


def _show_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", type=Path, help="a folder that `malgwi prepare` wrote")
    parser.add_argument("--count", type=int, default=10, help="how many examples (10)")
    parser.add_argument("--split", help="only of this split")
    parser.add_argument("--seed", type=int, default=0, help="another draw of examples")
    parser.add_argument("--html", type=Path, help="write a page to listen to them instead")


def _show(args: argparse.Namespace) -> None:
    if args.html:
        from malgwi.evaluation.page import show_page

        show_page(args.dataset, args.html, count=args.count, split=args.split, seed=args.seed)
        _console(args).print(f"Open {args.html} in a browser.")
        return
    from malgwi.dataset.show import show

    show(args.dataset, count=args.count, split=args.split, seed=args.seed, console=_console(args))


# ------------------------------------------------------------------------------------- train


def _train_flags(parser: argparse.ArgumentParser) -> None:
    from malgwi.training.config import add_arguments

    parser.add_argument("dataset", type=Path, help="a folder that `malgwi prepare` wrote")
    parser.add_argument("--output", required=True, type=Path, help="the run folder to write")
    parser.add_argument(
        "--checkpoint",
        default="starter",
        help="what to fine-tune: a hub id, a local folder, or starter (the small shipped one)",
    )
    parser.add_argument(
        "--recipe",
        choices=("default", "starter", "tutorial"),
        help="where the numbers below start from (starter for the starter, else default)",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with the run in --output where it stopped"
    )
    _add_replace(parser)
    _add_json(parser)
    add_arguments(parser.add_argument_group("numbers of the run"))


def _share_processors() -> None:
    """Let torch's threads wait for each other without holding the processor for long.

    With two threads and another busy process on two cores, GNU OpenMP's default makes a step five
    times slower; on a quiet machine this costs a few percent. It is read when torch is loaded.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")


def _train(args: argparse.Namespace) -> None:
    _share_processors()
    from malgwi.training.config import TrainConfig, from_args, read_config
    from malgwi.training.train import train

    if args.resume:
        base = read_config(args.output)
    else:
        recipe = args.recipe or ("starter" if args.checkpoint == "starter" else "default")
        base = {
            "default": TrainConfig,
            "starter": TrainConfig.starter,
            "tutorial": TrainConfig.tutorial,
        }[recipe]()
    result = train(
        args.dataset,
        args.output,
        from_args(args, base),
        checkpoint=args.checkpoint,
        resume=args.resume,
        replace=args.replace,
    )
    if args.json:
        _print_json(result.to_json())


# --------------------------------------------------------- evaluate, inspect and transcribe


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", help="a run, a .malgwi bundle, a checkpoint folder, hub id, or starter"
    )


def _add_search(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("language model and hotwords (docs/language-model.md)")
    group.add_argument("--lm", type=Path, metavar="FILE", help="lm.bin, or an ARPA file")
    group.add_argument(
        "--hotwords",
        action="append",
        default=[],
        metavar="FILE|WORDS",
        help="a file with one a line, or words and phrases with commas between; may be repeated",
    )
    group.add_argument(
        "--boost", type=float, metavar="X", help="what each letter of a hotword is worth (1)"
    )
    group.add_argument("--beam", type=int, metavar="N", help="spellings followed at a time (32)")
    group.add_argument("--nbest", type=int, metavar="N", help="show the N best readings")
    group.add_argument(
        "--greedy", action="store_true", help="the best token of every frame, no language model"
    )
    group = parser.add_argument_group("commands (docs/grammar.md)")
    group.add_argument(
        "--grammar", type=Path, metavar="FILE", help="what may be said: a sentence a line, or JSGF"
    )
    group.add_argument(
        "--none-below", type=float, metavar="X", help="worse scores are none of them (-1.2)"
    )


def _search(args: argparse.Namespace) -> "Search":
    from malgwi.decoding.grammar import NONE_BELOW
    from malgwi.decoding.hotwords import BOOST, read_hotwords
    from malgwi.decoding.search import Search

    if args.nbest is not None and args.nbest < 1:
        raise MalgwiError(f"--nbest {args.nbest}: expected 1 or more")
    return Search(
        greedy=args.greedy,
        lm=args.lm,
        hotwords=tuple(read_hotwords(args.hotwords)),
        boost=BOOST if args.boost is None else args.boost,
        width=args.beam,
        nbest=args.nbest or 0,
        grammar=args.grammar,
        none_below=NONE_BELOW if args.none_below is None else args.none_below,
    )


def _evaluate_flags(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    parser.add_argument("dataset", type=Path, help="a folder that `malgwi prepare` wrote")
    parser.add_argument("--split", default="test", help="train, valid or test (test)")
    parser.add_argument("--output", type=Path, help="folder for results.json and utterances.csv")
    parser.add_argument("--html", type=Path, help="write a page to listen and look")
    parser.add_argument("--limit", type=int, help="only the first so many utterances")
    _add_search(parser)
    _add_threads(parser)
    _add_replace(parser)
    _add_json(parser)


def _evaluate(args: argparse.Namespace) -> None:
    from malgwi.evaluation.evaluate import check_complete, evaluate, print_results

    results = evaluate(
        args.model,
        args.dataset,
        split=args.split,
        output=args.output,
        html=args.html,
        limit=args.limit,
        threads=args.threads,
        search=_search(args),
        replace=args.replace,
    )
    if args.json:
        _print_json(results.to_json())
    else:
        print_results(results, _console(args))
    check_complete(results)


def _inspect_flags(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    parser.add_argument("audio", type=Path, help="one recording")
    parser.add_argument("--picture", type=Path, help="write waveform, spectrogram, tokens as PNG")
    _add_threads(parser)
    _add_json(parser)


def _inspect(args: argparse.Namespace) -> None:
    from malgwi.recognition.inspection import inspect_file, print_inspection
    from malgwi.recognition.recognise import open_recogniser

    recogniser = open_recogniser(args.model, threads=args.threads)
    inspection = inspect_file(recogniser, args.audio, warn=_warn)
    if args.picture:
        from malgwi.recognition.picture import draw

        draw(inspection, args.picture)
    if args.json:
        _print_json(inspection.to_json())
    else:
        print_inspection(inspection, _console(args))


def _transcribe_flags(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    parser.add_argument("audio", type=Path, nargs="+", help="recordings of any length")
    parser.add_argument(
        "--format", default="text", help="text, json, srt or vtt; several with --output: json,srt"
    )
    parser.add_argument("--output", type=Path, help="folder for one file a recording and format")
    _add_search(parser)
    _add_threads(parser)


def _transcribe(args: argparse.Namespace) -> None:
    from malgwi.recognition.transcribe import transcribe

    transcribe(
        args.model,
        args.audio,
        formats=tuple(args.format.split(",")),
        output=args.output,
        threads=args.threads,
        search=_search(args),
    )


def _align_flags(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    parser.add_argument("audio", type=Path, help="one recording of any length")
    parser.add_argument("words", type=Path, nargs="?", help="a text file with all that is said")
    parser.add_argument("--text", help="what is said, instead of a file")
    parser.add_argument("--format", default="text", help="text, json, srt or vtt")
    _add_threads(parser)


def _align(args: argparse.Namespace) -> None:
    _share_processors()
    from malgwi.recognition.align import align_file
    from malgwi.text_file import read_text

    if (args.words is None) == (args.text is None):
        raise MalgwiError("align needs what is said: either a text file or --text, not both")
    text = args.text if args.words is None else read_text(args.words)
    sys.stdout.write(
        align_file(args.model, args.audio, text, form=args.format, threads=args.threads, warn=_warn)
    )


# ---------------------------------------------------------------------- language models


def _lm_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "text",
        type=Path,
        nargs="+",
        help="text files, a sentence a line, and folders of `malgwi prepare` (their train split)",
    )
    parser.add_argument("--output", required=True, type=Path, help="NAME.arpa or NAME.bin")
    parser.add_argument("--order", type=int, default=3, help="words of the longest n-grams (3)")
    parser.add_argument(
        "--prune",
        default="",
        metavar="0,0,1",
        help="for each order, leave out n-grams that occur no more often than this",
    )
    _add_replace(parser)
    _add_json(parser)


def _lm(args: argparse.Namespace) -> None:
    from malgwi.lm.make import make_lm, print_estimated

    try:
        prune = [int(count) for count in args.prune.split(",") if args.prune]
    except ValueError as error:
        raise MalgwiError(f"--prune {args.prune}: expected counts such as 0,0,1") from error
    result = make_lm(
        args.text, args.output, order=args.order, prune=prune, replace=args.replace, warn=_warn
    )
    if args.json:
        _print_json(result.to_json())
    else:
        print_estimated(result, _console(args))


def _tune_flags(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    parser.add_argument("dataset", type=Path, help="a folder that `malgwi prepare` wrote")
    parser.add_argument("--lm", required=True, type=Path, help="an ARPA file, or lm.bin")
    parser.add_argument(
        "--output", required=True, type=Path, help="NAME.bin; or NAME.malgwi, the bundle with it"
    )
    parser.add_argument("--split", default="valid", help="the data to tune on, never test (valid)")
    _add_threads(parser)
    _add_replace(parser)
    _add_json(parser)


def _tune(args: argparse.Namespace) -> None:
    from malgwi.evaluation.tune import print_tuned, tune

    console = _console(args)
    result = tune(
        args.model,
        args.dataset,
        lm=args.lm,
        output=args.output,
        split=args.split,
        threads=args.threads,
        replace=args.replace,
        warn=_warn,
        console=console,
    )
    if args.json:
        _print_json(result.to_json())
    else:
        print_tuned(result, console)


# -------------------------------------------------------------------------- export and check


def _export_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a run of Malgwi, a checkpoint folder or a hub id")
    parser.add_argument(
        "--data", required=True, type=Path, help="the data set whose valid split is the gate"
    )
    parser.add_argument("--output", required=True, type=Path, help="NAME.malgwi")
    parser.add_argument("--precision", choices=("int8", "fp32"), default="int8")
    parser.add_argument("--name", help="what the app calls the model")
    parser.add_argument("--language", help="its language, such as en, de or ko")
    parser.add_argument("--licence", help="the licence of the model, such as CC0-1.0")
    parser.add_argument("--lm", type=Path, help="a language model to go with it, lm.bin or ARPA")
    _add_replace(parser)
    _add_json(parser)


def _export(args: argparse.Namespace) -> None:
    from malgwi.export.export import export

    result = export(
        args.model,
        data=args.data,
        output=args.output,
        precision=args.precision,
        name=args.name,
        language=args.language,
        licence=args.licence,
        lm=args.lm,
        replace=args.replace,
        console=_console(args),
    )
    if args.json:
        _print_json(result.to_json())


def _check_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, help="NAME.malgwi")
    _add_json(parser)


def _check(args: argparse.Namespace) -> None:
    from malgwi.bundle.check import check, print_check, require_equal

    result = check(args.bundle)
    if args.json:
        _print_json(result.to_json())
    else:
        print_check(result, _console(args))
    require_equal(result)


# ----------------------------------------------------------------------------------- android


def _android_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, help="NAME.malgwi")
    parser.add_argument("--output", required=True, type=Path, help="NAME.apk")
    parser.add_argument("--app-name", help="what the phone calls the app (Malgwi)")
    parser.add_argument(
        "--application-id",
        help="what the phone tells apps apart by, such as org.example.ear (org.malgwi.app)",
    )
    parser.add_argument(
        "--key",
        type=Path,
        help="a PKCS #12 file to sign with, made on first use (~/.malgwi/android.p12); its "
        "password: the environment variable MALGWI_KEY_PASSWORD, else it is asked for",
    )
    parser.add_argument("--app", type=Path, help="another prebuilt app (malgwi[android] has one)")
    parser.add_argument(
        "--install", action="store_true", help="install it with adb on the phone at the USB cable"
    )
    _add_json(parser)


def _android(args: argparse.Namespace) -> None:
    from malgwi.android.android import android, install, print_app

    app = android(
        args.bundle,
        args.output,
        app=args.app,
        app_name=args.app_name,
        application_id=args.application_id,
        key=args.key,
    )
    if args.json:
        _print_json(app.to_json())
    else:
        print_app(app, _console(args))
    if args.install:
        install(app.path, _console(args))


# -------------------------------------------------------------------------------------- demo


def _demo_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=Path, default=Path("demo"), help="folder to write (demo)")
    parser.add_argument(
        "--minutes", type=float, default=2.0, help="longest time to train (2 minutes)"
    )
    _add_replace(parser)


def _demo(args: argparse.Namespace) -> None:
    _share_processors()
    from malgwi.demo import demo

    demo(args.output, minutes=args.minutes, replace=args.replace, console=_console(args))


_COMMANDS: dict[str, tuple[Any, str, Any]] = {
    "demo": (_demo_flags, "run the whole chain on the shipped speech", _demo),
    "prepare": (_prepare_flags, "turn a corpus into a checked data set", _prepare),
    "show": (_show_flags, "show random examples of a data set", _show),
    "train": (_train_flags, "fine-tune a checkpoint on a data set", _train),
    "evaluate": (_evaluate_flags, "score a model on a split of a data set", _evaluate),
    "inspect": (_inspect_flags, "show the CTC token of every 20 ms of a recording", _inspect),
    "transcribe": (_transcribe_flags, "write down what recordings say", _transcribe),
    "align": (_align_flags, "find when each word of a known text is said", _align),
    "lm": (_lm_flags, "estimate a language model from text", _lm),
    "tune": (_tune_flags, "find how much a language model should count", _tune),
    "export": (_export_flags, "turn a run into one file for phones, proven equal", _export),
    "check": (_check_flags, "prove that a bundle is whole and recognises its golden clips", _check),
    "android": (_android_flags, "put a bundle into the Android app and sign it", _android),
}
