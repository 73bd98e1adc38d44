"""A run to a bundle: torch to ONNX to int8, each step measured against the one before, gated.

Nothing is written unless the ONNX model gives torch's logits, the int8 model's word error rate
on the validation split stays within the gate, and there are clips that prove it anywhere.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from malgwi.bundle import Clip, Decoding, Precision, wav_bytes, wav_samples, write_bundle
from malgwi.errors import GateError, MalgwiError
from malgwi.manifest import Dataset, Utterance, load_dataset
from malgwi.cost import Cost, measure
from malgwi.runtime import OnnxModel
from malgwi.trial import Trial, hear, run_trials, whole
from malgwi.windows import WindowPlan

if TYPE_CHECKING:
    from rich.console import Console

    from malgwi.checkpoint import Checkpoint

SPLIT = "valid"
GATE = 0.005
"""Largest rise in word error rate that int8 may cost (0.5 points), or one word if that is more."""
PREFER_REDUCED = 0.002
"""`reduce_range` is taken unless it costs more than this in word error rate over plain int8."""
CONCLUSIVE_WORDS = 500
"""With fewer words in the validation split, the gate says little."""
SENSITIVITY_WORDS = 1_000
"""Words of the validation split on which layers are ranked."""
GOLDEN, LONGEST_GOLDEN_S = 3, 10.0

_NAMES: dict[Precision, str] = {
    "fp32": "fp32",
    "int8": "int8",
    "int8-reduced": "int8 reduce_range",
}


@dataclass(frozen=True)
class Variant:
    """One version of the model, on the validation split and on one thread of this machine."""

    precision: Precision
    model_bytes: int
    wer: float
    cer: float
    largest_difference: float
    """Of two logits, from fp32's."""
    same_tokens: float
    """Share of frames with fp32's token, 0 to 1."""
    cost: Cost
    fp32_layers: tuple[str, ...] = ()
    """Layers left in fp32 to meet the gate."""


