"""How other aligners do beside that of `malgwi cut`, where text and recording don't agree.

    python benchmarks/aligners.py save MODEL DATASET FOLDER --other SPEECH
    PEER-PYTHON benchmarks/aligners.py compare FOLDER [--aligners NAME ...]

`save` lets a model listen to the scenes of `benchmarks/cut.py` and keeps its logits in FOLDER,
with those of a made-up hour. `compare` gives each to

    cut          the aligner of `malgwi cut`, and its stretches,
    ctc-seg      ctc-segmentation, a space behind each sentence,
    ctc-seg-gap  the same where a blank costs nothing (`blank_transition_cost_zero`),
    forced       torchaudio.functional.forced_align, a space between sentences,
    forced-star  the same with a star instead, a token that always has probability 1,

each in a process of its own. PEER-PYTHON has what they need, and NumPy for the first.

Right, kept and off are as in `benchmarks/cut.py`. The others say a score for each sentence and
leave to the user from which one on it counts. So they are shown with all sentences kept, and with
the best border that there is for the scene, which no user knows: of those that keep 95 % of the
right sentences, the one that has the fewest off. Seconds are of the processor; memory is the
process's peak, with what stood there before the aligner began.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from malgwi.decoding.decode import Logits
from malgwi.errors import MalgwiError
from malgwi.recognition.locate import locate
from malgwi.speech.text import PLAIN, normalise
from malgwi.speech.vocab import Vocab

HOUR = "hour"
ENOUGH = 0.95
"""Of the right sentences, what a border must keep."""
LIMIT = 12 << 30
"""Bytes that an aligner may take; more is told as such."""


class Place(NamedTuple):
    """Where a sentence is said, in frames, and how sure that is."""

    start: float
    end: float
    score: float


Aligner = Callable[[Logits, Vocab, Sequence[Sequence[int]]], list[Place]]


def ctc_segmentation(
    logits: Logits, vocab: Vocab, sentences: Sequence[Sequence[int]], *, gaps: bool = False
) -> list[Place]:
    """Align by ctc-segmentation; a sentence is from its first letter to its last."""
    library = import_module("ctc_segmentation")
    config = library.CtcSegmentationParameters(
        char_list=list(vocab.emits),
        blank=vocab.blank,
        index_duration=1.0,
        blank_transition_cost_zero=gaps,
    )
    tokens = [np.array([*sentence, vocab.delimiter]) for sentence in sentences]
    matrix, begins = library.prepare_token_list(config, tokens)
    timings, probabilities, _ = library.ctc_segmentation(config, _log_softmax(logits), matrix)
    segments = library.determine_utterance_segments(
        config, begins, probabilities, timings, sentences
    )
    # Each sentence has a blank before it and the space behind it.
    return [
        Place(timings[begin + 1], timings[after - 2] + 1, score)
        for begin, after, (_, _, score) in zip(begins, begins[1:], segments, strict=False)
    ]


def forced_align(
    logits: Logits, vocab: Vocab, sentences: Sequence[Sequence[int]], *, star: bool = False
) -> list[Place]:
    """Align by torchaudio; a score is the mean over the frames of a sentence's letters."""
    torch = import_module("torch")
    scores = _log_softmax(logits)
    filler = [scores.shape[1] if star else vocab.delimiter]
    if star:
        scores = np.pad(scores, ((0, 0), (0, 1)))
    targets, spans = [*filler], []
    for sentence in sentences:
        spans.append((len(targets), len(targets) + len(sentence)))
        targets += [*sentence, *filler]
    path, found = import_module("torchaudio.functional").forced_align(
        torch.from_numpy(scores)[None],
        torch.tensor([targets], dtype=torch.int32),
        blank=vocab.blank,
    )
    path, found = path[0].numpy(), found[0].numpy()
    # Frames of tokens, each run of equal ones a target; blanks stand between equal neighbours.
    begins = np.flatnonzero((path != vocab.blank) & (path != np.append(-1, path[:-1])))
    ends = np.flatnonzero((path != vocab.blank) & (path != np.append(path[1:], -1))) + 1
    places = []
    for first, last in spans:
        start, end = int(begins[first]), int(ends[last - 1])
        letters = path[start:end] != vocab.blank
        places.append(Place(start, end, float(found[start:end][letters].mean())))
    return places


def _log_softmax(logits: Logits) -> Logits:
    shifted = logits - logits.max(axis=1, keepdims=True)
    result: Logits = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result


def _with_gaps(*given: Any) -> list[Place]:
    return ctc_segmentation(*given, gaps=True)


def _with_star(*given: Any) -> list[Place]:
    return forced_align(*given, star=True)


OURS = "cut"
PEERS: dict[str, Aligner] = {
    "ctc-seg": ctc_segmentation,
    "ctc-seg-gap": _with_gaps,
    "forced": forced_align,
    "forced-star": _with_star,
}


