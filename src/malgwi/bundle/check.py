"""Is a bundle whole, and does it recognise its own golden clips as it did when it was exported?"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from malgwi.bundle.bundle import Bundle, open_bundle
from malgwi.bundle.golden import Golden, hear
from malgwi.bundle.ort import load_onnxruntime
from malgwi.bundle.runtime import OnnxModel, load_bundle_model
from malgwi.decoding.beam import BeamSearch
from malgwi.decoding.grammar_path import GrammarSearch
from malgwi.decoding.search import DEFAULT, found
from malgwi.errors import GateError

if TYPE_CHECKING:
    from rich.console import Console

FEW_EQUAL = 0.95
"""Under this share of equal tokens the check warns; int8 near-ties flip 2 to 3 % of frames."""


@dataclass(frozen=True)
class GoldenResult:
    """What became of one golden clip on this machine."""

    audio: str
    expected: str
    text: str
    same_tokens: float
    """Share of frames with the expected token, 0 to 1."""
    lm_expected: str | None = None
    """With the bundle's language model, where it has one."""
    lm_text: str | None = None

    @property
    def equal(self) -> bool:
        """Whether the texts are the expected ones, letter for letter."""
        return self.text == self.expected and self.lm_text == self.lm_expected

    @property
    def difference(self) -> str:
        """What was heard, and what was expected."""
        if self.text != self.expected:
            return f"heard {self.text!r}, expected {self.expected!r}"
        return f"heard {self.lm_text!r} with its language model, expected {self.lm_expected!r}"


@dataclass(frozen=True)
class Check:
    """What checking a bundle found; hashes and versions have been verified by now."""

    path: Path
    name: str
    precision: str
    onnxruntime: str
    """Its version."""
    golden: tuple[GoldenResult, ...]

    @property
    def equal(self) -> bool:
        """Whether every golden clip gave the expected text."""
        return all(result.equal for result in self.golden)

    @property
    def proven(self) -> bool:
        """Whether there were golden clips, and all of them gave the expected text."""
        return bool(self.golden) and self.equal

    def to_json(self) -> dict[str, Any]:
        """Return the facts as JSON types."""
        golden = [{**asdict(result), "equal": result.equal} for result in self.golden]
        return {
            **asdict(self),
            "path": str(self.path),
            "equal": self.equal,
            "proven": self.proven,
            "golden": golden,
        }


def check(path: Path) -> Check:
    """Verify every file of a bundle, then run its golden clips.

    Raises:
        BundleError: the bundle is damaged, or of a version that this reader doesn't know.
    """
    bundle = open_bundle(path)
    bundle.verify()
    model = load_bundle_model(bundle)
    begin = DEFAULT.over(bundle.decoding.vocab, bundle.language_model())
    golden = tuple(_run(bundle, model, begin, golden) for golden in bundle.golden)
    return Check(path, bundle.name, bundle.precision, load_onnxruntime().__version__, golden)


def _run(
    bundle: Bundle,
    model: OnnxModel,
    begin: Callable[[], BeamSearch | GrammarSearch] | None,
    golden: Golden,
) -> GoldenResult:
    logits = model.whole_logits(bundle.samples(golden))
    heard = hear(logits, bundle.decoding)
    same = sum(a == b for a, b in zip(golden.tokens, heard.tokens.tolist(), strict=True))
    return GoldenResult(
        golden.audio,
        golden.text,
        heard.text,
        same / len(golden.tokens),
        golden.lm_text,
        found(begin, logits) if begin else None,
    )


def require_equal(result: Check) -> None:
    """Fail unless every golden clip gave the expected text.

    Raises:
        GateError: names the first clip that differs.
    """
    wrong = [golden for golden in result.golden if not golden.equal]
    if wrong:
        raise GateError(
            f"{result.path}: {len(wrong)} of {len(result.golden)} golden clips differ, first "
            f"{wrong[0].audio}: {wrong[0].difference}. This "
            f"machine's onnxruntime {result.onnxruntime} doesn't run the model as it was "
            "exported: try another version of onnxruntime, or export with --precision fp32"
        )


def print_check(result: Check, console: "Console") -> None:
    """Print what was verified, and each golden clip."""
    from rich.markup import escape

    console.print(
        f"[bold]{escape(result.name)}[/bold] ({result.precision}): files and hashes are as stated; "
        f"onnxruntime {result.onnxruntime}"
    )
    if not result.golden:
        console.print(
            "  [yellow]It can't prove itself:[/yellow] it has no golden clips, so whether this "
            "machine hears what it should is not known"
        )
    for golden in result.golden:
        mark = "[green]equal[/green]" if golden.equal else "[red]differs[/red]"
        console.print(
            f"  {golden.audio}: {mark}, {golden.same_tokens:.1%} of frames equal: "
            + escape(repr(golden.text))
            + escape(f"; {golden.lm_text!r} with the language model" if golden.lm_text else "")
        )
        if golden.same_tokens < FEW_EQUAL:
            console.print(
                f"  [yellow]Warning:[/yellow] under {FEW_EQUAL:.0%} of frames have the expected "
                "token; expect other texts than on the machine that exported"
            )
