"""A run to a bundle: torch to ONNX to int8, each step measured against the one before, gated.

Nothing is written unless the ONNX model gives torch's logits, the int8 model's error rate
on the validation split stays within the gate, and, if any recording may travel, there are clips
that prove it anywhere.
"""

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from dataclasses import replace as replace_fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from malgwi.bundle.card import lm_section, write_card
from malgwi.bundle.contract import Decoding, Precision
from malgwi.bundle.detector import DetectorPlan
from malgwi.bundle.write import check_writable, write_bundle
from malgwi.dataset.manifest import Utterance, load_dataset
from malgwi.dataset.sound import Recordings
from malgwi.decoding.decode import Word
from malgwi.decoding.search import DEFAULT, found_words, with_lm
from malgwi.decoding.segments import SegmentPlan
from malgwi.errors import MalgwiError
from malgwi.evaluation.calibration import fit, judge
from malgwi.export.golden_clips import golden_clips, shared
from malgwi.export.left_out import LeftOut, find_left_out
from malgwi.export.trial import Trial
from malgwi.export.versions import Sensitivity, Variant, Workshop, check_size
from malgwi.extras import install
from malgwi.lm.lm_file import open_lm
from malgwi.lm.ngram import LanguageModel
from malgwi.model.licence import licence_line
from malgwi.progress import audio_progress
from malgwi.publish import claim_file
from malgwi.speech.language import UNKNOWN, resolve
from malgwi.speech.score import Measure, rank, score_texts
from malgwi.training.config import TRAIN

if TYPE_CHECKING:
    from rich.console import Console

    from malgwi.model.checkpoint import Checkpoint

SPLIT = "valid"
CONCLUSIVE: dict[Measure, int] = {"WER": 500, "CER": 1_000}
"""With fewer words in the validation split, or characters where the CER counts, the gate says
little."""

_NAMES: dict[Precision, str] = {
    "fp32": "fp32",
    "int8": "int8",
    "int8-reduced": "int8 reduce_range",
}


@dataclass(frozen=True)
class Exported:
    """What an export wrote and what it found."""

    path: Path
    name: str
    chosen: Variant
    variants: tuple[Variant, ...]
    """fp32 first; then, for int8, what was tried."""
    parity: float
    """Largest difference of the ONNX model's logits from torch's."""
    utterances: int
    words: int
    measure: Measure
    """The rate that the gate looks at."""
    gate: Literal["met", "inconclusive"]
    golden: tuple[str, ...]
    """The golden clips' texts; none where no recording may travel."""
    golden_shared: bool
    """Whether someone said whose recordings may travel."""
    detector: bool
    """Whether a voice detector goes with it."""
    left_out: LeftOut | None
    """Why not: what it would leave out."""
    wer_lm: float | None = None
    """With the language model that goes with it."""
    cer_lm: float | None = None
    sensitivity: tuple[Sensitivity, ...] = ()
    """Only where layers had to be left in fp32; the most sensitive first."""
    bundle_bytes: int = field(default=0)

    def to_json(self) -> dict[str, Any]:
        """Return the facts as JSON types; `wer` and `wer_fp32` beside the variants."""
        found = asdict(self)
        found["path"] = str(self.path)
        found["wer"], found["wer_fp32"] = self.chosen.wer, self.variants[0].wer
        return found


