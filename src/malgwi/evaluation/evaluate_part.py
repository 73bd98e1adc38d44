"""One part of an evaluation, for job arrays, and all parts together as one run writes them.

A part keeps what was heard of each utterance; figures are made when all are there, by the same
function as those of one run.
"""

from dataclasses import asdict
from dataclasses import replace as replace_fields
from pathlib import Path
from typing import Any

from malgwi.dataset.manifest import DATASET, MANIFEST, VOCAB
from malgwi.dataset.sound import by_recording
from malgwi.decoding.search import DEFAULT, Search
from malgwi.each import Each, each_of_groups, here
from malgwi.errors import MalgwiError
from malgwi.evaluation.calibration import Judged
from malgwi.evaluation.evaluate import Outcome, chosen, hearing, opened, score, unheard
from malgwi.evaluation.results import Results, write
from malgwi.job_array import Joined, Part, Work, record
from malgwi.progress import audio_progress
from malgwi.publish import claim_folder, publish_folder
from malgwi.recognition.recognise import Recogniser
from malgwi.recognition.same_work import digest, same_model


def evaluate_part(
    model: str | Path,
    dataset: Path,
    part: Part,
    *,
    split: str = "test",
    output: Path,
    limit: int | None = None,
    threads: int | None = None,
    search: Search = DEFAULT,
    replace: bool = False,
) -> int:
    """Transcribe one part of a split; a part that was begun goes on. Return its utterances.

    Recordings are shared out by the seconds of their utterances. All arguments are those of
    `malgwi.evaluation.evaluate.evaluate`.

    Raises:
        MalgwiError: as `evaluate`; what was begun there is of another work; or, after all the
            others, clips that couldn't be read, which are tried again when the part is run again.
    """
    total, broken = hear_part(
        model,
        dataset,
        part,
        split=split,
        output=output,
        limit=limit,
        threads=threads,
        search=search,
        replace=replace,
    )
    if broken:
        raise MalgwiError(
            f"part {part}: {len(broken)} of {total} clips can't be read, the first "
            f"{broken[0]['id']}: {broken[0]['unreadable']}"
        )
    return total


def hear_part(
    model: str | Path,
    dataset: Path,
    part: Part,
    *,
    split: str,
    output: Path,
    limit: int | None,
    threads: int | None,
    search: Search,
    replace: bool,
    each: Each[Recogniser] | None = None,
) -> tuple[int, list[dict[str, Any]]]:
    """Do what `evaluate_part` does, and return how many utterances, and those not readable.

    `each` says where; None is here, one recording after the other.

    Raises:
        MalgwiError: as `evaluate`; or what was begun there is of another work.
    """
    data, utterances = chosen(dataset, split, limit)
    items = by_recording(utterances)
    mine = part.items([sum(u.stretch.samples for u in item) for item in items])
    claim_folder(output, replace=replace)
    recogniser, warned = opened(model, data, threads=threads, search=search)
    facts = {
        "command": "evaluate",
        **same_model(model, search),
        "data set": f"{dataset} ({digest(dataset / name for name in (MANIFEST, VOCAB, DATASET))})",
        "--split": split,
        "--limit": str(limit),
    }
    about = {
        "model": recogniser.name,
        "dataset": str(dataset),
        "split": split,
        "nbest": recogniser.nbest,
        "warnings": warned,
    }
    with record(output, part, mine, Work(facts, len(items), about)) as done:
        left = {n: items[n] for n in mine if n not in done.done or _unreadable(done.done[n])}
        seconds = sum(u.duration for item in left.values() for u in item)
        work = hearing(data.vocab.rules)
        with audio_progress("evaluating", seconds) as heard:
            for n, found in each_of_groups(each or here(recogniser), work, left, heard):
                outcomes = [
                    unheard(u, data.vocab.rules, one) if isinstance(one, MalgwiError) else one
                    for u, one in zip(items[n], found, strict=True)
                ]
                done.add(n, [asdict(outcome) for outcome in outcomes])
        broken = [one for n in mine for one in _unreadable(done.done[n])]
    return sum(len(items[n]) for n in mine), broken


def join_evaluation(output: Path, joined: Joined, *, replace: bool = False) -> Results:
    """Write what one run for all parts would have written; the records of the parts go.

    Seconds, and what is made of them, are the sum of the parts'.

    Raises:
        MalgwiError: `output` can't be written, or not one of the clips could be read.
    """
    about = dict(joined.work.about)
    warned = about.pop("warnings")
    outcomes = [_outcome(found) for item in joined.found for found in item]
    with publish_folder(output, replace=replace) as folder:
        results = score(outcomes, **about)
        results = replace_fields(results, warnings=(*warned, *results.warnings))
        write(results, folder)
    joined.remove()
    return results


def _outcome(found: dict[str, Any]) -> Outcome:
    return Outcome(**found | {"words": [Judged(*word) for word in found["words"]]})


def _unreadable(item: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [found for found in item if found["unreadable"] is not None]
