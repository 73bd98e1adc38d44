"""Forced alignment: does it find wrong transcripts, and how exact are word times?

    python benchmarks/align.py transcripts starter DATASET
    python benchmarks/align.py transcripts RUN DATASET --splits valid,test
    python benchmarks/align.py times RUN DATASET --splits valid
    python benchmarks/align.py times starter DATASET --reference RUN
    python benchmarks/align.py times RUN DATASET --splits valid --lm lm.bin

`transcripts` plants wrong texts in one clip of twenty, of one kind at a time, and prints how many
of them stand among as many of the worst clips of the ranking of `malgwi prepare --check-with`
(precision at k), the mean of twenty draws. Give splits that the model wasn't trained on.

`times` compares the words that decoding (greedy, or with `--lm`) has right, and those that it has
wrong, with the words in their place in the forced alignment of the true text by the same model (or
by another one, `--reference`), and, where each recording has a `.WRD` file beside it (as TIMIT has:
start, end in samples, word), the forced alignment with that.
"""

import argparse
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from malgwi.dataset.manifest import Utterance, load_dataset
from malgwi.decoding.decode import Logits, Transcript, assemble, best_tokens, runs
from malgwi.decoding.search import Search
from malgwi.errors import MalgwiError
from malgwi.progress import audio_progress
from malgwi.recognition.align import Alignment, align_text, recording_logits
from malgwi.recognition.recognise import Recogniser, open_recogniser
from malgwi.recognition.suspects import suspicion
from malgwi.speech.audio import SAMPLE_RATE
from malgwi.speech.score import edit_script

SHARE, DRAWS = 0.05, 20

Span = tuple[int, int]
"""Start and end in milliseconds."""


