"""fp32 and int8 side by side, and which int8 is exact enough to ship.

Both int8 versions are scored on the validation split. Where neither stays within the gate, the
layers that suffer most from eight bits stay in fp32 until it does.
"""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from malgwi.bundle.container import MODEL
from malgwi.bundle.contract import Decoding, Precision
from malgwi.bundle.detector import open_detector
from malgwi.bundle.eight_bits import overflows
from malgwi.bundle.runtime import OnnxModel
from malgwi.dataset.manifest import Utterance
from malgwi.errors import GateError, MalgwiError
from malgwi.export.cost import Cost, measure_cost
from malgwi.export.trial import Trial, run_trials
from malgwi.speech.score import Measure, measure_for

if TYPE_CHECKING:
    from malgwi.model.checkpoint import Checkpoint

GATE = 0.005
"""Largest rise in the error rate that int8 may cost (0.5 points), or one word if that is more;
where the CER counts, one character."""
PREFER_REDUCED = 0.002
"""`reduce_range` is taken unless it costs more than this in the error rate over plain int8."""
SENSITIVITY_WORDS = 1_000
"""Words of the validation split on which layers are ranked."""

_AT_ONCE = 4  # models in memory while layers are ranked


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

    def rate(self, measure: Measure) -> float:
        """Return the rate that the gate looks at."""
        return self.wer if measure == "WER" else self.cer


@dataclass(frozen=True)
class Sensitivity:
    """The int8 model with one layer left in fp32."""

    layer: str
    rate: float
    """WER, or CER where that counts."""
    same_tokens: float


def within_gate(rate: float, rate_fp32: float, units: int) -> bool:
    """Say whether an error rate is close enough to fp32's on so many words or characters."""
    return rate - rate_fp32 <= max(GATE, 1 / max(units, 1)) + 1e-9


def check_size(checkpoint: "Checkpoint", precision: str) -> None:
    """Refuse what no bundle holds.

    Raises:
        MalgwiError: the weights are too many, for this precision or for any.
    """
    if not checkpoint.exportable:
        raise MalgwiError(
            f"checkpoint {checkpoint.source!r}: {1e-9 * checkpoint.weights:.1f} x 10^9 weights; a "
            "bundle holds 2.1 x 10^9, in 8 bits. Fine-tune a smaller checkpoint"
        )
    if precision == "fp32" and not checkpoint.exportable_in_fp32:
        raise MalgwiError(
            f"checkpoint {checkpoint.source!r}: {4e-9 * checkpoint.weights:.1f} x 10^9 bytes of "
            "fp32 weights; a bundle holds 2.1 x 10^9. Leave --precision fp32 out: in 8 bits it fits"
        )


