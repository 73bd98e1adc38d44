"""One part of an evaluation, for job arrays, and all parts together as one run writes them.

A part keeps what was heard of each utterance; figures are made when all are there, by the same
function as those of one run.
"""

from dataclasses import asdict
from dataclasses import replace as replace_fields
from pathlib import Path
from typing import Any

from malgwi.dataset.manifest import DATASET, MANIFEST, VOCAB
from malgwi.decoding.search import DEFAULT, Search
from malgwi.errors import MalgwiError
from malgwi.evaluation.calibration import Judged
from malgwi.evaluation.evaluate import Outcome, by_recording, chosen, hear, opened, score
from malgwi.evaluation.results import Results, write
from malgwi.job_array import Joined, Part, Work, record
from malgwi.progress import audio_progress
from malgwi.publish import claim_folder, publish_folder
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
        left = [n for n in mine if n not in done.done or _unreadable(done.done[n])]
        with audio_progress("evaluating", sum(u.duration for n in left for u in items[n])) as heard:
            for n in left:
                outcomes = hear(recogniser, items[n], data.vocab.rules, heard)
                done.add(n, [asdict(outcome) for outcome in outcomes])
        broken = [one for n in mine for one in _unreadable(done.done[n])]
    total = sum(len(items[n]) for n in mine)
    if broken:
        raise MalgwiError(
            f"part {part}: {len(broken)} of {total} clips can't be read, the first "
            f"{broken[0]['id']}: {broken[0]['unreadable']}"
        )
    return total


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