@dataclass(frozen=True)
class Sensitivity:
    """The int8 model with one layer left in fp32."""

    layer: str
    wer: float
    same_tokens: float


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
    gate: Literal["met", "inconclusive"]
    golden: tuple[str, ...]
    """The golden clips' texts."""
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
    replace: bool = False,
    console: "Console | None" = None,
) -> Exported:
    """Export a run, a checkpoint folder or a hub id to a bundle.

    Args:
        model: what to export; it must have a trained CTC head and a vocabulary.
        data: a prepared data set; its `valid` split is the gate and gives the golden clips.
        output: the bundle to write.
        precision: of the weights.
        name: what people call the model; the output's name without its ending.
        language: BCP 47 tag; the run's or the data set's.
        licence: of the model; `unknown`.
        replace: whether `output` may exist.
        console: where the table and the verdict are printed; nowhere.

    Raises:
        GateError: the model doesn't come through exact enough; nothing was written.
        MalgwiError: the model, the data or the output is wrong.
    """
    _check_output(output, replace)
    dataset = load_dataset(data)
    utterances = dataset.split(SPLIT)
    checkpoint, decoding = _load(model, windows=WindowPlan())
    say = _Report(console)
    with tempfile.TemporaryDirectory(prefix="malgwi-export-") as place:
        work = _Workshop(Path(place), checkpoint, decoding, utterances, say)
        parity = work.write_fp32()
        chosen, trials = work.choose(precision)
        words = trials[0].score.words.reference
        if not words:
            raise MalgwiError(
                f"{data}: the {SPLIT} split has no words to score; prepare it with transcripts"
            )
        clips = _golden_clips(work, chosen, trials, utterances)
        gate: Literal["met", "inconclusive"] = (
            "met" if words >= CONCLUSIVE_WORDS else "inconclusive"
        )
        fp32 = work.variants[0]
        figures = {
            "split": SPLIT,
            "utterances": len(utterances),
            "words": words,
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
        about = _About.of(name, language, licence, output, checkpoint, dataset)
        from malgwi.card import training_facts, write_card

        write_bundle(
            output,
            model=work.path(chosen.precision),
            decoding=decoding,
            golden=clips,
            name=about.name,
            language=about.language,
            licence=about.licence,
            precision=chosen.precision,
            figures=figures,
            card=write_card(
                name=about.name,
                language=about.language,
                licence=about.licence,
                precision=chosen.precision,
                dataset=str(dataset.info.get("name", data.name)),
                figures=figures,
                trained=training_facts(model),
                golden=len(clips),
            ),
        )
        result = Exported(
            path=output,
            name=about.name,
            chosen=chosen,
            variants=tuple(work.variants),
            parity=parity,
            utterances=len(utterances),
            words=words,
            gate=gate,
            golden=tuple(clip.text for clip in clips),
            sensitivity=tuple(work.sensitivity),
            bundle_bytes=output.stat().st_size,
        )
    say.result(result)
    return result


def sensitivity(
    source: Path, decoding: Decoding, utterances: Sequence[Utterance], *, reduce_range: bool
) -> list[Sensitivity]:
    """Score the int8 model with each layer in turn left in fp32; the most sensitive layer first.

    Args:
        source: an unfolded fp32 model (`write_onnx`).
        decoding: what the model's output means.
        utterances: clips to score on.
        reduce_range: whether the int8 weights have 7 bits.
    """
    from malgwi.quantise import layers, quantise

    rows = []
    names = layers(source)
    trial = source.with_name("one-layer.onnx")
    fp32 = OnnxModel(source, decoding)
    for number, layer in enumerate(names, 1):
        quantise(source, trial, reduce_range=reduce_range, keep=[layer])
        models = [fp32, OnnxModel(trial, decoding)]
        label = f"layer {number} of {len(names)} in fp32"
        found = run_trials(models, decoding, utterances, label)[1]
        rows.append(Sensitivity(layer, found.wer, found.same_tokens))
    trial.unlink(missing_ok=True)
    return sorted(rows, key=lambda row: (row.wer, -row.same_tokens))


def within_gate(wer: float, wer_fp32: float, words: int) -> bool:
    """Say whether a word error rate is close enough to fp32's on `words` words."""
    return wer - wer_fp32 <= max(GATE, 1 / max(words, 1)) + 1e-9


def _check_output(output: Path, replace: bool) -> None:
    """Refuse a place that can't be written to before minutes are spent."""
    if output.is_dir():
        raise MalgwiError(f"{output}: is a folder; expected the name of a file, NAME.malgwi")
    if output.exists() and not replace:
        raise MalgwiError(f"{output}: exists; give a new name, or --replace to replace it")


def _load(model: str | Path, windows: WindowPlan) -> tuple["Checkpoint", Decoding]:
    try:
        import onnx  # noqa: F401 - asked for here so that its absence is told before any work

        from malgwi.checkpoint import load_checkpoint
    except ImportError as error:
        raise MalgwiError(
            f"export needs torch, transformers and onnx ({error}): pip install malgwi[train]"
        ) from error
    checkpoint = load_checkpoint(model)
    if checkpoint.vocab is None:
        raise MalgwiError(
            f"{model}: this checkpoint has no trained head and vocabulary, so it can't spell; "
            "fine-tune it first (malgwi train)"
        )
    return checkpoint, Decoding(checkpoint.vocab, checkpoint.grid, windows)


@dataclass(frozen=True)
class _About:
    name: str
    language: str
    licence: str

    @classmethod
    def of(
        cls,
        name: str | None,
        language: str | None,
        licence: str | None,
        output: Path,
        checkpoint: "Checkpoint",
        dataset: Dataset,
    ) -> "_About":
        return cls(
            name or output.stem,
            language or checkpoint.language or str(dataset.info.get("language") or "und"),
            licence or "unknown",
        )


class _Workshop:
    """The versions of one model in a temporary folder, as they are made and tried."""

    def __init__(
        self,
        place: Path,
        checkpoint: "Checkpoint",
        decoding: Decoding,
        utterances: Sequence[Utterance],
        say: "_Report",
    ) -> None:
        self.place, self.checkpoint, self.decoding = place, checkpoint, decoding
        self.utterances, self.say = utterances, say
        self.variants: list[Variant] = []
        self.sensitivity: list[Sensitivity] = []

    def path(self, precision: str) -> Path:
        """Return where a version lies."""
        return self.place / f"{precision}.onnx"

    def load(self, precision: str) -> OnnxModel:
        """Load a version on all cores."""
        return OnnxModel(self.path(precision), self.decoding)

    def write_fp32(self) -> float:
        """Write the plain fp32 model and compare it with torch."""
        from malgwi.onnx_graph import write_onnx
        from malgwi.parity import check_parity

        self.say.step("writing ONNX and comparing it with torch")
        write_onnx(self.checkpoint, self.decoding, self.path("fp32"))
        return check_parity(self.checkpoint, self.load("fp32"))

    def choose(self, precision: str) -> tuple[Variant, list[Trial]]:
        """Return the version to ship, and the trials of fp32 and of it."""
        if precision == "fp32":
            trials = run_trials([self.load("fp32")], self.decoding, self.utterances, "fp32")
            return self._variant("fp32", trials[0]), trials
        return self._choose_int8()

    def _choose_int8(self) -> tuple[Variant, list[Trial]]:
        from malgwi.onnx_graph import write_onnx
        from malgwi.parity import check_parity
        from malgwi.quantise import quantise

        self.say.step("quantising")
        unfolded = self.path("unfolded")
        write_onnx(self.checkpoint, self.decoding, unfolded, unfold=True)
        check_parity(self.checkpoint, self.load("unfolded"))
        quantise(unfolded, self.path("int8"))
        quantise(unfolded, self.path("int8-reduced"), reduce_range=True)
        order: tuple[Precision, ...] = ("fp32", "int8", "int8-reduced")
        models = [self.load(name) for name in order]
        trials = run_trials(models, self.decoding, self.utterances, "fp32 and int8")
        del models
        fp32, plain, reduced = trials
        variants = [self._variant(name, t) for name, t in zip(order, trials, strict=True)]
        best = 2 if reduced.wer - plain.wer <= PREFER_REDUCED else 1
        if self._within_gate(trials[best], fp32):
            return variants[best], [fp32, trials[best]]
        return self._keep_layers(order[best], fp32)

    def _keep_layers(self, precision: Precision, fp32: Trial) -> tuple[Variant, list[Trial]]:
        """Leave the most sensitive layers in fp32, twice as many each time, until the gate is met.

        Raises:
            GateError: half of the layers aren't enough.
        """
        from malgwi.quantise import quantise

        self.say.step("int8 costs too much: looking for the most sensitive layers")
        unfolded, reduce_range = self.path("unfolded"), precision == "int8-reduced"
        some = _some(self.utterances, SENSITIVITY_WORDS)
        self.sensitivity = sensitivity(unfolded, self.decoding, some, reduce_range=reduce_range)
        ranked = tuple(row.layer for row in self.sensitivity)
        count = 1
        while True:
            quantise(unfolded, self.path(precision), reduce_range=reduce_range, keep=ranked[:count])
            models = [self.load("fp32"), self.load(precision)]
            label = f"{count} layers in fp32"
            trials = run_trials(models, self.decoding, self.utterances, label)
            if self._within_gate(trials[1], trials[0]):
                return self._variant(precision, trials[1], ranked[:count]), trials
            if 4 * count > len(ranked):
                words = fp32.score.words.reference
                raise GateError(
                    f"export: int8 raises the word error rate on {words} words from "
                    f"{fp32.wer:.4f} to {trials[1].wer:.4f} even with the {count} most sensitive "
                    f"of {len(ranked)} layers in fp32; the gate is {max(GATE, 1 / words):.4f}. "
                    "Nothing was written: export with --precision fp32"
                )
            count *= 2

    def _within_gate(self, trial: Trial, fp32: Trial) -> bool:
        return within_gate(trial.wer, fp32.wer, fp32.score.words.reference)

    def _variant(
        self, precision: Precision, trial: Trial, fp32_layers: tuple[str, ...] = ()
    ) -> Variant:
        path = self.path(precision)
        variant = Variant(
            precision=precision,
            model_bytes=path.stat().st_size,
            wer=trial.wer,
            cer=trial.cer,
            largest_difference=trial.largest_difference,
            same_tokens=trial.same_tokens,
            cost=measure(path),
            fp32_layers=fp32_layers,
        )
        self.variants.append(variant)
        return variant


def _some(utterances: Sequence[Utterance], words: int) -> list[Utterance]:
    """Return utterances spread over all with about `words` words together."""
    total = sum(len(u.text.split()) for u in utterances)
    step = max(1, total // words)
    return list(utterances[::step])


def _golden_clips(
    work: _Workshop, chosen: Variant, trials: Sequence[Trial], utterances: Sequence[Utterance]
) -> list[Clip]:
    """Choose the clips of which fp32 and the chosen model are surest that they hear the same.

    Raises:
        GateError: there is no such clip.
    """
    from malgwi.audio import read

    exact, ours = trials[0], trials[-1]
    alike = [
        i
        for i, utterance in enumerate(utterances)
        if ours.heard[i].text
        and ours.heard[i].text == exact.heard[i].text
        and utterance.duration <= LONGEST_GOLDEN_S
    ]
    alike.sort(key=lambda i: min(ours.heard[i].margin, exact.heard[i].margin), reverse=True)
    models = [work.load("fp32"), work.load(chosen.precision)]
    clips: list[Clip] = []
    for i in alike:
        wav = wav_bytes(read(utterances[i].audio))
        # What counts is what the models make of the 16 bits that travel.
        first, second = (
            hear(whole(model, work.decoding, wav_samples(wav)), work.decoding) for model in models
        )
        if first.text == second.text and second.text:
            clips.append(Clip(wav, second.text, second.tokens.tolist()))
        if len(clips) == GOLDEN:
            break
    if not clips:
        raise GateError(
            f"export: none of the {len(utterances)} clips of the {SPLIT} split is at most "
            f"{LONGEST_GOLDEN_S:g} s long and gives the same text, not empty, in fp32 and "
            f"{_NAMES[chosen.precision]}; a bundle needs one to prove itself by. Nothing was "
            "written: train longer, or export with a data set that has shorter clips"
        )
    return clips


class _Report:
    """What an export tells people as it goes."""

    def __init__(self, console: "Console | None") -> None:
        self.console = console

    def step(self, text: str) -> None:
        """Say what is being done."""
        if self.console:
            self.console.print(f"[dim]{text} …[/dim]")

    def result(self, result: Exported) -> None:
        """Print the table of the variants and the verdict."""
        if self.console:
            print_variants(result.variants, self.console)
            print_verdict(result, self.console)


def print_variants(variants: Sequence[Variant], console: "Console") -> None:
    """Print the versions side by side."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    for title in (
        "10⁶ bytes",
        "WER",
        "CER",
        "real-time factor",
        "load",
        "peak memory",
        "largest logit difference",
        "same tokens",
    ):
        table.add_column(title, justify="right")
    for v in variants:
        peak = v.cost.peak_bytes
        table.add_row(
            _NAMES[v.precision] + (f", {len(v.fp32_layers)} layers fp32" if v.fp32_layers else ""),
            f"{v.model_bytes / 1e6:.1f}",
            f"{v.wer:.2%}",
            f"{v.cer:.2%}",
            f"{v.cost.real_time_factor:.4f}",
            f"{v.cost.load_s:.2f} s",
            "?" if peak is None else f"{peak / 1e6:.0f} MB",
            f"{v.largest_difference:.2g}" if v.precision != "fp32" else "",
            f"{v.same_tokens:.2%}" if v.precision != "fp32" else "",
        )
    console.print(table)


def print_verdict(result: Exported, console: "Console") -> None:
    """Print what was written, and how sure the gate is."""
    from rich.markup import escape

    console.print(
        f"ONNX fp32 equals torch within {result.parity:.1g}. Validation: {result.utterances} "
        f"clips, {result.words} words; speed on one thread of this machine."
    )
    if result.gate == "inconclusive":
        console.print(
            f"[yellow]Inconclusive:[/yellow] with fewer than {CONCLUSIVE_WORDS} words a rise of "
            "half a point can't be told from chance."
        )
    for row in result.sensitivity[: len(result.chosen.fp32_layers)]:
        console.print(f"In fp32: {row.layer} (WER {row.wer:.2%} when it alone is)")
    console.print(
        f"[bold]{escape(str(result.path))}[/bold]: {_NAMES[result.chosen.precision]}, "
        f"{result.bundle_bytes / 1e6:.1f} x 10⁶ bytes, {len(result.golden)} golden clips: "
        + escape(", ".join(repr(text) for text in result.golden))
    )