def export(
    model: str | Path,
    *,
    data: Path,
    output: Path,
    precision: Literal["int8", "fp32"] = "int8",
    name: str | None = None,
    language: str | None = None,
    licence: str | None = None,
    lm: Path | None = None,
    share_speakers: Sequence[str] = (),
    detector: bool = True,
    replace: bool = False,
    warn: Callable[[str], object] = lambda _: None,
    console: "Console | None" = None,
) -> Exported:
    """Export a run, a checkpoint folder or a hub id to a bundle.

    Args:
        model: what to export; it must have a trained CTC head and a vocabulary.
        data: a prepared data set; its `valid` split is the gate and gives the golden clips.
        output: the bundle to write.
        precision: of the weights.
        name: what people call the model; the output's name without its ending.
        language: a tag or a name; the run's or the data set's.
        licence: of the model; the one of the checkpoint that it learnt from, which is named in
            any case.
        lm: a language model to go with it, an `lm.bin` of `malgwi tune` or an ARPA file.
        share_speakers: of whom recordings may travel as golden clips, beside those whose column
            `share` says so, and never those where it says no; where nobody says anything, all may.
        detector: whether what no detector takes for speech is left out.
        replace: whether `output` may exist.
        warn: told about a language model that looks as if it was made for other text.
        console: where the table and the verdict are printed; nowhere.

    Raises:
        GateError: the model doesn't come through exact enough; nothing was written.
        MalgwiError: the model, the data or the output is wrong.
    """
    place = claim_file(output, replace=replace)
    dataset = load_dataset(data)
    utterances = dataset.split(SPLIT)
    words = sum(len(u.text.split()) for u in utterances)
    if not words:
        raise MalgwiError(
            f"{data}: the {SPLIT} split has no words to score; prepare it with transcripts"
        )
    may_travel = shared(utterances, share_speakers, dataset.utterances)
    checkpoint, decoding = _load(model, DetectorPlan() if detector else None)
    check_size(checkpoint, precision)
    labels: dict[str, Any] = {
        "name": name or output.stem,
        "language": resolve(language or checkpoint.language)
        or resolve(dataset.info.get("language"))
        or UNKNOWN,
        "licence": licence_line(licence, checkpoint.licence) or "unknown",
    }
    check_writable(decoding.vocab, str(model), name=labels["name"], licence=labels["licence"])
    language_model = open_lm(lm, warn, decoding.vocab.rules) if lm else None
    if language_model:
        with_lm(decoding.vocab, language_model, warn)  # says what is odd about it
    say = _Report(console)
    left_out = None
    if decoding.detector:
        left_out = find_left_out(model, utterances, decoding.grid, decoding.detector)
        if left_out:
            decoding = replace_fields(decoding, detector=None)
    # Windows deletes no file that is mapped.
    with tempfile.TemporaryDirectory(prefix="malgwi-export-", ignore_cleanup_errors=True) as bench:
        work = Workshop(Path(bench), checkpoint, decoding, utterances, say.step)
        parity = work.write_fp32()
        try:
            chosen, trials = work.choose(precision)
        finally:  # a table explains a gate that wasn't met, too
            say.table(work.variants)
        clips = golden_clips(work, chosen, trials, utterances, language_model, allowed=may_travel)
        vocab = decoding.vocab
        heard = _heard(work, chosen, trials[-1], utterances, language_model)
        spoken = [vocab.normalise(u.text) for u in utterances]
        texts = [vocab.normalise(" ".join(word.text for word in words)) for words in heard]
        by_lm = score_texts(spoken, texts) if lm else None
        judged = [judge(*pair, vocab.rules) for pair in zip(heard, spoken, strict=True)]
        units = trials[0].score.counts(work.measure).reference
        gate: Literal["met", "inconclusive"] = (
            "met" if units >= CONCLUSIVE[work.measure] else "inconclusive"
        )
        fp32 = work.variants[0]
        figures: dict[str, Any] = {
            "split": SPLIT,
            "utterances": len(utterances),
            "words": words,
            "measure": work.measure,
            "wer": chosen.wer,
            "cer": chosen.cer,
            "wer_fp32": fp32.wer,
            "cer_fp32": fp32.cer,
            "same_tokens": chosen.same_tokens,
            "model_bytes": chosen.model_bytes,
            "model_bytes_fp32": fp32.model_bytes,
            "real_time_factor": chosen.cost.real_time_factor,
            "gate": gate,
            "fp32_layers": list(chosen.fp32_layers),
            "checkpoint": Path(str(model)).name,
        }
        if lm and by_lm:
            figures |= {"wer_lm": by_lm.wer, "cer_lm": by_lm.cer}
            figures |= {"lm_split": SPLIT, "lm_name": lm.name}
        card = write_card(
            precision=chosen.precision,
            dataset=str(dataset.info.get("name", data.name)),
            figures=figures,
            trained=training_facts(model),
            golden=len(clips),
            **labels,
        )
        write_bundle(
            place,
            model=work.files(chosen.precision),
            decoding=decoding,
            golden=clips,
            lm=language_model,
            precision=chosen.precision,
            figures=figures,
            confidence=fit([word for words in judged for word in words]),
            card=lm_section(card, figures) if lm else card,
            **labels,
        )
        result = Exported(
            path=output,
            name=labels["name"],
            chosen=chosen,
            variants=tuple(work.variants),
            parity=parity,
            utterances=len(utterances),
            words=words,
            measure=work.measure,
            gate=gate,
            golden=tuple(clip.text for clip in clips),
            golden_shared=may_travel is not None,
            detector=decoding.detector is not None,
            left_out=left_out,
            wer_lm=by_lm.wer if by_lm else None,
            cer_lm=by_lm.cer if by_lm else None,
            sensitivity=tuple(work.sensitivity),
            bundle_bytes=output.stat().st_size,
        )
    say.result(result)
    return result


