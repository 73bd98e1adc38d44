"""`malgwi tune`: how much a language model should count, found on validation data.

The recogniser runs once; then weights are tried, each time with a whole search, since alternatives
kept from one search say little about other weights. Pattern search (Hooke & Jeeves 1961): go to the
best neighbour as long as one is better, then try smaller steps.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from dataclasses import replace as replace_fields
from math import ceil, inf, log
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from malgwi.bundle.add_lm import add_lm
from malgwi.bundle.bundle import is_bundle
from malgwi.dataset.manifest import Utterance, load_dataset
from malgwi.dataset.sound import Recordings
from malgwi.decoding.beam import REACH
from malgwi.decoding.decode import Logits
from malgwi.decoding.search import GREEDY, found, found_words, with_lm
from malgwi.errors import MalgwiError
from malgwi.evaluation.calibration import Judged, fit, judge
from malgwi.evaluation.results import UNSEPARATED
from malgwi.lm.lm_file import lm_bytes, open_lm, write_lm
from malgwi.lm.ngram import LanguageModel, Weights
from malgwi.progress import audio_progress
from malgwi.publish import claim_file
from malgwi.recognition.recognise import Recogniser, open_recogniser
from malgwi.speech.score import Measure, measure_for, rank, score_texts
from malgwi.speech.text import Normalisation, normalise

if TYPE_CHECKING:
    from rich.console import Console

STEPS = (1.0, 0.5)
DIRECTIONS = (
    (0.2, 0.0, 0.0),
    (-0.2, 0.0, 0.0),
    (0.0, 1.0, 0.0),
    (0.0, -1.0, 0.0),
    (0.0, 0.0, 2.0),
    (0.0, 0.0, -2.0),
    (0.2, 1.0, 0.0),  # a model that counts more needs more to make up for the words
    (-0.2, -1.0, 0.0),
)
"""What alpha, beta and unknown are changed by, times the step."""
MOST_TRIALS = 40
MOST_SECONDS = 1_800.0
"""Of speech; more says little about three numbers."""


@dataclass(frozen=True)
class WeightsTrial:
    """One search over all clips."""

    weights: Weights
    wer: float
    cer: float
    real_time_factor: float
    """Seconds of searching, on one processor, for a second of speech."""


@dataclass(frozen=True)
class Tuned:
    """What tuning found."""

    path: Path
    split: str
    utterances: int
    words: int
    measure: Measure
    """What the weights are chosen by."""
    greedy_wer: float
    greedy_cer: float
    trials: tuple[WeightsTrial, ...]
    """In their order; the first has the weights that a model has before it is tuned."""
    lm_bytes: int
    load_s: float
    """Seconds to read the language model as it was given."""

    @property
    def best(self) -> WeightsTrial:
        """The trial whose weights were written: the fewest errors, the first among equals."""
        return _best(self.trials, self.measure)

    def to_json(self) -> dict[str, Any]:
        """Return the facts as JSON types."""
        best = self.best
        found = {**asdict(best.weights), "wer": best.wer, "cer": best.cer}
        return {**asdict(self), "path": str(self.path), "best": found}


class _Clip(NamedTuple):
    """One clip, listened to."""

    logits: Logits
    rules: Normalisation
    reference: str
    seconds: float
    greedy: str


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
        console: where the trials are printed; nowhere.

    Raises:
        MalgwiError: the model, the data, the language model or the output is wrong.
    """
    _check(model, output, split)
    place = claim_file(output, replace=replace)
    data = load_dataset(dataset)
    rules, utterances = data.vocab.rules, data.split(split)
    chosen = _spread(utterances)
    words = sum(len(normalise(u.text, rules).split()) for u in chosen)
    if not words:
        raise MalgwiError(f"{dataset}: split {split!r} has no words to score")
    recogniser = open_recogniser(model, threads=threads, search=GREEDY)
    opening = time.perf_counter()
    language = open_lm(lm, warn, rules)
    load_s = time.perf_counter() - opening
    clips = _hear(recogniser, chosen, rules)
    with_lm(recogniser.vocab, language, warn)  # says what is odd about it
    references = [clip.reference for clip in clips]
    greedy = score_texts(references, [clip.greedy for clip in clips])
    measure = measure_for(references, delimiter=recogniser.vocab.delimiter is not None)
    if console:
        rates = _rates(measure, greedy.wer, greedy.cer)
        console.print(f"greedy: {rates} on {len(clips)} clips of {split}, {words} words")
    if language.rules is None:
        language = replace_fields(language, rules=rules)
    trials = _trials(recogniser, language, clips, measure, console)
    best = _best(trials, measure)
    language = language.weighted(best.weights)
    if output.suffix == ".malgwi":
        add_lm(
            Path(model),
            language,
            place,
            wer=best.wer,
            cer=best.cer,
            split=split,
            made_from=lm.name,
            confidence=fit(_judged(recogniser, language, clips)),
        )
    else:
        write_lm(language, place)
    return Tuned(
        path=output,
        split=split,
        utterances=len(clips),
        words=words,
        measure=measure,
        greedy_wer=greedy.wer,
        greedy_cer=greedy.cer,
        trials=tuple(trials),
        lm_bytes=len(lm_bytes(language)),
        load_s=load_s,
    )


def _check(model: str | Path, output: Path, split: str) -> None:
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


