"""How well a recogniser does on a split of a data set: figures, and every utterance behind them.

Both sides go through `malgwi.speech.text.normalise`. Clips that can't be read are named and
counted, and are in none of the figures.
"""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from functools import partial
from pathlib import Path
from typing import Any

from malgwi.dataset.manifest import Dataset, Utterance, load_dataset
from malgwi.dataset.sound import Recordings, by_recording
from malgwi.decoding.decode import Alternative
from malgwi.decoding.search import DEFAULT, Search
from malgwi.each import Advance, Work
from malgwi.errors import MalgwiError
from malgwi.evaluation.calibration import Judged, judge
from malgwi.evaluation.page import write_evaluation
from malgwi.evaluation.results import Results, Unreadable, write
from malgwi.page.shell import claim_page
from malgwi.progress import audio_progress
from malgwi.publish import publish_folder
from malgwi.recognition.recognise import Recogniser, open_recogniser, transcribe_utterance
from malgwi.speech.score import (
    UtteranceScore,
    score_utterance,
)
from malgwi.speech.text import PLAIN, Normalisation, normalise


def evaluate(
    model: str | Path,
    dataset: Path,
    *,
    split: str = "test",
    output: Path | None = None,
    html: Path | None = None,
    limit: int | None = None,
    threads: int | None = None,
    search: Search = DEFAULT,
    replace: bool = False,
) -> Results:
    """Transcribe a split and score it.

    Args:
        model: a run, checkpoint or bundle, as `malgwi.recognition.recognise.open_recogniser` takes.
        dataset: a folder written by `malgwi prepare`.
        split: which part of it.
        output: a folder for `results.json`, `utterances.csv` and `utterances.json`.
        html: a page to listen and look, written as one file; an older page gives way.
        limit: only the first so many utterances of the split.
        threads: processor threads for the model.
        search: how to find the words; with `nbest`, the errors of the best alternative are
            counted, too.
        replace: whether `output` may replace an earlier evaluation.

    Raises:
        MalgwiError: `output` or `html` can't be written, which is told before the work; the
            model or data set can't be opened, the split is empty, or not one clip
            of it can be read. Single clips that can't be read are in `Results.unreadable`:
            `check_complete` raises for them once everything is written.
    """
    data, utterances = chosen(dataset, split, limit)
    page = None if html is None else claim_page(html)
    with ExitStack() as stack:
        if output is not None:
            folder = stack.enter_context(publish_folder(output, replace=replace))
        recogniser, warned = opened(model, data, threads=threads, search=search)
        results = evaluate_utterances(
            recogniser, utterances, data.vocab.rules, dataset=str(dataset), split=split
        )
        results = replace_fields(results, warnings=(*warned, *results.warnings))
        if output is not None:
            write(results, folder)
    if page is not None:
        write_evaluation(page, results, utterances, recogniser)
    return results


def chosen(dataset: Path, split: str, limit: int | None) -> tuple[Dataset, tuple[Utterance, ...]]:
    """Return a data set and those utterances of it that are asked for.

    Raises:
        MalgwiError: it can't be opened, the split is empty, or `limit` leaves nothing.
    """
    if limit is not None and limit < 1:
        raise MalgwiError(f"--limit {limit}: expected 1 or more utterances")
    data = load_dataset(dataset)
    return data, data.split(split)[:limit]


def opened(
    model: str | Path, data: Dataset, *, threads: int | None, search: Search
) -> tuple[Recogniser, list[str]]:
    """Open a recogniser for a data set; return it, and what is to be said of the two.

    Raises:
        MalgwiError: it can't be opened.
    """
    warned: list[str] = []
    recogniser = open_recogniser(model, threads=threads, search=search, warn=warned.append)
    if other := recogniser.vocab.rules.differs(data.vocab.rules):
        warned.append(f"{model} and {data.folder} were normalised otherwise: {other}")
    return recogniser, warned


def evaluate_utterances(
    recogniser: Recogniser,
    utterances: Sequence[Utterance],
    rules: Normalisation = PLAIN,
    *,
    dataset: str,
    split: str,
) -> Results:
    """Transcribe and score `utterances`, normalised by `rules`, with an open recogniser.

    Raises:
        MalgwiError: not one of the clips can be read.
    """
    outcomes: list[Outcome] = []
    with audio_progress("evaluating", sum(u.duration for u in utterances)) as advance:
        for together in by_recording(utterances):
            outcomes += hear(recogniser, together, advance, rules=rules)
    return score(
        outcomes, model=recogniser.name, dataset=dataset, split=split, nbest=recogniser.nbest
    )


