"""How well a recogniser does on a split of a data set: figures, and every utterance behind them.

Both sides go through `malgwi.speech.text.normalise`. Clips that can't be read are named and
counted, and are in none of the figures.
"""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace as replace_fields
from pathlib import Path

from malgwi.dataset.manifest import Utterance, load_dataset
from malgwi.dataset.sound import Recordings
from malgwi.decoding.decode import Alternative
from malgwi.decoding.search import DEFAULT, Search
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
    if limit is not None and limit < 1:
        raise MalgwiError(f"--limit {limit}: expected 1 or more utterances")
    data = load_dataset(dataset)
    utterances = data.split(split)[:limit]
    page = None if html is None else claim_page(html)
    warned: list[str] = []
    with ExitStack() as stack:
        if output is not None:
            folder = stack.enter_context(publish_folder(output, replace=replace))
        recogniser = open_recogniser(model, threads=threads, search=search, warn=warned.append)
        if other := recogniser.vocab.rules.differs(data.vocab.rules):
            warned.append(f"{model} and {dataset} were normalised otherwise: {other}")
        results = evaluate_utterances(
            recogniser, utterances, data.vocab.rules, dataset=str(dataset), split=split
        )
        results = replace_fields(results, warnings=(*warned, *results.warnings))
        if output is not None:
            write(results, folder)
    if page is not None:
        write_evaluation(page, results, utterances, recogniser)
    return results


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
    scored: list[UtteranceScore] = []
    words: list[Judged] = []
    best: list[UtteranceScore] = []
    unreadable: list[Unreadable] = []
    warned: list[str] = []
    audio_seconds = 0.0
    recordings = Recordings()
    started = time.perf_counter()
    with audio_progress("evaluating", sum(u.duration for u in utterances)) as advance:
        for utterance in utterances:
            try:
                heard = transcribe_utterance(recogniser, utterance, recordings, warn=warned.append)
            except MalgwiError as error:
                unreadable.append(Unreadable(utterance.id, str(error)))
            else:
                scored.append(_score(utterance, heard.text, rules))
                if recogniser.nbest:
                    best.append(_best(utterance, heard.alternatives, rules) or scored[-1])
                words += judge(heard.words, scored[-1].reference, rules)
                audio_seconds += utterance.duration
            advance(utterance.duration)
    seconds = time.perf_counter() - started
    if not scored:
        raise MalgwiError(
            f"{dataset}: none of the {len(utterances)} clips of split {split!r} can be read; the "
            f"first: {unreadable[0].reason}"
        )
    return Results(
        recogniser.name,
        dataset,
        split,
        tuple(scored),
        tuple(words),
        tuple(unreadable),
        tuple(warned),
        audio_seconds,
        seconds,
        recogniser.nbest,
        tuple(best),
    )


def _best(
    utterance: Utterance, alternatives: Sequence[Alternative], rules: Normalisation
) -> UtteranceScore | None:
    scores = [_score(utterance, alternative.text, rules) for alternative in alternatives]
    return min(scores, key=lambda score: score.words.errors, default=None)


def _score(utterance: Utterance, hypothesis: str, rules: Normalisation) -> UtteranceScore:
    return score_utterance(
        normalise(utterance.text, rules),
        normalise(hypothesis, rules),
        id=utterance.id,
        speaker=utterance.speaker,
    )


def _name(text: str) -> str:
    return {"": "∅", " ": "␣"}.get(text, text)