class Workshop:
    """The versions of one model in a temporary folder, as they are made and tried."""

    def __init__(
        self,
        place: Path,
        checkpoint: "Checkpoint",
        decoding: Decoding,
        utterances: Sequence[Utterance],
        say: Callable[[str], object],
    ) -> None:
        """Take an empty folder, the model, the clips to score, and whom to tell of each step."""
        self.place, self.checkpoint, self.decoding = place, checkpoint, decoding
        self.utterances, self.say = utterances, say
        self.detector = open_detector(decoding.detector) if decoding.detector else None
        self.measure = measure_for(
            [decoding.vocab.normalise(u.text) for u in utterances],
            delimiter=decoding.vocab.delimiter is not None,
        )
        self._files: dict[str, list[Path]] = {}
        self.variants: list[Variant] = []
        self.sensitivity: list[Sensitivity] = []

    def files(self, precision: str) -> list[Path]:
        """Return the files of a version that was written: its graph, and weights that lie apart."""
        return self._files[precision]

    def load(self, precision: str) -> OnnxModel:
        """Load a version on all cores."""
        return OnnxModel(self.files(precision)[0], self.decoding, detector=self.detector)

    def _keep(self, precision: str, write: Callable[[Path], object]) -> None:
        """Let a version be written into a folder of its own, as it will lie in the bundle."""
        from malgwi.export.weights_apart import set_weights_apart

        # A new one each time: a model that was loaded before may still have its weights mapped,
        # which it keeps where they are deleted; Windows doesn't delete them.
        folder = Path(tempfile.mkdtemp(prefix=f"{precision}-", dir=self.place))
        write(folder / MODEL)
        before = self._files.get(precision)
        self._files[precision] = set_weights_apart(folder / MODEL)
        if before:
            shutil.rmtree(before[0].parent, ignore_errors=True)

    def write_fp32(self) -> float:
        """Write the plain fp32 model and compare it with torch."""
        from malgwi.export.onnx_graph import write_onnx
        from malgwi.export.parity import check_parity

        self.say("writing ONNX and comparing it with torch")
        self._keep("fp32", partial(write_onnx, self.checkpoint, self.decoding))
        return check_parity(self.checkpoint, self.load("fp32"))

    def choose(self, precision: str) -> tuple[Variant, list[Trial]]:
        """Return the version to ship, and the trials of fp32 and of it."""
        if precision == "fp32":
            trials = run_trials([self.load("fp32")], self.decoding, self.utterances, "fp32")
            return self._variant("fp32", trials[0]), trials
        return self._choose_int8()

    def _choose_int8(self) -> tuple[Variant, list[Trial]]:
        from malgwi.export.onnx_graph import write_onnx
        from malgwi.export.parity import check_parity
        from malgwi.export.quantise import quantise

        self.say("quantising")
        self._keep("unfolded", partial(write_onnx, self.checkpoint, self.decoding, unfold=True))
        check_parity(self.checkpoint, self.load("unfolded"))
        unfolded = self.files("unfolded")[0]
        self._keep("int8", partial(quantise, unfolded))
        self._keep("int8-reduced", partial(quantise, unfolded, reduce_range=True))
        order: tuple[Precision, ...] = ("fp32", "int8", "int8-reduced")
        models = [self.load(name) for name in order]
        trials = run_trials(models, self.decoding, self.utterances, "fp32 and int8")
        del models
        fp32, plain, reduced = trials
        variants = [self._variant(name, t) for name, t in zip(order, trials, strict=True)]
        rise = self._rate(reduced) - self._rate(plain)
        # What 8 bits give where their products overflow says nothing of other processors.
        best = 2 if rise <= PREFER_REDUCED or overflows() else 1
        if self._within_gate(trials[best], fp32):
            return variants[best], [fp32, trials[best]]
        return self._keep_layers(order[best], fp32)

    def _keep_layers(self, precision: Precision, fp32: Trial) -> tuple[Variant, list[Trial]]:
        """Leave the most sensitive layers in fp32, twice as many each time, until the gate is met.

        Raises:
            GateError: half of the layers aren't enough.
        """
        from malgwi.export.quantise import quantise

        self.say("int8 costs too much: looking for the most sensitive layers")
        unfolded, reduce_range = self.files("unfolded")[0], precision == "int8-reduced"
        some = _some(self.utterances, SENSITIVITY_WORDS)
        self.sensitivity = sensitivity(
            unfolded, self.decoding, some, measure=self.measure, reduce_range=reduce_range
        )
        ranked = tuple(row.layer for row in self.sensitivity)
        count = 1
        while True:
            kept = ranked[:count]
            self._keep(precision, partial(quantise, unfolded, reduce_range=reduce_range, keep=kept))
            models = [self.load("fp32"), self.load(precision)]
            label = f"{count} layers in fp32"
            trials = run_trials(models, self.decoding, self.utterances, label)
            if self._within_gate(trials[1], trials[0]):
                return self._variant(precision, trials[1], kept), trials
            if 4 * count > len(ranked):
                units = fp32.score.counts(self.measure).reference
                remedy = (
                    "export with --precision fp32"
                    if self.checkpoint.exportable_in_fp32
                    else "fine-tune a smaller checkpoint"
                )
                raise GateError(
                    f"export: int8 raises the {self.measure} on {units} "
                    f"{'words' if self.measure == 'WER' else 'characters'} from "
                    f"{self._rate(fp32):.4f} to {self._rate(trials[1]):.4f} even with the {count} "
                    f"most sensitive of {len(ranked)} layers in fp32; the gate is "
                    f"{max(GATE, 1 / units):.4f}. Nothing was written: {remedy}"
                )
            count *= 2

    def _within_gate(self, trial: Trial, fp32: Trial) -> bool:
        units = fp32.score.counts(self.measure).reference
        return within_gate(self._rate(trial), self._rate(fp32), units)

    def _rate(self, trial: Trial) -> float:
        return trial.score.counts(self.measure).rate

    def _variant(
        self, precision: Precision, trial: Trial, fp32_layers: tuple[str, ...] = ()
    ) -> Variant:
        files = self.files(precision)
        variant = Variant(
            precision=precision,
            model_bytes=sum(file.stat().st_size for file in files),
            wer=trial.score.wer,
            cer=trial.score.cer,
            largest_difference=trial.largest_difference,
            same_tokens=trial.same_tokens,
            cost=measure_cost(files[0]),
            fp32_layers=fp32_layers,
        )
        self.variants.append(variant)
        return variant


def sensitivity(
    source: Path,
    decoding: Decoding,
    utterances: Sequence[Utterance],
    *,
    measure: Measure = "WER",
    reduce_range: bool,
) -> list[Sensitivity]:
    """Score the int8 model with each layer in turn left in fp32; the most sensitive layer first.

    Args:
        source: an unfolded fp32 model (`write_onnx`).
        decoding: what the model's output means.
        utterances: clips to score on.
        measure: the rate that counts.
        reduce_range: whether the int8 weights have 7 bits.
    """
    from malgwi.export.quantise import layers, quantise

    names = layers(source)
    fp32 = OnnxModel(source, decoding)
    rows: list[Sensitivity] = []
    for start in range(0, len(names), _AT_ONCE):
        models = [fp32]
        with tempfile.TemporaryDirectory(prefix="malgwi-layers-") as place:
            for layer in names[start : start + _AT_ONCE]:
                trial = Path(place) / f"{len(models)}.onnx"  # the others' weights may be mapped
                quantise(source, trial, reduce_range=reduce_range, keep=[layer])
                models.append(OnnxModel(trial, decoding))
            label = f"layers {start + 1} to {start + len(models) - 1} of {len(names)}"
            found = run_trials(models, decoding, utterances, label)[1:]
        rows += [
            Sensitivity(layer, one.score.counts(measure).rate, one.same_tokens)
            for layer, one in zip(names[start:], found, strict=False)
        ]
    return sorted(rows, key=lambda row: (row.rate, -row.same_tokens))


def _some(utterances: Sequence[Utterance], words: int) -> list[Utterance]:
    """Return utterances spread over all with about `words` words together."""
    total = sum(len(u.text.split()) for u in utterances)
    step = max(1, total // words)
    return list(utterances[::step])