def _spread(utterances: Sequence[Utterance]) -> list[Utterance]:
    """Return utterances of at most `MOST_SECONDS` together, evenly spread."""
    every = max(1, ceil(sum(u.duration for u in utterances) / MOST_SECONDS))
    return list(utterances[::every])


def _hear(
    recogniser: Recogniser, utterances: Sequence[Utterance], rules: Normalisation
) -> list[_Clip]:
    clips, recordings = [], Recordings()
    with audio_progress("listening", sum(u.duration for u in utterances)) as advance:
        for utterance in utterances:
            logits = recogniser.whole_logits([recordings.read(utterance)])
            reference = normalise(utterance.text, rules)
            greedy = normalise(recogniser.vocab.decode(logits.argmax(axis=1).tolist()), rules)
            clips.append(_Clip(logits, rules, reference, utterance.duration, greedy))
            advance(utterance.duration)
    return clips


def _best(trials: Iterable[WeightsTrial], measure: Measure) -> WeightsTrial:
    return min(trials, key=lambda trial: rank(measure, trial.wer, trial.cer))


def _trials(
    recogniser: Recogniser,
    lm: LanguageModel,
    clips: Sequence[_Clip],
    measure: Measure,
    console: "Console | None",
) -> list[WeightsTrial]:
    tried: dict[Weights, WeightsTrial] = {}

    def attempt(weights: Weights) -> None:
        tried[weights] = _searched(recogniser, lm.weighted(weights), clips)
        if console:
            _print_trial(tried[weights], measure, console)

    def known(weights: Weights) -> tuple[float, float]:
        found = tried.get(weights)
        return rank(measure, found.wer, found.cer) if found else (inf, inf)

    best = Weights()
    attempt(best)
    for step in STEPS:
        while True:
            near = [w for w in dict.fromkeys(_neighbours(best, step)) if w not in tried]
            for weights in near[: MOST_TRIALS - len(tried)]:
                attempt(weights)
            nearest = min(_neighbours(best, step), key=known)
            if known(nearest) >= known(best):
                break
            best = nearest
    return list(tried.values())


def _neighbours(weights: Weights, step: float) -> list[Weights]:
    """Return the weights around these, within their ranges."""
    found = []
    for alpha, beta, unknown in DIRECTIONS:
        # Past REACH the search gives unknown words up at once, whatever they cost.
        cost = min(max(weights.unknown + step * unknown, 0.0), -log(REACH))
        counted = max(weights.alpha + step * alpha, 0.0)
        found.append(
            Weights(round(counted, 3), round(weights.beta + step * beta, 3), round(cost, 3))
        )
    return found


def _searched(recogniser: Recogniser, lm: LanguageModel, clips: Sequence[_Clip]) -> WeightsTrial:
    begin = with_lm(recogniser.vocab, lm)
    texts = []
    seconds = 0.0
    with audio_progress("searching", sum(clip.seconds for clip in clips)) as advance:
        for clip in clips:
            started = time.process_time()
            text = found(begin, clip.logits)
            seconds += time.process_time() - started
            texts.append(normalise(text, clip.rules))
            advance(clip.seconds)
    speech = max(sum(clip.seconds for clip in clips), 1e-9)
    score = score_texts([clip.reference for clip in clips], texts)
    return WeightsTrial(lm.weights, score.wer, score.cer, seconds / speech)


def _judged(recogniser: Recogniser, lm: LanguageModel, clips: Sequence[_Clip]) -> list[Judged]:
    """Return every word that is heard with the language model, and whether it is right."""
    begin = with_lm(recogniser.vocab, lm)
    found = ((clip, found_words(begin, clip.logits, recogniser.vocab)) for clip in clips)
    return [judged for clip, words in found for judged in judge(words, clip.reference, clip.rules)]


def _rates(measure: Measure, wer: float, cer: float) -> str:
    """Return both rates, the one that counts first."""
    rates = [f"WER {wer:.4f}", f"CER {cer:.4f}"]
    return ", ".join(rates if measure == "WER" else reversed(rates))


def _print_trial(trial: WeightsTrial, measure: Measure, console: "Console") -> None:
    weights = trial.weights
    console.print(
        f"alpha {weights.alpha:.2f}, beta {weights.beta:.2f}, unknown {weights.unknown:.2f}: "
        f"{_rates(measure, trial.wer, trial.cer)}, search {trial.real_time_factor:.4f} x real time"
    )


def print_tuned(result: Tuned, console: "Console") -> None:
    """Print what was written."""
    from rich.markup import escape

    best, measure = result.best, result.measure
    console.print(
        f"[bold]{escape(str(result.path))}[/bold]: "
        f"{_rates(measure, result.greedy_wer, result.greedy_cer)} greedy; "
        f"{_rates(measure, best.wer, best.cer)} with the language model (alpha "
        f"{best.weights.alpha:.2f}, beta {best.weights.beta:.2f}, unknown "
        f"{best.weights.unknown:.2f}); language model {result.lm_bytes / 1e6:.2f} x 10⁶ bytes, "
        f"read in {result.load_s:.3f} s"
    )
    if measure == "CER":
        console.print(UNSEPARATED)
    if rank(measure, best.wer, best.cer) >= rank(measure, result.greedy_wer, result.greedy_cer):
        console.print(
            "[yellow]It doesn't help[/yellow] on these clips; give it more text of the kind that "
            "is spoken"
        )