def training_facts(run: str | Path) -> dict[str, str]:
    """Return what a run's `train.json` says of the training; nothing where there is none."""
    try:
        facts = json.loads((Path(run) / TRAIN).read_text(encoding="utf-8"))["facts"]
        found = {
            "from": Path(str(facts["checkpoint"])).name,
            **({"weights": f"{facts['weights']:,}"} if "weights" in facts else {}),
            "clips": str(facts["train_clips"]),
            "hours of speech": str(facts["train_hours"]),
        }
        if frozen := facts.get("frozen_layers"):
            found["left as they were"] = f"{frozen} of {facts['layers']} layers, and all below them"
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found


def _load(model: str | Path, detector: DetectorPlan | None) -> tuple["Checkpoint", Decoding]:
    try:
        import onnx  # noqa: F401 - asked for here so that its absence is told before any work

        from malgwi.model.checkpoint import load_checkpoint
    except ImportError as error:
        raise MalgwiError(
            f"export needs torch, transformers and onnx ({error}); {install('train')}"
        ) from error
    checkpoint = load_checkpoint(model)
    if checkpoint.vocab is None:
        raise MalgwiError(f"{model}: {checkpoint.why_mute}")
    return checkpoint, Decoding(checkpoint.vocab, checkpoint.grid, SegmentPlan(), detector)


def _heard(
    work: Workshop,
    chosen: Variant,
    trial: Trial,
    utterances: Sequence[Utterance],
    lm: LanguageModel | None,
) -> list[tuple[Word, ...]]:
    """Return the words of every clip as the bundle hears them, with the language model if any."""
    begin = DEFAULT.over(work.decoding.vocab, lm)
    if begin is None:
        return [one.words for one in trial.heard]
    heard = []
    model, recordings = work.load(chosen.precision), Recordings()
    with audio_progress("language model", sum(u.duration for u in utterances)) as advance:
        for u in utterances:
            logits = model.whole_logits(recordings.read(u))
            heard.append(found_words(begin, logits, work.decoding.vocab))
            advance(u.duration)
    return heard


class _Report:
    """What an export tells people as it goes."""

    def __init__(self, console: "Console | None") -> None:
        self.console = console

    def step(self, text: str) -> None:
        """Say what is being done."""
        if self.console:
            self.console.print(f"[dim]{text} …[/dim]")

    def table(self, variants: Sequence[Variant]) -> None:
        """Print the versions tried."""
        if self.console and variants:
            print_variants(variants, self.console)

    def result(self, result: Exported) -> None:
        """Print the verdict."""
        if self.console:
            print_verdict(result, self.console)


