"""A split of a data set on a Ray cluster → the figures that one machine finds.

What is heard is recorded here as tasks end, as the only part of a job array does, and joined.
"""

from pathlib import Path

from malgwi.cluster.machines import machines
from malgwi.cluster.openings import Listener
from malgwi.decoding.search import DEFAULT, Search
from malgwi.evaluation.evaluate import chosen, opened
from malgwi.evaluation.evaluate_part import hear_part, join_evaluation
from malgwi.evaluation.page import write_evaluation
from malgwi.evaluation.results import Results
from malgwi.job_array import Part, join
from malgwi.page.shell import claim_page


def evaluate_on_cluster(
    address: str,
    model: str | Path,
    dataset: Path,
    *,
    split: str = "test",
    output: Path,
    html: Path | None = None,
    limit: int | None = None,
    cpus: int = 1,
    gpus: float = 0.0,
    search: Search = DEFAULT,
    replace: bool = False,
) -> Results:
    """Transcribe a split on a cluster and score it; a run that died goes on where it was.

    Args:
        address: `local`, `auto` or HOST:PORT.
        model: a run, checkpoint or bundle, at the same path on every machine.
        dataset: a folder written by `malgwi prepare`; its recordings are at the same paths on
            every machine.
        split: which part of it.
        output: a folder of this machine, as for `malgwi.evaluation.evaluate.evaluate`.
        html: a page to listen and look, written here.
        limit: only the first so many utterances of the split.
        cpus: processors, and threads, that a task takes.
        gpus: shares of a GPU that it takes.
        search: how to find the words.
        replace: whether `output` may replace an earlier evaluation.

    Raises:
        MalgwiError: the cluster can't be joined or has other versions; or as `evaluate`.
    """
    page = None if html is None else claim_page(html)
    with machines(address) as cluster:
        hear_part(
            model,
            dataset,
            Part(1, 1),
            split=split,
            output=output,
            limit=limit,
            threads=cpus,
            search=search,
            replace=replace,
            each=cluster.each(Listener(str(model), search, cpus), cpus=cpus, gpus=gpus),
        )
    results = join_evaluation(output, join(output), replace=replace)
    if page is not None:
        data, utterances = chosen(dataset, split, limit)
        recogniser, _ = opened(model, data, threads=cpus, search=search)
        write_evaluation(page, results, utterances, recogniser)
    return results
