"""`malgwi tune`: how much a language model should count, found on validation data.

The recogniser runs once. Each pass searches with the weights found so far and keeps the
alternatives of every clip; then all weights of a grid are tried on the alternatives of all passes,
which needs no search (minimum error rate training, Och 2003, by grid since there are three).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from malgwi.add_lm import add_lm
from malgwi.audio import read
from malgwi.beam import BeamSearch
from malgwi.decode import Logits
from malgwi.errors import MalgwiError
from malgwi.fusion import Fusion
from malgwi.lm_file import lm_bytes, open_lm, write_lm
from malgwi.manifest import Utterance, load_dataset
from malgwi.ngram import LanguageModel, Weights
from malgwi.progress import audio_progress
from malgwi.recognise import Recogniser, is_bundle, open_recogniser, whole_logits
from malgwi.score import score_utterance
from malgwi.search import Search
from malgwi.text import normalise

if TYPE_CHECKING:
    from rich.console import Console

ALPHAS = np.linspace(0.0, 1.5, 16)
BETAS = np.linspace(-2.0, 5.0, 15)
UNKNOWNS = np.linspace(0.0, 12.0, 9)
PASSES = 3
ALTERNATIVES = 32
MOST_CLIPS = 1_000
"""More say little about three numbers."""

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pass:
    """One search over all clips."""

    weights: Weights
    wer: float
    best_wer: float
    """Of the alternative with the fewest errors of each clip: what better weights could give."""
    real_time_factor: float
    """Seconds of searching for a second of speech."""


@dataclass(frozen=True)
class Tuned:
    """What tuning found."""

    path: Path
    split: str
    utterances: int
    words: int
    greedy_wer: float
    passes: tuple[Pass, ...]
    lm_bytes: int
    load_s: float
    """Seconds to read the language model as it was given."""

    @property
    def best(self) -> Pass:
        """The pass whose weights were written."""
        return _best(self.passes)

    def to_json(self) -> dict[str, Any]:
        """Return the facts as JSON types."""
        best = self.best
        found = {**asdict(best.weights), "wer": best.wer}
        return {**asdict(self), "path": str(self.path), "best": found}


@dataclass
class _Clip:
    """One clip and what was heard in it so far."""

    logits: Logits
    reference: str
    seconds: float
    greedy_errors: int
    heard: dict[str, tuple[float, int]] = field(default_factory=dict)
    """Of each alternative: ln P by the recogniser alone, and its word errors."""


def tune(
    model: str | Path,
    dataset: Path,
    *,
    lm: Path,
    output: Path,
    split: str = "valid",
    threads: int | None = None,
    replace: bool = False,
    warn: Callable[[str], object] = lambda _: None,
    console: "Console | None" = None,
) -> Tuned:
    """Find the weights and write them with the language model.

    Args:
        model: a run, checkpoint or bundle.
        dataset: a folder written by `malgwi prepare`.
        lm: an ARPA file or `lm.bin`.
        output: `NAME.bin`; or `NAME.malgwi`, a copy of the bundle `model` with it.
        split: the data to tune on; never `test`.
        threads: processor threads for the model.
        replace: whether `output` may exist.
        warn: told about a language model that looks as if it was made for other text.
        console: where the passes are printed; nowhere.

    Raises:
        MalgwiError: the model, the data, the language model or the output is wrong.
    """
    _check(model, output, split, replace=replace)
    utterances = load_dataset(dataset).split(split)
    chosen = [utterances[i] for i in _spread(len(utterances))]
    words = sum(len(normalise(u.text).split()) for u in chosen)
    if not words:
        raise MalgwiError(f"{dataset}: split {split!r} has no words to score")
    recogniser = open_recogniser(model, threads=threads, search=Search(greedy=True))
    opening = time.perf_counter()
    language = open_lm(lm, warn)
    load_s = time.perf_counter() - opening
    clips = _hear(recogniser, chosen)
    greedy = sum(clip.greedy_errors for clip in clips) / words
    if console:
        console.print(f"greedy: WER {greedy:.4f} on {len(clips)} clips of {split}, {words} words")
    passes: list[Pass] = []
    weights = Weights()
    for _ in range(PASSES):
        passes.append(_search(recogniser, language.weighted(weights), clips, words))
        if console:
            _print_pass(passes[-1], console)
        weights = best_weights(language, clips)
        if any(weights == earlier.weights for earlier in passes):
            break
    best = _best(passes)
    language = language.weighted(best.weights)
    if output.suffix == ".malgwi":
        add_lm(Path(model), language, output, wer=best.wer, split=split, made_from=lm.name)
    else:
        write_lm(language, output)
    return Tuned(
        path=output,
        split=split,
        utterances=len(clips),
        words=words,
        greedy_wer=greedy,
        passes=tuple(passes),
        lm_bytes=len(lm_bytes(language)),
        load_s=load_s,
    )


def _check(model: str | Path, output: Path, split: str, *, replace: bool) -> None:
    if split == "test":
        raise MalgwiError(
            "--split test: weights tuned on the test split would make its figures worthless; tune "
            "on valid"
        )
    if output.suffix not in (".bin", ".malgwi"):
        raise MalgwiError(f"{output}: expected a name that ends in .bin or .malgwi")
    if output.suffix == ".malgwi" and not is_bundle(Path(model)):
        raise MalgwiError(
            f"{model}: isn't a bundle, so {output} can't be made of it; write the weights to "
            "NAME.bin and give that to malgwi export --lm"
        )
    if output.is_dir() or (output.exists() and not replace):
        raise MalgwiError(f"{output}: exists; give a new name, or --replace to replace it")


def _spread(count: int) -> list[int]:
    """Return at most `MOST_CLIPS` numbers under `count`, evenly spread."""
    kept = min(count, MOST_CLIPS)
    return [i * count // kept for i in range(kept)]


def _hear(recogniser: Recogniser, utterances: Sequence[Utterance]) -> list[_Clip]:
    clips = []
    with audio_progress("listening", sum(u.duration for u in utterances)) as advance:
        for utterance in utterances:
            logits = whole_logits(recogniser, read(utterance.audio))
            reference = normalise(utterance.text)
            greedy = recogniser.vocab.decode(logits.argmax(axis=1).tolist())
            clips.append(_Clip(logits, reference, utterance.duration, _errors(reference, greedy)))
            advance(utterance.duration)
    return clips


def _errors(reference: str, heard: str) -> int:
    return score_utterance(reference, normalise(heard), id="", speaker=None).words.errors


def _search(recogniser: Recogniser, lm: LanguageModel, clips: Sequence[_Clip], words: int) -> Pass:
    """Search all clips with the model's weights and take in what is heard."""
    fusion = Fusion(recogniser.vocab, lm)
    weights = _as_row(lm.weights)
    errors = best_errors = 0
    seconds = 0.0
    with audio_progress("searching", sum(clip.seconds for clip in clips)) as advance:
        for clip in clips:
            started = time.perf_counter()
            search = BeamSearch(recogniser.vocab, fusion)
            search.advance(clip.logits)
            alternatives = search.alternatives(ALTERNATIVES)
            seconds += time.perf_counter() - started
            found = []
            for text, score in alternatives:
                wrong = _errors(clip.reference, text)
                alone = score - float(weights @ features(lm, text))
                clip.heard[text] = max(alone, clip.heard.get(text, (alone, 0))[0]), wrong
                found.append(wrong)
            errors += found[0]
            best_errors += min(found)
            advance(clip.seconds)
    return Pass(
        lm.weights,
        errors / words,
        best_errors / words,
        seconds / max(sum(clip.seconds for clip in clips), 1e-9),
    )