def print_variants(variants: Sequence[Variant], console: "Console") -> None:
    """Print the versions side by side."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    for v in variants:
        kept = f"\n{len(v.fp32_layers)} layers fp32" if v.fp32_layers else ""
        table.add_column(_NAMES[v.precision] + kept, justify="right")
    rows: dict[str, Callable[[Variant], str]] = {
        "10⁶ bytes": lambda v: f"{v.model_bytes / 1e6:.1f}",
        "WER": lambda v: f"{v.wer:.2%}",
        "CER": lambda v: f"{v.cer:.2%}",
        "real-time factor, one thread": lambda v: f"{v.cost.real_time_factor:.4f}",
        "load time": lambda v: f"{v.cost.load_s:.2f} s",
        "peak memory, 10 s of speech": lambda v: (
            "?" if v.cost.peak_bytes is None else f"{v.cost.peak_bytes / 1e6:.0f} MB"
        ),
        "largest logit difference": lambda v: f"{v.largest_difference:.2g}",
        "frames with fp32's token": lambda v: f"{v.same_tokens:.2%}",
    }
    for title, cell in rows.items():
        table.add_row(title, *(cell(v) for v in variants))
    console.print(table)


def print_verdict(result: Exported, console: "Console") -> None:
    """Print what was written, and how sure the gate is."""
    from rich.markup import escape

    console.print(
        f"ONNX fp32 equals torch within {result.parity:.1g}. Validation: {result.utterances} "
        f"clips, {result.words} words."
    )
    if result.gate == "inconclusive":
        console.print(
            f"[yellow]Inconclusive:[/yellow] with fewer than {CONCLUSIVE[result.measure]} "
            f"{'words' if result.measure == 'WER' else 'characters'} a rise of half "
            "a point can't be told from chance."
        )
    for row in result.sensitivity[: len(result.chosen.fp32_layers)]:
        console.print(f"In fp32: {row.layer} ({result.measure} {row.rate:.2%} when it alone is)")
    console.print(
        f"[bold]{escape(str(result.path))}[/bold]: {_NAMES[result.chosen.precision]}, "
        f"{result.bundle_bytes / 1e6:.1f} x 10⁶ bytes, {len(result.golden)} golden clips: "
        + escape(", ".join(repr(text) for text in result.golden) or "none")
    )
    if result.wer_lm is not None and result.cer_lm is not None:
        console.print(
            f"With its language model: WER {result.wer_lm:.2%} (without: {result.chosen.wer:.2%}), "
            f"CER {result.cer_lm:.2%} ({result.chosen.cer:.2%})"
        )
        greedy = rank(result.measure, result.chosen.wer, result.chosen.cer)
        if rank(result.measure, result.wer_lm, result.cer_lm) >= greedy:
            console.print(
                "[yellow]It doesn't help[/yellow] on these clips, and is what the bundle hears "
                "with; tune it (malgwi tune), or export without it"
            )
    if result.left_out:
        word = result.left_out
        console.print(
            f"[yellow]Without the voice detector:[/yellow] in {escape(word.utterance)}, "
            f"{word.start_ms} to {word.end_ms} ms, it hears no speech where "
            f"{escape(repr(word.word))} is said, so the bundle runs whatever isn't quiet, and may "
            "write down noise. If the transcript is wrong there, mend it and export again"
        )
    if not result.golden:
        console.print(
            "[yellow]The bundle can't prove itself:[/yellow] no recording of the validation split "
            "may travel in it. Name a speaker who agrees (--share-speaker)"
        )
    elif not result.golden_shared:
        console.print(
            "The golden clips are recordings of people; whoever gets the bundle can listen to "
            "them. A column share in the data, or --share-speaker, says whose may travel."
        )