@dataclass(frozen=True)
class Outcome:
    """What was heard of one utterance: all that its figures are made of."""

    id: str
    speaker: str | None
    duration: float
    reference: str
    seconds: float
    """Wall time of reading and recognising."""
    unreadable: str | None = None
    """Why nothing was heard."""
    hypothesis: str = ""
    best: str | None = None
    """The alternative with the fewest word errors, where there are any."""
    words: Sequence[Judged] = ()
    left_out: bool = False
    """Whether some sound was taken for no speech."""
    warnings: Sequence[str] = ()


def hearing(rules: Normalisation) -> Work[Recogniser, Sequence[Utterance], list[Outcome]]:
    """Return the work that an evaluation is for the utterances of one recording."""
    return Work(
        partial(hear, rules=rules),
        seconds=lambda utterances: sum(u.duration for u in utterances),
        name=lambda utterances: utterances[0].audio,
    )


def hear(
    recogniser: Recogniser,
    utterances: Sequence[Utterance],
    advance: Advance,
    *,
    rules: Normalisation,
) -> list[Outcome]:
    """Transcribe utterances of one recording; `advance` is told of the seconds of each."""
    recordings = Recordings()
    outcomes = []
    for utterance in utterances:
        started = time.perf_counter()
        reference, warned = normalise(utterance.text, rules), list[str]()
        try:
            heard = transcribe_utterance(recogniser, utterance, recordings, warn=warned.append)
        except MalgwiError as error:
            found: dict[str, Any] = {"unreadable": str(error)}
        else:
            found = {
                "hypothesis": normalise(heard.text, rules),
                "best": _best(reference, heard.alternatives, rules),
                "words": tuple(judge(heard.words, reference, rules)),
                "left_out": bool(heard.not_speech),
            }
        seconds = time.perf_counter() - started
        outcomes.append(
            Outcome(
                utterance.id,
                utterance.speaker,
                utterance.duration,
                reference,
                seconds,
                warnings=tuple(warned),
                **found,
            )
        )
        advance(utterance.duration)
    return outcomes


def unheard(utterance: Utterance, rules: Normalisation, why: MalgwiError) -> Outcome:
    """Return what there is to say of an utterance at which the process died that heard it."""
    return Outcome(
        utterance.id,
        utterance.speaker,
        utterance.duration,
        normalise(utterance.text, rules),
        0.0,
        unreadable=str(why),
    )


def score(
    outcomes: Sequence[Outcome], *, model: str, dataset: str, split: str, nbest: int
) -> Results:
    """Return the figures of all utterances.

    Raises:
        MalgwiError: not one of the clips could be read.
    """
    unreadable = [Unreadable(o.id, o.unreadable) for o in outcomes if o.unreadable is not None]
    heard = [outcome for outcome in outcomes if outcome.unreadable is None]
    if not heard:
        raise MalgwiError(
            f"{dataset}: none of the {len(outcomes)} clips of split {split!r} can be read; the "
            f"first: {unreadable[0].reason}"
        )
    scored = [_score(outcome, outcome.hypothesis) for outcome in heard]
    best = [
        one if outcome.best is None else _score(outcome, outcome.best)
        for outcome, one in zip(heard, scored, strict=True)
    ]
    warned = [sentence for outcome in outcomes for sentence in outcome.warnings]
    left_out = [
        outcome.id
        for outcome, one in zip(heard, scored, strict=True)
        if outcome.left_out and one.words.deletions
    ]
    if left_out:
        warned.append(
            f"words are missing in {len(left_out)} of {len(scored)} clips, the first "
            f"{left_out[0]}, in which some sound was taken for no speech; --no-detector hears it"
        )
    return Results(
        model,
        dataset,
        split,
        tuple(scored),
        tuple(word for outcome in heard for word in outcome.words),
        tuple(unreadable),
        tuple(warned),
        sum(outcome.duration for outcome in heard),
        sum(outcome.seconds for outcome in outcomes),
        nbest,
        tuple(best) if nbest else (),
    )


def _best(reference: str, alternatives: Sequence[Alternative], rules: Normalisation) -> str | None:
    texts = [normalise(alternative.text, rules) for alternative in alternatives]
    return min(texts, key=lambda text: score_utterance(reference, text).words.errors, default=None)


def _score(outcome: Outcome, hypothesis: str) -> UtteranceScore:
    return score_utterance(outcome.reference, hypothesis, id=outcome.id, speaker=outcome.speaker)