def features(lm: LanguageModel, text: str) -> Reals:
    """Return what the weights are multiplied by: ln P, words, and minus the unknown words."""
    words = normalise(text).split()
    unknown = sum(lm.find(word) is None for word in words)
    return np.array([lm.sentence(words), len(words), -unknown])


def _as_row(weights: Weights) -> Reals:
    return np.array([weights.alpha, weights.beta, weights.unknown])


def best_weights(lm: LanguageModel, clips: Sequence[_Clip]) -> Weights:
    """Return the weights of the grid with the fewest errors, averaged over their neighbours.

    Averaged, since the best single point of a grid is partly luck; the first among equals.
    """
    grid = np.stack(np.meshgrid(ALPHAS, BETAS, UNKNOWNS, indexing="ij"), axis=-1)
    errors = np.zeros(grid.shape[:3])
    for clip in clips:
        facts = np.array([features(lm, text) for text in clip.heard])
        alone = np.array([score for score, _ in clip.heard.values()])
        wrong = np.array([count for _, count in clip.heard.values()])
        errors += wrong[(grid @ facts.T + alone).argmax(axis=-1)]
    padded = np.pad(errors, 1, mode="edge")
    smooth = np.lib.stride_tricks.sliding_window_view(padded, (3, 3, 3)).mean(axis=(3, 4, 5))
    alpha, beta, unknown = grid.reshape(-1, 3)[int(smooth.argmin())]
    return Weights(float(alpha), float(beta), float(unknown))


def _best(passes: Sequence[Pass]) -> Pass:
    """Return the pass with the fewest errors, the latest among equals."""
    return min(reversed(passes), key=lambda found: found.wer)


def _print_pass(found: Pass, console: "Console") -> None:
    weights = found.weights
    console.print(
        f"alpha {weights.alpha:.2f}, beta {weights.beta:.2f}, unknown {weights.unknown:.2f}: WER "
        f"{found.wer:.4f}, best alternative {found.best_wer:.4f}, search "
        f"{found.real_time_factor:.4f} x real time"
    )


def print_tuned(result: Tuned, console: "Console") -> None:
    """Print what was written."""
    from rich.markup import escape

    best = result.best
    console.print(
        f"[bold]{escape(str(result.path))}[/bold]: WER {result.greedy_wer:.4f} greedy, "
        f"{best.wer:.4f} with the language model (alpha {best.weights.alpha:.2f}, beta "
        f"{best.weights.beta:.2f}, unknown {best.weights.unknown:.2f}); language model "
        f"{result.lm_bytes / 1e6:.2f} x 10⁶ bytes, read in {result.load_s:.3f} s"
    )
    if best.wer >= result.greedy_wer:
        console.print(
            "[yellow]It doesn't help[/yellow] on these clips; give it more text of the kind that "
            "is spoken"
        )