def main() -> None:
    """Parse the command line and print one of the two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("transcripts", "times"))
    parser.add_argument("model", help="a run, checkpoint, bundle, or starter")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--splits", default="train,valid,test")
    parser.add_argument("--reference", help="times: the model that aligns the true text")
    parser.add_argument("--lm", type=Path, help="times: a language model to decode with")
    args = parser.parse_args()
    utterances = [
        u for u in load_dataset(args.dataset).utterances if u.split in args.splits.split(",")
    ]
    recogniser = open_recogniser(args.model, search=Search(lm=args.lm))
    heard = _listen(recogniser, utterances)
    print(f"{args.model} on {args.dataset}, {args.splits}: {len(utterances)} clips")
    if args.what == "transcripts":
        _transcripts(recogniser, utterances, heard)
        return
    decoded = [_decode(recogniser, each) for each in heard]
    if args.reference:
        recogniser = open_recogniser(args.reference)
        heard = _listen(recogniser, utterances)
        print(f"forced alignment by {args.reference}")
    texts = [u.text for u in utterances]
    forced = [_align(recogniser, *pair).transcript for pair in zip(heard, texts, strict=True)]
    _times(utterances, decoded, forced, recogniser.vocab.blank)


def _listen(recogniser: Recogniser, utterances: Sequence[Utterance]) -> list[tuple[Logits, int]]:
    heard = []
    with audio_progress("listening", sum(u.duration for u in utterances)) as advance:
        for u in utterances:
            heard.append(recording_logits(recogniser, u.audio))
            advance(u.duration)
    return heard


def _decode(recogniser: Recogniser, heard: tuple[Logits, int]) -> Transcript:
    logits, samples = heard
    frames = best_tokens(logits)
    if recogniser.search is not None:
        search = recogniser.search()
        search.advance(logits)
        frames = search.frame_tokens()
    hop = recogniser.grid.hop
    return assemble(frames, recogniser.vocab, samples=samples, hop=hop, sample_rate=SAMPLE_RATE)


def _align(recogniser: Recogniser, heard: tuple[Logits, int], text: str) -> Alignment:
    logits, samples = heard
    return align_text(logits, recogniser.vocab, text, samples=samples, hop=recogniser.grid.hop)


# ------------------------------------------------------------------------------- transcripts


def _another(words: list[str], texts: Sequence[str], draw: random.Random) -> str:
    return draw.choice([text for text in texts if text.split() != words])


def _alike(words: list[str], texts: Sequence[str], draw: random.Random) -> str:
    length = len(" ".join(words))
    others = [text for text in texts if text.split() != words]
    return draw.choice(sorted(others, key=lambda text: abs(len(text) - length))[:10])


def _cut(words: list[str], texts: Sequence[str], draw: random.Random) -> str:  # noqa: ARG001
    return " ".join(words[: -max(1, len(words) // 3)])


def _gap(words: list[str], texts: Sequence[str], draw: random.Random) -> str:  # noqa: ARG001
    start = draw.randrange(len(words) - 1)
    return " ".join(words[:start] + words[start + 2 :])


def _more(words: list[str], texts: Sequence[str], draw: random.Random) -> str:
    at = draw.randrange(len(words) + 1)
    added = [draw.choice(draw.choice(texts).split()) for _ in range(2)]
    return " ".join(words[:at] + added + words[at:])


def _changed(words: list[str], texts: Sequence[str], draw: random.Random) -> str:
    at = draw.randrange(len(words))
    others = [word for word in draw.choice(texts).split() if word != words[at]] or ["the"]
    return " ".join([*words[:at], draw.choice(others), *words[at + 1 :]])


KINDS: dict[str, Callable[[list[str], Sequence[str], random.Random], str]] = {
    "another clip's text": _another,
    "one of the same length": _alike,
    "last third missing": _cut,
    "two words missing": _gap,
    "two words too many": _more,
    "one word changed": _changed,
}


def _transcripts(
    recogniser: Recogniser, utterances: Sequence[Utterance], heard: Sequence[tuple[Logits, int]]
) -> None:
    texts = [u.text for u in utterances]
    right = [suspicion(_align(recogniser, *pair)) for pair in zip(heard, texts, strict=True)]
    planted = max(1, round(SHARE * len(utterances)))
    draw = random.Random(0)  # noqa: S311 - no secret
    long_enough = [place for place, text in enumerate(texts) if len(text.split()) >= 3]
    for kind, change in KINDS.items():
        found = []
        for _ in range(DRAWS):
            scores = list(right)
            chosen = draw.sample(long_enough, planted)
            for place in chosen:
                text = change(texts[place].split(), texts, draw)
                try:
                    scores[place] = suspicion(_align(recogniser, heard[place], text))
                except MalgwiError:  # it doesn't fit at all
                    scores[place] = -np.inf
            worst = np.argsort(scores, kind="stable")[:planted]
            found.append(len(set(worst.tolist()) & set(chosen)) / planted)
        print(f"  {kind:24} {np.mean(found):6.1%} of {planted} planted in {len(utterances)}")


# ------------------------------------------------------------------------------------- times


def _times(
    utterances: Sequence[Utterance],
    decoded: Sequence[Transcript],
    forced: Sequence[Transcript],
    blank: int,
) -> None:
    differences: dict[str, list[Span]] = defaultdict(list)
    for utterance, ours, theirs in zip(utterances, decoded, forced, strict=True):
        for kind, a, b in _pairs(ours, theirs):
            x, y = ours.timed_words[a], theirs.timed_words[b]
            differences[f"{kind} words"].append(
                _difference((x.start_ms, x.end_ms), (y.start_ms, y.end_ms))
            )
            if kind == "right":
                letters = zip(_spelt(ours, a, blank), _spelt(theirs, b, blank), strict=True)
                differences["letters of right words"] += [_difference(x, y) for x, y in letters]
        differences["forced alignment against .WRD: words"] += _from_file(
            theirs, utterance.audio.with_suffix(".WRD")
        )
    for what, found in differences.items():
        _print_times(what, found)


def _difference(ours: Span, theirs: Span) -> Span:
    return ours[0] - theirs[0], ours[1] - theirs[1]


def _pairs(decoded: Transcript, forced: Transcript) -> Iterator[tuple[str, int, int]]:
    """Yield right and wrong words by their places, in the alignment with the fewest edits."""
    ours, theirs = 0, 0
    edits = edit_script([w.text for w in forced.words], [w.text for w in decoded.words])
    for edit in edits:
        if edit.reference and edit.hypothesis:
            yield "right" if edit.kind == "hit" else "wrong", ours, theirs
        ours += edit.kind != "deletion"
        theirs += edit.kind != "insertion"


def _spelt(transcript: Transcript, place: int, blank: int) -> list[Span]:
    word = transcript.words[place]
    start = word.start_frame
    return [
        (transcript.frame_ms(start + run.start), transcript.frame_ms(start + run.end))
        for run in runs(np.array(transcript.frame_tokens[start : word.end_frame]))
        if run.id != blank
    ]


def _from_file(forced: Transcript, path: Path) -> list[Span]:
    if not path.is_file():
        return []
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    words = [(int(start), int(end)) for start, end, *_ in rows]
    if len(words) != len(forced.words):
        return []
    ms = SAMPLE_RATE // 1000
    return [
        (word.start_ms - start // ms, word.end_ms - end // ms)
        for word, (start, end) in zip(forced.timed_words, words, strict=True)
    ]


def _print_times(what: str, differences: Sequence[Span]) -> None:
    if not differences:
        return
    print(f"  {what}: {len(differences)}")
    for side, values in zip(("start", "end"), np.array(differences).T, strict=True):
        size = np.abs(values)
        print(
            f"    {side:6} mean {size.mean():6.1f} ms, median {np.median(size):4.0f}, "
            f"95 % within {np.percentile(size, 95):4.0f}, on average {values.mean():+6.1f}"
        )


if __name__ == "__main__":
    main()