def save(model: str, dataset: Path, folder: Path, other: Path | None, first: int) -> None:
    """Keep the logits of all scenes."""
    from cut import EXTRA, SENTENCES, clips_of, hour, other_reader, scenes
    from malgwi.decoding.search import KNOWN_TEXT
    from malgwi.recognition.recognise import open_recogniser
    from malgwi.speech.audio import SAMPLE_RATE

    clips = clips_of(dataset, first, SENTENCES + EXTRA)
    recogniser = open_recogniser(model, search=KNOWN_TEXT)
    folder.mkdir(parents=True)
    for scene in scenes(clips[:SENTENCES], clips[SENTENCES:], other_reader(other)):
        logits = recogniser.whole_logits([scene.samples])
        facts = {"frame_s": recogniser.grid.hop / SAMPLE_RATE, "places": scene.places}
        _keep(folder / scene.name, logits, recogniser.vocab, scene.lines, facts)
    logits, vocab, text = hour()
    _keep(folder / HOUR, logits, vocab, text.split("\n"), {})


def _keep(
    path: Path, logits: Logits, vocab: Vocab, lines: Sequence[str], facts: dict[str, Any]
) -> None:
    np.save(path.with_suffix(".npy"), logits)
    written = {"ids": vocab.to_ids(), "lines": lines, **facts}
    path.with_suffix(".json").write_text(json.dumps(written), encoding="utf-8")


def measure(folder: Path, scene: str, aligner: str) -> None:
    """Print what one aligner makes of one scene, as JSON."""
    facts = json.loads((folder / f"{scene}.json").read_text(encoding="utf-8"))
    (ids := folder / f"{scene}.{aligner}.vocab").write_text(json.dumps(facts["ids"]))
    vocab = Vocab.read(ids, "character", PLAIN)
    ids.unlink()
    logits, lines = np.load(folder / f"{scene}.npy"), facts["lines"]
    sentences = [vocab.encode(normalise(line)) for line in lines]
    if aligner != OURS:
        import_module("torchaudio.functional" if "forced" in aligner else "ctc_segmentation")
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
    before, begun = _peak(), time.process_time()
    found: Any = None
    try:
        if aligner == OURS:
            found = locate(logits, vocab, "\n".join(lines))
        else:
            found = PEERS[aligner](logits, vocab, sentences)
    except (MalgwiError, MemoryError, RuntimeError, AssertionError, IndexError) as error:
        print(json.dumps({"failed": str(error).splitlines()[0][:100] or repr(error)}))
        return
    told: dict[str, Any] = {
        "seconds": time.process_time() - begun,
        "before": before,
        "peak": _peak(),
    }
    if scene != HOUR:
        told["shown"] = _judged(found, facts)
    print(json.dumps(told))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _judged(found: Any, facts: dict[str, Any]) -> str:
    """Return how many sentences are kept and off: all of them, and by the best border."""
    from cut import OFF_S, Scene, judge

    truth = [place and (place[0], place[1]) for place in facts["places"]]
    if not isinstance(found, list):
        scene = Scene("", np.zeros(0, np.float32), tuple(facts["lines"]), tuple(truth))
        right, kept, off = judge(scene, found, facts["frame_s"])
        return f"of {right}: {kept} kept, {off} off"
    wrong = [
        place is None
        or max(
            abs(one.start * facts["frame_s"] - place[0]), abs(one.end * facts["frame_s"] - place[1])
        )
        > OFF_S
        for one, place in zip(found, truth, strict=True)
    ]
    right = sum(place is not None for place in truth)
    borders = []
    for border in {one.score for one in found}:
        chosen = [at for at, one in enumerate(found) if one.score >= border]
        kept = sum(truth[at] is not None for at in chosen)
        if kept >= ENOUGH * right:
            borders.append((sum(wrong[at] for at in chosen), -kept))
    off, kept = min(borders)
    return f"of {right}: {right} kept, {sum(wrong)} off; best border {-kept} kept, {off} off"


def compare(folder: Path, aligners: Sequence[str]) -> None:
    """Print a line for each scene and aligner."""
    for file in sorted(folder.glob("*.npy"), key=lambda p: (p.stem == HOUR, p.stem)):
        for aligner in aligners:
            command = [sys.executable, __file__, "one", str(folder), file.stem, aligner]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{file.stem:8} {aligner:12} ended: {done.stderr.strip()[-200:]}")
                continue
            told = json.loads(done.stdout.splitlines()[-1])
            if "failed" in told:
                print(f"{file.stem:8} {aligner:12} failed: {told['failed']}", flush=True)
                continue
            print(
                f"{file.stem:8} {aligner:12} {told['seconds']:6.1f} s, {told['peak']:6.0f} MB "
                f"({told['before']:.0f} before)  {told.get('shown', '')}",
                flush=True,
            )


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    tasks = parser.add_subparsers(dest="task", required=True)
    saving = tasks.add_parser("save")
    saving.add_argument("model")
    saving.add_argument("dataset", type=Path)
    saving.add_argument("folder", type=Path)
    saving.add_argument("--other", type=Path)
    saving.add_argument("--first", type=int, default=0)
    comparing = tasks.add_parser("compare")
    comparing.add_argument("folder", type=Path)
    comparing.add_argument("--aligners", nargs="+", default=[OURS, *PEERS])
    one = tasks.add_parser("one")
    one.add_argument("folder", type=Path)
    one.add_argument("scene")
    one.add_argument("aligner")
    args = parser.parse_args()
    if args.task == "save":
        save(args.model, args.dataset, args.folder, args.other, args.first)
    elif args.task == "compare":
        compare(args.folder, args.aligners)
    else:
        measure(args.folder, args.scene, args.aligner)


if __name__ == "__main__":
    main()
