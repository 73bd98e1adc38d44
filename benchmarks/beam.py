"""Beam search: what language model and hotwords give, and what they cost.

    python benchmarks/beam.py starter DATASET --lm lm.bin
    python benchmarks/beam.py RUN DATASET --lm lm.bin --split valid --base-rtf 0.04

The model runs once, greedily; then the same logits are decoded in several ways, on one thread, in
processor time. `of base` is the share of what a base-size int8 model takes on one thread for the
same speech (`--base-rtf`, as `benchmarks/recognise.py --model base-random --threads 1` measures
it); the aim is under 10 %. The hotwords are 1,000 and 10,000 words of the language model; together
with the words of the speech that it lacks, they are what a user gives who knows the names that will
be said.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from malgwi.dataset.manifest import load_dataset
from malgwi.decoding.beam import BeamSearch
from malgwi.decoding.decode import Logits, decode
from malgwi.decoding.fusion import Fusion
from malgwi.decoding.hotwords import make_hotwords
from malgwi.decoding.search import Search
from malgwi.lm.lm_file import open_lm
from malgwi.lm.ngram import LanguageModel
from malgwi.recognition.recognise import open_recogniser
from malgwi.speech.audio import read
from malgwi.speech.score import Score, interval, score_utterance
from malgwi.speech.text import normalise
from malgwi.speech.vocab import Vocab


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--lm", type=Path, required=True)
    parser.add_argument("--split", default="valid")
    parser.add_argument("--limit", type=int, help="only the first so many clips")
    parser.add_argument("--repeats", type=int, default=3, help="the fastest counts (3)")
    parser.add_argument("--base-rtf", type=float, default=0.0404)
    args = parser.parse_args()
    recogniser = open_recogniser(args.model, threads=1, search=Search(greedy=True))
    vocab, lm = recogniser.vocab, open_lm(args.lm)
    utterances = load_dataset(args.dataset).split(args.split)[: args.limit]
    logits = [recogniser.whole_logits([read(u.audio)]) for u in utterances]
    texts = [normalise(u.text) for u in utterances]
    seconds = sum(u.duration for u in utterances)
    spelt = [lm.word(i) for i in range(len(lm))]
    known = [w for w in spelt if len(w) > 4 and normalise(w) == w and not vocab.missing(w)]
    lacking = sorted({w for text in texts for w in text.split() if lm.find(w) is None})
    lacking = [w for w in lacking if not vocab.missing(w)]
    many = [*known, *(f"{a} {b}" for a in known[:100] for b in known[:100])][:10_000]
    ways: dict[str, Fusion | None] = {
        "greedy": None,
        "beam": Fusion(vocab),
        "LM": Fusion(vocab, lm),
        f"LM, {min(len(known), 1000)} hotwords": _hot(vocab, lm, known[:1000]),
        f"the same and {len(lacking)} that it lacks": _hot(vocab, lm, known[:1000] + lacking),
        f"LM, {len(many):,} hotwords": _hot(vocab, lm, many),
    }
    print(f"{args.model} on {args.split}: {len(texts)} clips, {seconds:.0f} s, LM {args.lm}\n")
    print("| | WER | interval | CER | µs a frame | real-time factor | of base |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, fusion in ways.items():
        spent = float("inf")
        for _ in range(args.repeats):
            started = time.process_time()
            heard = [_text(one, vocab, fusion) for one in logits]
            spent = min(spent, time.process_time() - started)
        frames = sum(map(len, logits))
        factor = spent / seconds
        print(
            f"| {name} | {_rates(texts, heard)} | {spent / frames * 1e6:.0f} | {factor:.5f} | "
            f"{factor / args.base_rtf:.1%} |",
            flush=True,
        )


def _hot(vocab: Vocab, lm: LanguageModel, words: Sequence[str]) -> Fusion:
    return Fusion(vocab, lm, make_hotwords(words, vocab))


def _text(logits: Logits, vocab: Vocab, fusion: Fusion | None) -> str:
    if fusion is None:
        return decode(logits, vocab, samples=len(logits), hop=1, sample_rate=1).text
    search = BeamSearch(vocab, fusion)
    search.advance(logits)
    return search.alternatives()[0].text


def _rates(texts: Sequence[str], heard: Sequence[str]) -> str:
    scored = [
        score_utterance(text, normalise(found), id="", speaker=None)
        for text, found in zip(texts, heard, strict=True)
    ]
    score, bounds = Score.of(scored), interval([u.words for u in scored])
    between = f"{bounds[0]:.3f} to {bounds[1]:.3f}" if bounds else ""
    return f"{score.wer:.3f} | {between} | {score.cer:.3f}"


if __name__ == "__main__":
    main()
